//! Lists of names say what a naive count over the same messages says.

use std::collections::BTreeMap;

use archive::{Busiest, BusyName, Census, CensusName, GroupBy, Hidden, Message, NewMessage, Span};
use chrono::{NaiveDateTime, NaiveTime, TimeDelta};
use proptest::prelude::*;
use proptest::test_runner::{Config, TestRunner};

use crate::aggregate::{drawn_out, values};
use crate::search::{CATEGORIES, TOPICS, messages, some_of};
use crate::support::{Fixture, at, message, migrated};

/// The edges of some days, the last of which holds `now`.
fn days(now: NaiveDateTime, count: i64) -> Vec<NaiveDateTime> {
    let today = now.date().and_time(NaiveTime::MIN);
    (1 - count..=1)
        .map(|n| today + TimeDelta::days(n))
        .collect()
}

fn bars(messages: &[&Message], edges: &[NaiveDateTime]) -> Vec<u64> {
    let bar = |pair: &[NaiveDateTime]| {
        let holds = |message: &&&Message| (pair[0]..pair[1]).contains(&message.timestamp);
        messages.iter().filter(holds).count() as u64
    };
    edges.windows(2).map(bar).collect()
}

fn in_time(messages: &[&Message], time: Span) -> u64 {
    let holds = |message: &&&Message| time.holds(message.timestamp);
    messages.iter().filter(holds).count() as u64
}

/// The messages of each name, in the order of time.
fn by_name<'a>(all: &[&'a Message], by: GroupBy) -> BTreeMap<String, Vec<&'a Message>> {
    let mut named = BTreeMap::<String, Vec<&Message>>::new();
    for &message in all {
        for name in values(message, by) {
            named.entry(name).or_default().push(message);
        }
    }
    named
}

fn check_census(told: &[CensusName], all: &[&Message], by: GroupBy, census: &Census) {
    let mut expected: Vec<CensusName> = by_name(all, by)
        .into_iter()
        .map(|(name, messages)| CensusName {
            name,
            category: match by {
                GroupBy::Topic => messages.last().map(|last| last.category.clone()),
                _ => None,
            },
            messages: messages.len() as u64,
            recent: in_time(&messages, census.recent),
            bars: bars(&messages, &census.edges),
            first: messages.first().map(|first| first.timestamp.date()),
            last: messages.last().map(|last| last.timestamp),
        })
        .collect();
    expected.sort_by_key(|name| std::cmp::Reverse(name.messages));
    assert_eq!(told, expected, "{by:?}");
}

fn check_busiest(fixture: &Fixture, all: &[&Message], by: GroupBy, busiest: &Busiest) {
    let told = fixture.reader.busiest(busiest).expect("counted");
    let mut expected: Vec<BusyName> = by_name(all, by)
        .into_iter()
        .map(|(name, messages)| BusyName {
            name,
            messages: in_time(&messages, busiest.time),
            bars: bars(&messages, &busiest.edges),
            times: messages
                .first()
                .zip(messages.last())
                .map(|(first, last)| (first.timestamp, last.timestamp)),
        })
        .filter(|name| name.messages > 0)
        .collect();
    expected.sort_by_key(|name| std::cmp::Reverse(name.messages));
    assert_eq!(told.of, expected.len() as u64);
    expected.truncate(busiest.most as usize);
    assert_eq!(told.names, expected, "{busiest:?}");
}

