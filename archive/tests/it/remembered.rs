//! What a reader remembers of counters, postings, positions and bodies is not taken for what is there
//! now.

use archive::{Body, Dimension, Match, Order, PageRequest, Reader, Search, Span};
use chrono::TimeDelta;

use crate::statements::{start_recording, statements};
use crate::support::{at, index_all, message, migrated, wrong};

#[test]
fn ids_that_were_read_before_are_not_taken_for_those_of_now() {
    let fixture = migrated();
    let new = |range: std::ops::Range<i64>, package: &str| {
        let messages = range.map(|n| {
            let mut message = message(&format!("{n} {package}"));
            message.timestamp = at(0) - TimeDelta::days(3) + TimeDelta::seconds(n);
            (message.users, message.packages) =
                (vec!["alice".to_owned()], vec![package.to_owned()]);
            message
        });
        fixture.store(messages.collect::<Vec<_>>());
        fixture.upkeep.fold_counters().expect("folded");
        index_all(&fixture);
    };
    let only = |name: &str| Match {
        any: vec![name.to_owned()],
        none: Vec::new(),
    };
    let search = Search {
        filters: [
            (Dimension::Users, only("alice")),
            (Dimension::Packages, only("kernel")),
        ]
        .into(),
        ..Search::default()
    };
    let found = || {
        let page = fixture
            .reader
            .search(
                &search,
                PageRequest {
                    number: 1,
                    size: 1000,
                },
            )
            .expect("a page");
        assert_eq!(page.total, page.messages.len() as u64);
        page.messages
            .into_iter()
            .filter_map(|message| message.msg_id)
            .collect::<Vec<_>>()
    };
    new(0..60, "kernel");
    new(60..120, "bash");
    assert_eq!(found().len(), 60);
    assert_ne!(
        fixture.sql("SELECT count(*) FROM counters WHERE kind = 'p' AND ids IS NOT NULL"),
        "0"
    );
    // As many as before, but others.
    fixture.sql("DELETE FROM messages WHERE msg_id = '7 kernel'");
    new(200..201, "kernel");
    let found = found();
    assert_eq!(found.len(), 60);
    assert_eq!(
        (found[0].as_str(), found[59].as_str()),
        ("200 kernel", "0 kernel")
    );
    assert!(!found.contains(&"7 kernel".to_owned()));
}

#[test]
fn times_that_were_read_before_are_not_taken_for_those_of_now() {
    let fixture = migrated();
    let morning = at(0) - TimeDelta::days(3) - TimeDelta::hours(12);
    let new = |n: i32| {
        let mut message = message(&n.to_string());
        message.timestamp = morning + TimeDelta::minutes(20) * n;
        message.agent_name = Some("alice".to_owned());
        message
    };
    fixture.store((0..70).map(new).collect::<Vec<_>>());
    fixture.upkeep.fold_counters().expect("folded");
    index_all(&fixture);
    let only = |name: &str| Match {
        any: vec![name.to_owned()],
        none: Vec::new(),
    };
    // Most of a day, and then a whole one.
    let time = Span::inclusive(Some(morning + TimeDelta::hours(5)), Some(at(0)));
    let search = Search {
        filters: [
            (Dimension::Topics, only(&message("").topic)),
            (Dimension::Agents, only("alice")),
        ]
        .into(),
        time,
        ..Search::default()
    };
    let found = |order: Order, size: u32| {
        let search = Search {
            order,
            ..search.clone()
        };
        let page = fixture
            .reader
            .search(&search, PageRequest { number: 1, size })
            .expect("a page");
        let ids = page
            .messages
            .iter()
            .filter_map(|message| message.msg_id.as_deref()?.parse().ok());
        (ids.collect::<Vec<i32>>(), page.total)
    };
    let check = |what: &str, expected: Vec<i32>| {
        let total = expected.len() as u64;
        for round in ["noted", "folded", "again"] {
            assert_eq!(
                found(Order::Ascending, 7),
                (expected[..7].to_vec(), total),
                "{what}, {round}"
            );
            let newest_first = expected.iter().copied().rev().collect();
            assert_eq!(
                found(Order::Descending, 100),
                (newest_first, total),
                "{what}, {round}"
            );
            fixture.upkeep.fold_counters().expect("folded");
            index_all(&fixture);
        }
    };
    check("stored", (15..70).collect());
    fixture.sql(
        "UPDATE messages SET \"timestamp\" = \"timestamp\" + interval '25 min' WHERE msg_id = '30'",
    );
    check(
        "moved within its hour",
        (15..30).chain([31, 30]).chain(32..70).collect(),
    );
    assert_eq!(wrong(&fixture), []);
}

