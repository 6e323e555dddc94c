//! Compares the embedded rules with the answers that the published message
//! classes give for the messages of an optional folder.

mod shared;

use std::collections::BTreeMap;

use metadata::{Meaning, MessageView, Rules};
use serde_json::Value;

const LISTS: [&str; 6] = [
    "usernames",
    "packages",
    "containers",
    "modules",
    "flatpaks",
    "groups",
];
const SINGLES: [&str; 5] = ["agent_name", "url", "app_icon", "app_name", "agent_avatar"];

/// What must be right whenever the message is valid.
const ALWAYS: [&str; 3] = ["usernames", "packages", "agent_name"];

/// The topic, and headers and body as they were on the wire.
fn texts(line: &Value) -> (&str, String, String) {
    let topic = line["topic"].as_str().unwrap_or_default();
    (topic, line["headers"].to_string(), line["body"].to_string())
}

fn meaning(rules: &Rules, line: &Value) -> Meaning {
    let (topic, headers, body) = texts(line);
    rules.meaning(&MessageView {
        topic,
        headers: &headers,
        body: &body,
    })
}

/// The expected answer with nulls dropped from lists; none where the class raises.
fn expected(line: &Value, key: &str) -> Option<Value> {
    match &line["expected"][key] {
        Value::Object(_) => None,
        Value::Null if LISTS.contains(&key) => Some(Value::Array(vec![])),
        Value::Array(items) => Some(
            items
                .iter()
                .filter(|item| !item.is_null())
                .cloned()
                .collect(),
        ),
        other => Some(other.clone()),
    }
}

#[test]
fn answers_as_the_message_classes_do() {
    let lines = shared::lines("schemas.ndjson");
    if lines.is_empty() {
        return;
    }
    let rules = Rules::embedded();
    let (mut asked, mut same, mut raised) = (0, 0, 0);
    let mut by_key: BTreeMap<&str, (usize, usize)> = BTreeMap::new();
    let mut wrong_for_valid = 0;
    for line in &lines {
        let ours = serde_json::to_value(meaning(&rules, line)).unwrap();
        for key in LISTS.into_iter().chain(SINGLES) {
            let Some(expected) = expected(line, key) else {
                raised += 1;
                continue;
            };
            asked += 1;
            let counts = by_key.entry(key).or_default();
            counts.1 += 1;
            if ours[key] == expected {
                same += 1;
                counts.0 += 1;
                continue;
            }
            let valid = line["valid"] == true;
            if valid && ALWAYS.contains(&key) {
                wrong_for_valid += 1;
            }
            println!(
                "{} {key}{}: {} where {expected} was expected ({})",
                line["schema"].as_str().unwrap_or("-"),
                if valid { "" } else { ", invalid message" },
                ours[key],
                reason(&expected),
            );
        }
    }
    println!("{by_key:?}");
    println!(
        "{same} of {asked} answers are the same, {:.3} %; {raised} more raise in the original",
        100.0 * f64::from(same) / f64::from(asked)
    );
    assert_eq!(
        wrong_for_valid, 0,
        "users, packages or agents of valid messages differ"
    );
    assert!(f64::from(same) >= 0.995 * f64::from(asked));
    assert_eq!(rules.misfits(), 0);
}

/// Why an answer differs on purpose.
fn reason(expected: &Value) -> &'static str {
    match expected {
        Value::Number(_) => "a name that is a number is given as text",
        Value::String(text) if text.contains("None") => "a link with a hole is no link",
        _ => "NOT EXPLAINED",
    }
}

#[test]
fn summaries_name_what_the_original_names() {
    let lines = shared::lines("schemas.ndjson");
    let rules = Rules::embedded();
    let (mut named, mut missed) = (0, 0);
    for line in &lines {
        let Some(original) = line["expected"]["summary"].as_str() else {
            continue;
        };
        let ours = meaning(&rules, line).summary;
        if ours.contains("None") && !line["body"].to_string().contains("None") {
            missed += 1;
            println!("{}: {ours:?} says None", line["schema"]);
        }
        let mut values = Vec::new();
        scalars(&line["body"], &mut values);
        values.sort();
        values.dedup();
        // These two are words of the originals' own sentences.
        values.retain(|value| value != "a" && value != "None");
        for value in values.iter().filter(|value| names(original, value)) {
            named += 1;
            if !names(&ours, value) {
                missed += 1;
                println!(
                    "{}: {ours:?} lacks {value:?} of {original:?}",
                    line["schema"]
                );
            }
        }
    }
    println!("{missed} of {named} values are missing");
    assert_eq!(missed, 0);
}

#[test]
fn stores_what_the_message_classes_change() {
    let lines = shared::lines("schemas.ndjson");
    let rules = Rules::embedded();
    let mut changed = 0;
    for line in &lines {
        let (topic, headers, body) = texts(line);
        let stored = rules.stored(&MessageView {
            topic,
            headers: &headers,
            body: &body,
        });
        let stored = stored.unwrap_or_default();
        let ours = stored
            .body
            .map(|body| serde_json::from_str::<Value>(&body).unwrap());
        let theirs = line.get("body_after").cloned();
        changed += usize::from(theirs.is_some());
        if line.get("construct_error").is_none() {
            assert_eq!(
                ours.unwrap_or(line["body"].clone()),
                theirs.unwrap_or(line["body"].clone())
            );
            let priority = line["priority_after"].as_i64();
            assert_eq!(stored.priority, priority, "{}", line["body"]);
        }
    }
    println!("{changed} bodies changed");
}

/// All texts and numbers in a value.
fn scalars(value: &Value, found: &mut Vec<String>) {
    match value {
        Value::String(text) => found.push(text.clone()),
        Value::Number(number) => found.push(number.to_string()),
        Value::Array(items) => items.iter().for_each(|item| scalars(item, found)),
        Value::Object(members) => members.values().for_each(|member| scalars(member, found)),
        _ => {}
    }
}

/// Whether a sentence holds a value that is not just a part of a word.
fn names(sentence: &str, value: &str) -> bool {
    let part_of_word = |c: Option<char>| c.is_some_and(|c| c.is_alphanumeric() || c == '_');
    !value.is_empty()
        && sentence.match_indices(value).any(|(at, _)| {
            !part_of_word(sentence[..at].chars().next_back())
                && !part_of_word(sentence[at + value.len()..].chars().next())
        })
}
