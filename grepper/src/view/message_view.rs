//! The two forms in which clients get a message.

use std::borrow::Cow;

use archive::{Message, OnBus, StoredJson};
use serde::Serialize;
use serde_json::value::RawValue;

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
    Message(Answered<'a>),
}

impl<'a> View<'a> {
    /// Borrows what it can: bodies are not copied.
    pub fn new(form: Form, message: &'a Message, meta: Option<Answers<'a>>) -> Self {
        match form {
            Form::Legacy => Self::Legacy(Legacy::new(message, meta)),
            Form::Message => Self::Message(Answered {
                message: OnBus::new(message),
                meta,
            }),
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
            msg: message.msg.valid(),
            headers: message.headers.as_ref().map(StoredJson::valid),
            source_name: message.source_name.as_deref(),
            source_version: message.source_version.as_deref(),
            users: &message.users,
            packages: &message.packages,
            meta,
        }
    }
}

/// The message as it was on the bus, and what is known beyond it.
#[derive(Serialize)]
pub struct Answered<'a> {
    #[serde(flatten)]
    message: OnBus<'a>,
    #[serde(skip_serializing_if = "Option::is_none")]
    meta: Option<Answers<'a>>,
}

#[cfg(test)]
mod tests {
    use pythonic::json::to_text;

    use super::*;
    use crate::view::meta::Requested;

    /// Half a second before 1970.
    fn message() -> Message {
        Message {
            timestamp: chrono::DateTime::from_timestamp_micros(-500_000)
                .unwrap()
                .naive_utc(),
            msg: "{}".into(),
            ..Message::default()
        }
    }

    #[test]
    fn what_is_asked_for_beyond_the_message_comes_last() {
        let message = message();
        let view = |meta| to_text(&View::new(Form::Message, &message, meta));
        let bare = view(None);
        let members = bare.strip_suffix(r#""queue": null, "topic": ""}"#);
        let url = [Requested::parse("url").unwrap()];
        let rules = metadata::Rules::embedded();
        let meta = crate::view::meta::answer(&url, &message, &rules, chrono::Utc::now());
        let expected = r#""queue": null, "topic": "", "meta": {"url": null}}"#;
        assert_eq!(view(meta), members.expect(&bare).to_owned() + expected);
    }

    #[test]
    fn the_second_is_cut_not_rounded() {
        let message = message();
        assert_eq!(Legacy::new(&message, None).timestamp, -1.0);
    }
}