#[test]
fn a_far_page_is_not_sought_where_it_was_before() {
    let fixture = migrated();
    // Two weeks, one in 10 minutes.
    let time = |n: i64| {
        at(0) - TimeDelta::days(20) + TimeDelta::minutes(10) * i32::try_from(n).expect("few")
    };
    let new = |n: i64, msg_id: String| {
        let mut message = message(&msg_id);
        message.timestamp = time(n);
        message
    };
    let mut expected: Vec<String> = (0..2000).map(|n| format!("{n}")).collect();
    fixture.store((0..2000).map(|n| new(n, n.to_string())).collect::<Vec<_>>());
    fixture.upkeep.fold_counters().expect("folded");
    let page = |number: u64| {
        let search = Search {
            order: Order::Ascending,
            ..Search::default()
        };
        let page = fixture
            .reader
            .search(&search, PageRequest { number, size: 10 })
            .expect("a page");
        (
            page.messages
                .into_iter()
                .filter_map(|message| message.msg_id)
                .collect::<Vec<_>>(),
            page.total,
        )
    };
    let check = |what: &str, expected: &[String]| {
        for round in ["noted", "folded", "again"] {
            for number in [1, 60, 120, 180] {
                let first = usize::try_from(number - 1).expect("small") * 10;
                let there = (expected[first..first + 10].to_vec(), expected.len() as u64);
                assert_eq!(page(number), there, "{what}, {round}, page {number}");
            }
            fixture.upkeep.fold_counters().expect("folded");
        }
    };
    check("stored", &expected);
    fixture.store([new(1000, "late".to_owned())]);
    expected.insert(1001, "late".to_owned());
    check("a late one", &expected);
    fixture.sql("DELETE FROM messages WHERE msg_id = '700'");
    expected.remove(700);
    check("deleted", &expected);
    // As many as before, in the same month.
    fixture.sql("UPDATE messages SET \"timestamp\" = \"timestamp\" - interval '4 days 5 min' WHERE msg_id = '1500'");
    let moved = expected.remove(1500);
    let place = expected
        .iter()
        .position(|id| *id == (1500 - 4 * 144).to_string())
        .expect("one");
    expected.insert(place, moved);
    check("at another time", &expected);
    assert_eq!(wrong(&fixture), []);
}

#[test]
fn what_was_found_in_bodies_is_not_taken_for_what_they_hold_now() {
    let fixture = migrated();
    let new = |msg_id: &str, days: i64| {
        let mut message = message(msg_id);
        message.timestamp = at(0) - TimeDelta::days(days);
        message.body = Body::parse(r#"{"word": "needle"}"#).expect("a body");
        message
    };
    let time = Span::inclusive(Some(at(-1) - TimeDelta::days(6)), Some(at(1)));
    let search = Search {
        contains: vec!["needle".to_owned()],
        time,
        ..Search::default()
    };
    let check = |what: &str, expected: u64| {
        for round in ["noted", "folded", "again"] {
            let page = fixture
                .reader
                .search(
                    &search,
                    PageRequest {
                        number: 1,
                        size: 100,
                    },
                )
                .expect("a page");
            assert_eq!(
                (page.total, page.messages.len() as u64),
                (expected, expected),
                "{what}, {round}"
            );
            fixture.upkeep.fold_counters().expect("folded");
        }
    };
    fixture.store((0..8).map(|n| new(&n.to_string(), n)).collect::<Vec<_>>());
    check("stored", 7);
    fixture.store([new("late", 3)]);
    check("a late one", 8);
    fixture.sql("UPDATE messages SET msg = '{}' WHERE msg_id = '3'");
    check("another body", 7);
    fixture.sql("DELETE FROM messages WHERE msg_id = 'late'");
    check("deleted", 6);
    fixture.sql(
        "UPDATE messages SET \"timestamp\" = \"timestamp\" - interval '1 day' WHERE msg_id = '4'",
    );
    check("at another time", 6);
    let user = Match {
        any: vec!["alice".to_owned()],
        none: Vec::new(),
    };
    let search = Search {
        filters: [(Dimension::Users, user)].into(),
        ..search.clone()
    };
    let mut of_user = new("of a user", 2);
    of_user.users = vec!["alice".to_owned()];
    fixture.store([of_user]);
    fixture.upkeep.fold_counters().expect("folded");
    assert_eq!(fixture.reader.count(&search).expect("counted"), 1);
    fixture.sql(
        "INSERT INTO users_messages SELECT u.id, m.id, m.\"timestamp\" FROM users u, messages m WHERE msg_id = '2'",
    );
    assert_eq!(fixture.reader.count(&search).expect("counted"), 2);
    assert_eq!(wrong(&fixture), []);
}

/// While a snapshot is open, notes stay for a quarter of an hour.
#[test]
fn what_is_noted_is_looked_for_once() {
    let fixture = migrated();
    let new = |n: i64| {
        let mut message = message(&n.to_string());
        message.timestamp = at(n) - TimeDelta::days(3);
        message.body = Body::parse(r#"{"word": "needle"}"#).expect("a body");
        message.users = vec!["alice".to_owned(), format!("user {}", n % 2)];
        message.packages = vec!["kernel".to_owned()];
        message
    };
    for n in 0..6 {
        fixture.store((20 * n..20 * n + 20).map(new).collect::<Vec<_>>());
    }
    let only = |name: &str| Match {
        any: vec![name.to_owned()],
        none: Vec::new(),
    };
    let combination = Search {
        filters: [
            (Dimension::Users, only("user 0")),
            (Dimension::Packages, only("kernel")),
        ]
        .into(),
        ..Search::default()
    };
    let midnight = at(0) - TimeDelta::hours(12);
    let text = Search {
        contains: vec!["needle".to_owned()],
        time: Span::between(midnight - TimeDelta::days(6), midnight),
        ..Search::default()
    };
    start_recording();
    let reader = Reader::new(&fixture.read_only());
    for (search, look, total) in [(combination, "array_agg", 60), (text, "needle", 120)] {
        let looks = || {
            let run = statements(|| assert_eq!(reader.count(&search).expect("counted"), total));
            run.matches(look).count()
        };
        let first = looks();
        assert!(first > 0, "{search:?}");
        assert_eq!(looks(), 0, "{search:?}");
        fixture
            .sql("UPDATE messages SET msg = msg, \"timestamp\" = \"timestamp\" + interval '1 min'");
        assert_eq!(looks(), first, "{search:?}");
    }
}
