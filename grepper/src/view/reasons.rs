//! What the messages behind the stages of a road say.

use std::collections::HashMap;

use archive::{Reader, StoreError};
use metadata::Rules;

use crate::pages::road_page::Stop;
use crate::view::meta::reading;

/// How many messages of a stage that failed are told; of all others only the newest.
const OF_FAILED: usize = 3;
/// Characters of a sentence.
const LONGEST: usize = 300;

/// Tells for each stage what the newest messages behind it say. One look-up a message, some dozen at most.
pub fn tell(stops: &mut [Stop], reader: &Reader, rules: &Rules) -> Result<(), StoreError> {
    let mut known: HashMap<String, Option<String>> = HashMap::new();
    for stop in stops.iter_mut().filter(|stop| stop.word != "none") {
        let most = if stop.word == "failed" { OF_FAILED } else { 1 };
        for id in stop.messages.iter().take(most) {
            let reason = match known.get(id) {
                Some(reason) => reason.clone(),
                None => {
                    let reason = summary(id, reader, rules)?;
                    known.insert(id.clone(), reason.clone());
                    reason
                }
            };
            stop.reasons.extend(reason);
        }
    }
    Ok(())
}

/// What a message says, shortened; `None` if it is large or gone.
fn summary(id: &str, reader: &Reader, rules: &Rules) -> Result<Option<String>, StoreError> {
    let message = reader.find(id)?.filter(|message| message.left_out == 0);
    Ok(message.map(|message| shortened(reading(&message, rules).summary())))
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
    fn long_sentences_are_cut_between_characters() {
        assert_eq!(shortened("é".repeat(LONGEST)), "é".repeat(LONGEST));
        let cut = format!("{}…", "é".repeat(LONGEST));
        assert_eq!(shortened("é".repeat(LONGEST + 1)), cut);
    }
}
