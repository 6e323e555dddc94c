//! A message before it has a number.

use chrono::Utc;
use lapin::BasicProperties;
use lapin::types::{AMQPValue, FieldTable};
use simulator::Random;

use crate::ledger::Expected;

/// A message before it has a number.
pub struct Draft {
    pub kind: &'static str,
    pub expected: Expected,
    pub ties: Option<(u32, u32)>,
    pub repeatable: bool,
    pub routing_key: String,
    pub properties: BasicProperties,
    pub headers: FieldTable,
    pub body: Vec<u8>,
}

/// A message of ours that has nothing odd yet.
pub fn decent(kind: &'static str, random: &mut Random) -> Draft {
    let applications = ["bodhi", "copr", "buildsys", "git", "wiki"];
    let application = random.pick(&applications);
    let mut headers = FieldTable::default();
    put_text(&mut headers, "fedora_messaging_schema", "base.message");
    headers.insert("fedora_messaging_severity".into(), AMQPValue::LongInt(20));
    let now = Utc::now().format("%Y-%m-%dT%H:%M:%S+00:00");
    put_text(&mut headers, "sent-at", &now.to_string());
    Draft {
        kind,
        expected: Expected::Archived,
        ties: None,
        repeatable: true,
        routing_key: format!("org.fedoraproject.prod.{application}.soak"),
        properties: BasicProperties::default()
            .with_content_type("application/json".into())
            .with_content_encoding("utf-8".into())
            .with_delivery_mode(2)
            .with_message_id(random.uuid().to_string().into()),
        headers,
        body: br#"{"n": 1}"#.to_vec(),
    }
}

/// Adds a header that is a text.
pub fn put_text(headers: &mut FieldTable, name: &str, value: &str) {
    headers.insert(name.into(), AMQPValue::LongString(value.into()));
}
