//! From a delivery to a message, or to the reason why it is none.
//!
//! This is pure and total: it neither fails nor panics, whatever came, and asks
//! nobody, not even the clock. What it accepts is what the incumbent accepts,
//! and some of what the incumbent stumbles over.

use archive::{Body, Identity, NewMessage, Subject, Subjects};
use chrono::NaiveDateTime;
use lapin::types::{AMQPValue, FieldTable, ShortString};
use metadata::{MessageView, Reading, Rules};
use pythonic::{codec, iso_time};
use serde_json::{Map, Value};

use crate::delivery::received::Received;
use crate::delivery::{content_id, headers};

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
pub fn decode(received: &Received, rules: &Rules) -> Result<NewMessage, String> {
    let no_headers = FieldTable::default();
    let table = received
        .properties
        .headers()
        .as_ref()
        .unwrap_or(&no_headers);
    check_headers(table)?;
    let mut headers = headers::plain(table).map_err(|error| error.to_string())?;

    let mut body = decoded_body(received)?;
    if received.routing_key.contains('\0') {
        return Err("routing key holds the character NUL".to_owned());
    }
    let (msg_id, identity, timestamp) = identify(received, &headers)?;

    let headers_text = serde_json::to_string(&headers).unwrap_or_default();
    let view = MessageView {
        topic: &received.routing_key,
        headers: &headers_text,
        body: body.as_str(),
    };
    let reading = rules.read(&view);
    let filters = reading.filters();
    let subjects = subjects(&reading);
    if let Some(stored) = reading.stored() {
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
        topic: received.routing_key.clone(),
        timestamp,
        category: metadata::category(&received.routing_key),
        agent_name: names(filters.agent_name.into_iter().collect()).pop(),
        body,
        headers: Some(headers),
        legacy: None,
        users: names(filters.usernames),
        packages: names(filters.packages),
        subjects,
    })
}

/// What a message is about, as the archive holds it.
pub(crate) fn subjects(reading: &Reading) -> Subjects {
    let subjects = reading.subjects().into_iter();
    subjects
        .map(|subject| Subject::new(&subject.kind, &subject.name))
        .collect()
}

/// The body as text, in the form in which the archive has it.
fn decoded_body(received: &Received) -> Result<Body, String> {
    let encoding = received
        .properties
        .content_encoding()
        .as_ref()
        .map(ShortString::as_str);
    let text = codec::decode(&received.body, encoding).map_err(|error| error.to_string())?;
    Body::parse(&text).map_err(|error| error.to_string())
}

/// Whether the time in the headers, if there is any, cannot be read: worth a line in the log.
pub fn unreadable_sent_at(message: &NewMessage) -> Option<&str> {
    let text = message
        .headers
        .as_ref()?
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
    received: &Received,
    headers: &Map<String, Value>,
) -> Result<(String, Identity, NaiveDateTime), String> {
    let sent_at = headers
        .get("sent-at")
        .and_then(Value::as_str)
        .and_then(iso_time::parse);
    let timestamp = sent_at.unwrap_or(received.received_at);
    let given = received
        .properties
        .message_id()
        .as_ref()
        .map(ShortString::as_str)
        .filter(|id| !id.is_empty());
    Ok(match given {
        Some(id) if id.contains('\0') => {
            return Err("message_id holds the character NUL".to_owned());
        }
        Some(id) if sent_at.is_some() => (id.to_owned(), Identity::IdAndTime, timestamp),
        Some(id) => (id.to_owned(), Identity::Id, timestamp),
        None => {
            let identity = if received.redelivered {
                Identity::RedeliveredContent
            } else {
                Identity::NewContent
            };
            (
                content_id::derive(&received.routing_key, headers, &received.body),
                identity,
                timestamp,
            )
        }
    })
}

/// Names as the archive can hold them; a line in the log tells what is left out.
pub(crate) fn names(all: Vec<String>) -> Vec<String> {
    let given = all.len();
    let names: Vec<String> = all.into_iter().filter_map(name).collect();
    let left_out = given - names.len();
    if left_out > 0 {
        tracing::warn!(
            left_out,
            "names longer than {LONGEST_NAME} bytes are not stored"
        );
    }
    names
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
