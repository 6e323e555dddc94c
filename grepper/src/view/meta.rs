//! What may be said about a message beyond what is stored: the `meta` parameter.

use archive::Message;
use chrono::{DateTime, Utc};
use indexmap::IndexMap;
use metadata::{MessageView, Reading, Rules};
use pythonic::json::{pretty, to_text, valid_json};
use serde::Serialize;
use serde_json::value::RawValue;

use crate::view::humanise::humanise;

/// One thing that was asked for, and under which name.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Requested {
    /// The name as given: the answer has it.
    pub name: String,
    kind: Kind,
}

#[derive(Clone, Copy, Debug, Eq, PartialEq)]
enum Kind {
    Summary,
    Text,
    Url,
    AppIcon,
    AgentAvatar,
    Usernames,
    Packages,
    Containers,
    Modules,
    Flatpaks,
    Date,
}

/// Whether the message is asked for as text, which may be a hundred times as long as its body.
pub fn lays_out(requested: &[Requested]) -> bool {
    requested.iter().any(|one| one.kind == Kind::Text)
}

const KINDS: [(&str, Kind); 11] = [
    ("summary", Kind::Summary),
    ("text", Kind::Text),
    ("url", Kind::Url),
    ("app_icon", Kind::AppIcon),
    ("agent_avatar", Kind::AgentAvatar),
    ("usernames", Kind::Usernames),
    ("packages", Kind::Packages),
    ("containers", Kind::Containers),
    ("modules", Kind::Modules),
    ("flatpaks", Kind::Flatpaks),
    ("date", Kind::Date),
];

/// Names of the fedmsg age that clients still send.
const REPLACED: [(&str, &str); 3] = [
    ("subtitle", "summary"),
    ("link", "url"),
    ("icon", "app_icon"),
];

fn replacement(name: &str) -> Option<&'static str> {
    REPLACED
        .iter()
        .find(|(old, _)| *old == name)
        .map(|(_, new)| *new)
}

impl Requested {
    /// The request for what is called `name`; `None` if nothing is.
    pub fn parse(name: &str) -> Option<Self> {
        let current = replacement(name).unwrap_or(name);
        let &(_, kind) = KINDS.iter().find(|(known, _)| *known == current)?;
        Some(Self {
            name: name.to_owned(),
            kind,
        })
    }

    /// All names that mean something, the old ones last.
    pub fn names() -> Vec<&'static str> {
        let current = KINDS.iter().map(|(name, _)| *name);
        current
            .chain(REPLACED.iter().map(|(old, _)| *old))
            .collect()
    }
}

/// The answer to one `meta` name.
#[derive(Debug, Serialize)]
#[serde(untagged)]
pub enum Value {
    /// A text, or null where nothing is known.
    Text(Option<String>),
    /// Names.
    List(Vec<String>),
}

/// The answers, in the order of the request.
pub type Answers<'a> = IndexMap<&'a str, Value>;

/// What is known about `message`; `None` where nothing was asked.
pub fn answer<'a>(
    requested: &'a [Requested],
    message: &Message,
    rules: &Rules,
    now: DateTime<Utc>,
) -> Option<Answers<'a>> {
    if requested.is_empty() {
        return None;
    }
    // A message from before there were headers has never had more to say here than what is stored.
    let reading = message.headers.is_some().then(|| reading(message, rules));
    let mut answers = Answers::new();
    for Requested { name, kind } in requested {
        answers.insert(name, value(*kind, message, reading.as_ref(), now));
        if let Some(new) = replacement(name) {
            let warning = format!("Meta {name} is deprecated and has been replaced by {new}");
            match answers
                .entry("WARNING")
                .or_insert_with(|| Value::List(Vec::new()))
            {
                Value::List(warnings) => warnings.push(warning),
                Value::Text(_) => {}
            }
        }
    }
    Some(answers)
}

/// What the rules say of a stored message.
pub fn reading<'a>(message: &'a Message, rules: &'a Rules) -> Reading<'a> {
    let headers = message.headers.as_deref().unwrap_or_default();
    rules.read(&MessageView {
        topic: &message.topic,
        headers,
        body: &message.msg,
    })
}

