//! A message as it goes over the wire.

use chrono::{DateTime, Utc};
use lapin::BasicProperties;
use lapin::types::{AMQPValue, FieldTable};
use serde_json::{Map, Value};

use crate::event::Event;
use crate::story::Story;

/// A message, complete and ready to be published.
#[derive(Clone, Debug, PartialEq)]
pub struct Sample {
    /// The message id, a UUID of version 4.
    pub id: String,
    /// The topic, with its prefix.
    pub topic: String,
    /// The headers, in the order of the Python client.
    pub headers: Map<String, Value>,
    /// The body, JSON in ASCII.
    pub body: String,
    /// When it is said to have been sent, in whole seconds.
    pub sent_at: DateTime<Utc>,
    /// The users it concerns, sorted, each once; they are in the headers, too.
    pub users: Vec<String>,
    /// The packages it concerns, likewise.
    pub packages: Vec<String>,
    /// The AMQP priority; 0 stands for none.
    pub priority: i32,
    /// The story that ends with this message.
    pub ends: Option<Box<Story>>,
}

impl Sample {
    pub(crate) fn new(id: String, sent_at: DateTime<Utc>, event: Event) -> Self {
        let mut headers = Map::new();
        headers.insert(
            "fedora_messaging_schema".to_owned(),
            event.schema.name.into(),
        );
        if let Some(package) = event.schema.package {
            headers.insert("fedora_messaging_schema_package".to_owned(), package.into());
        }
        headers.insert(
            "fedora_messaging_severity".to_owned(),
            event.severity.into(),
        );
        headers.insert(
            "sent-at".to_owned(),
            sent_at.format("%Y-%m-%dT%H:%M:%S+00:00").to_string().into(),
        );
        headers.insert("priority".to_owned(), event.priority.into());
        for (kind, names) in [
            ("user", &event.users),
            ("group", &event.groups),
            ("rpm", &event.packages),
        ] {
            for name in names {
                headers.insert(format!("fedora_messaging_{kind}_{name}"), true.into());
            }
        }
        Self {
            id,
            topic: event.topic,
            headers,
            body: pythonic::json::to_long_text(&event.body, 4096),
            sent_at,
            users: event.users,
            packages: event.packages,
            priority: event.priority,
            ends: None,
        }
    }

    /// The application that published it: the fourth part of the topic.
    pub fn category(&self) -> &str {
        self.topic.split('.').nth(3).unwrap_or_default()
    }

    /// The AMQP properties, with the headers in the types the Python client uses.
    pub fn properties(&self) -> BasicProperties {
        let properties = BasicProperties::default()
            .with_content_type("application/json".into())
            .with_content_encoding("utf-8".into())
            .with_delivery_mode(2)
            .with_message_id(self.id.as_str().into())
            .with_headers(field_table(&self.headers));
        match u8::try_from(self.priority) {
            Ok(priority @ 1..) => properties.with_priority(priority),
            _ => properties,
        }
    }
}

fn field_table(headers: &Map<String, Value>) -> FieldTable {
    let mut table = FieldTable::default();
    for (name, value) in headers {
        let value = match value {
            Value::Bool(flag) => AMQPValue::Boolean(*flag),
            // Python sends numbers that fit as signed 32-bit ones.
            Value::Number(number) => AMQPValue::LongInt(number.as_i64().unwrap_or_default() as i32),
            other => AMQPValue::LongString(other.as_str().unwrap_or_default().into()),
        };
        table.insert(name.as_str().into(), value);
    }
    table
}
