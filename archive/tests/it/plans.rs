//! The plans that PostgreSQL really runs: none of the usual searches reads rows in proportion to
//! the archive, as the server's own log of plans shows.

use std::collections::BTreeSet;

use archive::{
    Aggregation, Busiest, Census, ConnectionOptions, Dimension, Excerpt, Feed, Filters, GroupBy,
    Hidden, Inquirer, Inquiry, Order, PageRequest, Position, Reader, Search, Span, Subject, Tally,
    Upkeep,
};
use chrono::TimeDelta;
use devstack::{Postgres, PostgresOptions};

use crate::kinds::{self, FILL, MESSAGES, at, only};

/// A page, two ragged days and some counters are far below it; the busiest topic has 15,000 messages.
const MOST_ROWS: u64 = 2_000;

/// A page and its place, and then some; three years are there, in as many partitions of 17.
const MOST_PARTITIONS: usize = 3;
/// A page of some values, each of which gives as many as may be needed.
const MOST_SORTED: u64 = 1_000;

struct Archive {
    postgres: Postgres,
    database: String,
    reader: Reader,
}

fn archive() -> Archive {
    let settings = [
        ("session_preload_libraries", "auto_explain"),
        ("auto_explain.log_min_duration", "0"),
        ("auto_explain.log_analyze", "on"),
        ("auto_explain.log_timing", "off"),
        // What triggers and functions run is not what is asked here.
        ("auto_explain.log_nested_statements", "off"),
    ];
    let settings = settings
        .map(|(name, value)| (name.to_owned(), value.to_owned()))
        .to_vec();
    let postgres = Postgres::start(PostgresOptions {
        settings,
        ..PostgresOptions::default()
    })
    .expect("a PostgreSQL server");
    let database = postgres.fresh_database().expect("a database");
    let options = ConnectionOptions {
        url: database.url,
        application_name: "test",
        pool_size: 1,
        checkout_timeout: std::time::Duration::from_secs(10),
        statement_timeout: None,
        read_only: false,
    };
    archive::migration::apply(&options).expect("migrated");
    postgres.run_sql(&database.name, FILL).expect("filled");
    let upkeep = Upkeep::new(&options);
    upkeep.fold_counters().expect("folded");
    while upkeep.index_counters(at(2027, 1)).expect("indexed") > 0 {}
    postgres
        .run_sql(&database.name, "VACUUM ANALYZE")
        .expect("vacuumed");
    let reader = Reader::new(&ConnectionOptions {
        read_only: true,
        ..options
    });
    Archive {
        postgres,
        database: database.name,
        reader,
    }
}

impl Archive {
    /// So many messages come.
    fn come(&self, count: usize) {
        let sql = format!(
            "INSERT INTO messages (id, msg_id, i, topic, \"timestamp\", category, msg)
             SELECT 70000 + n, 'come-' || n, 0, 'a.b.c.d.e', '2023-05-01', 'd', '{{}}' FROM generate_series(1, {count}) n"
        );
        self.postgres.run_sql(&self.database, &sql).expect("stored");
    }

    /// Runs `ask` and answers the plans that PostgreSQL logged meanwhile.
    fn plans(&self, ask: impl FnOnce(&Reader)) -> String {
        let log = || std::fs::read_to_string(self.postgres.log_file()).expect("a log");
        let before = log().len();
        ask(&self.reader);
        // The log is written before the answer is sent.
        log().split_off(before)
    }
}

/// What is read of partitions, each line with the rest of it after their name's first part.
fn scans(plans: &str) -> impl Iterator<Item = (&str, &str)> {
    let executed = |line: &&str| line.contains("(actual rows=");
    plans
        .lines()
        .filter(executed)
        .filter_map(|line| Some((line, line.split_once(" on messages_")?.1)))
}

/// A partition that is read as a whole.
fn read_as_a_whole(plans: &str) -> Option<String> {
    for (line, _) in scans(plans) {
        // An empty partition has nothing to read.
        let empty = ["(actual rows=0 ", "(actual rows=0.00 "];
        if line.contains("Seq Scan on ") && !empty.iter().any(|it| line.contains(it)) {
            return Some(format!("messages read as a whole: {line}"));
        }
    }
    None
}

