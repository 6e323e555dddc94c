//! `nommer dead-letters export`

use std::fs::OpenOptions;
use std::io::{self, BufWriter, Write};

use archive::{DeadLetters, KeptLetter};
use base64::prelude::{BASE64_STANDARD, Engine as _};
use serde_json::{Value, json};

use super::options::ExportOptions;
use super::walk::for_each;
use super::{missing, output};
use crate::exit::Exit;
use crate::words::counted;

/// Writes the letters whole, and says on standard error how many.
pub fn run(letters: &DeadLetters, asked: &ExportOptions) -> Result<(), Exit> {
    let failed = |error: io::Error| Exit::Failed(format!("not written: {error}"));
    let mut out: Box<dyn Write> = match &asked.output {
        None => Box::new(BufWriter::new(io::stdout().lock())),
        Some(path) => {
            let file = OpenOptions::new().write(true).create_new(true).open(path);
            let cannot = |error| Exit::Failed(format!("cannot make {}: {error}", path.display()));
            Box::new(BufWriter::new(file.map_err(cannot)?))
        }
    };
    let missing = missing::complaint(letters, &asked.filter())?;
    let mut written = 0_u64;
    for_each(letters, &asked.filter(), |head| {
        let Some(letter) = letters.get(head.id)? else {
            // Stored meanwhile.
            return Ok(true);
        };
        written += 1;
        output::line(&mut out, &whole(letter).to_string())
    })?;
    match out.flush() {
        Err(error) if error.kind() != io::ErrorKind::BrokenPipe => return Err(failed(error)),
        _ => {}
    }
    service::complain(format_args!("exported {}", counted(written, "dead letter")));
    missing::judge(missing)
}

/// A letter with all that is kept of it: a body that is no UTF-8 is in base64.
fn whole(KeptLetter { head, letter }: KeptLetter) -> Value {
    let mut json = output::head(&head);
    json["queue"] = letter.queue.into();
    json["exchange"] = letter.exchange.into();
    json["routing_key"] = letter.routing_key.into();
    json["properties"] = letter.properties;
    let (name, body) = match String::from_utf8(letter.body) {
        Ok(text) => ("body", text),
        Err(error) => ("body_base64", BASE64_STANDARD.encode(error.into_bytes())),
    };
    json[name] = json!(body);
    json
}
