//! Which message a dead letter holds, as far as it can be read.

use archive::DeadLetter;
use pythonic::{iso_time, timestamp};
use serde_json::{Map, Value};

use crate::delivery::exported;

/// Its id, and the second in which it was sent, since 1970, where that can be read.
pub fn identity(letter: &DeadLetter) -> Option<(String, Option<i64>)> {
    let members = match exported::is_imported(letter) {
        // Bytes that are no letters are a reason to put a message aside.
        true => exported::loosely(&letter.body)?,
        false => letter.properties.as_object()?.clone(),
    };
    let mut ids = ["msg_id", "id", "message_id"].iter();
    let id = ids.find_map(|name| members.get(*name)?.as_str())?;
    Some((id.to_owned(), second(&members)))
}

fn second(members: &Map<String, Value>) -> Option<i64> {
    let sent_at = members
        .get("headers")
        .and_then(|headers| headers.get("sent-at"));
    match members.get("timestamp").or(sent_at)? {
        Value::String(text) => {
            let time = iso_time::parse(text)?;
            Some(timestamp::to_seconds(time).floor() as i64)
        }
        number => Some(number.as_f64()?.floor() as i64),
    }
}

#[cfg(test)]
mod tests {
    use chrono::NaiveDateTime;
    use serde_json::json;

    use super::*;

    fn letter(properties: Value, body: &[u8]) -> DeadLetter {
        DeadLetter {
            reason: String::new(),
            received_at: NaiveDateTime::default(),
            queue: String::new(),
            exchange: String::new(),
            routing_key: String::new(),
            properties,
            body: body.to_vec(),
        }
    }

    #[test]
    fn letters_of_all_origins_tell_their_id_and_second() {
        let imported = || json!({DeadLetter::IMPORTED: true});
        let at = |second| Some(("a".to_owned(), second));
        for (properties, body, expected) in [
            // As adoptions, peers, dumps and the bus have them.
            (
                imported(),
                &b"{\"timestamp\": \"2024-05-01T00:00:01.250000\", \"i\": 0, \"msg_id\": \"a\", \"msg\": [\"\xff\"]}"[..],
                at(Some(1_714_521_601)),
            ),
            (
                imported(),
                br#"{"msg": {"id": "b", "n": NaN}, "msg_id": "a", "timestamp": 1714521601.0}"#,
                at(Some(1_714_521_601)),
            ),
            (
                imported(),
                br#"{"timestamp": "infinity", "msg_id": "a"}"#,
                at(None),
            ),
            (
                imported(),
                br#"{"id": "a", "headers": {"sent-at": "2024-05-01T00:00:01+00:00"}, "body": 1}"#,
                at(Some(1_714_521_601)),
            ),
            (
                json!({"message_id": "a", "headers": {"sent-at": "2024-05-01T02:00:01+02:00"}}),
                b"{\"id\": \"b\"}",
                at(Some(1_714_521_601)),
            ),
            (json!({"message_id": "a"}), b"", at(None)),
            (imported(), b"{\"msg\": {\"msg_id\": \"a\"}}", None),
            (imported(), b"{\"msg_id\": \"a\"", None),
            (json!({}), b"{\"msg_id\": \"a\"}", None),
        ] {
            let letter = letter(properties, body);
            let text = String::from_utf8_lossy(body);
            assert_eq!(identity(&letter), expected, "{text}");
        }
    }
}
