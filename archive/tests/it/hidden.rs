//! For a reader that hides, messages do not exist: it answers as if they had never been stored.

use std::collections::BTreeSet;

use archive::{
    Dimension, Feed, Hidden, Inquiry, Message, NewMessage, Order, PageRequest, Reader, Search,
    Span, Tally,
};
use chrono::TimeDelta;
use proptest::prelude::*;
use proptest::test_runner::{Config, TestRunner};

use crate::inquire::{Asking, about, inquiry};
use crate::search::{CATEGORIES, TOPICS, messages, searches, some_of};
use crate::support::{Fixture, at, index_all, message, migrated, position};

fn hidden(topics: &[&str], categories: &[&str]) -> Hidden {
    let names = |names: &[&str]| names.iter().map(|&name| name.to_owned()).collect();
    Hidden {
        topics: names(topics),
        categories: names(categories),
    }
}

/// Messages without the keys that each archive gives them.
fn keyless(messages: Vec<Message>) -> Vec<Message> {
    let keyless = |message| Message { id: 0, ..message };
    messages.into_iter().map(keyless).collect()
}

/// What a reader answers to a search, of whatever kind. Pages have `size` messages.
fn answers(reader: &Reader, search: &Search, size: u32) -> String {
    let mut told = format!("{} in all\n", reader.count(search).expect("counted"));
    for number in 1.. {
        let page = PageRequest { number, size };
        let page = reader.search(search, page).expect("a page");
        told += &format!("page {number} of {}\n", page.total);
        if page.messages.is_empty() {
            break;
        }
        told += &format!("{:#?}\n", keyless(page.messages));
    }
    let extent = reader.extent(search, None).expect("counted");
    let last = extent.map(|extent| (extent.messages, extent.last.timestamp));
    told += &format!("a walk over {last:?}\n");
    let mut walk = reader.walk(search, None);
    loop {
        let step = walk.step(size).expect("read");
        if step.is_empty() {
            break;
        }
        let ids: Vec<_> = step.into_iter().map(|message| message.msg_id).collect();
        told += &format!("step {ids:?}\n");
    }
    let edges = [at(-1), at(1), at(2), at(4)];
    let bars = reader.histogram(search, &edges).expect("counted");
    let mut compared = Search {
        time: search.time,
        ..Search::default()
    };
    for dimension in [Dimension::Topics, Dimension::Categories] {
        compared.filters[dimension] = search.filters[dimension].clone();
    }
    let digest = reader.digest(&compared).expect("read");
    told + &format!("bars {bars:?}\n{digest:?}\n")
}

/// What a reader answers to whom asks for no search.
fn others(reader: &Reader, ids: &[String]) -> String {
    let found: Vec<_> = ids
        .iter()
        .map(|id| reader.find(id).expect("an answer"))
        .collect();
    let found = keyless(found.into_iter().flatten().collect());
    let mut all = keyless(reader.find_all(ids).expect("an answer"));
    all.sort_by(|one, other| one.msg_id.cmp(&other.msg_id));
    let categories = reader.categories().expect("counted");
    let topics = reader.topics(None).expect("counted");
    let wiki = reader.topics(Some("wiki")).expect("counted");
    let now = at(0) + TimeDelta::days(1);
    let rhythms = [Dimension::Topics, Dimension::Categories]
        .map(|dimension| reader.rhythms(dimension, now).expect("counted"));
    let total = reader.total().expect("counted");
    format!("{found:#?}\n{all:#?}\n{categories:?} {topics:?} {wiki:?} {rhythms:?} {total}")
}

/// Stores messages anew; folds their notes, and keeps postings of their days, or does not.
fn fill(fixture: &Fixture, messages: Vec<NewMessage>, folds: bool) {
    fixture.sql("TRUNCATE messages");
    fixture.store(messages);
    if folds {
        fixture.upkeep.fold_counters().expect("folded");
        index_all(fixture);
    }
}

