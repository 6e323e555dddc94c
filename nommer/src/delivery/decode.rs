//! From a delivery to a message, or to the reason why it is none.
//!
//! This is pure and total: it neither fails nor panics, whatever came, and asks
//! nobody, not even the clock. What it accepts is what the incumbent accepts,
//! and some of what the incumbent stumbles over.

use archive::{Body, DeadLetter, Identity, NewMessage};
use chrono::NaiveDateTime;
use lapin::BasicProperties;
use lapin::types::{AMQPValue, FieldTable};
use metadata::{MessageView, Rules};
use pythonic::{codec, iso_time};
use serde_json::{Map, Value};

use crate::delivery::{content_id, headers};

/// A delivery as it came from the broker.
#[derive(Clone, Debug, Default)]
pub struct Raw {
    /// The queue it came from.
    pub queue: String,
    /// The exchange it was published to.
    pub exchange: String,
    /// Its routing key.
    pub routing_key: String,
    /// Whether the broker says that it delivered this before.
    pub redelivered: bool,
    /// Its properties, headers included.
    pub properties: BasicProperties,
    /// Its body.
    pub body: Vec<u8>,
    /// When it came. UTC.
    pub received_at: NaiveDateTime,
}

impl Raw {
    /// The delivery as it is kept if it cannot be archived.
    pub fn into_dead_letter(self, reason: String) -> DeadLetter {
        DeadLetter {
            reason,
            received_at: self.received_at,
            properties: headers::properties(&self.properties),
            queue: self.queue,
            exchange: self.exchange,
            routing_key: self.routing_key,
            body: self.body,
        }
    }
}

/// A delivery without what the message that was made from it holds, too: most bodies come in the
/// very form in which they are archived, and memory holds them once.
#[derive(Debug)]
pub struct Rest {
    raw: Raw,
    /// Whether the body is that of the message.
    shared: bool,
}

impl Rest {
    /// What is left beside `message`, which was decoded from `raw`.
    pub fn beside(message: &NewMessage, mut raw: Raw) -> Self {
        let shared = raw.body == message.body.as_str().as_bytes();
        if shared {
            raw.body = Vec::new();
        }
        raw.routing_key = String::new();
        Self { raw, shared }
    }

    /// The whole delivery again.
    pub fn with(self, message: &NewMessage) -> Raw {
        let body = if self.shared {
            message.body.as_str().into()
        } else {
            self.raw.body
        };
        Raw {
            routing_key: message.topic.clone(),
            body,
            ..self.raw
        }
    }
}

/// A schema of headers that the incumbent enforces: these are texts, where they are present.
const TEXT_HEADERS: [&str; 3] = [
    "fedora_messaging_schema",
    "fedora_messaging_schema_package",
    "sent-at",
];
const SEVERITY: &str = "fedora_messaging_severity";
/// Databases cannot index much longer names, and nobody has one.
const LONGEST_NAME: usize = 1000;

/// Decodes a delivery. An error is the reason why it cannot be archived.
pub fn decode(raw: &Raw, rules: &Rules) -> Result<NewMessage, String> {
    let no_headers = FieldTable::default();
    let table = raw.properties.headers().as_ref().unwrap_or(&no_headers);
    check_headers(table)?;
    let mut headers = headers::plain(table).map_err(|error| error.to_string())?;

    let encoding = raw
        .properties
        .content_encoding()
        .as_ref()
        .map(|encoding| encoding.as_str());
    let text = codec::decode(&raw.body, encoding).map_err(|error| error.to_string())?;
    let mut body = Body::parse(&text).map_err(|error| error.to_string())?;

    if raw.routing_key.contains('\0') {
        return Err("routing key holds the character NUL".to_owned());
    }
    let (msg_id, identity, timestamp) = identify(raw, &headers)?;

    let headers_text = serde_json::to_string(&headers).unwrap_or_default();
    let view = MessageView {
        topic: &raw.routing_key,
        headers: &headers_text,
        body: body.as_str(),
    };
    let subjects = rules.subjects(&view);
    if let Some(stored) = rules.stored(&view) {
        if let Some(priority) = stored.priority {
            headers.insert("priority".to_owned(), priority.into());
        }
        // Rules write JSON; should one fail to, what came is better than nothing.
        if let Some(replacement) = stored.body.and_then(|text| Body::parse(&text).ok()) {
            body = replacement;
        }
    }
    Ok(NewMessage {
        msg_id,
        identity,
        topic: raw.routing_key.clone(),
        timestamp,
        category: metadata::category(&raw.routing_key),
        agent_name: subjects.agent_name.and_then(name),
        body,
        headers,
        users: subjects.usernames.into_iter().filter_map(name).collect(),
        packages: subjects.packages.into_iter().filter_map(name).collect(),
    })
}

