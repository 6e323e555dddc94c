//! What Python reads as JSON: more than is JSON in one respect, less in two.

use std::borrow::Cow;

use serde_json::value::RawValue;

use super::finite::without_non_finite;

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

/// The text itself if it is valid JSON with finite numbers, else with `null` in place of `NaN`s and
/// infinities, which Python writes and JSON does not know, and of floats too big for Python, which
/// it reads as infinity.
///
/// Fails with [`Unreadable::Syntax`] if it is not valid JSON even so.
pub fn valid_json(text: &str) -> Result<Cow<'_, str>, Unreadable> {
    let text = without_non_finite(text).map_or(Cow::Borrowed(text), Cow::Owned);
    serde_json::from_str::<&RawValue>(&text)
        .map(drop)
        .map_err(|error| Unreadable::Syntax(error.to_string()))?;
    Ok(text)
}
