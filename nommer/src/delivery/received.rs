//! What came from the broker.

use archive::{DeadLetter, NewMessage};
use chrono::NaiveDateTime;
use lapin::BasicProperties;

use crate::delivery::headers;

/// A delivery as it came from the broker.
#[derive(Clone, Debug, Default)]
pub struct Received {
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

impl Received {
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
    received: Received,
    /// Whether the body is that of the message.
    shared: bool,
}

impl Rest {
    /// What is left beside `message`, which was decoded from `received`.
    pub fn beside(message: &NewMessage, mut received: Received) -> Self {
        let shared = received.body == message.body.as_str().as_bytes();
        if shared {
            received.body = Vec::new();
        }
        received.routing_key = String::new();
        Self { received, shared }
    }

    /// The whole delivery again.
    pub fn with(self, message: &NewMessage) -> Received {
        let body = if self.shared {
            message.body.as_str().into()
        } else {
            self.received.body
        };
        Received {
            routing_key: message.topic.clone(),
            body,
            ..self.received
        }
    }
}

#[cfg(test)]
mod tests {
    use archive::{Body, Identity};

    use super::*;

    fn message(topic: &str, body: &str) -> NewMessage {
        NewMessage {
            msg_id: "id".to_owned(),
            identity: Identity::IdAndTime,
            topic: topic.to_owned(),
            timestamp: NaiveDateTime::default(),
            category: "zoo".to_owned(),
            agent_name: None,
            body: Body::parse(body).expect("an object"),
            headers: Some(serde_json::Map::new()),
            legacy: None,
            users: Vec::new(),
            packages: Vec::new(),
            subjects: archive::Subjects::default(),
        }
    }

    #[test]
    fn a_delivery_is_whole_again_beside_its_message() {
        for body in [r#"{"a": 1}"#, r#"{"a":1}"#, "null"] {
            let received = Received {
                routing_key: "org.example.zoo.fed".to_owned(),
                body: body.into(),
                ..Received::default()
            };
            let message = message(&received.routing_key, body);
            let expected = format!("{received:?}");
            let rest = Rest::beside(&message, received);
            assert_eq!(rest.received.body.is_empty(), message.body.as_str() == body);
            assert_eq!(format!("{:?}", rest.with(&message)), expected);
        }
    }
}
