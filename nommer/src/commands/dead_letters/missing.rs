//! Numbers that somebody gave and no dead letter has: a mistyped one must not look like success. One that
//! was discarded is told with its reason.

use archive::{DeadLetters, LetterFilter, LetterHead};

use super::output::time;
use crate::commands::text::harmless;
use crate::exit::Exit;

/// What is wrong with the numbers of a selection; nothing if each is a letter's. To be asked before
/// letters are stored, as these are none any more.
pub fn complaint(letters: &DeadLetters, selected: &LetterFilter) -> Result<Option<String>, Exit> {
    let missing = letters.missing(selected)?;
    if missing.is_empty() {
        return Ok(None);
    }
    let discarded = if selected.discarded {
        Vec::new()
    } else {
        discarded(letters, &missing)?
    };
    let is_none = |id: &&i64| discarded.iter().all(|head| head.id != **id);
    let numbers: Vec<String> = missing.iter().filter(is_none).map(i64::to_string).collect();
    let kind = match selected.discarded {
        true => "discarded dead letter",
        false => "dead letter",
    };
    let none = match &numbers[..] {
        [] => None,
        [number] => Some(format!("there is no {kind} {number}")),
        _ => Some(format!("there are no {kind}s {}", numbers.join(", "))),
    };
    let complaints: Vec<String> = none
        .into_iter()
        .chain(discarded.iter().map(of_discarded))
        .collect();
    Ok(Some(complaints.join("; ")))
}

/// Letters of these numbers that were discarded.
fn discarded(letters: &DeadLetters, ids: &[i64]) -> Result<Vec<LetterHead>, Exit> {
    let filter = LetterFilter {
        ids: ids.to_vec(),
        discarded: true,
        ..LetterFilter::default()
    };
    Ok(letters.heads(&filter, 0, u32::MAX)?)
}

fn of_discarded(head: &LetterHead) -> String {
    format!(
        "dead letter {} was discarded on {} ({}): see --discarded of `retry` and `export`",
        head.id,
        head.discarded_at.map(time).unwrap_or_default(),
        harmless(head.discard_reason.as_deref().unwrap_or_default()),
    )
}

/// Fails if there is a complaint.
pub fn judge(complaint: Option<String>) -> Result<(), Exit> {
    complaint.map_or(Ok(()), |complaint| Err(Exit::Failed(complaint)))
}