/// What must not be in a plan of which `Text` is the text.
fn forbidden(plans: &str) -> Option<String> {
    if let Some(whole) = read_as_a_whole(plans) {
        return Some(whole);
    }
    let partitions: BTreeSet<&str> = scans(plans)
        .filter_map(|(_, rest)| rest.split(' ').next())
        .collect();
    if partitions.len() > MOST_PARTITIONS {
        return Some(format!(
            "{} partitions read: {partitions:?}",
            partitions.len()
        ));
    }
    let sorts = plans.lines().filter(|line| {
        line.trim_start()
            .trim_start_matches("->  ")
            .starts_with("Sort ")
    });
    let rows = sorts.map(most_rows).max().unwrap_or(0);
    if rows > MOST_SORTED {
        return Some(format!("{rows} rows sorted"));
    }
    let rows = most_rows(plans);
    (rows > MOST_ROWS).then(|| format!("{rows} rows of {MESSAGES}"))
}

/// The most rows that a node of the plans gave, over all its loops, or threw away.
fn most_rows(plans: &str) -> u64 {
    // From 18 on rows are a mean with two decimals.
    let number = |text: &str| {
        let end = text.find(|c: char| !c.is_ascii_digit() && c != '.');
        let number: f64 = text[..end.unwrap_or(text.len())].parse().unwrap_or(0.0);
        number
    };
    let given = plans.split("(actual rows=").skip(1);
    let given = given.map(|node| {
        let loops = node.split_once("loops=");
        (number(node) * loops.map_or(1.0, |(_, loops)| number(loops))).round() as u64
    });
    let removed = plans.split("Rows Removed by ").skip(1);
    let removed = removed.map(|node| {
        node.split_once(": ")
            .map_or(0, |(_, count)| number(count) as u64)
    });
    given.chain(removed).max().unwrap_or(0)
}

#[test]
fn a_digest_reads_the_messages_of_its_day_alone() {
    let archive = archive();
    for filters in [
        Filters::default(),
        [(Dimension::Categories, only("category1"))].into(),
        [(Dimension::Topics, only("topic1"))].into(),
    ] {
        let search = Search {
            time: Span::between(at(2022, 2), at(2022, 2) + TimeDelta::days(1)),
            filters,
            ..Search::default()
        };
        let plans = archive.plans(|reader| drop(reader.digest(&search).expect("read")));
        assert!(scans(&plans).next().is_some(), "{plans}");
        let wrong = forbidden(&plans);
        assert_eq!(wrong, None, "{search:?}: {plans}");
    }
}

#[test]
fn no_usual_search_reads_rows_in_proportion_to_the_archive() {
    let archive = archive();
    for (name, search) in &kinds::of_search() {
        for (place, number) in [("first", 1), ("100th", 100), ("10,000th", 10_000)] {
            let plans = archive.plans(|reader| {
                drop(
                    reader
                        .search(search, PageRequest { number, size: 25 })
                        .expect("found"),
                );
            });
            assert!(
                plans.contains("Query Text"),
                "the server logs plans: {plans}"
            );
            assert_eq!(forbidden(&plans), None, "{name}, {place} page:\n{plans}");
        }
        let plans = archive.plans(|reader| {
            let middle = Some(Position {
                timestamp: at(2023, 2),
                id: 23_000,
            });
            drop(reader.walk(search, middle).step(25).expect("read"));
        });
        // Nothing tells how far a step goes, so it looks at an entry of each partition ahead.
        assert!(most_rows(&plans) <= MOST_ROWS, "{name}, a step:\n{plans}");
    }
    let last = PageRequest {
        number: MESSAGES / 25,
        size: 25,
    };
    let plans = archive.plans(|reader| {
        assert_eq!(
            reader
                .search(&Search::default(), last)
                .expect("found")
                .messages
                .len(),
            25
        );
    });
    assert_eq!(forbidden(&plans), None, "{plans}");
    // An id tells nothing of the time: each partition is asked, once.
    let plans =
        archive.plans(|reader| assert!(reader.find("id-777").expect("an answer").is_some()));
    assert!(most_rows(&plans) <= 20, "{plans}");
    let ids = ["id-777", "id-778", "id-none", "id-779"].map(str::to_owned);
    let plans = archive.plans(|reader| assert_eq!(reader.find_all(&ids).expect("found").len(), 3));
    assert!(most_rows(&plans) <= 20, "{plans}");
    let edges: Vec<_> = (0..=10)
        .map(|n| at(2022, 2) + TimeDelta::days(60 * n))
        .collect();
    let category = Search {
        filters: [(Dimension::Categories, only("category1"))].into(),
        ..Search::default()
    };
    let plans = archive.plans(|reader| drop(reader.histogram(&category, &edges).expect("counted")));
    assert_eq!(forbidden(&plans), None, "{plans}");
}

