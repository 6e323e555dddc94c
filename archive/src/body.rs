//! Message bodies: JSON text, checked once and from then on passed as text.
//!
//! Stored text has one form, which readers of the archive know from the incumbent and `contains`
//! searches rely on: that of Python, but numbers stay as they came, so that big integers and the text
//! of floats survive exactly.

use std::borrow::Cow;

use pythonic::json::{Unreadable, normalise, valid_json};

/// A message body: a JSON object, as text in the archive's form.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Body(String);

/// Why a text is no message body.
#[derive(Clone, Debug, Eq, PartialEq, thiserror::Error)]
pub enum BodyError {
    /// Not JSON, or such that readers could not parse it.
    #[error("body {0}")]
    Unreadable(Unreadable),
    /// JSON, but not an object.
    #[error("body is a JSON {0}, not an object")]
    NotAnObject(&'static str),
}

impl From<Unreadable> for BodyError {
    fn from(reason: Unreadable) -> Self {
        Self::Unreadable(reason)
    }
}

impl Body {
    /// Checks that `text` is a JSON object and brings it into the archive's form.
    ///
    /// As the incumbent does, takes `null`, `false`, `0`, `""` and `[]` for the empty object. The
    /// literals `NaN`, `Infinity` and `-Infinity`, which Python writes and JSON does not know,
    /// become `null`, as do floats too big for Python (`1e400`), which it reads as infinity.
    pub fn parse(text: &str) -> Result<Self, BodyError> {
        let text = valid_json(text)?;
        match text.trim_start_matches(BLANK).as_bytes().first() {
            Some(b'{') => Ok(Self(normalise(&text)?)),
            // A bare `NaN` or `1e400` is a number, though it became `null`.
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

#[cfg(test)]
#[path = "../../pythonic/tests/cases/mod.rs"]
mod cases;

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
    fn bodies_have_pythons_form() {
        for (text, form) in super::cases::CASES {
            check(text, form);
        }
    }

    #[test]
    fn numbers_stay_as_they_came() {
        let numbers = r#"{"a": 1.10, "b": 1E5, "c": -0.0, "d": 123456789012345678901234567890, "e": "\ud800", "f": "\u0000"}"#;
        check(numbers, numbers);
    }

    #[test]
    fn non_finite_numbers_are_null() {
        check(
            r#"{"a":NaN,"b":[-Infinity,Infinity],"c":"NaN"}"#,
            r#"{"a": null, "b": [null, null], "c": "NaN"}"#,
        );
        check(
            r#"{"a":1e400,"b":[-1E999,1e308],"c":"1e400"}"#,
            r#"{"a": null, "b": [null, 1e308], "c": "1e400"}"#,
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
            "1e400",
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
        assert!(Body::parse(&format!("{{\"a\":0.{}}}", "9".repeat(5000))).is_ok());
    }
}
