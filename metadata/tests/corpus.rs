//! Compares the embedded rules with the answers that the published message
//! classes give for the messages of an optional folder.

mod shared;

use std::collections::BTreeMap;

use metadata::{Meaning, MessageView, Rules};
use serde_json::Value;

const LISTS: [&str; 6] = ["usernames", "packages", "containers", "modules", "flatpaks", "groups"];
const SINGLES: [&str; 5] = ["agent_name", "url", "app_icon", "app_name", "agent_avatar"];

/// What must be right whenever the message is valid.
const ALWAYS: [&str; 3] = ["usernames", "packages", "agent_name"];

fn meaning(rules: &Rules, line: &Value) -> Meaning {
    rules.meaning(&MessageView {
        topic: line["topic"].as_str().unwrap_or_default(),
        headers: &line["headers"].to_string(),
        body: &line["body"].to_string(),
    })
}

/// The expected answer with nulls dropped from lists; none where the class raises.
fn expected(line: &Value, key: &str) -> Option<Value> {
    match &line["expected"][key] {
        Value::Object(_) => None,
        Value::Null if LISTS.contains(&key) => Some(Value::Array(vec![])),
        Value::Array(items) => Some(items.iter().filter(|item| !item.is_null()).cloned().collect()),
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
                reason(line, key),
            );
        }
    }
    println!("{by_key:?}");
    println!(
        "{same} of {asked} answers are the same, {:.3} %; {raised} more raise in the original",
        100.0 * f64::from(same) / f64::from(asked)
    );
    assert_eq!(wrong_for_valid, 0, "users, packages or agents of valid messages differ");
    assert!(f64::from(same) >= 0.995 * f64::from(asked));
    assert_eq!(rules.misfits(), 0);
}

/// Why an answer differs on purpose.
fn reason(_line: &Value, _key: &str) -> &'static str {
    "NOT EXPLAINED"
}
