//! JSON texts that say the same though their numbers are written in other words.

use std::borrow::Cow;

use super::scan::string_length;
use crate::number::python_float;

/// The valid JSON text with each number as Python writes it once it has read it, so that equal values have equal
/// texts. All else stays as it is, however deep it stands.
pub fn with_python_numbers(json: &str) -> String {
    let bytes = json.as_bytes();
    let mut out = String::with_capacity(json.len());
    let (mut at, mut copied) = (0, 0);
    while let Some(byte) = bytes.get(at) {
        match byte {
            b'"' => {
                let rest = &bytes[at + 1..];
                at += 1 + string_length(rest).unwrap_or(rest.len());
            }
            b'-' | b'0'..=b'9' => {
                let is_part =
                    |byte: &&u8| matches!(byte, b'0'..=b'9' | b'.' | b'e' | b'E' | b'+' | b'-');
                let end = at + bytes[at..].iter().take_while(is_part).count();
                out.push_str(&json[copied..at]);
                out.push_str(&python_number(&json[at..end]));
                (at, copied) = (end, end);
            }
            _ => at += 1,
        }
    }
    out.push_str(&json[copied..]);
    out
}

fn python_number(text: &str) -> Cow<'_, str> {
    let is_integer = text.bytes().all(|byte| matches!(byte, b'0'..=b'9' | b'-'));
    match text.parse::<f64>() {
        _ if text == "-0" => "0".into(),
        Ok(float) if !is_integer => python_float(float).into(),
        _ => text.into(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_are_told_by_their_value_and_all_else_stays() {
        for (text, expected) in [
            ("[1.10, 1E5, 100000.00]", "[1.1, 100000.0, 100000.0]"),
            ("[-0, 0, -0.0, 0e5]", "[0, 0, -0.0, 0.0]"),
            // The nearest float, and not the one beside it.
            ("123456789012345678.9", "1.2345678901234568e+17"),
            ("0.30000000000000004441", "0.30000000000000004"),
            ("5e-324", "5e-324"),
            // Integers have any length.
            (
                "[123456789012345678901234567890, -7]",
                "[123456789012345678901234567890, -7]",
            ),
            (
                r#"{"1.10": "1E5 \" 1.10", "é": 1.0}"#,
                r#"{"1.10": "1E5 \" 1.10", "é": 1.0}"#,
            ),
        ] {
            assert_eq!(with_python_numbers(text), expected);
        }
        let deep = |inner: &str| format!("{}{inner}{}", "[".repeat(900), "]".repeat(900));
        assert_eq!(with_python_numbers(&deep("1e2")), deep("100.0"));
    }
}
