//! `nommer dead-letters list`

use std::io::{self, BufWriter, Write as _};

use archive::{DeadLetters, LetterHead};

use super::options::ListOptions;
use super::output;
use super::walk::for_each;
use crate::commands::text::harmless;
use crate::exit::Exit;

/// Tells of the letters, and whether there are more.
pub fn run(letters: &DeadLetters, asked: &ListOptions) -> Result<(), Exit> {
    let mut out = BufWriter::new(io::stdout().lock());
    if !asked.json {
        let title = format!(
            "{:>8}  {:19}  {:>10}  {:>9}  {:40}  reason",
            "id", "received (UTC)", "deliveries", "bytes", "topic"
        );
        output::line(&mut out, &title)?;
    }
    let mut told = 0;
    let mut more = false;
    for_each(letters, &asked.filter(), |head| {
        more = told == asked.limit;
        told += 1;
        let line = if asked.json {
            output::head(head).to_string()
        } else {
            row(head)
        };
        Ok(!more && output::line(&mut out, &line)?)
    })?;
    // Nobody may be left to read it.
    let _ = out.flush();
    if more {
        service::complain(format_args!(
            "there are more than {}: see --limit",
            asked.limit
        ));
    }
    Ok(())
}

/// Why it could not be archived, and why it was discarded, if it was.
fn reason(head: &LetterHead) -> String {
    let reason = harmless(&head.reason);
    match &head.discard_reason {
        Some(because) => format!("{reason} (discarded: {})", harmless(because)),
        None => reason,
    }
}

fn row(head: &LetterHead) -> String {
    format!(
        "{:>8}  {:19}  {:>10}  {:>9}  {:40}  {}",
        head.id,
        head.received_at.format("%Y-%m-%d %H:%M:%S"),
        head.deliveries,
        head.bytes,
        harmless(&head.routing_key),
        reason(head),
    )
}
