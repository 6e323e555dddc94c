//! Counters: true whoever writes, folded or not, and what they are good for.

use archive::{Body, Dimension, Match, Order, PageRequest, Search, Span, Subject, Subjects};
use chrono::{NaiveDate, TimeDelta};
use diesel::connection::{Connection, SimpleConnection};
use diesel::pg::PgConnection;
use proptest::prelude::*;
use proptest::test_runner::{Config, TestRunner};

use crate::support::{at, index_all, message, migrated, wrong};

/// PostgreSQL tells statement triggers wrongly of these.
#[test]
fn a_merge_is_counted_or_refused() {
    let fixture = migrated();
    let mut messages = ["a", "b", "c"].map(message);
    for message in &mut messages {
        message.users = vec!["alice".to_owned()];
    }
    fixture.store(messages);
    let merge = |new: &str, table: &str, matched: &str| {
        let server = devstack::shared_postgres().expect("a PostgreSQL server");
        // New ones come in their order.
        let sql = format!(
            "SET enable_hashjoin = off; SET enable_mergejoin = off; SET enable_sort = off;
             MERGE INTO {table} AS m USING (VALUES {new}) AS new (msg_id) ON m.msg_id = new.msg_id
             WHEN MATCHED AND m.topic = 'gone' THEN DELETE
             WHEN MATCHED THEN UPDATE SET {matched}
             WHEN NOT MATCHED THEN INSERT (msg_id, i, topic, \"timestamp\", category, agent_name, msg)
                  VALUES (new.msg_id, 0, 'new', '2026-11-25', 'new', 'new', '{{}}')"
        );
        let merged = server.run_sql(&fixture.database.name, &sql);
        assert_eq!(wrong(&fixture), [], "{new} {matched}");
        merged
    };
    let day = "\"timestamp\" = m.\"timestamp\" + interval '1 day'";
    merge(
        "('n'), ('a'), ('b'), ('o'), ('c')",
        "messages",
        "category = 'merged'",
    )
    .expect("merged");
    merge("('a'), ('p'), ('b')", "messages", day).expect("merged");
    merge("('q'), ('a'), ('b')", "messages", "topic = 'gone'").expect("merged");
    merge("('r'), ('a'), ('c'), ('b')", "messages", "msg = '[]'").expect("merged");
    merge("('s'), ('c')", "messages_y2024", "agent_name = 'x'")
        .expect_err("outside of the partition");
    merge("('c')", "messages_y2024", "agent_name = 'x'").expect("merged");
    merge("('c'), ('n')", "messages", "id = 1000 + m.id").expect("merged");
    for (new, matched) in [
        ("('c')", "\"timestamp\" = '2020-01-01'"),
        ("('t'), ('c')", "\"timestamp\" = '2020-01-01'"),
        ("('t'), ('c')", "id = 7000 + m.id, topic = 'x'"),
        (
            "('t'), ('c'), ('n')",
            "id = CASE m.msg_id WHEN 'c' THEN 7000 ELSE 0 END + m.id, topic = 'x'",
        ),
    ] {
        let error = format!(
            "{:#}",
            merge(new, "messages", matched).expect_err("refused")
        );
        assert!(error.contains("MERGE cannot"), "{error}");
    }
    // In the transaction that it began, other changes go on.
    fixture.sql(&format!(
        "BEGIN; UPDATE messages AS m SET {day}; UPDATE messages SET topic = 'y'; COMMIT"
    ));
    fixture.sql("UPDATE messages SET \"timestamp\" = '2020-01-01' WHERE msg_id = 'n'");
    assert_eq!(wrong(&fixture), []);
}

#[test]
fn counters_stay_true_under_every_kind_of_change() {
    let fixture = migrated();
    let check = |what: &str| {
        assert_eq!(wrong(&fixture), [], "{what}");
        fixture.upkeep.fold_counters().expect("folded");
        assert_eq!(wrong(&fixture), [], "{what}, folded");
        assert_eq!(fixture.sql("SELECT count(*) FROM counter_changes"), "0");
        index_all(&fixture);
        assert_eq!(wrong(&fixture), [], "{what}, indexed");
    };
    let mut messages: Vec<_> = (0..30).map(|n| message(&n.to_string())).collect();
    for (n, message) in messages.iter_mut().enumerate() {
        message.timestamp = at(0) - TimeDelta::days(n as i64 * 7);
        message.users = vec!["alice".to_owned(), format!("user {}", n % 3)];
        message.agent_name = (n % 2 == 0).then(|| "alice".to_owned());
        message.packages = vec!["kernel".to_owned()];
        let about = [
            format!("package:{}", n % 3),
            "package:kernel".to_owned(),
            format!("build:{n}"),
        ];
        message.subjects = about.iter().map(|text| Subject::written(text)).collect();
        message.category = format!("category {}", n % 4);
    }
    fixture.store(messages.clone());
    check("stored");
    fixture.store(messages);
    check("duplicates");
    fixture.sql("INSERT INTO messages (id, i, topic, \"timestamp\", category, msg) VALUES (999, 0, 't', '1969-12-31 23:59:59.999999', 'c', '{}')");
    check("inserted by plain SQL");
    fixture.sql("INSERT INTO users_messages VALUES (1, 999, '1969-12-31 23:59:59.999999')");
    check("associated by plain SQL");
    fixture.sql(
        "UPDATE messages SET category = 'other', \"timestamp\" = \"timestamp\" + interval '40 days' WHERE id % 2 = 0",
    );
    check("updated");
    fixture.sql("INSERT INTO users (name) VALUES ('somebody else')");
    fixture
        .sql("UPDATE users_messages SET user_id = (SELECT max(id) FROM users) WHERE user_id = 1");
    fixture.sql("UPDATE message_subjects SET component = component + 1, subjects = NULL WHERE msg_id % 2 = 0");
    check("associations updated");
    fixture.sql("DELETE FROM message_subjects WHERE msg_id % 5 = 0");
    check("associations deleted");
    fixture.sql("DELETE FROM messages WHERE id % 3 = 0");
    check("deleted");
    // By its own name, and not as a part of the whole.
    let partition = fixture.sql("SELECT tableoid::regclass FROM messages ORDER BY id LIMIT 1");
    fixture.sql(&format!(
        "INSERT INTO {partition} (i, topic, \"timestamp\", category, msg)
         SELECT i, topic, \"timestamp\", 'of a partition', msg FROM {partition}"
    ));
    check("inserted into a partition");
    fixture.sql(&format!("UPDATE {partition} SET category = 'another'"));
    check("updated in a partition");
    fixture.sql(&format!("DELETE FROM {partition} WHERE id % 2 = 0"));
    check("deleted from a partition");
    assert_ne!(
        fixture.sql("SELECT count(*) FROM messages WHERE category = 'another'"),
        "0"
    );
    fixture.sql("BEGIN; DELETE FROM messages; ROLLBACK");
    check("rolled back");
    fixture.sql("SELECT messages_add_partition(1969)");
    check("moved to a new partition");
    assert_ne!(fixture.sql("SELECT count(*) FROM messages"), "0");
    for truncated in [
        "messages",
        "messages, users_messages, packages_messages",
        "packages, packages_messages, messages",
        "message_subjects, messages",
        "message_subjects",
        "messages",
    ] {
        fixture.sql(&format!("TRUNCATE {truncated}"));
        check(truncated);
        let ties = "SELECT count(*) FROM users_messages, packages_messages";
        assert_eq!(fixture.sql(ties), "0", "{truncated}");
        assert_eq!(
            fixture.sql("SELECT count(*) FROM message_subjects"),
            "0",
            "{truncated}"
        );
        let mut message = message(truncated);
        message.users = vec!["alice".to_owned()];
        message.subjects = [Subject::new("package", "kernel")].into_iter().collect();
        fixture.store([message]);
        check("stored again");
    }
    fixture.sql(
        "BEGIN; INSERT INTO users_messages SELECT max(u.id), m.id, \"timestamp\" FROM users u, messages m GROUP BY 2, 3;
         TRUNCATE messages; COMMIT",
    );
    check("truncated where ties are not checked yet");
    assert_eq!(fixture.sql("SELECT count(*) FROM users_messages"), "0");
}

#[test]
fn what_is_folded_while_messages_are_truncated_does_not_come_back() {
    let fixture = migrated();
    fixture.store([message("a")]);
    let mut folding = PgConnection::establish(&fixture.database.url).expect("a session");
    folding
        .batch_execute(
            "BEGIN; INSERT INTO counters (kind, name, category, span, start, count)
             SELECT kind, name, category, 'd', at::date, change FROM counter_changes WHERE kind = 't';
             DELETE FROM counter_changes",
        )
        .expect("folded");
    std::thread::scope(|scope| {
        scope.spawn(|| fixture.sql("TRUNCATE messages"));
        let waits = "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock'";
        while fixture.sql(waits) == "0" {
            std::thread::sleep(std::time::Duration::from_millis(20));
        }
        folding.batch_execute("COMMIT").expect("committed");
    });
    assert_eq!(wrong(&fixture), []);
}

#[test]
fn writers_at_once_and_a_fold_between_them_lose_no_count() {
    let fixture = migrated();
    std::thread::scope(|scope| {
        for writer in 0..3 {
            let fixture = &fixture;
            scope.spawn(move || {
                for batch in 0..10 {
                    let messages: Vec<_> = (0..20)
                        .map(|n| message(&format!("{writer} {batch} {n}")))
                        .collect();
                    fixture.store(messages);
                }
            });
        }
        scope.spawn(|| {
            for _ in 0..20 {
                fixture.upkeep.fold_counters().expect("folded");
            }
        });
    });
    assert_eq!(wrong(&fixture), []);
    assert_eq!(fixture.reader.total().expect("a total"), 600);
}

#[test]
fn wrong_counters_are_found_and_mended() {
    let fixture = migrated();
    fixture.store([message("a"), message("b")]);
    fixture.upkeep.fold_counters().expect("folded");
    fixture.sql("UPDATE counters SET count = 7 WHERE kind = 'c' AND span = 'm'");
    let found = wrong(&fixture);
    assert_eq!(found.len(), 1);
    assert_eq!(
        (found[0].name.as_str(), found[0].says, found[0].actual),
        ("wiki", 7, 2)
    );
    fixture.sql("UPDATE counters SET hours[4] = 9 WHERE kind = 'm' AND span = 'd'");
    let found = wrong(&fixture)
        .into_iter()
        .find(|counter| counter.span == "h")
        .expect("an hour");
    assert_eq!((found.kind.as_str(), found.says, found.actual), ("m", 9, 0));
    assert_eq!(found.start.time().to_string(), "03:00:00");
    fixture.store([message("c")]);
    fixture.upkeep.rebuild_counters().expect("rebuilt");
    assert_eq!(wrong(&fixture), []);
    assert_eq!(fixture.reader.total().expect("a total"), 3);
}

#[test]
fn counters_are_filled_when_they_are_made() {
    let fixture = migrated();
    let mut new = message("a");
    new.users = vec!["alice".to_owned()];
    fixture.store([new]);
    let counters =
        "SELECT count(*) FROM __diesel_schema_migrations WHERE version >= '20261121000005'";
    let count = fixture.sql(counters).parse().expect("a number");
    archive::migration::revert(&fixture.options, count).expect("reverted");
    fixture.store([message("b")]);
    archive::migration::apply(&fixture.options).expect("applied");
    assert_eq!(wrong(&fixture), []);
    assert_eq!(fixture.reader.total().expect("a total"), 2);
}

/// Years of messages, so that days, months and ragged ends all count.
#[test]
fn totals_and_far_pages_equal_a_filter_in_memory_over_years() {
    let fixture = migrated();
    let start = NaiveDate::from_ymd_opt(2023, 1, 1)
        .and_then(|day| day.and_hms_opt(0, 0, 0))
        .expect("a time");
    // Every five hours and a bit: thousands of them, some exactly at midnight.
    let mut messages: Vec<_> = (0..4000_i64).map(|n| message(&format!("{n:05}"))).collect();
    for (n, message) in messages.iter_mut().enumerate() {
        message.timestamp = start + TimeDelta::hours(6 * n as i64 - n as i64 % 3);
        message.category = format!("c{}", n % 5);
        message.topic = format!("t{}", n % 7);
        message.users = vec![format!("u{}", n % 3), format!("u{}", n % 4)];
        // Some days are busy enough for ids.
        if n % 50 < 24 {
            message.timestamp = start
                + TimeDelta::hours(6 * (n - n % 50) as i64)
                + TimeDelta::minutes(n as i64 % 50);
            message.users[0] = "u0".to_owned();
            message.category = format!("c{}", n % 5 / 4);
        }
        message.users.dedup();
        message.packages = if n % 9 == 0 {
            Vec::new()
        } else {
            vec![format!("p{}", n % 11)]
        };
        message.agent_name = (n % 6 > 0).then(|| format!("a{}", n % 6));
        let component = (n % 5 > 0).then(|| format!("package:{}", n % 5 / 2));
        let about = component
            .into_iter()
            .chain([format!("build:{}", n % 40), format!("task:{n}")]);
        message.subjects = about.map(|text| Subject::written(&text)).collect();
        message.body = Body::parse(&format!(r#"{{"word": "w{}"}}"#, n % 8)).expect("a body");
    }
    messages.sort_by_key(|message| message.timestamp);
    for batch in messages.chunks(500) {
        fixture.store(batch.to_vec());
        if batch[0].timestamp < start + TimeDelta::hours(12_000) {
            fixture.upkeep.fold_counters().expect("folded");
        }
        // The last ones have none.
        if batch[0].timestamp < start + TimeDelta::hours(9_000) {
            fixture
                .upkeep
                .index_counters(batch[0].timestamp)
                .expect("indexed");
        }
    }
    assert_ne!(
        fixture.sql("SELECT count(*) FROM counters WHERE ids IS NOT NULL AND span = 'd'"),
        "0"
    );
    assert_ne!(
        fixture.sql("SELECT count(*) FROM counters WHERE ids IS NOT NULL AND span = 'm'"),
        "0"
    );
    let times: Vec<_> = messages.iter().map(|message| message.timestamp).collect();
    let bound = |point: Option<(usize, i64)>| {
        point.map(|(n, shift)| times[n % times.len()] + TimeDelta::microseconds(shift))
    };
    let list = |prefix: &'static str| {
        proptest::collection::vec(0..8_u8, 0..3).prop_map(move |numbers| {
            numbers
                .iter()
                .map(|n| format!("{prefix}{n}"))
                .collect::<Vec<_>>()
        })
    };
    let matching =
        move |prefix| (list(prefix), list(prefix)).prop_map(|(any, none)| Match { any, none });
    let cases = (
        proptest::option::of((0..4000_usize, -1..2_i64)),
        proptest::option::of((0..4000_usize, -1..2_i64)),
        0..12_u8,
        (
            (matching("package:"), matching("build:"), 0..4_u8),
            matching("c"),
            matching("t"),
            matching("a"),
            matching("u"),
            matching("p"),
        ),
        0..12_u8,
        any::<bool>(),
        any::<prop::sample::Index>(),
    );
    let mut runner = TestRunner::new(Config {
        cases: 400,
        failure_persistence: None,
        ..Config::default()
    });
    runner
        .run(
            &cases,
            |(
                from,
                to,
                what,
                ((components, builds, sorts), categories, topics, agents, users, packages),
                key,
                ascending,
                place,
            )| {
                let mut search = Search {
                    time: Span::inclusive(bound(from), bound(to)),
                    order: if ascending {
                        Order::Ascending
                    } else {
                        Order::Descending
                    },
                    ..Search::default()
                };
                let only = |name: String| Match {
                    any: vec![name],
                    none: Vec::new(),
                };
                let subjects = match sorts {
                    0 => components,
                    1 => builds,
                    2 => only(format!("package:{}", key % 3)),
                    _ => Match {
                        any: [components.any, builds.any].concat(),
                        none: [components.none, builds.none].concat(),
                    },
                };
                match what {
                    0 => search.filters[Dimension::Users] = only(format!("u{key}")),
                    1 => search.filters[Dimension::Packages] = only(format!("p{key}")),
                    2 => search.filters[Dimension::Categories] = categories,
                    3 => {
                        (
                            search.filters[Dimension::Categories],
                            search.filters[Dimension::Topics],
                        ) = (categories, topics);
                    }
                    4 => search.filters[Dimension::Agents] = agents,
                    5 => {
                        (
                            search.filters[Dimension::Users],
                            search.filters[Dimension::Topics],
                        ) = (users, topics);
                    }
                    9 => search.filters[Dimension::Subjects] = subjects,
                    10 => {
                        (
                            search.filters[Dimension::Subjects],
                            search.filters[Dimension::Users],
                        ) = (subjects, users);
                    }
                    11 => {
                        (
                            search.filters[Dimension::Subjects],
                            search.filters[Dimension::Categories],
                            search.filters[Dimension::Agents],
                        ) = (subjects, categories, agents);
                    }
                    8 => {
                        (search.filters[Dimension::Categories], search.contains) =
                            (categories, vec![format!("w{key}")]);
                    }
                    6 => {
                        (
                            search.filters[Dimension::Users],
                            search.filters[Dimension::Packages],
                        ) = (only(format!("u{}", key % 4)), packages);
                    }
                    _ => {
                        (
                            search.filters[Dimension::Users],
                            search.filters[Dimension::Packages],
                            search.filters[Dimension::Categories],
                            search.filters[Dimension::Agents],
                        ) = (users, packages, categories, agents);
                    }
                }
                let one = |rule: &Match, value: &String| {
                    (rule.any.is_empty() || rule.any.contains(value)) && !rule.none.contains(value)
                };
                let several = |rule: &Match, values: &[String]| {
                    (rule.any.is_empty() || values.iter().any(|value| rule.any.contains(value)))
                        && !values.iter().any(|value| rule.none.contains(value))
                };
                let about = |rule: &Match, subjects: &Subjects| {
                    let is_about = |text: &String| subjects.contains(Subject::written(text));
                    (rule.any.is_empty() || rule.any.iter().any(is_about))
                        && !rule.none.iter().any(is_about)
                };
                let mut expected: Vec<&str> = messages
                    .iter()
                    .filter(|message| {
                        search.time.holds(message.timestamp)
                            && one(&search.filters[Dimension::Categories], &message.category)
                            && one(&search.filters[Dimension::Topics], &message.topic)
                            && several(
                                &search.filters[Dimension::Agents],
                                message.agent_name.as_slice(),
                            )
                            && several(&search.filters[Dimension::Users], &message.users)
                            && several(&search.filters[Dimension::Packages], &message.packages)
                            && about(&search.filters[Dimension::Subjects], &message.subjects)
                            && search
                                .contains
                                .iter()
                                .all(|text| message.body.as_str().contains(text))
                    })
                    .map(|message| message.msg_id.as_str())
                    .collect();
                if !ascending {
                    expected.reverse();
                }
                prop_assert_eq!(
                    fixture.reader.count(&search).expect("a count"),
                    expected.len() as u64,
                    "{:?}",
                    search
                );
                let size = 7;
                let number = place.index(expected.len() / size + 2) + 1;
                let page = fixture
                    .reader
                    .search(
                        &search,
                        PageRequest {
                            number: number as u64,
                            size: size as u32,
                        },
                    )
                    .expect("a page");
                let found: Vec<String> = page
                    .messages
                    .into_iter()
                    .filter_map(|message| message.msg_id)
                    .collect();
                let wanted: Vec<&str> = expected
                    .iter()
                    .copied()
                    .skip((number - 1) * size)
                    .take(size)
                    .collect();
                prop_assert_eq!(found, wanted, "page {} of {:?}", number, search);
                let first = start + TimeDelta::minutes(place.index(60 * 24 * 60) as i64);
                let length = [
                    TimeDelta::hours(9),
                    TimeDelta::days(17),
                    TimeDelta::hours(28 * 24 + 1),
                    TimeDelta::days(150),
                ];
                let edges: Vec<_> = (0..5)
                    .map(|n| first + length[usize::from(key % 4)] * n)
                    .collect();
                let histogram = fixture
                    .reader
                    .histogram(&search, &edges)
                    .expect("a histogram");
                let counts = edges.windows(2).map(|edges| {
                    let time = Span::inclusive(
                        Some(edges[0]),
                        Some(edges[1] - TimeDelta::microseconds(1)),
                    );
                    fixture
                        .reader
                        .count(&Search {
                            time,
                            ..search.clone()
                        })
                        .expect("a count")
                });
                prop_assert_eq!(
                    histogram,
                    counts.collect::<Vec<_>>(),
                    "{:?} of {:?}",
                    edges,
                    search
                );
                Ok(())
            },
        )
        .expect("holds");
}

/// Ids are of a topic in all its categories: a change of one outdates those of the others.
#[test]
fn a_change_in_one_category_leaves_no_ids_of_the_topic_behind() {
    let fixture = migrated();
    let of = |n: i64, category: &str| {
        let mut message = message(&format!("{category} {n}"));
        message.category = category.to_owned();
        message
    };
    let messages = (0..20)
        .map(|n| of(n, "a"))
        .chain((0..4).map(|n| of(n, "b")));
    fixture.store(messages.collect::<Vec<_>>());
    fixture.upkeep.rebuild_counters().expect("rebuilt");
    index_all(&fixture);
    let of_topic = "SELECT count(ids), count(*) FROM counters WHERE kind = 't' AND span = 'd'";
    for category in ["b", "a"] {
        assert_eq!(fixture.sql(of_topic), "2|2");
        let one = format!("DELETE FROM messages WHERE msg_id = '{category} 1'");
        fixture.sql(&one);
        assert_eq!(wrong(&fixture), []);
        fixture.upkeep.fold_counters().expect("folded");
        assert_eq!(fixture.sql(of_topic), "0|2");
        assert_eq!(wrong(&fixture), []);
        index_all(&fixture);
        assert_eq!(wrong(&fixture), []);
    }
    // As it was left by programs which only took the ids of that category.
    fixture.sql("UPDATE counters SET ids = NULL WHERE kind = 't' AND category = 'b'");
    fixture.sql("DELETE FROM messages WHERE msg_id = 'b 2'; UPDATE counters SET count = count - 1 WHERE kind = 't' AND category = 'b'; DELETE FROM counter_changes WHERE kind = 't'");
    assert_eq!(wrong(&fixture), []);
}

#[test]
fn postings_are_of_all_categories_of_a_topic() {
    let fixture = migrated();
    let messages = (0..3000_i64).map(|n| archive::NewMessage {
        topic: format!("t{}", n % 3),
        category: format!("c{}", n / 3 % 2),
        timestamp: at(n % 20 * 86_400 + n),
        packages: vec!["p".to_owned()],
        ..message(&n.to_string())
    });
    fixture.store(messages.collect::<Vec<_>>());
    fixture.upkeep.fold_counters().expect("folded");
    index_all(&fixture);
    assert_eq!(wrong(&fixture), []);
    let mut search = Search::default();
    for (dimension, name) in [(Dimension::Topics, "t1"), (Dimension::Packages, "p")] {
        search.filters[dimension].any = vec![name.to_owned()];
    }
    assert_eq!(fixture.reader.count(&search).expect("counted"), 1000);
}
