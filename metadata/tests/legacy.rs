//! Compares the embedded rules with what the processors of the fedmsg age
//! answered for the messages of an optional folder.

mod shared;

use metadata::{MessageView, Rules};
use serde_json::{Value, json};

/// What has to be the same in how many of a hundred messages.
const LEAST: [(&str, &str, f64); 4] = [
    ("usernames", "usernames", 97.0),
    ("packages", "packages", 97.0),
    ("link", "url", 90.0),
    ("icon", "app_icon", 90.0),
];

#[test]
fn answers_as_the_processors_of_fedmsg_did() {
    let lines = shared::lines("fedmsg-legacy.ndjson");
    if lines.is_empty() {
        return;
    }
    let rules = Rules::embedded();
    let mut same = [0; LEAST.len()];
    for line in &lines {
        let topic = line["topic"].as_str().unwrap_or_default();
        let body = line["msg"].to_string();
        let meaning = rules.meaning(&MessageView {
            topic,
            headers: "{}",
            body: &body,
        });
        assert!(
            !meaning.summary.contains("None"),
            "{topic}: {}",
            meaning.summary
        );
        let ours = serde_json::to_value(meaning).unwrap();
        for (index, (theirs, part, _)) in LEAST.into_iter().enumerate() {
            let expected = comparable(&line["expected"][theirs]);
            if comparable(&ours[part]) == expected {
                same[index] += 1;
            } else {
                println!(
                    "{topic} {part}: {} where {expected} was expected",
                    ours[part]
                );
            }
        }
    }
    println!("{} parts of rules did not fit", rules.misfits());
    for (count, (_, part, least)) in same.into_iter().zip(LEAST) {
        let percentage = 100.0 * f64::from(count) / lines.len() as f64;
        println!("{part}: {count} of {}, {percentage:.1} %", lines.len());
        assert!(percentage >= least, "{part}");
    }
}

/// No link was an empty text then. Nicks and addresses were mapped to accounts
/// through a cache that the rules do not have.
fn comparable(value: &Value) -> Value {
    match value {
        Value::String(text) if text.is_empty() => Value::Null,
        Value::Array(names) => {
            let mapped = names.iter().map(|name| {
                if name == "threebean" {
                    json!("ralph")
                } else {
                    name.clone()
                }
            });
            let mut mapped: Vec<_> = mapped.collect();
            mapped.sort_by_key(Value::to_string);
            mapped.dedup();
            mapped.into()
        }
        other => other.clone(),
    }
}