/// Half of the messages: a quarter by their topic, a third by their category.
fn hidden() -> Hidden {
    Hidden {
        topics: vec!["topic0".to_owned()],
        categories: vec!["category2".to_owned()],
    }
}

#[test]
fn no_search_reads_more_because_something_is_hidden() {
    let archive = archive();
    let reader = archive.reader.hiding(hidden());
    for (name, search) in &kinds::of_search() {
        for (place, number) in [("first", 1), ("100th", 100), ("10,000th", 10_000)] {
            let page = PageRequest { number, size: 25 };
            let plans = archive.plans(|_| drop(reader.search(search, page).expect("found")));
            assert_eq!(forbidden(&plans), None, "{name}, {place} page:\n{plans}");
        }
        let plans = archive.plans(|_| {
            reader.count(search).expect("counted");
        });
        assert_eq!(forbidden(&plans), None, "{name}, its count:\n{plans}");
        let edges: Vec<_> = (0..=10)
            .map(|n| at(2022, 2) + TimeDelta::days(60 * n))
            .collect();
        let plans = archive.plans(|_| drop(reader.histogram(search, &edges).expect("counted")));
        // All bars by a few statements, which read for each of them no more than for one.
        let rows = most_rows(&plans) / (edges.len() as u64 - 1);
        assert!(rows <= MOST_ROWS, "{name}, a chart: {rows}\n{plans}");
    }
    // A page of a year comes with its total: an index of the topic would be walked through for it.
    let hidden = Search {
        time: Span::between(at(2022, 2), at(2023, 1)),
        filters: [(Dimension::Topics, only("topic0"))].into(),
        ..Search::default()
    };
    let page = PageRequest {
        number: 1,
        size: 25,
    };
    let plans =
        archive.plans(|_| assert_eq!(reader.search(&hidden, page).expect("found").total, 0));
    assert!(most_rows(&plans) <= 20, "{plans}");
    let plans = archive.plans(|_| assert!(reader.find("id-776").expect("an answer").is_none()));
    assert!(most_rows(&plans) <= 20, "{plans}");
}

#[test]
fn what_stands_around_a_message_is_found_by_indexes() {
    let archive = archive();
    let place = Position {
        timestamp: at(2023, 2),
        id: 23_000,
    };
    let shown = [
        "everything",
        "a topic",
        "a user",
        "several users",
        "a package",
    ];
    for (name, search) in kinds::of_search() {
        if !shown.contains(&name) {
            continue;
        }
        let plans = archive.plans(|reader| {
            let around = reader.around(&search, place, 5).expect("found");
            assert_eq!((around.before.len(), around.behind.len()), (5, 5));
        });
        assert!(most_rows(&plans) <= 50, "{name}:\n{plans}");
        assert_eq!(read_as_a_whole(&plans), None, "{name}:\n{plans}");
    }
}

