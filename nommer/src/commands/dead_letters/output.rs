//! How dead letters are written: their texts are those of strangers.

use std::io::{ErrorKind, Write};

use archive::LetterHead;
use chrono::NaiveDateTime;
use serde_json::{Value, json};

use crate::exit::Exit;

/// Writes a line; answers whether anyone reads on.
pub fn line(out: &mut impl Write, line: &str) -> Result<bool, Exit> {
    match writeln!(out, "{line}") {
        Ok(()) => Ok(true),
        Err(error) if error.kind() == ErrorKind::BrokenPipe => Ok(false),
        Err(error) => Err(Exit::Failed(format!("not written: {error}"))),
    }
}

/// A time as all commands write it.
pub fn time(time: NaiveDateTime) -> String {
    time.format("%Y-%m-%dT%H:%M:%S%.6f").to_string()
}

/// What there is to say of a letter beside its content, as JSON.
pub fn head(head: &LetterHead) -> Value {
    json!({
        "id": head.id,
        "reason": head.reason,
        "received_at": time(head.received_at),
        "last_received_at": time(head.last_received_at),
        "deliveries": head.deliveries,
        "queue": head.queue,
        "routing_key": head.routing_key,
        "bytes": head.bytes,
        "discarded_at": head.discarded_at.map(time),
        "discard_reason": head.discard_reason,
    })
}
