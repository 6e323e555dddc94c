//! Any search answers as a plain filter over the same messages in memory does.

use std::collections::HashMap;

use archive::{
    Body, Dimension, Match, Message, NewMessage, Order, PageRequest, Reader, Search, Span, Subject,
    Subjects,
};
use proptest::prelude::*;
use proptest::test_runner::{Config, TestRunner};

use crate::support::{at, message, migrated, position};

const USERS: [&str; 4] = ["alice", "bob", "Bob", "zoë"];
const PACKAGES: [&str; 3] = ["kernel", "c++", "a%b_c"];
const SUBJECTS: [&str; 6] = [
    "package:kernel",
    "package:c++",
    "module:kernel",
    "nvr:kernel-1-1",
    "build:7",
    "task:7",
];
pub const CATEGORIES: [&str; 3] = ["wiki", "bodhi", ""];
pub const TOPICS: [&str; 4] = [
    "org.fedoraproject.prod.wiki.0",
    "org.fedoraproject.prod.bodhi.1",
    "org.fedoraproject.prod..0",
    "nope",
];
const TEXTS: [&str; 6] = [
    "hello",
    "Hello",
    "100%",
    "under_score",
    "back\\slash",
    "café ☃😀",
];

pub fn some_of(names: &'static [&'static str]) -> impl Strategy<Value = Vec<String>> {
    proptest::sample::subsequence(names, 0..=names.len().min(3))
        .prop_map(|names| names.into_iter().map(str::to_owned).collect())
}

pub fn messages() -> impl Strategy<Value = Vec<NewMessage>> {
    let one = (
        0..3_usize,
        0..4_i64,
        proptest::option::of(0..USERS.len()),
        some_of(&USERS),
        some_of(&PACKAGES),
        some_of(&SUBJECTS),
        0..TEXTS.len(),
    )
        .prop_map(
            |(category, second, agent, users, packages, subjects, text)| {
                let mut new = message("");
                new.category = CATEGORIES[category].to_owned();
                new.topic = format!(
                    "org.fedoraproject.prod.{}.{}",
                    CATEGORIES[category],
                    second % 2
                );
                new.timestamp = at(second);
                new.agent_name = agent.map(|n| USERS[n].to_owned());
                new.body = Body::parse(&serde_json::json!({"text": TEXTS[text]}).to_string())
                    .expect("a body");
                new.users = users;
                new.packages = packages;
                new.subjects = subjects.iter().map(|text| Subject::written(text)).collect();
                new
            },
        );
    proptest::collection::vec(one, 0..40).prop_map(|mut messages| {
        for (n, message) in messages.iter_mut().enumerate() {
            message.msg_id = n.to_string();
        }
        messages
    })
}

fn matching(names: &'static [&'static str]) -> impl Strategy<Value = Match> {
    // Mostly no restriction, or nothing would ever match.
    prop_oneof![3 => Just(Match::default()), 1 => (some_of(names), some_of(names)).prop_map(|(any, none)| Match { any, none })]
}

pub fn searches() -> impl Strategy<Value = Search> {
    const NEEDLES: [&str; 7] = ["hello", "%", "_", "é", "\\u00e9", "☃😀", "\"text\": \"H"];
    (
        (
            proptest::option::of(-1..4_i64),
            proptest::option::of(-1..4_i64),
        ),
        matching(&["alice", "bob", "nobody"]),
        matching(&["kernel", "a%b_c", "none"]),
        matching(&SUBJECTS),
        matching(&CATEGORIES),
        matching(&TOPICS),
        matching(&USERS),
        prop_oneof![3 => Just(Vec::new()), 1 => some_of(&NEEDLES)],
        any::<bool>(),
        proptest::bool::weighted(0.2),
    )
        .prop_map(
            |(
                (start, end),
                users,
                packages,
                subjects,
                categories,
                topics,
                agents,
                contains,
                ascending,
                without_agent,
            )| {
                Search {
                    filters: [
                        (Dimension::Users, users),
                        (Dimension::Packages, packages),
                        (Dimension::Subjects, subjects),
                        (Dimension::Categories, categories),
                        (Dimension::Topics, topics),
                        (Dimension::Agents, agents),
                    ]
                    .into(),
                    time: Span::inclusive(start.map(at), end.map(at)),
                    without_agent,
                    contains,
                    order: if ascending {
                        Order::Ascending
                    } else {
                        Order::Descending
                    },
                }
            },
        )
}

