//! Whatever a message holds, asking about it ends well and soon.

use std::fs;
use std::path::Path;
use std::sync::LazyLock;
use std::time::Duration;

use metadata::{MessageView, Rules};
use proptest::prelude::*;
use serde_json::{Map, Value, json};

static RULES: LazyLock<Rules> = LazyLock::new(Rules::embedded);

/// The texts of all rule files.
fn rule_files() -> Vec<String> {
    let rules = Path::new(env!("CARGO_MANIFEST_DIR")).join("rules");
    let mut texts = Vec::new();
    for folder in [rules.clone(), rules.join("fedmsg")] {
        for entry in fs::read_dir(folder).expect("a folder") {
            texts.extend(fs::read_to_string(entry.expect("a file").path()));
        }
    }
    texts
}

/// All words of the rule files: among them is every member that a rule asks for.
static WORDS: LazyLock<Vec<String>> = LazyLock::new(|| {
    let mut words = Vec::new();
    for text in rule_files() {
        let split = text.split(|c: char| !c.is_alphanumeric() && c != '_' && c != '-');
        words.extend(split.map(str::to_owned));
    }
    words.sort();
    words.dedup();
    words
});

fn word() -> impl Strategy<Value = String> {
    prop_oneof![4 => any::<prop::sample::Index>().prop_map(|i| i.get(&WORDS).clone()), 1 => ".{0,12}"]
}

fn json_value() -> impl Strategy<Value = Value> {
    let leaf = prop_oneof![
        Just(Value::Null),
        any::<bool>().prop_map(Value::from),
        any::<i64>().prop_map(Value::from),
        any::<f64>().prop_map(Value::from),
        word().prop_map(Value::from),
        ".{0,40}".prop_map(Value::from),
    ];
    leaf.prop_recursive(5, 60, 8, |inner| {
        prop_oneof![
            1 => prop::collection::vec(inner.clone(), 0..6).prop_map(Value::from),
            3 => prop::collection::hash_map(word(), inner, 0..8)
                .prop_map(|members| Value::from(members.into_iter().collect::<Map<_, _>>())),
        ]
    })
}

/// Headers with any schema that there is a rule for, or none, or anything.
fn headers() -> impl Strategy<Value = String> {
    prop_oneof![
        6 => any::<prop::sample::Index>().prop_map(|i| {
            json!({"sent-at": "2026-01-01T00:00:00+00:00", "fedora_messaging_schema": i.get(&RULES.schemas())})
                .to_string()
        }),
        3 => Just("{}".to_owned()),
        1 => json_value().prop_map(|value| value.to_string()),
    ]
}

/// A topic for each pattern of a rule or of `[[subjects]]`.
static TOPICS: LazyLock<Vec<String>> = LazyLock::new(|| {
    let in_quotes = |line: &str| {
        let patterns = line.split('"').skip(1).step_by(2);
        patterns
            .map(|pattern| {
                let topic = pattern.replace(['*', '#'], "x");
                format!("org.fedoraproject.prod.{topic}")
            })
            .collect::<Vec<_>>()
    };
    let lines = rule_files().into_iter().flat_map(|text| {
        let lines = text.lines().filter(|line| line.starts_with("topics = "));
        lines.flat_map(in_quotes).collect::<Vec<_>>()
    });
    lines.collect()
});

fn topic() -> impl Strategy<Value = String> {
    let any_words = prop::collection::vec(word(), 0..7);
    prop_oneof![
        1 => any_words.prop_map(|words| format!("org.fedoraproject.prod.{}", words.join("."))),
        2 => any::<prop::sample::Index>().prop_map(|i| i.get(&TOPICS).clone()),
    ]
}