#[test]
fn a_reader_that_hides_answers_as_if_nothing_of_that_were_there() {
    let (all, left) = (migrated(), migrated());
    let mut runner = TestRunner::new(Config {
        cases: 24,
        max_shrink_iters: 200,
        failure_persistence: None,
        ..Config::default()
    });
    let cases = (
        messages(),
        (some_of(&TOPICS), some_of(&CATEGORIES)),
        proptest::collection::vec(searches(), 10),
        1..8_u32,
        any::<bool>(),
    );
    runner
        .run(
            &cases,
            |(messages, (topics, categories), searches, size, folds)| {
                let hidden = Hidden { topics, categories };
                let is_left = |new: &&NewMessage| !hidden.hides(&new.topic, &new.category);
                let shown: Vec<NewMessage> = messages.iter().filter(is_left).cloned().collect();
                let ids: Vec<String> = messages.iter().map(|new| new.msg_id.clone()).collect();
                fill(&left, shown, folds);
                fill(&all, messages, folds);
                let reader = all.reader.hiding(hidden.clone());
                for search in searches {
                    // Once more, as it is remembered then; and whoever sees all remembers nothing for others.
                    for _ in 0..2 {
                        all.reader
                            .search(&search, PageRequest { number: 1, size })
                            .expect("a page");
                        let told = answers(&reader, &search, size);
                        let expected = answers(&left.reader, &search, size);
                        prop_assert_eq!(told, expected, "{:?} {:?}", &hidden, &search);
                    }
                }
                prop_assert_eq!(
                    others(&reader, &ids),
                    others(&left.reader, &ids),
                    "{:?}",
                    &hidden
                );
                Ok(())
            },
        )
        .expect("holds");
}

#[test]
fn of_messages_with_one_id_the_newest_is_found_that_is_shown() {
    let fixture = migrated();
    let new = |second, topic: &str| NewMessage {
        topic: topic.to_owned(),
        timestamp: at(second),
        ..message("a")
    };
    fixture.store([new(0, "shown"), new(1, "secret"), new(2, "shown.not")]);
    let reader = fixture.reader.hiding(hidden(&["secret", "shown.not"], &[]));
    let topic = |reader: &Reader| Some(reader.find("a").expect("an answer")?.topic);
    assert_eq!(topic(&reader).as_deref(), Some("shown"));
    assert_eq!(topic(&fixture.reader).as_deref(), Some("shown.not"));
    let nothing = fixture.reader.hiding(hidden(&["secret"], &["wiki"]));
    assert_eq!(topic(&nothing), None);
    let positions: Vec<_> = fixture.all().iter().map(position).collect();
    let told = nothing.subjects(&positions).expect("read");
    assert!(
        told.iter()
            .all(|told| *told == archive::StoredSubjects::default())
    );
}

fn archive_of_builds() -> Fixture {
    let fixture = migrated();
    fixture.store([
        about("a", 0, "prod.buildsys.tag", &["build:1", "package:zsh"]),
        about("b", 1, "prod.buildsys.untag", &["build:1", "package:zsh"]),
        NewMessage {
            category: "secret".to_owned(),
            ..about("c", 2, "prod.buildsys.tag", &["build:1", "package:zsh"])
        },
        about("d", 5, "prod.bodhi.compose", &[]),
        NewMessage {
            category: "secret".to_owned(),
            ..about("e", 6, "prod.bodhi.compose", &[])
        },
        about("f", 7, "prod.bodhi.secret", &[]),
    ]);
    fixture
}

fn told(reader: &Reader, inquiry: &Inquiry) -> (String, Vec<usize>) {
    let begin = || Asking::once(inquiry.clone());
    let answered = reader.inquire(begin).expect("answered");
    assert!(answered.complete, "{inquiry:?}");
    let mut told = answered.inquirer.told;
    told.sort_unstable();
    (told.concat(), answered.inquirer.reached)
}

