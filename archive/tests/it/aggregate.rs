//! What is counted by groups is what a naive count over the same messages says; and pages beside a message neither
//! repeat nor skip.

use std::collections::{BTreeMap, HashMap};

use archive::{
    Aggregate, Aggregation, Beside, GroupBy, Message, NewMessage, Newest, Order, PageRequest,
    Position, Search, Span, Subjects, Survey,
};
use chrono::{NaiveDateTime, TimeDelta};
use proptest::prelude::*;
use proptest::test_runner::{Config, TestRunner};

use crate::search::{matches, messages, searches};
use crate::support::{Fixture, at, message, migrated, position};

/// The time of a second of the generated ones, drawn out such that days, months or years lie between them.
pub fn drawn_out(time: NaiveDateTime, hours: i64) -> NaiveDateTime {
    at(0) + TimeDelta::hours((time - at(0)).num_seconds() * hours)
}

fn drawn_out_span(span: Span, hours: i64) -> Span {
    // The ends of the generated ones are inclusive, a tick longer.
    let end = span
        .to
        .map(|to| drawn_out(to - TimeDelta::microseconds(1), hours));
    Span::inclusive(span.from.map(|from| drawn_out(from, hours)), end)
}

type Key = (Vec<String>, Option<usize>);
type Counted = BTreeMap<Key, (u64, NaiveDateTime, NaiveDateTime)>;

pub fn values(message: &Message, by: GroupBy) -> Vec<String> {
    match by {
        GroupBy::Topic => vec![message.topic.clone()],
        GroupBy::Category => vec![message.category.clone()],
        GroupBy::User => message.users.clone(),
        GroupBy::Package => message.packages.clone(),
        GroupBy::Agent => message.agent_name.iter().cloned().collect(),
    }
}

/// All groups of some messages.
fn naive<'a>(
    messages: impl Iterator<Item = &'a Message>,
    by: &[GroupBy],
    edges: &[NaiveDateTime],
) -> Counted {
    let mut counted = Counted::new();
    for message in messages {
        let time = message.timestamp;
        let span = edges
            .windows(2)
            .position(|pair| pair[0] <= time && time < pair[1]);
        if !edges.is_empty() && span.is_none() {
            continue;
        }
        let mut names = vec![Vec::new()];
        for by in by {
            names = names
                .into_iter()
                .flat_map(|names: Vec<String>| {
                    values(message, *by)
                        .into_iter()
                        .map(move |value| [names.clone(), vec![value]].concat())
                })
                .collect();
        }
        for names in names {
            let group = counted.entry((names, span)).or_insert((0, time, time));
            *group = (group.0 + 1, group.1.min(time), group.2.max(time));
        }
    }
    counted
}

/// The groups of an answer, and that none comes twice.
fn told(aggregate: &Aggregate) -> BTreeMap<Key, u64> {
    let mut told = BTreeMap::new();
    for group in &aggregate.groups {
        let twice = told.insert((group.names.clone(), group.span), group.messages);
        assert_eq!(twice, None, "{group:?}");
    }
    told
}

fn ways() -> impl Strategy<Value = Vec<GroupBy>> {
    proptest::sample::subsequence(&GroupBy::ALL[..], 0..=2).prop_shuffle()
}

fn edges() -> impl Strategy<Value = Vec<NaiveDateTime>> {
    prop_oneof![
        Just(Vec::new()),
        proptest::collection::btree_set(-2..6_i64, 2..5)
            .prop_map(|seconds| seconds.into_iter().map(at).collect()),
    ]
}

fn aggregation(by: &[GroupBy], edges: &[NaiveDateTime]) -> Aggregation {
    Aggregation {
        by: by.to_vec(),
        edges: edges.to_vec(),
        most: 1000,
        newest: 1000,
        with_times: edges.is_empty(),
    }
}