pub fn matches(search: &Search, message: &Message, about: &Subjects) -> bool {
    let one = |rule: &Match, value: Option<&String>| {
        (rule.any.is_empty() || value.is_some_and(|value| rule.any.contains(value)))
            && !value.is_some_and(|value| rule.none.contains(value))
    };
    let list = |rule: &Match, values: &[String]| {
        (rule.any.is_empty() || values.iter().any(|value| rule.any.contains(value)))
            && !values.iter().any(|value| rule.none.contains(value))
    };
    let plain = plain_text(&message.msg);
    search.time.holds(message.timestamp)
        && one(&search.filters[Dimension::Topics], Some(&message.topic))
        && one(
            &search.filters[Dimension::Categories],
            Some(&message.category),
        )
        && one(
            &search.filters[Dimension::Agents],
            message.agent_name.as_ref(),
        )
        && !(search.without_agent && message.agent_name.is_some())
        && list(&search.filters[Dimension::Users], &message.users)
        && list(&search.filters[Dimension::Packages], &message.packages)
        && about_matches(&search.filters[Dimension::Subjects], about)
        && (search.contains.is_empty()
            || search
                .contains
                .iter()
                .any(|text| message.msg.contains(text) || plain.contains(text)))
}

fn about_matches(rule: &Match, about: &Subjects) -> bool {
    let is_about = |text: &String| about.contains(Subject::written(text));
    (rule.any.is_empty() || rule.any.iter().any(is_about)) && !rule.none.iter().any(is_about)
}

/// The JSON text with the escapes of non-ASCII characters undone.
fn plain_text(json: &str) -> String {
    let value: serde_json::Value = serde_json::from_str(json).expect("stored JSON");
    format!("{{\"text\": {}}}", value["text"])
}

fn place_of(message: &Message, found: &[Message]) -> usize {
    found
        .iter()
        .position(|other| other.id == message.id)
        .expect("one of them")
}

/// All that a walk comes to, `most` at a time.
fn walked(reader: &Reader, search: &Search, most: u32) -> Vec<Message> {
    let mut walk = reader.walk(search, None);
    let mut all = Vec::new();
    loop {
        let part = walk.step(most).expect("read");
        if part.is_empty() {
            return all;
        }
        all.extend(part);
    }
}

