//! Some of what a body says, for messages of which no rule knows a sentence.

use indexmap::IndexMap;
use serde_json::value::RawValue;

use crate::pages::marks::cut;

/// So many members at most.
const MOST: usize = 6;
/// Letters of a value, beyond which it is cut.
const LONGEST: usize = 60;
/// Bytes of a body that is looked into for this.
const LARGEST: usize = 64 << 10;

/// The first members of the body that are no lists or objects, with their values as written, texts without quotes.
pub fn excerpt(body: &str) -> Vec<(String, String)> {
    if body.len() > LARGEST {
        return Vec::new();
    }
    let Ok(members) = serde_json::from_str::<IndexMap<String, &RawValue>>(body) else {
        return Vec::new();
    };
    let said = members.into_iter().filter_map(|(name, value)| {
        Some((cut(&name, LONGEST), cut(&scalar(value.get())?, LONGEST)))
    });
    said.take(MOST).collect()
}

/// The value, if it says something in a word.
fn scalar(json: &str) -> Option<String> {
    match json.as_bytes().first()? {
        b'{' | b'[' | b'n' => None,
        b'"' => serde_json::from_str(json)
            .ok()
            .filter(|text: &String| !text.trim().is_empty()),
        _ => Some(json.to_owned()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_can_be_said_in_a_word_is_said() {
        let body = r#"{"a": {"x": 1}, "context": "gate", "n": 12345678901234567890123, "none": null,
            "empty": " ", "list": [1], "ok": true, "long": "#
            .to_owned() + &format!("\"{}\"}}", "é".repeat(61));
        let pair = |name: &str, value: &str| (name.to_owned(), value.to_owned());
        assert_eq!(
            excerpt(&body),
            [
                pair("context", "gate"),
                pair("n", "12345678901234567890123"),
                pair("ok", "true"),
                pair("long", &format!("{}…", "é".repeat(60))),
            ]
        );
        for none in [
            "[]",
            "3",
            "",
            "{",
            &format!("{{\"a\": \"{}\"}}", "x".repeat(70_000)),
        ] {
            assert!(excerpt(none).is_empty());
        }
    }
}