#[test]
fn names_are_counted_without_reading_their_days() {
    let archive = archive();
    let sum = |tallies: Vec<Tally>| tallies.iter().map(|tally| tally.messages).sum::<u64>();
    let plans = archive.plans(|reader| {
        let categories = reader.categories().expect("counted");
        assert_eq!((categories.len(), sum(categories)), (3, MESSAGES));
    });
    // Three names with four years each; their days and months are 3,500 rows.
    assert!(most_rows(&plans) <= 30, "{plans}");
    let plans = archive.plans(|reader| {
        assert_eq!(sum(reader.topics(None).expect("counted")), MESSAGES);
        assert_eq!(
            sum(reader.topics(Some("category1")).expect("counted")),
            MESSAGES / 3
        );
    });
    assert!(most_rows(&plans) <= 100, "{plans}");
    assert_eq!(forbidden(&plans), None, "{plans}");
    // The latest message of a category.
    let category = Search {
        time: Span {
            from: Some(at(2024, 1)),
            to: None,
        },
        filters: [(Dimension::Categories, only("category1"))].into(),
        ..Search::default()
    };
    let plans = archive.plans(|reader| {
        assert_eq!(reader.walk(&category, None).step(1).expect("read").len(), 1);
    });
    assert!(most_rows(&plans) <= 20, "{plans}");
}

#[test]
fn what_counters_tell_by_groups_is_not_counted_row_by_row() {
    let archive = archive();
    let year = Span::inclusive(Some(at(2023, 2)), Some(at(2024, 2)));
    let month = Span::inclusive(Some(at(2023, 2)), Some(at(2023, 3)));
    let months: Vec<_> = (2..=12).map(|month| at(2023, month)).collect();
    let is_known = |name: &str, time: Span, by: GroupBy, edges: Vec<_>, groups: usize| {
        let search = Search {
            time,
            ..Search::default()
        };
        let asked = Aggregation {
            by: vec![by],
            with_times: edges.is_empty(),
            edges,
            most: 20,
            newest: 10,
        };
        let plans = archive.plans(|reader| {
            let told = reader.aggregate(&search, &asked).expect("counted");
            assert_eq!((told.groups.len(), told.only), (groups, None), "{name}");
        });
        assert_eq!(forbidden(&plans), None, "{name}:\n{plans}");
        assert!(scans(&plans).next().is_some(), "{name}, its ends: {plans}");
        let of_messages = scans(&plans).map(|(line, _)| most_rows(line)).max();
        // Both ends of each span, half a day at most, where 57 messages are a day.
        let most = 60 * (asked.edges.len() as u64).max(2);
        assert!(of_messages <= Some(most), "{name}: {of_messages:?} {plans}");
    };
    is_known("a year by topic", year, GroupBy::Topic, Vec::new(), 4);
    is_known("months by topic", year, GroupBy::Topic, months.clone(), 40);
    is_known("packages of a month", month, GroupBy::Package, vec![], 7);
    is_known("months by user", year, GroupBy::User, months, 50);
}

#[test]
fn lists_of_names_are_counted_without_reading_messages() {
    let archive = archive();
    let now = at(2024, 2);
    let recent = Span::between(now - TimeDelta::days(1), now);
    let edges: Vec<_> = (0..=30)
        .map(|n| at(2024, 1).date().and_time(chrono::NaiveTime::MIN) + TimeDelta::days(n))
        .collect();
    let census = Census {
        recent,
        edges: edges.clone(),
        most: 5_000,
    };
    let busiest = |by| Busiest {
        by,
        time: Span::between(now - TimeDelta::days(30), now),
        edges: edges.clone(),
        most: 100,
        newest: 10,
    };
    let hiding = archive.reader.hiding(hidden());
    for reader in [&archive.reader, &hiding] {
        let plans = archive.plans(|_| {
            let (topics, of) = reader.census_of_topics(&census).expect("counted");
            assert_eq!((topics.len() as u64, of > 2), (of, true));
            assert!(topics.iter().all(|topic| topic.last.is_some()));
        });
        assert_eq!(forbidden(&plans), None, "{plans}");
        let of_messages = scans(&plans).map(|(line, _)| most_rows(line)).max();
        // The last day, of which 57 are.
        assert!(of_messages <= Some(60), "{of_messages:?} {plans}");
        let plans = archive.plans(|_| {
            let (categories, _) = reader.census_of_categories(&census).expect("counted");
            assert!(categories.len() > 1);
        });
        // Each partition is asked for the first and the last message of each, as of few names it may be.
        assert_eq!(read_as_a_whole(&plans), None, "{plans}");
        assert!(most_rows(&plans) <= MOST_ROWS, "{plans}");
    }
    for by in [GroupBy::User, GroupBy::Package] {
        let plans = archive.plans(|reader| {
            let told = reader.busiest(&busiest(by)).expect("counted");
            assert!(told.of > 1 && told.only.is_none());
            assert!(reader.newest_names(by, 3).expect("told").len() > 1);
        });
        assert_eq!(forbidden(&plans), None, "{plans}");
    }
}

