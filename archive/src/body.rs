//! Message bodies: JSON text, checked once and from then on passed as text.
//!
//! Stored text has one form, which readers of the archive know from the incumbent and `contains`
//! searches rely on: a blank after each `,` and `:` between tokens and no other blank, strings in
//! ASCII with the shortest escapes, and of members with equal names the last. Numbers stay as they
//! came, so that big integers and the text of floats survive exactly.

use std::borrow::Cow;

use indexmap::IndexMap;
use serde_json::value::RawValue;

/// Python's parser, which many readers use, refuses longer integers.
const LONGEST_INTEGER_DIGITS: usize = 4300;
/// Python's parser gives up at about a thousand levels; an answer wraps bodies in a few more.
const DEEPEST_NESTING: usize = 900;

/// A message body: a JSON object, as text in the archive's form.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Body(String);

/// Why a text is no message body.
#[derive(Clone, Debug, Eq, PartialEq, thiserror::Error)]
pub enum BodyError {
    /// Not JSON.
    #[error("body is not JSON: {0}")]
    Syntax(String),
    /// JSON, but not an object.
    #[error("body is a JSON {0}, not an object")]
    NotAnObject(&'static str),
    /// Readers could not parse it.
    #[error("body is nested more than {DEEPEST_NESTING} levels deep")]
    TooDeep,
    /// Readers could not parse it.
    #[error("body holds an integer of more than {LONGEST_INTEGER_DIGITS} digits")]
    IntegerTooLong,
}

impl Body {
    /// Checks that `text` is a JSON object and brings it into the archive's form.
    ///
    /// As the incumbent does, takes `null`, `false`, `0`, `""` and `[]` for the empty object. The
    /// literals `NaN`, `Infinity` and `-Infinity`, which Python writes and JSON does not know,
    /// become `null`.
    pub fn parse(text: &str) -> Result<Self, BodyError> {
        let text = valid_json(text)?;
        match text.trim_start_matches(BLANK).as_bytes().first() {
            Some(b'{') => {
                let (text, repeats) = normalise(&text)?;
                Ok(Self(if repeats {
                    without_repeats(&text)
                } else {
                    text
                }))
            }
            // A bare `NaN` is a number, though it became `null`.
            Some(b'n') if matches!(text, Cow::Owned(_)) => Err(BodyError::NotAnObject("number")),
            _ if is_falsy(&text) => Ok(Self("{}".to_owned())),
            Some(b'[') => Err(BodyError::NotAnObject("array")),
            Some(b'"') => Err(BodyError::NotAnObject("string")),
            Some(b't' | b'f') => Err(BodyError::NotAnObject("boolean")),
            Some(b'n') => Err(BodyError::NotAnObject("null")),
            _ => Err(BodyError::NotAnObject("number")),
        }
    }

