//! How an answer is held against a recorded one.

use std::collections::BTreeSet;

use serde_json::Value;

use crate::support::http::Answer;

/// The first difference, in words.
pub fn difference(case: &Value, answer: &Answer, base: &str) -> Option<String> {
    let status = case["status"].as_u64().expect("a status");
    if u64::from(answer.status) != status {
        return Some(format!("status {} instead of {status}", answer.status));
    }
    if let Some(expected) = case["content_type"].as_str()
        && answer.header("content-type") != Some(expected)
    {
        return Some(format!(
            "content type {:?} instead of {expected:?}",
            answer.header("content-type")
        ));
    }
    for (name, expected) in case["response_headers"].as_object().into_iter().flatten() {
        let expected = expected.as_str().map(|text| text.replace("{base}", base));
        let given = answer.header(name);
        // A reference without a host means the same as one with the host that was asked.
        let absolute = given
            .filter(|given| name.eq_ignore_ascii_case("location") && given.starts_with('/'))
            .map(|path| format!("{base}{path}"));
        let given = absolute.as_deref().or(given);
        let same = if name.eq_ignore_ascii_case("allow") {
            let set = |text: Option<&str>| -> BTreeSet<String> {
                text.into_iter()
                    .flat_map(|text| text.split(','))
                    .map(|word| word.trim().to_owned())
                    .collect()
            };
            set(given) == set(expected.as_deref())
        } else {
            given == expected.as_deref()
        };
        if !same {
            return Some(format!(
                "header {name} is {given:?} instead of {expected:?}"
            ));
        }
    }
    if let Some(expected) = case.get("json") {
        let Ok(given) = serde_json::from_str::<Value>(&answer.body) else {
            return Some(format!("no JSON: {}", answer.body));
        };
        let (mut given, mut expected) = (plain(given), plain(expected.clone()));
        // A refusal may say more than the incumbent's did.
        if let (400.., Value::Object(said), Value::Object(known)) = (status, &mut given, &expected)
        {
            said.retain(|name, _| known.contains_key(name));
        }
        if case["unordered"] == true {
            sort_messages(&mut given);
            sort_messages(&mut expected);
        }
        if given != expected {
            return Some(format!("JSON\n  {given}\ninstead of\n  {expected}"));
        }
    }
    if let Some(expected) = case["text"].as_str()
        && answer.body != expected
    {
        return Some(format!("text\n  {}\ninstead of\n  {expected}", answer.body));
    }
    for part in case["text_contains"].as_array().into_iter().flatten() {
        let part = part.as_str().expect("a text");
        if !answer.body.contains(part) {
            return Some(format!("no {part:?} in\n  {}", answer.body));
        }
    }
    None
}

/// With all numbers as floats: 0 and 0.0 are equal.
fn plain(value: Value) -> Value {
    match value {
        Value::Number(number) => number.as_f64().map_or(Value::Null, Value::from),
        Value::Array(items) => items.into_iter().map(plain).collect(),
        Value::Object(members) => {
            let mut members: Vec<_> = members
                .into_iter()
                .map(|(name, value)| (name, plain(value)))
                .collect();
            members.sort_by(|a, b| a.0.cmp(&b.0));
            Value::Object(members.into_iter().collect())
        }
        other => other,
    }
}

fn sort_messages(value: &mut Value) {
    if let Some(messages) = value["raw_messages"].as_array_mut() {
        messages.sort_by_key(ToString::to_string);
    }
}