#[test]
fn who_follows_messages_is_not_led_to_hidden_ones() {
    let fixture = archive_of_builds();
    let untag = "org.fedoraproject.prod.buildsys.untag";
    let secret = "org.fedoraproject.prod.bodhi.secret";
    let reader = fixture.reader.hiding(hidden(&[untag, secret], &["secret"]));
    let compose = "org.fedoraproject.prod.bodhi.compose";
    for order in [Order::Ascending, Order::Descending] {
        for (subjects, topic, all, shown) in [
            (&["build:1"][..], "*.*.prod.#", "abc", "a"),
            (&["package:zsh"], "*.*.prod.buildsys.#", "abc", "a"),
            (&[], compose, "de", "d"),
            (&[], secret, "f", ""),
        ] {
            let inquiry = Inquiry {
                order,
                ..inquiry(subjects, &[topic])
            };
            assert_eq!(told(&fixture.reader, &inquiry).0, all, "{inquiry:?}");
            assert_eq!(told(&reader, &inquiry).0, shown, "{inquiry:?}");
            // One is enough, and not a hidden one.
            let one = Inquiry {
                limit: 1,
                ..inquiry
            };
            let (told, reached) = told(&reader, &one);
            assert_eq!(told, shown, "{one:?}");
            assert_eq!(reached.len(), shown.len(), "{one:?}");
        }
    }
}

#[test]
fn who_waits_is_not_told_of_hidden_ones() {
    let fixture = migrated();
    let reader = Reader::new(&fixture.read_only()).hiding(hidden(&["secret"], &["hidden"]));
    let mut feed = Feed::new(reader);
    feed.look().expect("looked");
    let new = |id: &str, topic: &str, category: &str| NewMessage {
        topic: topic.to_owned(),
        category: category.to_owned(),
        ..message(id)
    };
    fixture.store([
        new("a", "x", "y"),
        new("b", "secret", "y"),
        new("c", "x", "hidden"),
    ]);
    let news = feed.look().expect("looked");
    assert!(!news.anything);
    let ids: Vec<_> = news
        .arrivals
        .into_iter()
        .filter_map(|arrival| arrival.msg_id)
        .collect();
    assert_eq!(ids, ["a"]);
}

#[test]
fn a_hidden_name_that_is_asked_for_is_nobodys() {
    let fixture = archive_of_builds();
    let reader = fixture
        .reader
        .hiding(hidden(&["org.fedoraproject.prod.buildsys.tag"], &[]));
    let mut search = Search {
        time: Span::ALL,
        ..Search::default()
    };
    let count = |search: &Search| reader.count(search).expect("counted");
    for (names, expected) in [
        (&["buildsys.tag"][..], 0),
        (&["buildsys.tag", "buildsys.untag"], 1),
        (&["buildsys.untag"], 1),
        (&[], 4),
    ] {
        let topic = |name: &&str| format!("org.fedoraproject.prod.{name}");
        search.filters[Dimension::Topics].any = names.iter().map(topic).collect();
        assert_eq!(count(&search), expected, "{names:?}");
    }
    let names = |tallies: Vec<Tally>| -> BTreeSet<String> {
        tallies.into_iter().map(|tally| tally.name).collect()
    };
    let all = names(fixture.reader.topics(None).expect("counted"));
    let shown = names(reader.topics(None).expect("counted"));
    assert_eq!((all.len(), shown.len()), (4, 3));
}

#[test]
fn totals_of_parts_of_days_leave_out_what_is_hidden() {
    let fixture = migrated();
    let new = |n: i64| NewMessage {
        topic: ["a", "b", "c", "d"][usize::try_from(n % 4).expect("a place")].to_owned(),
        category: ["x", "y", "z"][usize::try_from(n * 7 / 3 % 3).expect("a place")].to_owned(),
        timestamp: at(n * 1_717),
        ..message(&n.to_string())
    };
    let messages: Vec<NewMessage> = (0..200).map(new).collect();
    fixture.store(messages.clone());
    fixture.upkeep.fold_counters().expect("folded");
    index_all(&fixture);
    let hidden = hidden(&["a", "b"], &["x"]);
    let reader = fixture.reader.hiding(hidden.clone());
    for from in (0..300_000).step_by(9_973) {
        for to in (from..340_000).step_by(31_337) {
            let span = Span::between(at(from), at(to + 100));
            let search = Search {
                time: span,
                ..Search::default()
            };
            let is_left = |new: &&NewMessage| {
                span.holds(new.timestamp) && !hidden.hides(&new.topic, &new.category)
            };
            let expected = messages.iter().filter(is_left).count() as u64;
            assert_eq!(
                reader.count(&search).expect("counted"),
                expected,
                "{span:?}"
            );
            for number in [1, 2, 8] {
                let page = PageRequest { number, size: 17 };
                let page = reader.search(&search, page).expect("a page");
                assert_eq!(page.total, expected, "{span:?} page {number}");
            }
        }
    }
}

