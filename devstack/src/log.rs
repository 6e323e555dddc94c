//! Reads the log files of supervised programs.

use std::fs::File;
use std::io::{ErrorKind, Read, Seek, SeekFrom};
use std::path::Path;

use anyhow::{Context, Result};

/// How much of a log goes into an error message, in bytes.
const TAIL: u64 = 4000;

/// What `log` holds from `offset` bytes on; nothing when it does not exist yet.
pub(crate) fn read_from(log: &Path, offset: u64) -> Result<String> {
    let mut file = match File::open(log) {
        Err(error) if error.kind() == ErrorKind::NotFound => return Ok(String::new()),
        other => other.with_context(|| format!("opening {}", log.display()))?,
    };
    let mut bytes = Vec::new();
    file.seek(SeekFrom::Start(offset))
        .and_then(|_| file.read_to_end(&mut bytes))
        .with_context(|| format!("reading {}", log.display()))?;
    Ok(String::from_utf8_lossy(&bytes).into_owned())
}

/// The length of `log`, in bytes.
pub(crate) fn length(log: &Path) -> u64 {
    log.metadata().map_or(0, |metadata| metadata.len())
}

/// The end of `log`, for an error message.
pub(crate) fn tail(log: &Path) -> String {
    let text = read_from(log, length(log).saturating_sub(TAIL));
    text.unwrap_or_else(|error| format!("({error:#})"))
}
