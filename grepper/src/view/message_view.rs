//! The two forms in which clients get a message.

use std::borrow::Cow;

use archive::{Message, StoredJson};
use serde::{Deserialize, Deserializer, Serialize};
use serde_json::value::{RawValue, to_raw_value};

use crate::view::meta::Answers;

/// Which of the two.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Form {
    /// `/raw` and `/id`: the stored row.
    Legacy,
    /// `/v2/…`: the message as it was on the bus.
    Message,
}

/// A message in one of the forms.
#[derive(Serialize)]
#[serde(untagged)]
pub enum View<'a> {
    /// As the stored row.
    Legacy(Legacy<'a>),
    /// As it was on the bus.
    Message(OnBus<'a>),
}

impl<'a> View<'a> {
    /// Borrows what it can: bodies are not copied.
    pub fn new(form: Form, message: &'a Message, meta: Option<Answers<'a>>) -> Self {
        match form {
            Form::Legacy => Self::Legacy(Legacy::new(message, meta)),
            Form::Message => Self::Message(OnBus::new(message, meta)),
        }
    }
}

/// The stored row.
#[derive(Serialize)]
pub struct Legacy<'a> {
    i: i32,
    msg_id: Option<&'a str>,
    topic: &'a str,
    /// Whole seconds since 1970.
    timestamp: f64,
    certificate: Option<&'a str>,
    signature: Option<&'a str>,
    agent_name: Option<&'a str>,
    /// An older name of the agent that clients still read.
    username: Option<&'a str>,
    crypto: Option<&'a str>,
    msg: Cow<'a, RawValue>,
    headers: Option<Cow<'a, RawValue>>,
    source_name: Option<&'a str>,
    source_version: Option<&'a str>,
    users: &'a [String],
    packages: &'a [String],
    #[serde(skip_serializing_if = "Option::is_none")]
    meta: Option<Answers<'a>>,
}

impl<'a> Legacy<'a> {
    fn new(message: &'a Message, meta: Option<Answers<'a>>) -> Self {
        Self {
            i: message.i,
            msg_id: message.msg_id.as_deref(),
            topic: &message.topic,
            timestamp: message.timestamp.and_utc().timestamp() as f64,
            certificate: message.certificate.as_deref(),
            signature: message.signature.as_deref(),
            agent_name: message.agent_name.as_deref(),
            username: message.agent_name.as_deref(),
            crypto: message.crypto.as_deref(),
            msg: spliced(&message.msg),
            headers: message.headers.as_ref().map(spliced),
            source_name: message.source_name.as_deref(),
            source_version: message.source_version.as_deref(),
            users: &message.users,
            packages: &message.packages,
            meta,
        }
    }
}

/// The message as it was on the bus.
#[derive(Serialize)]
pub struct OnBus<'a> {
    body: Cow<'a, RawValue>,
    headers: Cow<'a, RawValue>,
    id: Option<&'a str>,
    priority: Cow<'a, RawValue>,
    /// Not known any more.
    queue: (),
    topic: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    meta: Option<Answers<'a>>,
}

impl<'a> OnBus<'a> {
    fn new(message: &'a Message, meta: Option<Answers<'a>>) -> Self {
        let (headers, priority) = headers(message);
        Self {
            body: spliced(&message.msg),
            headers,
            id: message.msg_id.as_deref(),
            priority,
            queue: (),
            topic: &message.topic,
            meta,
        }
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
        return (spliced(headers), priority);
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

/// Stored text as it is; where it is no valid JSON, what can be saved of it.
pub fn spliced(stored: &StoredJson) -> Cow<'_, RawValue> {
    match stored.json() {
        Some(json) => Cow::Borrowed(json),
        None => Cow::Owned(match pythonic::json::valid_json(stored) {
            Ok(json) => owned(json.into_owned()),
            Err(_) => owned_text(stored),
        }),
    }
}

/// `json` without a second look, or as a text if it is none.
fn owned(json: String) -> Box<RawValue> {
    RawValue::from_string(json.clone()).unwrap_or_else(|_| owned_text(&json))
}

fn owned_text(text: &str) -> Box<RawValue> {
    to_raw_value(text).expect("a string is always JSON")
}

#[cfg(test)]
mod tests {
    use super::*;
    use pythonic::json::to_text;

    fn message(headers: Option<&str>, msg: &str) -> Message {
        let timestamp = chrono::DateTime::from_timestamp_micros(-500_000)
            .unwrap()
            .naive_utc();
        Message {
            headers: headers.map(Into::into),
            msg: msg.into(),
            timestamp,
            ..Message::default()
        }
    }

    fn check_headers(stored: Option<&str>, expected: &str, priority: &str) {
        let message = message(stored, "{}");
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
        let message = message(Some(r#"{"a": {"b": {}}}"#), "{}");
        let (headers, _) = headers(&message);
        assert!(
            serde_json::from_str::<serde_json::Value>(headers.get()).unwrap()["a"]["b"].is_object(),
            "{headers}"
        );
    }

    #[test]
    fn bodies_are_always_valid_json() {
        for (stored, expected) in [
            (r#"{"n": 1e+22}"#, r#"{"n": 1e+22}"#),
            (r#"{"n": NaN, "s": "NaN"}"#, r#"{"n": null, "s": "NaN"}"#),
            (
                r#"{"n": 1e400, "s": "1e400"}"#,
                r#"{"n": null, "s": "1e400"}"#,
            ),
            (r#"{"s": "1e400 is big"}"#, r#"{"s": "1e400 is big"}"#),
            (r#"{"lone": "\ud800"}"#, r#"{"lone": "\ud800"}"#),
            // Earlier versions of nommer stored DEL as it is.
            ("{\"\u{7f}\": \"\u{7f}\"}", r#"{"\u007f": "\u007f"}"#),
            ("é", r#""\u00e9""#),
            ("", r#""""#),
        ] {
            assert_eq!(to_text(&spliced(&stored.into())), expected, "{stored}");
        }
    }

    #[test]
    fn the_second_is_cut_not_rounded() {
        let message = message(None, "{}");
        assert_eq!(Legacy::new(&message, None).timestamp, -1.0);
    }
}
