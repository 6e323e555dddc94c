//! Messages as files have them that archives and clients write: one JSON text a message, in one of two forms.
//!
//! The *form of the bus* (`body`, `headers`, `id`, `topic`) is what dumps, the Python client and `/v2` have: it
//! becomes a delivery again, and goes the way of one. The *form of the ZeroMQ age* (`msg`, `msg_id`, `timestamp`) is
//! what that bus and `/raw` have: it tells its time, and may tell whom it concerns, and who stored it.
//! Nothing here asks the clock, and no text makes it fail but by an answer.

mod members;
mod zeromq;

use std::borrow::Cow;

use archive::{Body, DeadLetter, Identity, NewMessage};
use chrono::NaiveDateTime;
use lapin::BasicProperties;
use metadata::Rules;
use pythonic::json::valid_json;
use serde::Deserialize;
use serde_json::value::RawValue;
use serde_json::{Map, Value, json};

use self::members::Members;
use self::zeromq::second;
use crate::delivery::received::Received;
use crate::delivery::{carried, decode, restored};

/// Decodes a text. Where it does not tell its time, it is taken to be sent `now`. An error is the reason why it
/// cannot be archived.
pub fn decode(text: &[u8], now: NaiveDateTime, rules: &Rules) -> Result<NewMessage, String> {
    let text = readable(text)?;
    let members = Members::of(&text)?;
    match (members.has("body"), members.has("msg")) {
        (true, _) => of_the_bus(&members, now, rules),
        (false, true) => members.of_the_zeromq_age(now, rules),
        (false, false) => Err("no message: it has neither a body nor a msg".to_owned()),
    }
}

/// The texts of the messages in a text: its own, or those that a page of answers has.
pub fn messages(text: Vec<u8>) -> Vec<Vec<u8>> {
    #[derive(Deserialize)]
    struct Page<'a> {
        #[serde(borrow)]
        raw_messages: Vec<&'a RawValue>,
    }
    // Few texts are pages, and these say so.
    if memchr::memmem::find(&text, br#""raw_messages""#).is_none() {
        return vec![text];
    }
    let page = readable(&text).ok().and_then(|json| {
        let page: Page<'_> = serde_json::from_str(&json).ok()?;
        let texts = page.raw_messages.iter();
        Some(texts.map(|text| text.get().into()).collect())
    });
    page.unwrap_or_else(|| vec![text])
}

/// A text that cannot be archived as it is kept: whole. `place` says where it stands.
pub fn dead_letter(text: Vec<u8>, place: String, reason: String, now: NaiveDateTime) -> DeadLetter {
    let topic = readable(&text).ok().and_then(|json| {
        let topic = Members::of(&json).ok()?.text("topic").ok()?;
        topic.filter(|topic| !topic.contains('\0'))
    });
    DeadLetter {
        reason,
        received_at: now,
        queue: place,
        exchange: String::new(),
        routing_key: topic.unwrap_or_default(),
        properties: json!({DeadLetter::IMPORTED: true}),
        body: text,
    }
}

/// Whether a letter is one of [`dead_letter`].
pub fn is_imported(letter: &DeadLetter) -> bool {
    letter.properties[DeadLetter::IMPORTED] == true
}

/// Whether an imported letter was put aside when another archive was taken over.
pub fn is_adopted(letter: &DeadLetter) -> bool {
    letter.properties["adopted"].is_object()
}

/// The members of a text that may not be archived, with U+FFFD for bytes that are no letters; `None` if it is no object.
pub fn loosely(text: &[u8]) -> Option<Map<String, Value>> {
    let text = String::from_utf8_lossy(text);
    serde_json::from_str(&valid_json(&text).ok()?).ok()
}

fn readable(text: &[u8]) -> Result<Cow<'_, str>, String> {
    let text = std::str::from_utf8(text).map_err(|error| format!("it is not UTF-8: {error}"))?;
    // Python writes `NaN`.
    valid_json(text).map_err(|error| format!("it {error}"))
}

/// The message, in the form of the bus.
fn of_the_bus(
    members: &Members<'_>,
    now: NaiveDateTime,
    rules: &Rules,
) -> Result<NewMessage, String> {
    let headers = members.headers()?.unwrap_or_default();
    carried::check_headers(&headers)?;
    let mut properties = BasicProperties::default()
        .with_content_encoding("utf-8".into())
        .with_headers(restored::headers(&headers));
    let id = members.text("id")?.filter(|id| !id.is_empty());
    let mut body = Cow::Borrowed(members.raw("body"));
    match id {
        Some(id) => {
            carried::check("id", &id)?;
            properties = properties.with_message_id(id.into());
        }
        // By its content, however it is laid out.
        None => {
            let form = Body::parse(&body).map_err(|error| error.to_string())?;
            body = Cow::Owned(form.as_str().to_owned());
        }
    }
    let received = Received {
        routing_key: members.topic()?,
        redelivered: true,
        properties,
        body: body.into_owned().into_bytes(),
        received_at: now,
        ..Received::default()
    };
    let mut message = decode::decode(&received, rules)?;
    if message.identity == Identity::IdAndTime && has_fraction(message.timestamp) {
        // It may be archived without, from `/raw`.
        message.identity = Identity::IdAndSecond;
    }
    Ok(message)
}

fn has_fraction(time: NaiveDateTime) -> bool {
    second(time) != time
}

#[cfg(test)]
mod tests;
