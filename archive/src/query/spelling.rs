//! How a text is spelled in stored bodies, and where a piece of a body would only look like it.

use std::collections::BTreeSet;

use pythonic::json::push_ascii;

/// Stands for an escaped backslash where these count as one character. No JSON text holds it.
const PAIR: char = '\u{1}';
const DEL: char = '\u{7f}';

/// One way in which a body may hold a text.
#[derive(Clone, Debug, Eq, Ord, PartialEq, PartialOrd)]
pub(super) struct Spelling {
    /// The text as it is stored.
    pub(super) stored: String,
    /// That text with [`PAIR`] for each escaped backslash, where a body might hold `stored` and still
    /// not the text: the `\u00e9` in `\\u00e9` is no `é`. A body must hold one of them, too, once
    /// its own escaped backslashes are replaced; none where `stored` is enough.
    pub(super) paired: Vec<String>,
}

/// All ways in which a body may hold one of `texts`.
pub(super) fn spellings(texts: &[String]) -> BTreeSet<Spelling> {
    let mut spellings = BTreeSet::new();
    for text in texts {
        // Other programs may store characters as they are.
        spellings.insert(unescaped(text));
        spellings.extend(escaped(text, |c| !c.is_ascii() || c == DEL));
        // Earlier versions stored DEL as it is.
        let with_del = text.replace(r"\u007f", &DEL.to_string());
        if with_del.contains(DEL) {
            spellings.insert(unescaped(&with_del));
            spellings.extend(escaped(&with_del, |c| !c.is_ascii()));
        }
    }
    spellings
}

fn unescaped(text: &str) -> Spelling {
    Spelling {
        stored: text.to_owned(),
        paired: Vec::new(),
    }
}

/// The text with the characters of `is_escaped` in the escaped form in which bodies are stored;
/// `None` if that leaves it as it is, or no body can hold it.
fn escaped(text: &str, is_escaped: impl Fn(char) -> bool) -> Option<Spelling> {
    let first = text.find(&is_escaped)?;
    let mut stored = String::new();
    // How many backslashes stand right before a character: in a body, before one that is escaped,
    // an even number, or the last would escape what follows.
    let mut backslashes = 0;
    for char in text.chars() {
        if is_escaped(char) {
            if backslashes % 2 == 1 {
                if stored.len() > backslashes {
                    return None;
                }
                // The text begins within a pair, of which a body has the other half.
                stored.push('\\');
            }
            push_ascii(&mut stored, char.encode_utf8(&mut [0; 4]));
        } else {
            stored.push(char);
        }
        backslashes = if char == '\\' { backslashes + 1 } else { 0 };
    }
    let begins_within = text[..first].bytes().all(|byte| byte == b'\\');
    let paired = if begins_within {
        paired(&stored)
    } else {
        Vec::new()
    };
    Some(Spelling { stored, paired })
}

/// The text with [`PAIR`] for escaped backslashes. A last backslash may be half of a pair, or not.
fn paired(stored: &str) -> Vec<String> {
    let pair = PAIR.to_string();
    let whole = stored.replace(r"\\", &pair);
    let half = whole.strip_suffix('\\').map(|rest| rest.to_owned() + &pair);
    [whole].into_iter().chain(half).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Whether a body's text, `value` being a string of JSON, holds `text`.
    fn holds(value: &str, text: &str) -> bool {
        let paired_value = value.replace(r"\\", &PAIR.to_string());
        spellings(&[text.to_owned()]).iter().any(|spelling| {
            let Spelling { stored, paired } = spelling;
            value.contains(stored)
                && (paired.is_empty() || paired.iter().any(|text| paired_value.contains(text)))
        })
    }

    #[test]
    fn an_escaped_backslash_begins_no_other_escape() {
        for (value, text, expected) in [
            (r#""\u00e9""#, "é", true),
            (r#""\\u00e9""#, "é", false),
            (r#""\\\u00e9""#, "é", true),
            (r#""\\\\u00e9""#, "é", false),
            (r#""\\u00e9 \u00e9""#, "é", true),
            (r#""\n\u00e9""#, "é", true),
            (r#""\"\u00e9""#, "é", true),
            (r#""\u00c9""#, "é", false),
            (r#""\u00e8\u00e9""#, "é", true),
            (r#""\ud83d\ude00""#, "😀", true),
            (r#""\\ud83d\ude00""#, "😀", false),
            (r#""\ud83d""#, "😀", false),
            (r#""\u007f""#, "\u{7f}", true),
            (r#""\\u007f""#, "\u{7f}", false),
            (r#""caf\u00e9""#, "café", true),
            (r#""caf\\u00e9""#, "café", false),
            // Texts are literal: a backslash in a body is two of them in its stored text.
            (r#""\\u00e9""#, r"\\u00e9", true),
            (r#""\\u00e9""#, r"\u00e9", true),
            (r#""\\\u00e9""#, r"\\é", true),
            (r#""\\\u00e9""#, r"\é", true),
            (r#""\\u00e9""#, r"\é", false),
            (r#""x\\u00e9""#, r"x\é", false),
            (r#""x\\\u00e9""#, r"x\\é", true),
            (r#""\\\\u00e9""#, r"\\é", false),
            (r#""\u00e9\\""#, r"é\", true),
            (r#""\u00e9\n""#, r"é\", true),
            (r#""\\u00e9\n""#, r"é\", false),
            (r#""\u00e9\\\\""#, r"é\\", true),
            (r#""\u00e9\\u00e9""#, "éé", false),
            (r#""é""#, "é", true),
        ] {
            assert_eq!(holds(value, text), expected, "{text} in {value}");
        }
    }

    proptest::proptest! {
        #[test]
        fn a_text_is_found_where_the_readable_body_has_it(
            body in "[a\"\\\\éu\u{7f}😀]{0,8}|[\\\\é]{0,5}u00e9",
            text in "[\\\\]{0,3}[aéu😀]{1,3}|\\PC",
        ) {
            let readable = serde_json::Value::from(body).to_string();
            let mut stored = String::new();
            push_ascii(&mut stored, &readable);
            let expected = readable.contains(&text) || stored.contains(&text);
            proptest::prop_assert_eq!(holds(&stored, &text), expected, "{} in {}", text, stored);
        }
    }
}
