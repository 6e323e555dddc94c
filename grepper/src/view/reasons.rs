//! What the messages behind the stages of a road say.

use std::collections::{BTreeSet, HashMap};

use archive::{Message, Reader, StoreError};
use metadata::Rules;

use crate::pages::road_page::Stop;
use crate::view::meta::reading;

/// How many messages of a stage that failed are told; of all others only the newest.
const OF_FAILED: usize = 3;
/// What messages say, by their ids.
pub type Reasons = HashMap<String, String>;

/// Characters of a sentence.
const LONGEST: usize = 300;

/// The messages of which it is told what they say: some dozen at most.
pub fn wanted<'a>(stops: impl Iterator<Item = &'a Stop>) -> Vec<String> {
    let ids: BTreeSet<&String> = stops.flat_map(told).collect();
    ids.into_iter().cloned().collect()
}

/// What messages say, by their ids, which are read all at once. A large one, or one that is gone, says nothing.
pub fn read(ids: &[String], reader: &Reader, rules: &Rules) -> Result<Reasons, StoreError> {
    let messages = reader.find_all(ids)?.into_iter();
    let small = messages.filter(|message| message.left_out == 0);
    let reason = |message: Message| {
        let reason = shortened(reading(&message, rules).summary());
        Some((message.msg_id?, reason))
    };
    Ok(small.filter_map(reason).collect())
}

/// Tells for a stage what the newest messages behind it say.
pub fn tell(stop: &mut Stop, reasons: &Reasons) {
    stop.reasons = told(stop)
        .filter_map(|id| reasons.get(id).cloned())
        .collect();
}

/// The messages of a stage of which it is told what they say.
fn told(stop: &Stop) -> impl Iterator<Item = &String> {
    let most = match stop.word {
        "failed" => OF_FAILED,
        _ => 1,
    };
    stop.messages.iter().take(most)
}

fn shortened(text: String) -> String {
    match text.char_indices().nth(LONGEST) {
        Some((end, _)) => format!("{}…", &text[..end]),
        None => text,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_message_is_linked_without_what_it_says() {
        let ids = ["a", "b", "c", "d"];
        let reasons: Reasons = ids.map(|id| (id.to_owned(), id.to_uppercase())).into();
        for (word, expected) in [
            ("failed", &["A", "B", "C"][..]),
            ("passed", &["A"]),
            ("none", &["A"]),
        ] {
            let mut stop = Stop {
                word,
                messages: ids.map(str::to_owned).into(),
                ..Stop::default()
            };
            assert_eq!(wanted([&stop].into_iter()).len(), expected.len(), "{word}");
            tell(&mut stop, &reasons);
            assert_eq!(stop.reasons, expected, "{word}");
        }
    }

    #[test]
    fn long_sentences_are_cut_between_characters() {
        assert_eq!(shortened("é".repeat(LONGEST)), "é".repeat(LONGEST));
        let cut = format!("{}…", "é".repeat(LONGEST));
        assert_eq!(shortened("é".repeat(LONGEST + 1)), cut);
    }
}
