//! Tells of deliveries that are put aside: a line for each reason with how many there are, and which.
//!
//! A batch may hold thousands, and as many reasons: so the first few are named, and the rest counted.

use archive::DeadLetter;
use indexmap::IndexMap;

use crate::delivery::named;

/// So many reasons are told for a batch.
const MOST_REASONS: usize = 10;
/// So many deliveries are named for each.
const MOST_NAMED: usize = 3;

/// Writes what a batch puts aside to the log.
pub fn tell(letters: &[DeadLetter]) {
    let mut reasons = IndexMap::<&str, Vec<&DeadLetter>>::new();
    for letter in letters {
        reasons.entry(&letter.reason).or_default().push(letter);
    }
    for (reason, letters) in reasons.iter().take(MOST_REASONS) {
        let put_aside = letters.len();
        tracing::warn!(
            put_aside,
            reason,
            first = names(letters),
            "deliveries put aside"
        );
    }
    let others = reasons.iter().skip(MOST_REASONS);
    let put_aside: usize = others.clone().map(|(_, letters)| letters.len()).sum();
    if put_aside > 0 {
        tracing::warn!(
            put_aside,
            reasons = others.count(),
            "more deliveries put aside: see `nommer dead-letters list`"
        );
    }
}

/// The first ones, each with its routing key and its id.
fn names(letters: &[&DeadLetter]) -> String {
    let first = letters.iter().take(MOST_NAMED);
    let first = first.map(|letter| name(letter));
    first.collect::<Vec<_>>().join(", ")
}

/// What a dead letter is called in the log.
pub fn name(letter: &DeadLetter) -> String {
    named(
        &letter.routing_key,
        letter.properties["message_id"].as_str(),
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_first_of_many_are_named() {
        let letter = |n: u32| DeadLetter {
            reason: String::new(),
            received_at: chrono::NaiveDateTime::default(),
            queue: String::new(),
            exchange: String::new(),
            routing_key: format!("topic.{n}"),
            properties: match n {
                1 => serde_json::json!({}),
                _ => serde_json::json!({"message_id": format!("id {n}")}),
            },
            body: Vec::new(),
        };
        let letters: Vec<DeadLetter> = (0..9).map(letter).collect();
        let letters: Vec<&DeadLetter> = letters.iter().collect();
        assert_eq!(
            names(&letters),
            "topic.0 id 0, topic.1 without an id, topic.2 id 2"
        );
    }
}