fn check(
    fixture: &Fixture,
    all: &[&Message],
    search: &Search,
    by: &[GroupBy],
    edges: &[NaiveDateTime],
) {
    let expected = naive(all.iter().copied(), by, edges);
    let asked = aggregation(by, edges);
    let aggregate = fixture.reader.aggregate(search, &asked).expect("counted");
    let counts: BTreeMap<Key, u64> = expected
        .iter()
        .map(|(key, group)| (key.clone(), group.0))
        .collect();
    assert_eq!(told(&aggregate), counts, "{search:?} by {by:?} {edges:?}");
    assert_eq!(aggregate.only, None);
    let within = |message: &&&Message| match (edges.first(), edges.last()) {
        (Some(first), Some(last)) => (*first..*last).contains(&message.timestamp),
        _ => true,
    };
    assert_eq!(aggregate.total, all.iter().filter(within).count() as u64);
    for group in &aggregate.groups {
        if let Some(times) = group.times {
            let (_, first, last) = expected[&(group.names.clone(), group.span)];
            assert_eq!(times, (first, last), "{search:?} {group:?}");
        }
    }
    if by.is_empty() {
        return;
    }
    let first = fixture
        .reader
        .aggregate(search, &Aggregation { most: 1, ..asked })
        .expect("counted");
    let names: std::collections::BTreeSet<&Vec<String>> =
        expected.keys().map(|(names, _)| names).collect();
    assert_eq!(first.names, names.len() as u64);
    let of_first = aggregate.groups.first().map(|group| &group.names);
    let expected = aggregate
        .groups
        .iter()
        .filter(|group| Some(&group.names) == of_first);
    assert!(
        first.groups.iter().eq(expected),
        "{search:?} by {by:?} {edges:?}"
    );
}

#[test]
fn groups_are_those_of_a_naive_count() {
    let fixture = migrated();
    let mut runner = TestRunner::new(Config {
        cases: 24,
        max_shrink_iters: 100,
        failure_persistence: None,
        ..Config::default()
    });
    let cases = (
        messages(),
        proptest::collection::vec((searches(), ways(), edges()), 12),
        proptest::sample::select(&[7, 20, 24, 400, 3000][..]),
        any::<bool>(),
    );
    runner
        .run(&cases, |(mut messages, asked, hours, is_folded)| {
            fixture.sql("TRUNCATE messages");
            for message in &mut messages {
                message.timestamp = drawn_out(message.timestamp, hours);
            }
            let about: HashMap<String, Subjects> = messages
                .iter()
                .map(|message| (message.msg_id.clone(), message.subjects.clone()))
                .collect();
            fixture.store(messages);
            if is_folded {
                fixture.upkeep.fold_counters().expect("folded");
            }
            let all = fixture.all();
            for (mut search, by, edges) in asked {
                search.time = drawn_out_span(search.time, hours);
                let edges: Vec<NaiveDateTime> =
                    edges.iter().map(|edge| drawn_out(*edge, hours)).collect();
                let found: Vec<&Message> = all
                    .iter()
                    .filter(|message| {
                        let id = message.msg_id.as_deref().expect("an id");
                        matches(&search, message, &about[id])
                    })
                    .collect();
                check(&fixture, &found, &search, &by, &edges);
                check_survey(&fixture, &found, &search, &edges);
            }
            Ok(())
        })
        .expect("holds");
}

/// A survey says what its parts say.
fn check_survey(fixture: &Fixture, found: &[&Message], search: &Search, edges: &[NaiveDateTime]) {
    let page = PageRequest { number: 2, size: 3 };
    let survey = Survey {
        page,
        beside: None,
        edges: edges.to_vec(),
        facets: GroupBy::ALL.to_vec(),
        most: 2,
        newest: 1000,
    };
    let surveyed = fixture.reader.survey(search, &survey).expect("surveyed");
    let of_page = fixture.reader.search(search, page).expect("a page");
    assert_eq!(
        (&surveyed.messages, surveyed.total),
        (&of_page.messages, of_page.total)
    );
    assert_eq!(surveyed.before, surveyed.total.min(3));
    let bars = naive(found.iter().copied(), &[], edges);
    let bar = |span| bars.get(&(Vec::new(), Some(span))).map_or(0, |bar| bar.0);
    let bars: Vec<u64> = (0..edges.len().saturating_sub(1)).map(bar).collect();
    assert_eq!(surveyed.bars, bars, "{search:?} {edges:?}");
    for (facet, by) in surveyed.facets.iter().zip(GroupBy::ALL) {
        assert_eq!((facet.by, facet.only), (by, None));
        let counted = naive(found.iter().copied(), &[by], &[]);
        let mut expected: Vec<(u64, String)> = counted
            .into_iter()
            .map(|((names, _), group)| (group.0, names.concat()))
            .collect();
        expected.sort_by(|one, other| other.0.cmp(&one.0).then_with(|| one.1.cmp(&other.1)));
        expected.truncate(2);
        let told: Vec<(u64, String)> = facet
            .names
            .iter()
            .map(|tally| (tally.messages, tally.name.clone()))
            .collect();
        assert_eq!(told, expected, "{search:?} {by:?}");
    }
    check_portrait(fixture, found, search, &survey);
}

