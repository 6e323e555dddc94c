//! `nommer dead-letters show`

use std::io::{self, BufWriter, Write as _};

use archive::{DeadLetters, KeptLetter};

use super::options::ShowOptions;
use super::output;
use crate::commands::text::harmless;
use crate::exit::Exit;

/// Shows a letter: a line a field, its properties as JSON, its body as text or in digits.
pub fn run(letters: &DeadLetters, asked: &ShowOptions) -> Result<(), Exit> {
    let Some(letter) = letters.get(asked.id)? else {
        return Err(Exit::Failed(format!(
            "there is no dead letter {}",
            asked.id
        )));
    };
    let mut out = BufWriter::new(io::stdout().lock());
    for line in head(&letter) {
        if !output::line(&mut out, &line)? {
            return Ok(());
        }
    }
    for line in body(&letter.letter.body) {
        if !output::line(&mut out, &line)? {
            return Ok(());
        }
    }
    // Nobody may be left to read it.
    let _ = out.flush();
    Ok(())
}

fn head(KeptLetter { head, letter }: &KeptLetter) -> Vec<String> {
    let mut lines = vec![
        format!("id:            {}", head.id),
        format!("reason:        {}", harmless(&head.reason)),
        format!("received:      {} UTC", head.received_at),
        format!("last received: {} UTC", head.last_received_at),
        format!("deliveries:    {}", head.deliveries),
        format!("queue:         {}", harmless(&letter.queue)),
        format!("exchange:      {}", harmless(&letter.exchange)),
        format!("topic:         {}", harmless(&letter.routing_key)),
    ];
    if let (Some(time), Some(reason)) = (head.discarded_at, &head.discard_reason) {
        lines.push(format!("discarded:     {time} UTC: {}", harmless(reason)));
    }
    // In which control characters are escapes.
    let properties = serde_json::to_string_pretty(&letter.properties).unwrap_or_default();
    lines.push("properties:".to_owned());
    lines.extend(properties.lines().map(harmless));
    lines
}

/// The lines of a body: its own where it is text, else digits as `hexdump -C` writes them.
fn body(body: &[u8]) -> Box<dyn Iterator<Item = String> + '_> {
    let title = format!("body ({} bytes", body.len());
    match std::str::from_utf8(body) {
        Ok(text) => {
            let title = std::iter::once(format!("{title}, UTF-8):"));
            Box::new(title.chain(text.split('\n').map(harmless)))
        }
        Err(_) => {
            let title = std::iter::once(format!("{title}, no UTF-8):"));
            let rows = body.chunks(16).enumerate();
            Box::new(title.chain(rows.map(|(n, bytes)| hex(16 * n, bytes))))
        }
    }
}

fn hex(at: usize, bytes: &[u8]) -> String {
    let digits: String = bytes.iter().map(|byte| format!("{byte:02x} ")).collect();
    let text = bytes.iter().map(|byte| match byte {
        0x20..=0x7e => char::from(*byte),
        _ => '.',
    });
    format!("{at:08x}  {digits:48} |{}|", text.collect::<String>())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_body_is_text_or_digits() {
        let lines = |bytes| body(bytes).collect::<Vec<String>>();
        assert_eq!(
            lines("{\n\u{1b}é".as_bytes()),
            ["body (5 bytes, UTF-8):", "{", "\\u{1b}é"]
        );
        let digits = lines(b"\xff\0a");
        assert_eq!(digits[0], "body (3 bytes, no UTF-8):");
        assert!(
            digits[1].starts_with("00000000  ff 00 61 ") && digits[1].ends_with("|..a|"),
            "{digits:?}"
        );
    }
}