#[test]
fn lists_are_those_of_a_naive_count() {
    let fixture = migrated();
    let mut runner = TestRunner::new(Config {
        cases: 24,
        max_shrink_iters: 100,
        failure_persistence: None,
        ..Config::default()
    });
    let cases = (
        messages(),
        (some_of(&TOPICS), some_of(&CATEGORIES)),
        (
            0..5_i64,
            1..24_i64,
            proptest::sample::select(&[7, 24, 400][..]),
        ),
        any::<bool>(),
    );
    runner
        .run(
            &cases,
            |(mut messages, (topics, categories), (second, hour, hours), is_folded)| {
                fixture.sql("TRUNCATE messages");
                for message in &mut messages {
                    message.timestamp = drawn_out(message.timestamp, hours);
                }
                fixture.store(messages);
                if is_folded {
                    fixture.upkeep.fold_counters().expect("folded");
                }
                let all = fixture.all();
                let all: Vec<&Message> = all.iter().collect();
                let now = drawn_out(at(second), hours) + TimeDelta::hours(hour);
                let census = Census {
                    recent: Span::between(now - TimeDelta::days(1), now),
                    edges: days(now, 30),
                    most: 1_000,
                };
                let hidden = Hidden { topics, categories };
                let shown: Vec<&Message> = all
                    .iter()
                    .copied()
                    .filter(|message| !hidden.hides(&message.topic, &message.category))
                    .collect();
                let hiding = fixture.reader.hiding(hidden);
                for (reader, all) in [(&fixture.reader, &all), (&hiding, &shown)] {
                    let (told, of) = reader.census_of_topics(&census).expect("counted");
                    check_census(&told, all, GroupBy::Topic, &census);
                    assert_eq!(of, told.len() as u64);
                    let (told, _) = reader.census_of_categories(&census).expect("counted");
                    check_census(&told, all, GroupBy::Category, &census);
                }
                for by in [GroupBy::User, GroupBy::Package] {
                    for most in [2, 100] {
                        let busiest = Busiest {
                            by,
                            time: Span::between(now - TimeDelta::days(7), now),
                            edges: days(now, 30),
                            most,
                            newest: 1,
                        };
                        check_busiest(&fixture, &all, by, &busiest);
                    }
                }
                Ok(())
            },
        )
        .expect("holds");
}

/// A message of a package, so many days after the first.
fn of_package(name: &str, days: i64, topic: &str) -> NewMessage {
    NewMessage {
        timestamp: at(0) + TimeDelta::days(days),
        packages: vec![name.to_owned()],
        topic: topic.to_owned(),
        ..message(&format!("{name} {days} {topic}"))
    }
}

#[test]
fn names_that_came_last_are_told_unless_all_their_messages_are_hidden() {
    let fixture = migrated();
    fixture.store([
        of_package("old", 0, "a"),
        of_package("both", 1, "secret"),
        of_package("hidden", 2, "secret"),
        of_package("new", 3, "a"),
        of_package("both", 4, "a"),
    ]);
    let newest = |reader: &archive::Reader, most| -> Vec<String> {
        let names = reader.newest_names(GroupBy::Package, most).expect("told");
        names.into_iter().map(|name| name.name).collect()
    };
    assert_eq!(newest(&fixture.reader, 9), ["new", "hidden", "both", "old"]);
    assert_eq!(newest(&fixture.reader, 1), ["new"]);
    let hiding = fixture.reader.hiding(Hidden {
        topics: vec!["secret".to_owned()],
        categories: Vec::new(),
    });
    // The first that is shown came later.
    assert_eq!(newest(&hiding, 9), ["both", "new", "old"]);
    let busiest = Busiest {
        by: GroupBy::Package,
        time: Span::ALL,
        edges: days(at(0), 30),
        most: 9,
        newest: 2,
    };
    let told = hiding.busiest(&busiest).expect("counted");
    let names: Vec<(&str, u64, usize)> = told
        .names
        .iter()
        .map(|name| (name.name.as_str(), name.messages, name.bars.len()))
        .collect();
    assert_eq!(names, [("both", 1, 0), ("new", 1, 0)]);
    assert_eq!(told.only.map(|only| only.messages), Some(2));
    // Keys are numbers: 24 is beyond 9.
    let later = (0..20).map(|n| of_package(&format!("later{n:02}"), 10 + n, "a"));
    fixture.store(later.collect::<Vec<_>>());
    assert_eq!(newest(&fixture.reader, 1), ["later19"]);
}