#[test]
fn search_equals_a_filter_in_memory_and_pages_add_up() {
    let fixture = migrated();
    let mut runner = TestRunner::new(Config {
        cases: 24,
        max_shrink_iters: 200,
        failure_persistence: None,
        ..Config::default()
    });
    let cases = (
        messages(),
        proptest::collection::vec(searches(), 12),
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
            let about = |message: &Message| &about[message.msg_id.as_deref().expect("an id")];
            let positions: Vec<_> = all.iter().map(position).collect();
            let stored = fixture.reader.subjects(&positions).expect("read");
            prop_assert_eq!(
                stored
                    .iter()
                    .map(|stored| &stored.subjects)
                    .collect::<Vec<_>>(),
                all.iter().map(about).collect::<Vec<_>>()
            );
            for search in searches {
                let mut expected: Vec<&Message> = all
                    .iter()
                    .filter(|message| matches(&search, message, about(message)))
                    .collect();
                if search.order == Order::Descending {
                    expected.reverse();
                }
                let total = expected.len() as u64;
                prop_assert_eq!(fixture.reader.count(&search).expect("a count"), total);
                let mut found = Vec::new();
                let pages = total.div_ceil(size.into());
                for number in 1..=pages + 1 {
                    let page = fixture
                        .reader
                        .search(&search, PageRequest { number, size })
                        .expect("a page");
                    prop_assert_eq!(page.total, total);
                    prop_assert_eq!(
                        page.messages.is_empty(),
                        number > pages,
                        "page {} of {}",
                        number,
                        pages
                    );
                    found.extend(page.messages);
                }
                prop_assert_eq!(found.iter().collect::<Vec<_>>(), expected, "{:?}", search);
                for after in std::iter::once(None).chain(found.iter().map(Some)) {
                    let ahead = after.map_or(0, |message| 1 + place_of(message, &found));
                    let after = after.map(position);
                    let extent = fixture.reader.extent(&search, after).expect("counted");
                    let messages = extent.map_or(0, |extent| extent.messages);
                    prop_assert_eq!(messages, (found.len() - ahead) as u64, "{:?}", search);
                    let last = found[ahead..].last().map(position);
                    prop_assert_eq!(extent.map(|extent| extent.last), last);
                }
                prop_assert_eq!(walked(&fixture.reader, &search, size), found);
                let edges = [at(-1), at(1), at(2), at(4)];
                let histogram = fixture
                    .reader
                    .histogram(&search, &edges)
                    .expect("a histogram");
                let free = Search {
                    time: Span::ALL,
                    ..search.clone()
                };
                let between = |from, to| {
                    all.iter()
                        .filter(|m| {
                            matches(&free, m, about(m)) && from <= m.timestamp && m.timestamp < to
                        })
                        .count() as u64
                };
                let expected: Vec<u64> = edges
                    .windows(2)
                    .map(|edge| between(edge[0], edge[1]))
                    .collect();
                prop_assert_eq!(histogram, expected);
            }
            Ok(())
        })
        .expect("holds");
}

#[test]
fn bodies_that_were_read_before_are_not_taken_for_those_of_now() {
    let fixture = migrated();
    fixture.store([message("changed"), message("moved"), message("named")]);
    let found_by = |reader: &Reader, start| {
        let search = Search {
            time: Span::inclusive(Some(start), None),
            ..Search::default()
        };
        reader
            .search(&search, PageRequest { number: 1, size: 4 })
            .expect("a page")
            .messages
    };
    let found = |start| found_by(&fixture.reader, start);
    let check = |sql: &str| {
        fixture.sql(sql);
        let now = found(at(0));
        assert_eq!(
            now,
            found_by(&Reader::new(&fixture.options), at(0)),
            "{sql}"
        );
        now
    };
    let first = check("SELECT");
    assert_eq!(found(at(-1)), first);
    check("UPDATE messages SET msg = '{\"is\": \"new\"}' WHERE msg_id = 'changed'");
    check("UPDATE messages SET headers = '{\"is\": \"new\"}' WHERE msg_id = 'named'");
    let moved = check(
        "UPDATE messages SET \"timestamp\" = \"timestamp\" + interval '1 s' WHERE msg_id = 'moved'",
    );
    assert_eq!(moved[0].msg_id.as_deref(), Some("moved"));
    fixture.store([NewMessage {
        users: vec!["alice".to_owned()],
        ..message("added")
    }]);
    assert_eq!(
        check("UPDATE users SET name = 'bob'")
            .iter()
            .flat_map(|message| &message.users)
            .collect::<Vec<_>>(),
        ["bob"]
    );
}