/// Somebody with one inquiry.
struct Once {
    inquiry: Option<Inquiry>,
    told: usize,
}

impl Inquirer for Once {
    fn inquiries(&mut self) -> Vec<Inquiry> {
        self.inquiry.take().into_iter().collect()
    }

    fn reached(&mut self, _: usize) {}

    fn take(&mut self, _: Excerpt) {
        self.told += 1;
    }
}

#[test]
fn who_follows_messages_reads_no_more_than_is_wanted() {
    let archive = archive();
    let package = vec![Subject::written("package:3")];
    let build = vec![Subject::written("build:700")];
    for (subjects, topic, told) in [
        (package, "topic2", 25),
        (build, "#", 0),
        (Vec::new(), "topic2", 25),
    ] {
        for order in [Order::Ascending, Order::Descending] {
            let inquiry = Inquiry {
                subjects: subjects.clone(),
                topics: vec![topic.to_owned()],
                time: Span::between(at(2022, 2), at(2023, 2)),
                order,
                limit: 25,
            };
            let begin = || Once {
                inquiry: Some(inquiry.clone()),
                told: 0,
            };
            let plans = archive.plans(|reader| {
                let answered = reader.inquire(begin).expect("answered");
                let found = (answered.inquirer.told, answered.complete);
                assert_eq!(found, (told, true), "{inquiry:?}");
            });
            assert_eq!(forbidden(&plans), None, "{inquiry:?}:\n{plans}");
        }
    }
}

#[test]
fn who_follows_messages_looks_at_none_of_another_class() {
    let archive = archive();
    let inquiry = Inquiry {
        subjects: vec![Subject::written("package:3")],
        topics: vec!["*.*.prod.zoo.lion.#".to_owned()],
        time: Span::between(at(2022, 2), at(2023, 2)),
        order: Order::Descending,
        limit: 25,
    };
    let begin = || Once {
        inquiry: Some(inquiry.clone()),
        told: 0,
    };
    let plans = archive.plans(|reader| {
        let answered = reader.inquire(begin).expect("answered");
        assert_eq!((answered.inquirer.told, answered.complete), (0, true));
    });
    assert_eq!(forbidden(&plans), None, "{plans}");
    assert_eq!(scans(&plans).count(), 0, "{plans}");
    assert!(most_rows(&plans) > 1_000, "they were passed over: {plans}");
    assert!(plans.contains("Heap Fetches: 0"), "{plans}");
}

#[test]
fn a_look_reads_what_has_come_and_no_more() {
    let archive = archive();
    let mut feed = Feed::new(archive.reader.clone());
    let plans = archive.plans(|_| assert!(feed.look().expect("looked").anything));
    assert!(most_rows(&plans) <= MOST_ROWS, "the newest ids: {plans}");
    for come in [0, 3] {
        archive.come(come);
        let mut told = 0;
        let plans = archive.plans(|_| told = feed.look().expect("looked").arrivals.len());
        assert_eq!(told, come);
        assert_eq!(read_as_a_whole(&plans), None, "{plans}");
        // Each partition is asked for what is newer.
        assert!(most_rows(&plans) <= 20, "{plans}");
    }
}
