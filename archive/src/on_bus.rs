//! A stored message in the form in which it was on the bus, which its readers know.

use std::borrow::Cow;

use serde::{Deserialize, Deserializer, Serialize};
use serde_json::value::RawValue;

use crate::message::Message;
use crate::stored_json::{StoredJson, owned};

/// The message as it was on the bus. It serialises as the Python programs print it, if printed by
/// [`to_text`](pythonic::json::to_text).
#[derive(Serialize)]
pub struct OnBus<'a> {
    body: Cow<'a, RawValue>,
    headers: Cow<'a, RawValue>,
    id: Option<&'a str>,
    priority: Cow<'a, RawValue>,
    /// Not known any more.
    queue: (),
    topic: &'a str,
}

impl<'a> OnBus<'a> {
    /// The form of a message that came with its body and headers. Borrows what it can: bodies are
    /// not copied.
    pub fn new(message: &'a Message) -> Self {
        let (headers, priority) = headers(message);
        Self {
            body: message.msg.valid(),
            headers,
            id: message.msg_id.as_deref(),
            priority,
            queue: (),
            topic: &message.topic,
        }
    }

    /// The text of the body, a JSON value.
    pub fn body(&self) -> &str {
        self.body.get()
    }

    /// The text of the header table, a JSON object, which has a `sent-at`.
    pub fn headers(&self) -> &str {
        self.headers.get()
    }
}

/// The headers that answers depend on.
#[derive(Default, Deserialize)]
struct Known<'a> {
    #[serde(borrow, default, rename = "sent-at", deserialize_with = "present")]
    sent_at: Option<&'a RawValue>,
    #[serde(borrow, default, deserialize_with = "present")]
    priority: Option<&'a RawValue>,
}

/// Tells a null from an absent member.
fn present<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<&'de RawValue>, D::Error> {
    Deserialize::deserialize(deserializer).map(Some)
}

/// Headers with `sent-at`, which readers rely on, and the priority.
fn headers(message: &Message) -> (Cow<'_, RawValue>, Cow<'_, RawValue>) {
    let headers = message
        .headers
        .as_ref()
        .filter(|json| json.starts_with('{'));
    let stored = headers.map_or("{}", StoredJson::as_str);
    let known: Known<'_> = serde_json::from_str(stored).unwrap_or_default();
    let priority = known
        .priority
        .map_or_else(|| Cow::Owned(owned("0".to_owned())), Cow::Borrowed);
    if let (Some(headers), Some(_)) = (headers, known.sent_at) {
        return (headers.valid(), priority);
    }
    // Seconds without a fraction are written without one.
    let sent_at = message.timestamp.format(
        match message.timestamp.and_utc().timestamp_subsec_micros() {
            0 => "%Y-%m-%dT%H:%M:%S+00:00",
            _ => "%Y-%m-%dT%H:%M:%S%.6f+00:00",
        },
    );
    let members = stored
        .trim_end()
        .strip_suffix('}')
        .unwrap_or("{")
        .trim_end();
    let comma = if members == "{" { "" } else { ", " };
    (
        Cow::Owned(owned(format!(
            r#"{members}{comma}"sent-at": "{sent_at}"}}"#
        ))),
        priority,
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    fn message(headers: Option<&str>) -> Message {
        let timestamp = chrono::DateTime::from_timestamp_micros(-500_000)
            .expect("a time")
            .naive_utc();
        Message {
            headers: headers.map(Into::into),
            msg: "{}".into(),
            timestamp,
            ..Message::default()
        }
    }

    fn check_headers(stored: Option<&str>, expected: &str, priority: &str) {
        let message = message(stored);
        let (headers, found) = headers(&message);
        assert_eq!(
            (headers.get(), found.get()),
            (expected, priority),
            "{stored:?}"
        );
    }

    #[test]
    fn headers_always_say_when_it_was_sent() {
        let made = r#"{"sent-at": "1969-12-31T23:59:59.500000+00:00"}"#;
        check_headers(None, made, "0");
        check_headers(Some("{}"), made, "0");
        check_headers(Some("null"), made, "0");
        check_headers(Some("[1]"), made, "0");
        check_headers(
            Some(r#"{"a": {}}"#),
            r#"{"a": {}, "sent-at": "1969-12-31T23:59:59.500000+00:00"}"#,
            "0",
        );
        for (stored, priority) in [
            (r#"{"sent-at": "", "priority": null}"#, "null"),
            (r#"{"sent-at": null, "priority": 5}"#, "5"),
            (r#"{"sent-at": 1, "priority": [1.50]}"#, "[1.50]"),
        ] {
            check_headers(Some(stored), stored, priority);
        }
    }

    #[test]
    fn a_nested_end_does_not_end_the_headers() {
        let message = message(Some(r#"{"a": {"b": {}}}"#));
        let (headers, _) = headers(&message);
        assert!(
            serde_json::from_str::<serde_json::Value>(headers.get()).expect("JSON")["a"]["b"]
                .is_object(),
            "{headers}"
        );
    }
}
