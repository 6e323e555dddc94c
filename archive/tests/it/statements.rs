//! The statements that each kind of search becomes, as files that can be read.
//!
//! `SNAPSHOTS=overwrite cargo test -p archive --test it statements` renews them.

use std::cell::RefCell;
use std::fmt::Write as _;
use std::path::Path;

use archive::{
    Aggregation, Busiest, Census, Dimension, Filters, GroupBy, Hidden, Inquiry, Order, PageRequest,
    Position, Reader, Search, Span, Survey,
};
use chrono::TimeDelta;
use diesel::connection::{InstrumentationEvent, set_default_instrumentation};

use crate::inquire::{filled, inquiry, told};
use crate::kinds::{self, FILL, at};
use crate::support;

thread_local! {
    /// The statements that this thread ran.
    static RUN: RefCell<Vec<String>> = const { RefCell::new(Vec::new()) };
}

fn record(event: InstrumentationEvent<'_>) {
    if let InstrumentationEvent::StartQuery { query, .. } = event {
        RUN.with_borrow_mut(|run| run.push(query.to_string()));
    }
}

/// Has connections that are made from now on record their statements.
pub fn start_recording() {
    set_default_instrumentation(|| Some(Box::new(record))).expect("set");
}

/// The statements that `ask` runs, as one would write them by hand, each with its values.
pub fn statements(ask: impl FnOnce()) -> String {
    let style = sqlformat::FormatOptions {
        dialect: sqlformat::Dialect::PostgreSql,
        max_inline_block: 100,
        max_inline_arguments: Some(100),
        max_inline_top_level: Some(100),
        ..sqlformat::FormatOptions::default()
    };
    RUN.take();
    ask();
    let mut text = String::new();
    for statement in RUN.take() {
        let (sql, values) = statement
            .split_once(" -- binds: ")
            .unwrap_or((&statement, "[]"));
        let sql = sqlformat::format(sql, &sqlformat::QueryParams::None, &style);
        write!(text, "\n{sql};\n").expect("a string takes all");
        if values != "[]" {
            writeln!(text, "-- {}", shortened(values)).expect("a string takes all");
        }
    }
    text
}

/// The statements that `ask` runs.
fn statements_run(ask: impl FnOnce()) -> Vec<String> {
    RUN.take();
    ask();
    RUN.take()
}

/// Values as a person reads them: of a long list only the ends.
fn shortened(values: &str) -> String {
    let values = values.replace("Some(", "").replace(')', "");
    let lists = values.split_inclusive(']').map(|list| {
        let items: Vec<&str> = list.split(", ").collect();
        match items.as_slice() {
            [first, second, .., last] if items.len() > 8 => {
                format!("{first}, {second}, … {} in all …, {last}", items.len())
            }
            _ => list.to_owned(),
        }
    });
    lists.collect()
}

fn page(number: u64) -> PageRequest {
    PageRequest { number, size: 25 }
}

#[test]
fn each_kind_of_search_runs_the_statements_of_its_file() {
    let fixture = support::migrated();
    fixture.sql(FILL);
    fixture.upkeep.fold_counters().expect("folded");
    while fixture.upkeep.index_counters(at(2027, 1)).expect("indexed") > 0 {}
    start_recording();
    let edges: Vec<_> = (0..=3)
        .map(|n| at(2022, 2) + TimeDelta::days(100 * n))
        .collect();
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/statements");
    let searches = kinds::of_search()
        .into_iter()
        .chain(kinds::of_bodies())
        .chain(kinds::of_others());
    for (name, search) in searches {
        // What others remember is not sent again.
        let reader = || {
            let reader = Reader::new(&fixture.read_only());
            reader.ping().expect("an answer");
            reader
        };
        let mut text = format!("-- {name}\n");
        let mut add = |title: &str, ask: &dyn Fn(&Reader, &Search)| {
            let reader = reader();
            let run = statements(|| ask(&reader, &search));
            write!(text, "\n\n-- ==== {title}\n{run}").expect("a string takes all");
        };
        add("the first page", &|reader, search| {
            drop(reader.search(search, page(1)).expect("found"));
        });
        add("page 400", &|reader, search| {
            drop(reader.search(search, page(400)).expect("found"));
        });
        add(
            "what a walk has before it, and a step",
            &|reader, search| {
                let after = Some(Position {
                    timestamp: at(2023, 2),
                    id: 23_000,
                });
                if let Some(extent) = reader.extent(search, after).expect("counted") {
                    let mut walk = reader.walk(search, after).up_to(extent.last);
                    drop(walk.step(25).expect("read"));
                }
            },
        );
        add("the count", &|reader, search| {
            reader.count(search).expect("counted");
        });
        add("a histogram of three bars", &|reader, search| {
            drop(reader.histogram(search, &edges).expect("counted"));
        });
        let file = folder.join(name.replace(' ', "_") + ".sql");
        snapbox::assert_data_eq!(text, snapbox::Data::read_from(&file, None).raw());
    }
}