/// A portrait says what a survey of the newest messages says, and when the first was sent.
fn check_portrait(fixture: &Fixture, found: &[&Message], search: &Search, survey: &Survey) {
    let first = found.iter().map(|message| message.timestamp).min();
    let page = PageRequest { number: 1, size: 3 };
    for newest in [1000, 4] {
        let survey = Survey {
            page,
            newest,
            ..survey.clone()
        };
        let portrait = fixture.reader.portrait(search, &survey).expect("told");
        let newest_first = Search {
            order: Order::Descending,
            ..search.clone()
        };
        let surveyed = fixture.reader.survey(&newest_first, &survey);
        let surveyed = surveyed.expect("surveyed");
        let told = portrait.surveyed;
        assert_eq!((told.total, portrait.first), (found.len() as u64, first));
        assert_eq!(
            (told.messages, told.bars),
            (surveyed.messages, surveyed.bars)
        );
        for (facet, expected) in told.facets.iter().zip(&surveyed.facets) {
            assert_eq!(
                (facet.by, &facet.names, facet.only),
                (expected.by, &expected.names, expected.only),
                "{search:?}"
            );
        }
    }
}

/// Messages of two users and three topics, a minute apart.
fn minutes(count: i64) -> Vec<NewMessage> {
    let of = |n: i64| NewMessage {
        timestamp: at(60 * n),
        topic: format!("org.fedoraproject.prod.wiki.{}", n % 3),
        users: vec!["alice".to_owned(), format!("user{}", n % 2)],
        ..message(&format!("{n:03}"))
    };
    (0..count).map(of).collect()
}

#[test]
fn what_comes_later_in_what_goes_on_is_not_counted() {
    let fixture = migrated();
    let now = chrono::Utc::now().naive_utc();
    // Some of these are in the month of now, whatever the day is.
    let ago = [500, 400, 40, 31, 12, 1, 0, -1, -20, -40].map(|days| now - TimeDelta::days(days));
    let sent = |time: NaiveDateTime| NewMessage {
        timestamp: time - TimeDelta::seconds(1),
        packages: vec!["bash".to_owned()],
        ..message(&time.to_string())
    };
    fixture.store(ago.map(sent));
    let within = |days| Search {
        time: Span::between(now - TimeDelta::days(days), now),
        ..Search::default()
    };
    for (by, days, expected) in [
        (GroupBy::Package, 35, 4),
        (GroupBy::Topic, 35, 4),
        (GroupBy::Package, 450, 6),
        (GroupBy::Topic, 450, 6),
    ] {
        let search = within(days);
        let counted = fixture.reader.aggregate(&search, &aggregation(&[by], &[]));
        let counted = counted.expect("counted");
        let messages: Vec<u64> = counted.groups.iter().map(|group| group.messages).collect();
        assert_eq!((messages, counted.only), (vec![expected], None), "{by:?}");
    }
}