#[test]
fn del_is_found_as_python_stores_it_and_as_earlier_versions_did() {
    let fixture = migrated();
    let named = |msg_id: &str| NewMessage {
        body: Body::parse("{\"text\": \"é\u{7f}!\"}").expect("a body"),
        ..message(msg_id)
    };
    fixture.store([named("now"), named("before"), message("other")]);
    fixture
        .sql("UPDATE messages SET msg = replace(msg, '\\u007f', chr(127)) WHERE msg_id = 'before'");
    let stored = |message: &Message| message.msg.as_str().to_owned();
    let mut bodies: Vec<String> = fixture.all().iter().map(stored).collect();
    bodies.sort_unstable();
    assert_eq!(
        bodies,
        [
            r#"{"text": "\u00e9\u007f!"}"#,
            "{\"text\": \"\\u00e9\u{7f}!\"}",
            "{}"
        ]
    );
    for text in ["\u{7f}", "é\u{7f}!", r"\u007f", r"\u00e9\u007f!"] {
        let search = Search {
            contains: vec![text.to_owned()],
            ..Search::default()
        };
        let page = fixture
            .reader
            .search(&search, PageRequest { number: 1, size: 9 })
            .expect("a page");
        assert_eq!(page.total, 2, "{text:?}");
    }
}

#[test]
fn an_escaped_backslash_before_the_digits_of_a_character_is_not_that_character() {
    let fixture = migrated();
    let with = |msg_id: &str, text: &str| NewMessage {
        body: Body::parse(&serde_json::json!({ "text": text }).to_string()).expect("a body"),
        ..message(msg_id)
    };
    fixture.store([
        with("character", "caf\u{e9}"),
        with("digits", r"caf\u00e9"),
        with("both", r"\u00e9 é"),
        with("behind", r"\é"),
        with("pair", "\u{1f600}"),
        with("digits-of-pair", r"\ud83d\ude00"),
        with("capital", "É"),
    ]);
    let found = |text: &str| {
        let search = Search {
            contains: vec![text.to_owned()],
            ..Search::default()
        };
        let page = PageRequest { number: 1, size: 9 };
        let page = fixture.reader.search(&search, page).expect("a page");
        let id = |message: &Message| message.msg_id.clone().unwrap_or_default();
        let mut ids: Vec<_> = page.messages.iter().map(id).collect();
        ids.sort_unstable();
        assert_eq!(page.total, ids.len() as u64, "{text}");
        ids
    };
    assert_eq!(found("é"), ["behind", "both", "character"]);
    assert_eq!(found("café"), ["character"]);
    assert_eq!(found(r"\\é"), ["behind"]);
    // Stored text may be asked for, too: what is before the character is an escaped backslash.
    assert_eq!(found(r"\\u00e9"), ["behind", "both", "digits"]);
    assert_eq!(found("😀"), ["pair"]);
    assert_eq!(found("É"), ["capital"]);
}

#[test]
fn large_headers_are_weighed_by_their_text() {
    let fixture = migrated();
    let text = "x".repeat(4 << 20);
    let headers = serde_json::json!({ "x": text });
    fixture.store([NewMessage {
        headers: Some(headers.as_object().expect("headers").clone()),
        ..message("1")
    }]);
    let stored = "SELECT pg_column_size(headers) < 65000 FROM messages";
    assert_eq!(fixture.sql(stored), "t", "they are compressed");
    let mut messages = fixture.all();
    let found = messages.first_mut().expect("a message");
    assert!(found.left_out > 4 << 20, "{}", found.left_out);
    assert!(found.msg.is_empty() && found.headers.is_none());
    assert!(fixture.reader.complete(found).expect("read"));
    let length = found.headers.as_deref().map(str::len);
    assert_eq!(length, Some(text.len() + 9));
}

#[test]
fn messages_are_found_together_as_each_is_found_alone() {
    let fixture = migrated();
    let later = NewMessage {
        timestamp: at(9),
        body: Body::parse("{\"later\": true}").expect("a body"),
        ..message("twice")
    };
    fixture.store([message("once"), message("twice"), later]);
    let ids = ["once", "none", "twice"].map(str::to_owned);
    let mut together = fixture.reader.find_all(&ids).expect("found");
    together.sort_by_key(|message| message.id);
    let alone = |id: &String| fixture.reader.find(id).expect("an answer");
    let alone: Vec<Message> = ids.iter().filter_map(alone).collect();
    assert_eq!(format!("{together:?}"), format!("{alone:?}"));
    assert_eq!(together.len(), 2);
    assert!(fixture.reader.find_all(&[]).expect("found").is_empty());
}