fn value<'a>(
    kind: Kind,
    message: &Message,
    reading: Option<&Reading<'a>>,
    now: DateTime<Utc>,
) -> Value {
    let text = |ask: fn(&Reading<'a>) -> Option<String>| reading.and_then(ask);
    let list = |ask: fn(&Reading<'a>) -> Vec<String>| reading.map(ask).unwrap_or_default();
    match kind {
        Kind::Summary => Value::Text(Some(
            reading.map_or_else(|| message.topic.clone(), Reading::summary),
        )),
        Kind::Text => Value::Text(Some(
            text(Reading::text).unwrap_or_else(|| full_text(message)),
        )),
        Kind::Url => Value::Text(text(Reading::url)),
        Kind::AppIcon => Value::Text(text(Reading::app_icon)),
        Kind::AgentAvatar => Value::Text(text(Reading::agent_avatar)),
        Kind::Usernames => Value::List(united(list(Reading::usernames), &message.users)),
        Kind::Packages => Value::List(united(list(Reading::packages), &message.packages)),
        Kind::Containers => Value::List(list(Reading::containers)),
        Kind::Modules => Value::List(list(Reading::modules)),
        Kind::Flatpaks => Value::List(list(Reading::flatpaks)),
        Kind::Date => Value::Text(Some(relative_date(message, now))),
    }
}

/// When it was sent, seen from now.
pub fn relative_date(message: &Message, now: DateTime<Utc>) -> String {
    humanise((message.timestamp - now.naive_utc()).num_seconds())
}

/// What the rules know and what was stored, sorted and distinct.
fn united(mut names: Vec<String>, stored: &[String]) -> Vec<String> {
    names.extend_from_slice(stored);
    names.sort_unstable();
    names.dedup();
    names
}

/// The message itself as a text to read.
fn full_text(message: &Message) -> String {
    let raw = |json: Option<&str>| {
        let json = json
            .and_then(|json| valid_json(json).ok())
            .unwrap_or("{}".into());
        let ascii = RawValue::from_string(json.into_owned())
            .map(|raw| to_text(&raw))
            .unwrap_or_default();
        pretty(&ascii, 4)
    };
    format!(
        "Id: {}\nTopic: {}\nHeaders: {}\nBody: {}",
        message.msg_id.as_deref().unwrap_or_default(),
        message.topic,
        raw(message.headers.as_deref()),
        raw(Some(&message.msg)),
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    fn answers(names: &[&str]) -> String {
        let requested: Vec<_> = names
            .iter()
            .map(|name| Requested::parse(name).unwrap())
            .collect();
        let message = Message {
            msg_id: Some("1".into()),
            topic: "a.b".into(),
            msg: r#"{"b": 1, "a": NaN, "c": -2.5e999}"#.into(),
            users: vec!["zoe".into(), "ann".into()],
            ..Message::default()
        };
        to_text(&answer(
            &requested,
            &message,
            &Rules::embedded(),
            DateTime::from_timestamp(60, 0).unwrap(),
        ))
    }

    #[test]
    fn answers_have_the_order_of_the_request() {
        assert_eq!(answers(&[]), "null");
        assert_eq!(
            answers(&["url", "summary"]),
            r#"{"url": null, "summary": "a.b"}"#
        );
        assert_eq!(
            answers(&["usernames", "date"]),
            r#"{"usernames": ["ann", "zoe"], "date": "a minute ago"}"#
        );
    }

    #[test]
    fn old_names_are_answered_with_a_warning() {
        assert_eq!(
            answers(&["subtitle", "link"]),
            r#"{"subtitle": "a.b", "WARNING": ["Meta subtitle is deprecated and has been replaced by summary", "Meta link is deprecated and has been replaced by url"], "link": null}"#
        );
    }

    #[test]
    fn the_text_shows_the_stored_message() {
        assert_eq!(
            answers(&["text"]),
            r#"{"text": "Id: 1\nTopic: a.b\nHeaders: {}\nBody: {\n    \"a\": null,\n    \"b\": 1,\n    \"c\": null\n}"}"#
        );
    }

    #[test]
    fn unknown_names_are_refused() {
        for name in ["", "title", "Summary", "WARNING"] {
            assert_eq!(Requested::parse(name), None);
        }
    }
}
