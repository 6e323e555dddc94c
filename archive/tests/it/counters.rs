//! Counters: true whoever writes, folded or not, and what they are good for.

use archive::{Body, Dimension, Match, Order, PageRequest, Search, Span};
use chrono::{NaiveDate, TimeDelta};
use proptest::prelude::*;
use proptest::test_runner::{Config, TestRunner};

use crate::support::{Fixture, at, message, migrated};

fn wrong(fixture: &Fixture) -> Vec<archive::WrongCounter> {
    fixture.upkeep.verify_counters(10).expect("verified")
}

/// Gives ids to all counters that should have them.
fn index_all(fixture: &Fixture) {
    let mut rounds = 0;
    while fixture
        .upkeep
        .index_counters(at(0) + TimeDelta::days(99))
        .expect("indexed")
        > 0
    {
        rounds += 1;
        assert!(rounds < 100, "it never ends");
    }
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
    fixture.sql("UPDATE users_messages SET msg_timestamp = msg_timestamp + interval '1 day'");
    check("associations updated");
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
    fixture.sql("TRUNCATE messages");
    check("truncated");
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

#[test]
fn counters_are_filled_when_they_are_made() {
    let fixture = migrated();
    let mut new = message("a");
    new.users = vec!["alice".to_owned()];
    fixture.store([new]);
    archive::migration::revert(&fixture.options, 1).expect("reverted");
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
        0..9_u8,
        (
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
                (categories, topics, agents, users, packages),
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