#[test]
fn what_is_hidden_is_left_out_by_the_statements_of_these_files() {
    let fixture = support::migrated();
    fixture.sql(FILL);
    fixture.upkeep.fold_counters().expect("folded");
    while fixture.upkeep.index_counters(at(2027, 1)).expect("indexed") > 0 {}
    start_recording();
    let hidden = Hidden {
        topics: vec!["topic0".to_owned()],
        categories: vec!["category2".to_owned()],
    };
    let edges = [0, 100, 200, 300, 400].map(|days| at(2022, 2) + TimeDelta::days(days));
    let of = |dimension, name| Search {
        filters: [(dimension, kinds::only(name))].into(),
        ..Search::default()
    };
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/statements");
    for (name, search) in [
        ("everything", Search::default()),
        ("a hidden topic", of(Dimension::Topics, "topic0")),
        ("a topic", of(Dimension::Topics, "topic1")),
        ("a user", of(Dimension::Users, "user1")),
    ] {
        let mut text = format!("-- {name}, for whom something is hidden\n");
        let mut add = |title: &str, ask: &dyn Fn(&Reader)| {
            let reader = Reader::new(&fixture.read_only()).hiding(hidden.clone());
            reader.ping().expect("an answer");
            let run = statements(|| ask(&reader));
            write!(text, "\n\n-- ==== {title}\n{run}").expect("a string takes all");
        };
        add("the first page", &|reader| {
            drop(reader.search(&search, page(1)).expect("found"));
        });
        add("the count", &|reader| {
            reader.count(&search).expect("counted");
        });
        add("a histogram of four bars", &|reader| {
            drop(reader.histogram(&search, &edges).expect("counted"));
        });
        let file = format!("hiding_{}.sql", name.replace(' ', "_"));
        snapbox::assert_data_eq!(
            text,
            snapbox::Data::read_from(&folder.join(file), None).raw()
        );
    }
}

#[test]
fn groups_and_names_are_told_by_the_statements_of_their_files() {
    let fixture = support::migrated();
    fixture.sql(FILL);
    fixture.upkeep.fold_counters().expect("folded");
    while fixture.upkeep.index_counters(at(2027, 1)).expect("indexed") > 0 {}
    start_recording();
    let year = Span::inclusive(Some(at(2023, 2)), Some(at(2024, 2)));
    let by = |by: &[GroupBy], days: &[i64]| Aggregation {
        by: by.to_vec(),
        edges: days
            .iter()
            .map(|days| at(2023, 2) + TimeDelta::days(*days))
            .collect(),
        most: 20,
        newest: 10_000,
        with_times: days.is_empty(),
    };
    let mut text = "-- what matches, by groups\n".to_owned();
    let mut add = |title: &str, filters: Filters, asked: Aggregation| {
        let reader = Reader::new(&fixture.read_only());
        reader.ping().expect("an answer");
        let search = Search {
            time: year,
            filters,
            ..Search::default()
        };
        let run = statements(|| drop(reader.aggregate(&search, &asked).expect("counted")));
        write!(text, "\n\n-- ==== {title}\n{run}").expect("a string takes all");
    };
    let all = Filters::default;
    let category = || Filters::from([(Dimension::Categories, kinds::only("category1"))]);
    add("a year by topic", all(), by(&[GroupBy::Topic], &[]));
    add(
        "topics of a category, by spans",
        category(),
        by(&[GroupBy::Topic], &[0, 100, 200]),
    );
    add("a year by package", all(), by(&[GroupBy::Package], &[]));
    add(
        "users and packages of a category, which no counters tell",
        category(),
        by(&[GroupBy::User, GroupBy::Package], &[]),
    );
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/statements");
    let file = folder.join("groups.sql");
    snapbox::assert_data_eq!(text, snapbox::Data::read_from(&file, None).raw());

    let mut text = "-- names that begin alike\n".to_owned();
    for of in [GroupBy::Topic, GroupBy::Package] {
        let reader = Reader::new(&fixture.read_only());
        reader.ping().expect("an answer");
        let ask = || drop(reader.names(of, "pack", 20, at(2024, 2)).expect("told"));
        let run = statements(ask);
        write!(text, "\n\n-- ==== {of:?}\n{run}").expect("a string takes all");
    }
    let file = folder.join("names.sql");
    snapbox::assert_data_eq!(text, snapbox::Data::read_from(&file, None).raw());
}