#[test]
fn what_counters_cannot_tell_is_told_of_the_newest_and_said() {
    let fixture = migrated();
    fixture.store(minutes(30));
    let mut search = Search::default();
    search.filters[archive::Dimension::Users].any = vec!["alice".to_owned()];
    let asked = Aggregation {
        newest: 10,
        ..aggregation(&[GroupBy::User], &[])
    };
    let aggregate = fixture.reader.aggregate(&search, &asked).expect("counted");
    assert_eq!(aggregate.total, 30);
    let only = Newest {
        messages: 10,
        since: at(60 * 20),
    };
    assert_eq!(aggregate.only, Some(only));
    let lines: Vec<(&str, u64)> = aggregate
        .groups
        .iter()
        .map(|group| (group.names[0].as_str(), group.messages))
        .collect();
    assert_eq!(lines, [("alice", 10), ("user0", 5), ("user1", 5)]);
}

#[test]
fn pages_beside_a_message_are_those_before_and_behind_it() {
    let fixture = migrated();
    let mut runner = TestRunner::new(Config {
        cases: 8,
        max_shrink_iters: 100,
        failure_persistence: None,
        ..Config::default()
    });
    let cases = (
        messages(),
        proptest::collection::vec(searches(), 8),
        1..8_u32,
    );
    runner
        .run(&cases, |(messages, searches, size)| {
            fixture.sql("TRUNCATE messages");
            let about: HashMap<String, Subjects> = messages
                .iter()
                .map(|message| (message.msg_id.clone(), message.subjects.clone()))
                .collect();
            fixture.store(messages);
            let all = fixture.all();
            for search in searches {
                let mut found: Vec<&Message> = all
                    .iter()
                    .filter(|message| {
                        let id = message.msg_id.as_deref().expect("an id");
                        matches(&search, message, &about[id])
                    })
                    .collect();
                if search.order == Order::Descending {
                    found.reverse();
                }
                // Beside each message, whether it matches or not.
                for beside in &all {
                    check_beside(&fixture, &search, &found, position(beside), size);
                    check_around(&fixture, &search, &found, position(beside), size);
                }
            }
            Ok(())
        })
        .expect("holds");
}

fn check_around(
    fixture: &Fixture,
    search: &Search,
    found: &[&Message],
    place: Position,
    most: u32,
) {
    let is_before = |message: &Message| match search.order {
        Order::Ascending => position(message) < place,
        Order::Descending => position(message) > place,
    };
    let before = found.partition_point(|message| is_before(message));
    let behind = before + usize::from(found.iter().any(|message| position(message) == place));
    let ids =
        |messages: &[&Message]| -> Vec<i64> { messages.iter().map(|message| message.id).collect() };
    let around = fixture.reader.around(search, place, most).expect("found");
    let most = most as usize;
    let told = [around.before, around.behind].map(|side| ids(&side.iter().collect::<Vec<_>>()));
    let end = found.len().min(behind + most);
    let expected = [
        &found[before.saturating_sub(most)..before],
        &found[behind..end],
    ]
    .map(ids);
    assert_eq!(told, expected, "{search:?} {place:?}");
}

fn check_beside(
    fixture: &Fixture,
    search: &Search,
    found: &[&Message],
    place: Position,
    size: u32,
) {
    let is_behind = |message: &Message| match search.order {
        Order::Ascending => position(message) > place,
        Order::Descending => position(message) < place,
    };
    let up_to = found.partition_point(|message| !is_behind(message));
    let is_there = found.iter().any(|message| position(message) == place);
    let before = up_to - usize::from(is_there);
    let first = before.saturating_sub(size as usize);
    let after = found[up_to..].iter().take(size as usize);
    for (beside, offset, expected) in [
        (Beside::After(place), up_to, after.collect::<Vec<_>>()),
        (
            Beside::Before(place),
            first,
            found[first..before].iter().collect(),
        ),
    ] {
        let survey = Survey {
            page: PageRequest { number: 1, size },
            beside: Some(beside),
            edges: Vec::new(),
            facets: Vec::new(),
            most: 0,
            newest: 0,
        };
        let page = fixture.reader.survey(search, &survey).expect("a page");
        assert_eq!(page.total, found.len() as u64, "{search:?}");
        assert_eq!(page.before, offset as u64, "{search:?} {beside:?}");
        let ids: Vec<i64> = page.messages.iter().map(|message| message.id).collect();
        let expected: Vec<i64> = expected.iter().map(|message| message.id).collect();
        assert_eq!(ids, expected, "{search:?} {beside:?}");
    }
}
