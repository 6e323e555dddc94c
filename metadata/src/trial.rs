//! Trying the rules on a line that says what to expect of them.

use std::borrow::Cow;

use serde::{Deserialize, Serialize};
use serde_json::value::RawValue;
use serde_json::{Map, Value};

use crate::meaning::{Meaning, MessageView, Subject};
use crate::rules::Rules;

/// What the rules say of a message, and where that is not what was expected.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Trial {
    /// The topic of the message.
    pub topic: String,
    /// All that the rules say, but for the subjects.
    pub meaning: Meaning,
    /// What the message is about.
    pub subjects: Vec<Subject>,
    /// The names of the properties that were compared with what the line expects.
    pub compared: Vec<String>,
    /// The compared properties that are different.
    pub differences: Vec<Difference>,
}

/// An answer that is not as expected.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Difference {
    /// The name of the property, as the line has it.
    pub property: String,
    /// What the line expects.
    pub expected: Value,
    /// What the rules say.
    pub found: Value,
}

/// A message as a line of a file: with `msg` in place of `body` it is one of
/// the fedmsg age.
#[derive(Deserialize)]
struct Line<'a> {
    #[serde(borrow, default)]
    topic: Cow<'a, str>,
    #[serde(borrow)]
    headers: Option<&'a RawValue>,
    #[serde(borrow, alias = "msg")]
    body: Option<&'a RawValue>,
    #[serde(default)]
    expected: Map<String, Value>,
    body_after: Option<Value>,
    priority_after: Option<i64>,
}

impl Rules {
    /// Tries the rules on a line of JSON that has the `topic`, `headers` and
    /// `body` of a message, and may have the `expected` answers.
    ///
    /// Lists are compared without nulls. Sentences need not be the same: it is
    /// enough that ours names every value of the body that the other one names.
    /// Answers that are errors are not compared, and neither are texts.
    pub fn try_line(&self, line: &str) -> Result<Trial, serde_json::Error> {
        let line: Line = serde_json::from_str(line)?;
        let text = |raw: Option<&'_ RawValue>| raw.map_or("", RawValue::get).to_owned();
        let (headers, body) = (text(line.headers), text(line.body));
        let message = MessageView {
            topic: &line.topic,
            headers: &headers,
            body: &body,
        };
        let reading = self.read(&message);
        let (meaning, subjects) = (reading.meaning(), reading.subjects());
        let mut answers = serde_json::to_value(&meaning)?;
        answers["subjects"] = serde_json::to_value(&subjects)?;
        let mut trial = Trial {
            topic: line.topic.to_string(),
            meaning,
            subjects,
            compared: Vec::new(),
            differences: Vec::new(),
        };
        for (property, expected) in &line.expected {
            // Other names than these are none of ours.
            if let Some(found) = answers
                .get(of_today(property))
                .filter(|_| property != "text")
            {
                trial.compare(property, expected, found, &body);
            }
        }
        if line.body_after.is_some() || line.priority_after.is_some() {
            let stored = self.stored(&message).unwrap_or_default();
            if let Some(expected) = line.body_after {
                let found = serde_json::from_str(stored.body.as_deref().unwrap_or(&body))?;
                trial.compare("body_after", &expected, &found, &body);
            }
            if let Some(expected) = line.priority_after {
                trial.compare(
                    "priority_after",
                    &expected.into(),
                    &stored.priority.into(),
                    &body,
                );
            }
        }
        Ok(trial)
    }
}

impl Trial {
    fn compare(&mut self, property: &str, expected: &Value, found: &Value, body: &str) {
        if expected.get("error").is_some() {
            return;
        }
        self.compared.push(property.to_owned());
        let same = match (expected, found) {
            (Value::String(expected), Value::String(found)) if property == "summary" => {
                expected == found || names_as_much(found, expected, body)
            }
            (Value::String(expected), Value::Null) => property == "link" && expected.is_empty(),
            (Value::Null, Value::Array(found)) => found.is_empty(),
            (Value::Array(expected), Value::Array(found)) => {
                expected.iter().filter(|item| !item.is_null()).eq(found)
            }
            _ => expected == found,
        };
        if !same {
            let (property, expected, found) =
                (property.to_owned(), expected.clone(), found.clone());
            self.differences.push(Difference {
                property,
                expected,
                found,
            });
        }
    }
}

/// The name that a property of the fedmsg age has now.
fn of_today(property: &str) -> &str {
    match property {
        "agent" => "agent_name",
        "icon" => "app_icon",
        "link" => "url",
        other => other,
    }
}

/// Whether a sentence names every value of the body that another one names.
fn names_as_much(ours: &str, theirs: &str, body: &str) -> bool {
    fn all(value: &Value, ours: &str, theirs: &str) -> bool {
        let text = match value {
            Value::Array(items) => return items.iter().all(|item| all(item, ours, theirs)),
            Value::Object(members) => {
                return members.values().all(|member| all(member, ours, theirs));
            }
            Value::String(text) => Cow::Borrowed(text.as_str()),
            Value::Number(number) => Cow::Owned(number.to_string()),
            _ => return true,
        };
        // A single letter is more likely to be a word of the sentence.
        text.chars().nth(1).is_none() && value.is_string()
            || !names(theirs, &text)
            || names(ours, &text)
    }
    serde_json::from_str(body).is_ok_and(|body| all(&body, ours, theirs))
}

/// Whether a sentence holds a text that is not just a part of a word.
fn names(sentence: &str, text: &str) -> bool {
    let part_of_word = |c: Option<char>| c.is_some_and(|c| c.is_alphanumeric() || c == '_');
    sentence.match_indices(text).any(|(at, _)| {
        !part_of_word(sentence[..at].chars().next_back())
            && !part_of_word(sentence[at + text.len()..].chars().next())
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn trial(expected: &str) -> Trial {
        let line = format!(
            r#"{{"topic": "a.b.c.wiki", "headers": {{"fedora_messaging_schema": "wiki.article.edit.v1"}},
                "body": {{"user": "ann", "title": "Zoo"}}, "expected": {expected}}}"#
        );
        Rules::embedded().try_line(&line).unwrap()
    }

    #[test]
    fn compares_what_is_expected() {
        let good = trial(
            r#"{"usernames": [null, "ann"], "packages": null, "agent_name": "ann", "url": null,
                "app_name": "Wiki", "summary": "Zoo has seen ann", "groups": {"error": "KeyError"}, "other": 1}"#,
        );
        assert_eq!(good.differences, []);
        assert_eq!(good.compared.len(), 6);
        let bad = trial(r#"{"usernames": ["bob"], "url": "x", "summary": "Zoo, ann and Wiki"}"#);
        let properties: Vec<_> = bad
            .differences
            .iter()
            .map(|d| d.property.as_str())
            .collect();
        assert_eq!(properties, ["usernames", "url"]);
        assert!(Rules::embedded().try_line("{").is_err());
    }

    #[test]
    fn sentences_are_compared_by_what_they_name() {
        let body = r#"{"a": "ann", "n": [12], "x": "a"}"#;
        assert!(names_as_much("12 of ann", "ann has a 12", body));
        assert!(!names_as_much("112 of ann", "ann has a 12", body));
        assert!(names_as_much("ann", "annual", body));
    }
}
