//! `nommer dead-letters discard`

use archive::DeadLetters;
use chrono::Utc;
use service::say;

use super::missing;
use super::options::DiscardOptions;
use crate::exit::Exit;
use crate::words::counted;

/// Marks the letters as discarded.
pub fn run(letters: &DeadLetters, asked: &DiscardOptions) -> Result<(), Exit> {
    let missing = missing::complaint(letters, &asked.filter())?;
    let discarded = letters.discard(&asked.filter(), &asked.because, Utc::now().naive_utc())?;
    if discarded > 0 {
        tracing::info!(discarded, because = asked.because, "dead letters discarded");
    }
    let letters = counted(discarded as u64, "dead letter");
    say(format_args!("discarded {letters}"));
    missing::judge(missing)
}
