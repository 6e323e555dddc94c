//! Deliveries as they are to be sent again, made of stored messages.

use archive::{Message, OnBus};
use lapin::BasicProperties;
use serde_json::{Map, Value};

use crate::delivery::{carried, restored};

/// Messages are on disk where queues are.
const PERSISTENT: u8 = 2;

/// A delivery on its way out.
pub struct Sent {
    /// Its routing key.
    pub routing_key: String,
    /// Its properties, headers included.
    pub properties: BasicProperties,
    /// Its body.
    pub body: Vec<u8>,
}

impl Sent {
    /// The delivery that a message was; an error is the reason why it cannot be sent.
    ///
    /// A message without a header `sent-at` gets one, so that it keeps its time. One without any headers, of the
    /// ZeroMQ age, gets what the incumbent's bridge gave such a message: the base schema and its severity.
    pub fn again(message: &Message) -> Result<Self, String> {
        let on_bus = OnBus::new(message);
        let mut headers: Map<String, Value> = serde_json::from_str(on_bus.headers())
            .map_err(|error| format!("its headers cannot be read: {error}"))?;
        if message.headers.is_none() {
            headers.insert("fedora_messaging_schema".to_owned(), "base.message".into());
            headers.insert("fedora_messaging_severity".to_owned(), 20.into());
        }
        carried::check("topic", &message.topic)?;
        carried::check_headers(&headers)?;
        let mut properties = BasicProperties::default()
            .with_content_type("application/json".into())
            .with_content_encoding("utf-8".into())
            .with_delivery_mode(PERSISTENT)
            .with_headers(restored::headers(&headers));
        if let Some(id) = &message.msg_id {
            carried::check("id", id)?;
            properties = properties.with_message_id(id.as_str().into());
        }
        // The header 0 stands for no priority.
        if let Some(priority @ 1..) = headers.get("priority").and_then(priority) {
            properties = properties.with_priority(priority);
        }
        Ok(Self {
            routing_key: message.topic.clone(),
            properties,
            body: on_bus.body().into(),
        })
    }
}

fn priority(header: &Value) -> Option<u8> {
    u8::try_from(header.as_u64()?).ok()
}

#[cfg(test)]
mod tests {
    use metadata::Rules;

    use super::*;
    use crate::delivery::decode;
    use crate::delivery::received::Received;

    fn message(headers: Option<&str>) -> Message {
        Message {
            msg_id: Some("one".to_owned()),
            topic: "org.example.zoo.fed".to_owned(),
            timestamp: "2024-05-01T10:00:00.25".parse().expect("a time"),
            msg: r#"{"a": 1.10, "b": "\u00e9"}"#.into(),
            headers: headers.map(Into::into),
            ..Message::default()
        }
    }

    /// What is archived of a message that is sent again.
    fn archived(message: &Message) -> archive::NewMessage {
        let Sent {
            routing_key,
            properties,
            body,
        } = Sent::again(message).expect("sendable");
        let received = Received {
            routing_key,
            properties,
            body,
            ..Received::default()
        };
        decode::decode(&received, &Rules::embedded()).expect("a message")
    }

    #[test]
    fn what_is_sent_again_is_archived_as_it_was() {
        let headers = r#"{"x": [1, null, {"y": 1.5}], "big": 5000000000, "sent-at": "2024-05-01T10:00:00.25Z", "priority": 7}"#;
        let again = archived(&message(Some(headers)));
        let stored: Value = serde_json::from_str(headers).expect("JSON");
        assert_eq!(Value::from(again.headers.expect("headers")), stored);
        assert_eq!(again.body.as_str(), r#"{"a": 1.10, "b": "\u00e9"}"#);
        assert_eq!(
            (again.msg_id.as_str(), again.timestamp),
            ("one", message(None).timestamp)
        );
        let Sent { properties, .. } = Sent::again(&message(Some(headers))).expect("sendable");
        assert_eq!(
            (*properties.priority(), *properties.delivery_mode()),
            (Some(7), Some(2))
        );
    }

    #[test]
    fn old_messages_get_the_headers_that_clients_need() {
        let again = archived(&message(None));
        let expected = serde_json::json!({
            "sent-at": "2024-05-01T10:00:00.250000+00:00", "fedora_messaging_schema": "base.message",
            "fedora_messaging_severity": 20,
        });
        assert_eq!(Value::from(again.headers.expect("headers")), expected);
        assert_eq!(again.timestamp, message(None).timestamp);
        // With headers, only the time is added.
        let again = archived(&message(Some(r#"{"priority": 0}"#)));
        assert_eq!(again.headers.map(|headers| headers.len()), Some(2));
    }

    #[test]
    fn what_amqp_cannot_carry_is_refused() {
        let mut long = message(None);
        long.topic = "t".repeat(256);
        assert!(Sent::again(&long).is_err_and(|reason| reason.contains("its topic has 256 bytes")));
        let name = format!(r#"{{"{}": 1}}"#, "n".repeat(256));
        for headers in [format!(r#"{{"a": [{name}]}}"#), name] {
            let again = Sent::again(&message(Some(&headers)));
            assert!(
                again.is_err_and(|reason| reason.contains("header")),
                "{headers}"
            );
        }
    }
}