#[test]
fn lists_of_names_are_told_by_the_statements_of_their_file() {
    let fixture = support::migrated();
    fixture.sql(FILL);
    fixture.upkeep.fold_counters().expect("folded");
    start_recording();
    let reader = Reader::new(&fixture.read_only());
    reader.ping().expect("an answer");
    let now = at(2024, 2);
    let recent = Span::between(now - TimeDelta::days(1), now);
    let edges: Vec<_> = (0..=3)
        .map(|n| now.date().and_time(chrono::NaiveTime::MIN) + TimeDelta::days(n - 2))
        .collect();
    let census = Census {
        recent,
        edges: edges.clone(),
        most: 100,
    };
    let busiest = Busiest {
        by: GroupBy::Package,
        time: recent,
        edges,
        most: 100,
        newest: 1_000,
    };
    let mut text = "-- lists of names\n".to_owned();
    let mut add = |title: &str, ask: &dyn Fn(&Reader)| {
        let run = statements(|| ask(&reader));
        write!(text, "\n\n-- ==== {title}\n{run}").expect("a string takes all");
    };
    add("all topics", &|reader| {
        drop(reader.census_of_topics(&census).expect("counted"));
    });
    add("all categories", &|reader| {
        drop(reader.census_of_categories(&census).expect("counted"));
    });
    add("the packages of a day", &|reader| {
        drop(reader.busiest(&busiest).expect("counted"));
    });
    add("the newest packages", &|reader| {
        drop(reader.newest_names(GroupBy::Package, 20).expect("told"));
    });
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/statements");
    let file = folder.join("lists.sql");
    snapbox::assert_data_eq!(text, snapbox::Data::read_from(&file, None).raw());
}

#[test]
fn a_portrait_of_one_name_takes_six_statements_at_most() {
    let fixture = support::migrated();
    fixture.sql(FILL);
    fixture.upkeep.fold_counters().expect("folded");
    while fixture.upkeep.index_counters(at(2027, 1)).expect("indexed") > 0 {}
    start_recording();
    let days = |n| at(2023, 11) + TimeDelta::days(n);
    let mut text = String::new();
    for (dimension, name, facets) in [
        (
            Dimension::Packages,
            "package1",
            [GroupBy::User, GroupBy::Topic, GroupBy::Category],
        ),
        (
            Dimension::Users,
            "user1",
            [GroupBy::Package, GroupBy::Topic, GroupBy::Category],
        ),
        (
            Dimension::Agents,
            "user1",
            [GroupBy::Package, GroupBy::Topic, GroupBy::Category],
        ),
        (
            Dimension::Topics,
            "topic1",
            [GroupBy::User, GroupBy::Package, GroupBy::Agent],
        ),
        (
            Dimension::Categories,
            "category1",
            [GroupBy::Topic, GroupBy::Package, GroupBy::User],
        ),
    ] {
        let search = Search {
            filters: Filters::from([(dimension, kinds::only(name))]),
            ..Search::default()
        };
        let survey = Survey {
            page: PageRequest {
                number: 1,
                size: 10,
            },
            beside: None,
            edges: (0..=371).map(days).collect(),
            facets: facets.to_vec(),
            most: 8,
            newest: 1_000,
        };
        let reader = Reader::new(&fixture.read_only());
        reader.ping().expect("an answer");
        let statements = statements_run(|| {
            let portrait = reader.portrait(&search, &survey).expect("told");
            assert!(portrait.surveyed.total > 1_000);
        });
        let asked = statements
            .iter()
            .filter(|statement| statement.contains("SELECT"));
        let count = asked.count();
        assert!(count <= 6, "{count}: {statements:#?}");
        writeln!(text, "{name} {count}").expect("a string takes all");
    }
    assert_eq!(
        text,
        "package1 6\nuser1 6\nuser1 5\ntopic1 5\ncategory1 6\n"
    );
}

#[test]
fn an_inquiry_runs_the_statements_of_its_file() {
    start_recording();
    let fixture = filled();
    fixture.reader.ping().expect("an answer");
    let of_topic = inquiry(&[], &["org.fedoraproject.prod.bodhi.compose"]);
    let newest = inquiry(
        &["package:zsh", "build:1"],
        &["*.*.prod.buildsys.#", "*.*.prod.buildsys.tag"],
    );
    let oldest = Inquiry {
        order: Order::Ascending,
        topics: vec!["*.*.prod.buildsys.tag".to_owned()],
        ..newest.clone()
    };
    let run = statements(|| drop(told(&fixture, &[vec![newest, oldest, of_topic]])));
    let text = format!("-- an inquiry by subjects, newest and oldest first, and by topic\n{run}");
    let file = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/statements/an_inquiry.sql");
    snapbox::assert_data_eq!(text, snapbox::Data::read_from(&file, None).raw());
}

#[test]
fn the_page_of_a_message_runs_four_statements() {
    let fixture = support::migrated();
    fixture.sql(FILL);
    start_recording();
    for (dimension, name, expected) in [
        (Some(Dimension::Packages), "package1", 4),
        (Some(Dimension::Users), "user1", 4),
        (Some(Dimension::Topics), "topic1", 3),
        (None, "", 3),
    ] {
        let reader = Reader::new(&fixture.read_only());
        reader.ping().expect("an answer");
        let mut search = Search::default();
        if let Some(dimension) = dimension {
            search.filters[dimension] = kinds::only(name);
        }
        let run = statements(|| {
            let found = reader.find("id-30000").expect("an answer");
            let message = found.expect("it is there");
            let around = reader.around(&search, message.position(), 5);
            let around = around.expect("an answer");
            assert_eq!((around.before.len(), around.behind.len()), (5, 5));
        });
        // Beside those that begin and end the snapshot.
        let asked = run.matches(";\n").count() - 3;
        assert_eq!(asked, expected, "{run}");
    }
}
