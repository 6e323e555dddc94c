//! The form in which Python writes JSON, brought about in the text itself.
//!
//! That is a blank after each `,` and `:` between tokens and no other blank, strings in printable
//! ASCII with the shortest escapes, and of members with equal names the last. Only numbers stay as
//! they came, so that big integers and the text of floats survive exactly.

use super::ascii::is_printable;
use super::escapes::push_string;
use super::readable::{DEEPEST_NESTING, LONGEST_INTEGER_DIGITS, Unreadable};
use super::repeats::{Names, without_repeats};
use super::scan::string_length;

/// Brings valid JSON into Python's form.
///
/// Fails if Python's parser would, but for syntax.
pub fn normalise(json: &str) -> Result<String, Unreadable> {
    let bytes = json.as_bytes();
    let mut form = Form {
        json,
        copied: 0,
        out: String::with_capacity(json.len() + json.len() / 8),
    };
    let mut names = Names::default();
    let (mut at, mut last_string, mut last_is_plain) = (0, "", true);
    while let Some(byte) = bytes.get(at) {
        let start = at;
        at += 1;
        match byte {
            b'"' => {
                let (length, is_plain) = string_end(&bytes[at..]);
                at += length;
                (last_string, last_is_plain) = (&json[start..at], is_plain);
                if !is_plain {
                    push_string(form.instead_of(start, at), last_string);
                }
            }
            b',' | b':' => {
                if *byte == b':' {
                    names.push(last_string, last_is_plain);
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
            b'{' | b'[' if names.levels() == DEEPEST_NESTING => return Err(Unreadable::TooDeep),
            b'{' | b'[' => names.open(),
            b'}' | b']' => names.close(),
            b'0'..=b'9' => at = end_of_number(bytes, start)?,
            _ => {}
        }
    }
    let text = form.finish();
    Ok(if names.may_repeat() {
        without_repeats(&text)
    } else {
        text
    })
}

/// Where the number ends whose digits begin at `start`.
fn end_of_number(bytes: &[u8], start: usize) -> Result<usize, Unreadable> {
    let rest = &bytes[start..];
    let digits = rest.iter().take_while(|byte| byte.is_ascii_digit()).count();
    let end_of_float = |byte: &&u8| matches!(byte, b'0'..=b'9' | b'.' | b'e' | b'E' | b'+' | b'-');
    let more = rest[digits..].iter().take_while(end_of_float).count();
    if more == 0 && digits > LONGEST_INTEGER_DIGITS {
        return Err(Unreadable::IntegerTooLong);
    }
    Ok(start + digits + more)
}

/// The length of a string's text after its opening quote, closing quote included, and whether it is
/// in Python's form, without escapes.
fn string_end(inner: &[u8]) -> (usize, bool) {
    let plain = inner
        .iter()
        .take_while(|byte| is_printable(**byte) && !matches!(byte, b'"' | b'\\'))
        .count();
    if inner.get(plain) == Some(&b'"') {
        return (plain + 1, true);
    }
    let rest = &inner[plain..];
    (plain + string_length(rest).unwrap_or(rest.len()), false)
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

#[cfg(test)]
mod tests {
    use super::*;

    fn check(json: &str, expected: &str) {
        assert_eq!(normalise(json).as_deref(), Ok(expected), "{json}");
    }

    #[test]
    fn only_blanks_between_tokens_are_pythons() {
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
    fn numbers_stay_as_they_came() {
        let numbers = r#"[1.10, 1E5, -0.0, 123456789012345678901234567890]"#;
        check(numbers, numbers);
    }

    #[test]
    fn only_integers_are_ever_too_long() {
        let digits = |count| "9".repeat(count);
        let long = digits(4301);
        for fits in [
            digits(4300),
            format!("0.{long}"),
            format!("1e-{long}"),
            format!("{long}e-4301"),
            format!("{long}.5e-4301"),
        ] {
            assert_eq!(normalise(&fits).as_ref(), Ok(&fits));
        }
        for too_long in [long.clone(), format!("-{long}"), format!("[{long}, 0.5]")] {
            assert_eq!(normalise(&too_long), Err(Unreadable::IntegerTooLong));
        }
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
    fn names_are_equal_however_they_are_spelled() {
        check(r#"{"a":1,"\u0061":2}"#, r#"{"a": 2}"#);
        check(r#"{"é":1,"\u00E9":2}"#, r#"{"\u00e9": 2}"#);
        check("{\"\u{7f}\":1,\"\\u007f\":2}", r#"{"\u007f": 2}"#);
        check(r#"{"\n":1,"\\n":2}"#, r#"{"\n": 1, "\\n": 2}"#);
    }

    proptest::proptest! {
        #[test]
        fn the_form_of_the_form_is_itself(text in "\\PC{0,8}[\\x00-\\xff]{0,8}", name in "\\PC{0,4}") {
            let json = serde_json::json!({"a": [text], name: {"b": 1.5}}).to_string();
            let form = normalise(&json).unwrap();
            proptest::prop_assert_eq!(normalise(&form), Ok(form.clone()));
            proptest::prop_assert_eq!(
                serde_json::from_str::<serde_json::Value>(&form).unwrap(),
                serde_json::from_str::<serde_json::Value>(&json).unwrap()
            );
        }
    }
}
