//! Numbers that somebody gave and no dead letter has: a mistyped one must not look like success.

use archive::{DeadLetters, LetterFilter};

use crate::exit::Exit;

/// What is wrong with the numbers of a selection; nothing if each is a letter's. To be asked before
/// letters are stored, as these are none any more.
pub fn complaint(letters: &DeadLetters, selected: &LetterFilter) -> Result<Option<String>, Exit> {
    let missing = letters.missing(selected)?;
    let numbers: Vec<String> = missing.iter().map(i64::to_string).collect();
    let kind = match selected.discarded {
        true => "discarded dead letter",
        false => "dead letter",
    };
    Ok(match numbers.len() {
        0 => None,
        1 => Some(format!("there is no {kind} {}", numbers[0])),
        _ => Some(format!("there are no {kind}s {}", numbers.join(", "))),
    })
}

/// Fails if there is a complaint.
pub fn judge(complaint: Option<String>) -> Result<(), Exit> {
    complaint.map_or(Ok(()), |complaint| Err(Exit::Failed(complaint)))
}
