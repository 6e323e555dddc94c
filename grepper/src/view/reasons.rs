//! What the messages behind the stages of a road say.

use std::collections::{BTreeSet, HashMap};

use archive::{Message, Reader, StoreError};
use metadata::Rules;
use serde_json::Value;

use crate::pages::road_page::Stop;
use crate::view::meta::reading;

/// How many messages of a stage that failed are told; of all others only the newest.
const OF_FAILED: usize = 3;
/// Comments on updates, which show the update.
const COMMENT: &str = "bodhi.update.comment";

/// Messages of Bodhi's that show the gate as it was before: what they tell is told in their own words.
const STALE: [&str; 3] = [
    "bodhi.update.edit",
    "bodhi.update.request.testing",
    "bodhi.update.status.testing.koji-build-group.build.complete",
];

/// What messages say, by their ids.
pub type Reasons = HashMap<String, Reason>;

/// What a message says.
#[derive(Clone, Debug, Default)]
pub struct Reason {
    /// In a sentence.
    summary: String,
    /// The topic without its first three words.
    about: String,
    /// What the update that it shows has, by the names of Bodhi: nothing unless it shows one.
    shown: HashMap<&'static str, String>,
}

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
        let summary = shortened(reading(&message, rules).summary());
        let reason = Reason::new(summary, &message.topic, message.msg.as_str());
        Some((message.msg_id?, reason))
    };
    Ok(small.filter_map(reason).collect())
}

/// Tells for a stage what the newest messages behind it say.
pub fn tell(stop: &mut Stop, reasons: &Reasons) {
    stop.reasons = told(stop)
        .filter_map(|id| Some(reasons.get(id)?.told_of(stop.shown_as)))
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

impl Reason {
    fn new(summary: String, topic: &str, body: &str) -> Self {
        let about = topic.splitn(4, '.').nth(3).unwrap_or_default();
        let is_bodhi = about.starts_with("bodhi.");
        let body: Value = match is_bodhi {
            true => serde_json::from_str(body).unwrap_or_default(),
            false => Value::Null,
        };
        let update = [&body["update"], &body["comment"]["update"]];
        let shown = |name: &'static str| {
            let found = update.iter().find_map(|update| update[name].as_str());
            Some((name, shortened(found?.to_owned())))
        };
        let names = ["test_gating_status", "status", "request"];
        Self {
            summary,
            about: about.to_owned(),
            shown: names.into_iter().filter_map(shown).collect(),
        }
    }

    /// What it says of a stage that updates show under a name. Comments, and whatever shows the gate, are about
    /// something else.
    fn told_of(&self, shown_as: Option<&str>) -> String {
        let is_comment = self.about == COMMENT;
        let is_gate = shown_as == Some("test_gating_status");
        let shows = is_comment || (is_gate && !STALE.contains(&self.about.as_str()));
        let what = match is_comment {
            true => "a comment",
            false => &self.about,
        };
        match shown_as.and_then(|name| Some((name, self.shown.get(name)?))) {
            Some((name, value)) if shows => {
                format!("Bodhi's {name} is \u{201c}{value}\u{201d}, as shown with {what}")
            }
            _ if is_comment => "Shown by the update that came with a comment".to_owned(),
            _ => self.summary.clone(),
        }
    }
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
        let reason = |id: &str| Reason::new(id.to_uppercase(), "org.x.prod.zoo", "{}");
        let reasons: Reasons = ids.map(|id| (id.to_owned(), reason(id))).into();
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
    fn a_message_about_something_else_is_told_by_what_it_shows() {
        let body = r#"{"update": {"test_gating_status": "failed", "status": "testing"}}"#;
        let comment = format!(r#"{{"comment": {body}}}"#);
        let gate = Some("test_gating_status");
        let told = |about: &str, body: &str, shown_as| {
            let topic = format!("org.fedoraproject.prod.{about}");
            Reason::new("A sentence".to_owned(), &topic, body).told_of(shown_as)
        };
        let testing = "bodhi.update.complete.testing";
        for (about, body, shown_as, expected) in [
            (
                COMMENT,
                comment.as_str(),
                gate,
                "Bodhi's test_gating_status is “failed”, as shown with a comment",
            ),
            (
                COMMENT,
                &comment,
                Some("status"),
                "Bodhi's status is “testing”, as shown with a comment",
            ),
            (
                COMMENT,
                &comment,
                None,
                "Shown by the update that came with a comment",
            ),
            (
                testing,
                body,
                gate,
                "Bodhi's test_gating_status is “failed”, as shown with bodhi.update.complete.testing",
            ),
            (testing, body, Some("status"), "A sentence"),
            (STALE[0], body, gate, "A sentence"),
            ("greenwave.decision.update", body, gate, "A sentence"),
        ] {
            assert_eq!(told(about, body, shown_as), expected, "{about}");
        }
    }

    #[test]
    fn long_sentences_are_cut_between_characters() {
        assert_eq!(shortened("é".repeat(LONGEST)), "é".repeat(LONGEST));
        let cut = format!("{}…", "é".repeat(LONGEST));
        assert_eq!(shortened("é".repeat(LONGEST + 1)), cut);
    }
}
