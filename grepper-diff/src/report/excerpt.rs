//! A few words of what an answer has in a place.

use crate::asking::answer::Answer;
use crate::asking::client::status_words;
use crate::comparison::STATUS;
use crate::comparison::spot::Spot;
use crate::json::Json;

/// Characters of an excerpt.
const LENGTH: usize = 160;

/// What both have in a place, cut around the first character that differs.
pub fn both(spot: &Spot, old: &Answer, new: &Answer) -> (String, String) {
    if spot.place == STATUS || spot.old.is_none() && spot.new.is_none() {
        return (status(old), status(new));
    }
    let (before, after) = (words(spot.old.as_ref()), words(spot.new.as_ref()));
    let same = before
        .chars()
        .zip(after.chars())
        .take_while(|(old, new)| old == new)
        .count();
    (cut(&before, same), cut(&after, same))
}

fn status(answer: &Answer) -> String {
    let body: Vec<&str> = answer.body.split_whitespace().collect();
    if answer.headers.is_empty() {
        return cut(&body.join(" "), 0);
    }
    let text = format!("{}: {}", status_words(answer.status), body.join(" "));
    cut(text.trim_end_matches([' ', ':']), 0)
}

fn words(value: Option<&Json>) -> String {
    match value {
        None => "nothing".to_owned(),
        Some(Json::Text(text)) if !text.is_empty() => {
            text.split_whitespace().collect::<Vec<_>>().join(" ")
        }
        Some(value) => value.to_string(),
    }
}

/// From a little before the character `at`.
fn cut(text: &str, at: usize) -> String {
    let length = text.chars().count();
    if length <= LENGTH {
        return text.to_owned();
    }
    let start = at.saturating_sub(LENGTH / 4).min(length - LENGTH);
    let part: String = text.chars().skip(start).take(LENGTH).collect();
    let (before, after) = (
        if start > 0 { "…" } else { "" },
        if start + LENGTH < length { "…" } else { "" },
    );
    format!("{before}{part}{after}")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn long_values_are_cut_around_what_differs() {
        let long = |end: &str| Json::Text("x".repeat(500) + end + &"y".repeat(500));
        let spot = Spot::new("body", Some(long("a")), Some(long("b")));
        let (old, new) = both(&spot, &Answer::default(), &Answer::default());
        assert!(old.contains("xay") && new.contains("xby"), "{old} {new}");
        assert_eq!(old.chars().count(), LENGTH + 2);
    }

    #[test]
    fn short_values_are_whole() {
        let spot = Spot::new("total", Some(Json::Number("5".to_owned())), None);
        assert_eq!(
            both(&spot, &Answer::default(), &Answer::default()),
            ("5".to_owned(), "nothing".to_owned())
        );
    }
}
