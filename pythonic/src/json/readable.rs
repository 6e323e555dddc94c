//! What Python reads as JSON: more than is JSON in one respect, less in two.

use std::borrow::Cow;

use serde_json::value::RawValue;

use super::scan::string_length;

/// Python's parser refuses longer integers.
pub(super) const LONGEST_INTEGER_DIGITS: usize = 4300;
/// Python's parser gives up at about a thousand levels; an answer wraps bodies in a few more.
pub(super) const DEEPEST_NESTING: usize = 900;

/// Why Python could not read a text. The messages are what can be said of the text.
#[derive(Clone, Debug, Eq, PartialEq, thiserror::Error)]
pub enum Unreadable {
    /// The text is not JSON.
    #[error("is not JSON: {0}")]
    Syntax(String),
    /// The text is nested too deep for Python's parser.
    #[error("is nested more than {DEEPEST_NESTING} levels deep")]
    TooDeep,
    /// The text holds an integer too long for Python's parser.
    #[error("holds an integer of more than {LONGEST_INTEGER_DIGITS} digits")]
    IntegerTooLong,
}

/// The text itself if it is valid JSON, else with its `NaN`s and infinities, which Python writes and
/// JSON does not know, replaced by `null`.
///
/// Fails with [`Unreadable::Syntax`] if it is not valid JSON even so.
pub fn valid_json(text: &str) -> Result<Cow<'_, str>, Unreadable> {
    let checked = |text: &str| {
        serde_json::from_str::<&RawValue>(text)
            .map(drop)
            .map_err(|error| Unreadable::Syntax(error.to_string()))
    };
    match checked(text) {
        Ok(()) => Ok(Cow::Borrowed(text)),
        Err(error) => {
            let replaced = replace_non_finite(text).ok_or(error)?;
            checked(&replaced)?;
            Ok(Cow::Owned(replaced))
        }
    }
}

/// Splits JSON-like text into strings (with their quotes) and what lies between them.
fn pieces(text: &str) -> impl Iterator<Item = &str> {
    let mut rest = text;
    std::iter::from_fn(move || {
        let length = match rest.as_bytes() {
            [] => return None,
            [b'"', inner @ ..] => 1 + string_length(inner).unwrap_or(inner.len()),
            bytes => memchr::memchr(b'"', bytes).unwrap_or(bytes.len()),
        };
        let (piece, after) = rest.split_at(length);
        rest = after;
        Some(piece)
    })
}

fn replace_non_finite(text: &str) -> Option<String> {
    if !text.contains("NaN") && !text.contains("Infinity") {
        return None;
    }
    let mut out = String::with_capacity(text.len());
    for piece in pieces(text) {
        if piece.starts_with('"') {
            out.push_str(piece);
        } else {
            out.push_str(
                &piece
                    .replace("-Infinity", "null")
                    .replace("Infinity", "null")
                    .replace("NaN", "null"),
            );
        }
    }
    Some(out)
}
