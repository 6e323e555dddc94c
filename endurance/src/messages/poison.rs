//! What cannot be archived and must be put aside.

use lapin::types::AMQPValue;
use simulator::Random;

use crate::ledger::Expected;
use crate::messages::draft::{Draft, decent};

/// One kind of poison: its name, and what it does to a decent message.
type Poison = (&'static str, fn(&mut Draft));

const POISONS: &[Poison] = &[
    ("poison: no JSON", |draft| draft.body = b"{".to_vec()),
    ("poison: a list", |draft| draft.body = b"[1]".to_vec()),
    ("poison: no UTF-8", |draft| {
        draft.body = b"{\"a\": \"\xff\"}".to_vec();
    }),
    ("poison: unknown encoding", |draft| {
        draft.properties = draft
            .properties
            .clone()
            .with_content_encoding("utf-9".into());
    }),
    ("poison: too deep", |draft| {
        draft.body = format!("{}1{}", r#"{"a":"#.repeat(950), "}".repeat(950)).into_bytes();
    }),
    ("poison: long number", |draft| {
        draft.body = format!(r#"{{"a": {}}}"#, "9".repeat(5000)).into_bytes();
    }),
    ("poison: severity", |draft| {
        draft
            .headers
            .insert("fedora_messaging_severity".into(), AMQPValue::LongInt(25));
    }),
    ("poison: time is a number", |draft| {
        draft
            .headers
            .insert("sent-at".into(), AMQPValue::LongInt(1));
    }),
    ("poison: id with NUL", |draft| {
        let id = draft.properties.message_id().clone().unwrap_or_default();
        draft.properties = draft
            .properties
            .clone()
            .with_message_id(format!("{id}\0").into());
    }),
];

/// A delivery that is put aside.
pub fn draft(random: &mut Random) -> Draft {
    let (kind, change) = random.pick(POISONS);
    let mut draft = decent(kind, random);
    draft.expected = Expected::PutAside;
    change(&mut draft);
    draft
}
