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

/// A text without what would move the cursor or turn the reading around.
pub fn harmless(text: &str) -> String {
    text.chars()
        .map(|c| match c {
            '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}' => c.escape_unicode().to_string(),
            c if c.is_control() => c.escape_default().to_string(),
            c => c.to_string(),
        })
        .collect()
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn texts_of_strangers_do_not_move_the_cursor() {
        assert_eq!(
            harmless("é\u{1b}[2J\r\n\u{202e}x\u{9b}"),
            "é\\u{1b}[2J\\r\\n\\u{202e}x\\u{9b}"
        );
    }
}