    /// The text.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

const BLANK: [char; 4] = [' ', '\t', '\n', '\r'];

/// The text itself if it is valid JSON, else with its `NaN`s and infinities replaced by `null`.
///
/// Fails with [`BodyError::Syntax`] if it is not valid JSON even so.
pub fn valid_json(text: &str) -> Result<Cow<'_, str>, BodyError> {
    let checked = |text: &str| {
        serde_json::from_str::<&RawValue>(text)
            .map(drop)
            .map_err(|error| BodyError::Syntax(error.to_string()))
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

/// Whether Python takes the value for false.
fn is_falsy(json: &str) -> bool {
    match serde_json::from_str::<serde_json::Value>(json) {
        Ok(serde_json::Value::Null | serde_json::Value::Bool(false)) => true,
        Ok(serde_json::Value::Number(number)) => number.as_f64() == Some(0.0),
        Ok(serde_json::Value::String(text)) => text.is_empty(),
        Ok(serde_json::Value::Array(items)) => items.is_empty(),
        _ => false,
    }
}

/// Splits JSON-like text into strings (with their quotes) and what lies between them.
fn pieces(text: &str) -> impl Iterator<Item = &str> {
    let mut rest = text;
    std::iter::from_fn(move || {
        let length = match rest.as_bytes() {
            [] => return None,
            [b'"', inner @ ..] => string_length(inner).0 + 1,
            bytes => memchr::memchr(b'"', bytes).unwrap_or(bytes.len()),
        };
        let (piece, after) = rest.split_at(length);
        rest = after;
        Some(piece)
    })
}

/// The length of a string's text after its opening quote, closing quote included, and whether it is
/// ASCII without escapes.
fn string_length(inner: &[u8]) -> (usize, bool) {
    let plain = inner
        .iter()
        .take_while(|byte| !matches!(byte, b'"' | b'\\' | 0x80..))
        .count();
    if inner.get(plain) == Some(&b'"') {
        return (plain + 1, true);
    }
    let mut at = plain;
    while let Some(byte) = inner.get(at) {
        at += 1;
        match byte {
            b'"' => return (at, false),
            // The escaped character may be of several bytes, whose first is never a quote.
            b'\\' => at += 1,
            _ => {}
        }
    }
    (inner.len(), false)
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

/// Brings valid JSON into the archive's form, but for repeated names: those are only reported.
fn normalise(json: &str) -> Result<(String, bool), BodyError> {
    let bytes = json.as_bytes();
    let mut form = Form {
        json,
        copied: 0,
        out: String::with_capacity(json.len() + json.len() / 8),
    };
    let mut repeats = false;
    // The names in all objects that are open, and where those of each object and array begin; arrays
    // have none.
    let (mut names, mut open) = (Vec::new(), Vec::new());
    let (mut at, mut last_string) = (0, "");
    while let Some(byte) = bytes.get(at) {
        let start = at;
        at += 1;
        match byte {
            b'"' => {
                let (length, is_plain) = string_length(&bytes[at..]);
                at += length;
                last_string = &json[start..at];
                if !is_plain {
                    push_string(form.instead_of(start, at), last_string);
                }
            }
            b',' | b':' => {
                if *byte == b':' {
                    names.push(last_string);
                }
                if bytes.get(at) == Some(&b' ') {
                    at += 1;
                } else {
                    form.instead_of(at, at).push(' ');
                }
            }
            b' ' | b'\t' | b'\n' | b'\r' => {
                form.instead_of(start, at);
            }
            b'{' | b'[' if open.len() == DEEPEST_NESTING => return Err(BodyError::TooDeep),
            b'{' | b'[' => open.push(names.len()),
            b'}' | b']' => {
                let first = open.pop().unwrap_or_default();
                repeats |= has_repeats(&mut names[first..]);
                names.truncate(first);
            }
            b'0'..=b'9' => {
                at += bytes[at..]
                    .iter()
                    .take_while(|byte| byte.is_ascii_digit())
                    .count();
                if at - start > LONGEST_INTEGER_DIGITS {
                    return Err(BodyError::IntegerTooLong);
                }
            }
            _ => {}
        }
    }
    Ok((form.finish(), repeats))
}

/// A text in the making: most of it is as it came, and is copied in long pieces.
struct Form<'a> {
    json: &'a str,
    /// How much of `json` is in `out`, or replaced.
    copied: usize,
    out: String,
}

impl Form<'_> {
    /// Where to write what comes instead of this part, which must lie behind all parts before.
    fn instead_of(&mut self, start: usize, end: usize) -> &mut String {
        self.out.push_str(&self.json[self.copied..start]);
        self.copied = end;
        &mut self.out
    }

    fn finish(mut self) -> String {
        let end = self.json.len();
        self.instead_of(end, end);
        self.out
    }
}

fn has_repeats(names: &mut [&str]) -> bool {
    // By length first: that tells most of them apart.
    names.sort_unstable_by(|a, b| (a.len(), *a).cmp(&(b.len(), *b)));
    names.windows(2).any(|pair| pair[0] == pair[1])
}

/// The text with the last of equally named members only, at the place of the first, as Python reads
/// it. The text is in the archive's form otherwise.
fn without_repeats(json: &str) -> String {
    let joined = |parts: Vec<String>| parts.join(", ");
    if json.starts_with('{')
        && let Ok(members) = serde_json::from_str::<IndexMap<String, &RawValue>>(json)
    {
        let member = |(name, value): (&String, &&RawValue)| {
            let mut text = String::new();
            push_string(
                &mut text,
                &serde_json::Value::from(name.as_str()).to_string(),
            );
            text + ": " + &without_repeats(value.get())
        };
        return format!("{{{}}}", joined(members.iter().map(member).collect()));
    }
    if json.starts_with('[')
        && let Ok(items) = serde_json::from_str::<Vec<&RawValue>>(json)
    {
        return format!(
            "[{}]",
            joined(
                items
                    .iter()
                    .map(|item| without_repeats(item.get()))
                    .collect()
            )
        );
    }
    json.to_owned()
}

/// Appends a JSON string (with its quotes) in ASCII, with the escapes that Python writes.
fn push_string(out: &mut String, string: &str) {
    let mut rest = string;
    while let Some(at) = memchr::memchr(b'\\', rest.as_bytes()) {
        push_ascii(out, &rest[..at]);
        let escape = &rest[at..];
        let code = escape
            .strip_prefix("\\u")
            .and_then(|hex| u32::from_str_radix(hex.get(..4)?, 16).ok());
        // Valid JSON: after the backslash comes a character, after `\u` four more.
        rest = escape
            .get(if code.is_some() { 6 } else { 2 }..)
            .unwrap_or_default();
        match (code, escape.as_bytes().get(1)) {
            (None, Some(b'/')) => out.push('/'),
            (Some(0x08), _) => out.push_str("\\b"),
            (Some(0x09), _) => out.push_str("\\t"),
            (Some(0x0a), _) => out.push_str("\\n"),
            (Some(0x0c), _) => out.push_str("\\f"),
            (Some(0x0d), _) => out.push_str("\\r"),
            (Some(0x22), _) => out.push_str("\\\""),
            (Some(0x5c), _) => out.push_str("\\\\"),
            (Some(code @ 0x20..=0x7f), _) => out.extend(char::from_u32(code)),
            // As it is, in lower case; half a surrogate pair too, which no text of ours could hold.
            (Some(_), _) => out.push_str(&escape[..6].to_ascii_lowercase()),
            (None, _) => out.push_str(&escape[..escape.len() - rest.len()]),
        }
    }
    push_ascii(out, rest);
}

/// Appends `text` with each character beyond ASCII as `\uXXXX` (two of them beyond U+FFFF).
pub(crate) fn push_ascii(out: &mut String, text: &str) {
    use std::fmt::Write as _;
    if text.is_ascii() {
        out.push_str(text);
        return;
    }
    for char in text.chars() {
        if char.is_ascii() {
            out.push(char);
        } else {
            for unit in char.encode_utf16(&mut [0; 2]) {
                // Writing to a String cannot fail.
                let _ = write!(out, "\\u{unit:04x}");
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(text: &str, expected: &str) {
        assert_eq!(
            Body::parse(text).map(|body| body.as_str().to_owned()),
            Ok(expected.to_owned()),
            "{text}"
        );
    }

    fn check_refused(text: &str, reason: &str) {
        let error = Body::parse(text).expect_err(text).to_string();
        assert!(error.contains(reason), "{text}: {error}");
    }

    #[test]
    fn blanks_are_the_archives() {
        check(
            r#"{"a":1,"b":[1,2],"c":{"d":"e"}}"#,
            r#"{"a": 1, "b": [1, 2], "c": {"d": "e"}}"#,
        );
        check(
            " {\n\t\"a\" : [ ] ,\r\n\"b\" : { } } ",
            r#"{"a": [], "b": {}}"#,
        );
        check(
            r#"{"a,b:c":"x, y:z\\\",:"}"#,
            r#"{"a,b:c": "x, y:z\\\",:"}"#,
        );
    }

    #[test]
    fn text_is_ascii() {
        check(r#"{"é":"☃😀"}"#, r#"{"\u00e9": "\u2603\ud83d\ude00"}"#);
        check(
            "{\"a\":\"\\é\"}".replace("\\é", "\\\\é").as_str(),
            r#"{"a": "\\\u00e9"}"#,
        );
    }

    #[test]
    fn numbers_stay_as_they_came() {
        let numbers = r#"{"a": 1.10, "b": 1E5, "c": -0.0, "d": 123456789012345678901234567890, "e": "\ud800", "f": "\u0000"}"#;
        check(numbers, numbers);
    }

    #[test]
    fn escapes_are_the_shortest() {
        check(
            r#"{"a":"\/\u0041\u00E9\uD83D\uDE00"}"#,
            r#"{"a": "/A\u00e9\ud83d\ude00"}"#,
        );
        check(
            r#"{"a":"\u000a\u0009\u0022\u005c\u0000\u007f\u001F"}"#,
            "{\"a\": \"\\n\\t\\\"\\\\\\u0000\u{7f}\\u001f\"}",
        );
        check(r#"{"a":"\\u0041\"\n\b"}"#, r#"{"a": "\\u0041\"\n\b"}"#);
    }

    #[test]
    fn the_last_of_equal_names_counts() {
        check(r#"{"a":1,"b":2,"a":[3]}"#, r#"{"a": [3], "b": 2}"#);
        check(
            r#"{"a":[{"b":1.10,"b":12345678901234567890123},{"é":"é"}]}"#,
            r#"{"a": [{"b": 12345678901234567890123}, {"\u00e9": "\u00e9"}]}"#,
        );
        check(
            r#"{"a":{"x":1},"b":{"x":1},"c":["x","x"]}"#,
            r#"{"a": {"x": 1}, "b": {"x": 1}, "c": ["x", "x"]}"#,
        );
    }

    #[test]
    fn non_finite_numbers_are_null() {
        check(
            r#"{"a":NaN,"b":[-Infinity,Infinity],"c":"NaN"}"#,
            r#"{"a": null, "b": [null, null], "c": "NaN"}"#,
        );
    }

    #[test]
    fn falsy_values_are_empty_objects() {
        for text in ["null", "false", "0", "0.0", "-0", "\"\"", "[]", " [ ] "] {
            check(text, "{}");
        }
    }

    #[test]
    fn what_is_no_object_is_refused() {
        check_refused("[1]", "JSON array");
        check_refused("\"x\"", "JSON string");
        check_refused("true", "JSON boolean");
        check_refused("1", "JSON number");
        for text in [
            "",
            "{",
            "{} x",
            "\u{feff}{}",
            "{'a':1}",
            "{\"a\":\"\u{1}\"}",
            "{\"a\":nan}",
            "{\"a\":01}",
            "NaN",
        ] {
            assert!(Body::parse(text).is_err(), "{text}");
        }
    }

    #[test]
    fn what_readers_cannot_parse_is_refused() {
        let nested =
            |levels: usize| format!("{{\"a\":{}{}}}", "[".repeat(levels), "]".repeat(levels));
        assert!(Body::parse(&nested(899)).is_ok());
        check_refused(&nested(900), "900 levels");
        check_refused(&nested(1_000_000), "900 levels");
        let integer = |digits: usize| format!("{{\"a\":{}}}", "9".repeat(digits));
        assert!(Body::parse(&integer(4300)).is_ok());
        check_refused(&integer(4301), "4300 digits");
    }
}