/// Whether the time in the headers, if there is any, cannot be read: worth a line in the log.
pub fn unreadable_sent_at(message: &NewMessage) -> Option<&str> {
    let text = message
        .headers
        .get("sent-at")
        .and_then(Value::as_str)
        .filter(|text| !text.is_empty())?;
    iso_time::parse(text).is_none().then_some(text)
}

fn check_headers(table: &FieldTable) -> Result<(), String> {
    for name in TEXT_HEADERS {
        let is_text = |value: &AMQPValue| match value {
            AMQPValue::LongString(text) => std::str::from_utf8(text.as_bytes()).is_ok(),
            value => matches!(value, AMQPValue::ShortString(_)),
        };
        if table.inner().get(name).is_some_and(|value| !is_text(value)) {
            return Err(format!("header {name} is no text"));
        }
    }
    match table.inner().get(SEVERITY) {
        Some(value) if !is_severity(value) => {
            Err(format!("header {SEVERITY} is none of 10, 20, 30, 40"))
        }
        _ => Ok(()),
    }
}

fn is_severity(value: &AMQPValue) -> bool {
    let number = match value {
        AMQPValue::ShortShortInt(number) => f64::from(*number),
        AMQPValue::ShortShortUInt(number) => f64::from(*number),
        AMQPValue::ShortInt(number) => f64::from(*number),
        AMQPValue::ShortUInt(number) => f64::from(*number),
        AMQPValue::LongInt(number) => f64::from(*number),
        AMQPValue::LongUInt(number) => f64::from(*number),
        AMQPValue::LongLongInt(number) => *number as f64,
        AMQPValue::Float(number) => f64::from(*number),
        AMQPValue::Double(number) => *number,
        _ => return false,
    };
    [10.0, 20.0, 30.0, 40.0].contains(&number)
}

/// Finds what a later delivery of the same message can be recognised by.
fn identify(
    raw: &Raw,
    headers: &Map<String, Value>,
) -> Result<(String, Identity, NaiveDateTime), String> {
    let sent_at = headers
        .get("sent-at")
        .and_then(Value::as_str)
        .and_then(iso_time::parse);
    let timestamp = sent_at.unwrap_or(raw.received_at);
    let given = raw
        .properties
        .message_id()
        .as_ref()
        .map(|id| id.as_str())
        .filter(|id| !id.is_empty());
    Ok(match given {
        Some(id) if id.contains('\0') => {
            return Err("message_id holds the character NUL".to_owned());
        }
        Some(id) if sent_at.is_some() => (id.to_owned(), Identity::IdAndTime, timestamp),
        Some(id) => (id.to_owned(), Identity::Id, timestamp),
        None => {
            let identity = if raw.redelivered {
                Identity::RedeliveredContent
            } else {
                Identity::NewContent
            };
            (
                content_id::derive(&raw.routing_key, headers, &raw.body),
                identity,
                timestamp,
            )
        }
    })
}

/// A name as the archive can hold it: rules may take anything from a body.
pub(crate) fn name(name: String) -> Option<String> {
    if name.len() > LONGEST_NAME {
        return None;
    }
    Some(if name.contains('\0') {
        name.replace('\0', "\u{fffd}")
    } else {
        name
    })
}

#[cfg(test)]
mod tests;
