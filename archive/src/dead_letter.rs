//! Deliveries that cannot be archived.

use chrono::NaiveDateTime;
use serde_json::Value;

/// A delivery to put aside whole.
#[derive(Clone, Debug, PartialEq)]
pub struct DeadLetter {
    /// Why it cannot be archived: a sentence for the operator, without a full stop.
    pub reason: String,
    /// When it came. UTC.
    pub received_at: NaiveDateTime,
    /// The queue it came from.
    pub queue: String,
    /// The exchange it was published to.
    pub exchange: String,
    /// Its routing key.
    pub routing_key: String,
    /// Its AMQP basic properties, headers included; values without a JSON counterpart are tagged.
    pub properties: Value,
    /// Its raw bytes.
    pub body: Vec<u8>,
}

impl DeadLetter {
    /// The property by which a letter says that its body is the text of a message as archives and clients
    /// write them into files, and no delivery.
    pub const IMPORTED: &str = "imported";

    /// Takes those of its own texts that a column cannot hold out of the properties, where
    /// [`Self::with_texts`] has put them.
    pub(crate) fn take_texts(&mut self) {
        let Some(members) = self.properties.as_object_mut() else {
            return;
        };
        for (name, text) in [
            ("routing_key", &mut self.routing_key),
            ("exchange", &mut self.exchange),
            ("queue", &mut self.queue),
        ] {
            if let Some(Value::String(whole)) = members.remove(name) {
                *text = whole;
            }
        }
    }

    /// Its properties, and those of its own texts that a column cannot hold.
    pub(crate) fn with_texts(&self) -> Value {
        let mut properties = self.properties.clone();
        if let Some(members) = properties.as_object_mut() {
            for (name, text) in [
                ("routing_key", &self.routing_key),
                ("exchange", &self.exchange),
                ("queue", &self.queue),
            ] {
                if text.contains('\0') {
                    members.insert(name.to_owned(), text.clone().into());
                }
            }
        }
        properties
    }
}

/// What a text that PostgreSQL cannot read from JSON begins with; the digits of its bytes follow.
const HEX: &str = "$hex:";

/// A document that PostgreSQL can read: no text in it, and no name, holds the character NUL.
pub(crate) fn readable(json: Value) -> Value {
    let text = |text: String| {
        if text.contains('\0') || text.starts_with(HEX) {
            HEX.to_owned() + &hex::encode(&text)
        } else {
            text
        }
    };
    each_text(json, &text)
}

/// The document that [`readable`] was made from.
pub(crate) fn original(json: Value) -> Value {
    let text = |text: String| {
        let digits = text.strip_prefix(HEX);
        digits.and_then(text_of_hex).unwrap_or(text)
    };
    each_text(json, &text)
}

fn text_of_hex(digits: &str) -> Option<String> {
    String::from_utf8(hex::decode(digits).ok()?).ok()
}

fn each_text(json: Value, text: &impl Fn(String) -> String) -> Value {
    match json {
        Value::String(value) => text(value).into(),
        Value::Array(items) => items
            .into_iter()
            .map(|item| each_text(item, text))
            .collect(),
        Value::Object(members) => members
            .into_iter()
            .map(|(name, value)| (text(name), each_text(value, text)))
            .collect(),
        value => value,
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn texts_with_nul_are_written_as_digits_and_read_back() {
        let odd = json!({"a\0": ["\0é", {"$hex:": "$hex:00", "$hexa": "\\u0000"}, 1.5, null]});
        let written = readable(odd.clone());
        assert_eq!(
            written,
            json!({"$hex:6100": ["$hex:00c3a9", {"$hex:246865783a": "$hex:246865783a3030", "$hexa": "\\u0000"}, 1.5, null]})
        );
        assert_eq!(original(written), odd);
    }

    #[test]
    fn what_only_looks_like_digits_stays() {
        for text in ["$hex:0", "$hex:zz", "$hex:ff", "$hex:+1"] {
            assert_eq!(original(text.into()), json!(text));
        }
    }
}