/// A message of a user, a package and an agent; most of the earliest days, and the last after a year and a half.
fn of_somebody(n: i64) -> NewMessage {
    let one_of = |names: &[&str], by: i64| {
        let place = usize::try_from(n / by).expect("a place") % names.len();
        names[place].to_owned()
    };
    NewMessage {
        topic: one_of(&["a", "b", "c", "d"], 1),
        category: one_of(&["x", "y", "z"], 7),
        timestamp: at(n * n * 14),
        users: vec![one_of(&["ann", "bob"], 3)],
        packages: vec![one_of(&["bash", "vim", "zsh"], 5)],
        agent_name: Some(one_of(&["ann", "bot"], 11)),
        ..message(&n.to_string())
    }
}

/// Searches that sets tell where something is hidden, and whether they find a message.
#[expect(clippy::type_complexity, reason = "a table")]
fn of_sets() -> [(Search, fn(&NewMessage) -> bool); 5] {
    let of = |asked: &[(Dimension, &str)]| {
        let mut search = Search::default();
        for (dimension, name) in asked {
            search.filters[*dimension].any.push((*name).to_owned());
        }
        search
    };
    let (users, packages) = (Dimension::Users, Dimension::Packages);
    let mut not_by_bot = Search::default();
    not_by_bot.filters[Dimension::Agents]
        .none
        .push("bot".to_owned());
    [
        (of(&[(users, "ann")]), |new| new.users == ["ann"]),
        (of(&[(packages, "zsh")]), |new| new.packages == ["zsh"]),
        (of(&[(Dimension::Agents, "bot")]), |new| {
            new.agent_name.as_deref() == Some("bot")
        }),
        (of(&[(users, "ann"), (packages, "vim")]), |new| {
            new.users == ["ann"] && new.packages == ["vim"]
        }),
        (not_by_bot, |new| new.agent_name.as_deref() != Some("bot")),
    ]
}

#[test]
fn charts_leave_out_what_is_hidden_wherever_their_edges_lie() {
    let messages: Vec<NewMessage> = (0..2000).map(of_somebody).collect();
    let (folded, noted) = (migrated(), migrated());
    for fixture in [&folded, &noted] {
        fixture.store(messages.clone());
    }
    folded.upkeep.fold_counters().expect("folded");
    index_all(&folded);
    let hidden = hidden(&["a"], &["x"]);
    let readers = [&folded, &noted].map(|fixture| fixture.reader.hiding(hidden.clone()));
    let hours = |number: i64| at(3600 * number);
    // From bars of an hour, beginning at any time of a day, to some of months.
    for (first, length, number) in [
        (-5, 1, 12),
        (0, 5, 15),
        (-9, 13, 15),
        (3, 20, 10),
        (7, 36, 14),
        (-100, 24 * 9 + 5, 15),
        (24 * 11, 24 * 31, 10),
        (-24 * 40, 24 * 73 + 1, 9),
        (-24 * 500, 24 * 366, 3),
    ] {
        let edges: Vec<_> = (0..=number).map(|n| hours(first + n * length)).collect();
        for (search, is_asked) in of_sets() {
            let counted = |span: Span| {
                let counted = messages.iter().filter(|new| {
                    span.holds(new.timestamp)
                        && is_asked(new)
                        && !hidden.hides(&new.topic, &new.category)
                });
                counted.count() as u64
            };
            let expected: Vec<u64> = edges
                .windows(2)
                .map(|pair| counted(Span::between(pair[0], pair[1])))
                .collect();
            for reader in &readers {
                let told = reader.histogram(&search, &edges).expect("counted");
                assert_eq!(
                    told, expected,
                    "{search:?} from {first}, {length} hours each"
                );
            }
        }
    }
}