fn ask(topic: &str, headers: &str, body: &str) {
    let message = MessageView {
        topic,
        headers,
        body,
    };
    let meaning = RULES.meaning(&message);
    let filters = RULES.filters(&message);
    assert_eq!(meaning.usernames, filters.usernames);
    assert_eq!(meaning.packages, filters.packages);
    assert_eq!(meaning.agent_name, filters.agent_name);
    let subjects = RULES.subjects(&message);
    assert!(subjects.is_sorted_by(|one, next| one < next));
    assert!(subjects.iter().all(|subject| !subject.name.is_empty()));
    if let Some(body) = RULES.stored(&message).and_then(|stored| stored.body) {
        serde_json::from_str::<Value>(&body).expect("what is stored is JSON");
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 2_000, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn any_message_has_a_meaning(topic in topic(), headers in headers(), body in json_value()) {
        ask(&topic, &headers, &body.to_string());
    }

    #[test]
    fn even_what_is_not_json_has_a_meaning(topic in ".{0,60}", headers in headers(), body in ".{0,200}") {
        ask(&topic, &headers, &body);
    }
}

/// Bodies of about 100 kB that are bad in different ways.
fn large_bodies() -> Vec<String> {
    const SIZE: usize = 100_000;
    let long = "@ann @b-1-2, ".repeat(SIZE / 13);
    let items = |item: &str| format!("[{}]", vec![item; SIZE / (item.len() + 1)].join(","));
    let deep = format!("{}1{}", r#"{"a":["#.repeat(SIZE / 8), "]}".repeat(SIZE / 8));
    let members = |value: &str| {
        let words = WORDS.iter().map(|word| format!("{}:{value}", json!(word)));
        format!("{{{}}}", words.collect::<Vec<_>>().join(","))
    };
    let small = SIZE / WORDS.len();
    let list = vec![r#"{"name":"x"}"#; (small / 13).max(1)].join(",");
    let mut bodies = vec![
        deep,
        items("1"),
        items("{}"),
        members(&json!("x".repeat(small)).to_string()),
    ];
    bodies.push(members(&format!("[{list}]")));
    // One member that the rule may ask for holds everything.
    let nested = format!("{}{}", "[".repeat(SIZE / 2), "]".repeat(SIZE / 2));
    for word in [
        "agent",
        "user",
        "owner",
        "title",
        "name",
        "repo",
        "status",
        "tag",
        "subject",
        "usernames",
    ] {
        bodies.push(format!("{{\"{word}\":{}}}", items(r#""a""#)));
        bodies.push(format!("{{\"{word}\":{nested}}}"));
    }
    for word in [
        "update",
        "comment",
        "bug",
        "msg",
        "packages",
        "artifact",
        "chairs",
        "trigger",
        "issue",
        "attendees",
    ] {
        bodies.push(json!({ word: long }).to_string());
        bodies.push(format!("{{\"{word}\":{}}}", items(r#""a""#)));
        bodies.push(format!(
            "{{\"{word}\":{{\"builds\":{}}}}}",
            items(r#"{"nvr":"a-1-2"}"#)
        ));
        bodies.push(format!(
            "{{\"{word}\":{{\"id\":{nested},\"text\":\"{long}\"}}}}"
        ));
        let inner = [
            "builds", "user", "name", "comments", "message", "text", "nvr",
        ];
        let list = vec![r#"{"nvr":"a-1-2"}"#; SIZE / 16 / 7].join(",");
        let inner = inner.map(|key| format!("\"{key}\":[{list}]"));
        bodies.push(format!("{{\"{word}\":{{{}}}}}", inner.join(",")));
    }
    bodies
}

/// How long this thread has had a processor, however many others want one.
fn processor_time() -> Duration {
    let told = fs::read_to_string("/proc/thread-self/schedstat").expect("the kernel tells it");
    let nanoseconds = told.split(' ').next().and_then(|first| first.parse().ok());
    Duration::from_nanos(nanoseconds.expect("a number"))
}

/// Keeps the slowest of what was tried, and looks at it again where it may be too slow.
struct Slowest {
    most: Duration,
    time: Duration,
    what: String,
}

impl Slowest {
    fn new() -> Self {
        // Code that is not optimised is allowed to take its time.
        let most = Duration::from_millis(if cfg!(debug_assertions) { 60 } else { 1 });
        Self {
            most,
            time: Duration::ZERO,
            what: String::new(),
        }
    }

    fn take(&mut self, what: &str, body: &str, work: impl Fn()) {
        let once = || {
            let start = processor_time();
            work();
            (processor_time() - start) * 100_000 / body.len().max(100_000) as u32
        };
        // Others may want its caches too: what counts is how fast it can be.
        let mut time = once();
        for _ in 0..20 {
            if time < self.most / 2 {
                break;
            }
            time = time.min(once());
        }
        if time > self.time {
            let start = body.chars().take(80).collect::<String>();
            (self.time, self.what) = (time, format!("{what}: {start}"));
        }
    }

    fn check(self) {
        let (time, what) = (self.time, self.what);
        println!("slowest for 100 kB: {time:?}, {what}");
        assert!(time < self.most, "{time:?}, {what}");
    }
}

/// One in so many is tried where code is slow.
const EVERY: usize = if cfg!(debug_assertions) { 10 } else { 1 };

#[test]
fn large_bodies_take_no_time() {
    let mut slowest = Slowest::new();
    for body in large_bodies() {
        for schema in RULES.schemas().into_iter().step_by(EVERY) {
            let headers = json!({"fedora_messaging_schema": schema}).to_string();
            let message = MessageView {
                topic: "org.fedoraproject.prod.a.b.c",
                headers: &headers,
                body: &body,
            };
            slowest.take(schema, &body, || drop(RULES.meaning(&message)));
        }
        for topic in TOPICS.iter().step_by(EVERY) {
            let message = MessageView {
                topic,
                headers: "{}",
                body: &body,
            };
            slowest.take(topic, &body, || drop(RULES.subjects(&message)));
        }
    }
    slowest.check();
}
