//! What AMQP carries: ids, routing keys and names of headers have their length in one byte there.

use serde_json::{Map, Value};

/// In bytes. The client library panics at longer ones.
const LONGEST: usize = 255;

/// Fails, saying what it is, if the text is longer than AMQP carries.
pub fn check(what: &str, text: &str) -> Result<(), String> {
    match text.len() {
        ..=LONGEST => Ok(()),
        length => Err(format!(
            "its {what} has {length} bytes, of {LONGEST} that can be sent"
        )),
    }
}

/// Fails if the name of a header is too long, or one within a header.
pub fn check_headers(headers: &Map<String, Value>) -> Result<(), String> {
    headers.iter().try_for_each(|(name, value)| {
        check("name of a header", name)?;
        check_within(value)
    })
}

fn check_within(value: &Value) -> Result<(), String> {
    match value {
        Value::Object(members) => check_headers(members),
        Value::Array(items) => items.iter().try_for_each(check_within),
        _ => Ok(()),
    }
}
