//! Numbers that Python reads as infinity, and what it writes then: JSON knows neither.

use std::borrow::Cow;
use std::ops::Range;

use super::scan::string_length;

/// No float with fewer digits before its point is too big by these alone.
const SHORTEST_TOO_LONG: usize = 309;

/// Whether the valid JSON text holds a float that is too big.
pub fn overflows(json: &str) -> bool {
    // The glance alone is not enough: names such as `Hookshot/2e35393` look like numbers.
    may_overflow(json) && without_non_finite(json).is_some()
}

/// Whether the JSON text may hold a float that is too big: mostly a glance, as all texts are asked.
///
/// It is certain only of the answer no, as what looks like a number may stand in a string.
fn may_overflow(json: &str) -> bool {
    let bytes = json.as_bytes();
    let by_exponent = |from| Some(from + first_exponent(bytes.get(from..)?)?);
    // Whatever is long enough without one holds one of these places.
    let by_length = |from| {
        let mut samples = (from + SHORTEST_TOO_LONG - 1..bytes.len()).step_by(SHORTEST_TOO_LONG);
        samples.find(|at| bytes[*at].is_ascii_digit())
    };
    some_overflows(json, by_exponent) || some_overflows(json, by_length)
}

/// Whether one of the numbers overflows of which `next` gives a place, each time from a place on.
fn some_overflows(json: &str, next: impl Fn(usize) -> Option<usize>) -> bool {
    let bytes = json.as_bytes();
    let mut from = 0;
    while let Some(at) = next(from) {
        // Each is looked at once, however many letters and digits it has.
        let number = number_around(bytes, at);
        from = number.end;
        let before = bytes[..number.start].last();
        let is_whole = before.is_none_or(|byte| !byte.is_ascii_alphanumeric() && *byte != b'"');
        if is_whole && is_too_big(json, number) {
            return true;
        }
    }
    false
}

/// Where the first digit is that an `e` follows.
fn first_exponent(bytes: &[u8]) -> Option<usize> {
    // Few texts have one, which the compiler tells for a whole chunk at once.
    const CHUNK: usize = 64;
    let is_exponent = |digit: u8, letter: u8| digit.is_ascii_digit() & (letter | 0x20 == b'e');
    let chunks = bytes
        .chunks_exact(CHUNK)
        .zip(bytes[1.min(bytes.len())..].chunks_exact(CHUNK));
    let without = chunks.take_while(|(these, next)| {
        let pairs = these.iter().zip(*next);
        !pairs.fold(false, |any, (one, other)| any | is_exponent(*one, *other))
    });
    let skipped = CHUNK * without.count();
    let mut pairs = bytes[skipped..].windows(2);
    Some(skipped + pairs.position(|pair| is_exponent(pair[0], pair[1]))?)
}

/// The JSON-like text with `null` in place of `NaN`, infinities and floats that are too big; `None`
/// if there are none.
pub(super) fn without_non_finite(text: &str) -> Option<String> {
    if !text.contains("NaN") && !text.contains("Infinity") && !may_overflow(text) {
        return None;
    }
    let mut out = String::with_capacity(text.len());
    for piece in pieces(text) {
        if piece.starts_with('"') {
            out.push_str(piece);
        } else {
            push_finite(&mut out, piece);
        }
    }
    (out != text).then_some(out)
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

/// Appends a piece without strings.
fn push_finite(out: &mut String, piece: &str) {
    // Few pieces have any of these, and a body has thousands of pieces.
    let piece = if piece.contains(['N', 'I']) {
        let without = piece
            .replace("-Infinity", "null")
            .replace("Infinity", "null");
        Cow::Owned(without.replace("NaN", "null"))
    } else {
        Cow::Borrowed(piece)
    };
    let mut copied = 0;
    let mut at = 0;
    while let Some(start) = piece.as_bytes()[at..].iter().position(is_of_number) {
        let number = number_around(piece.as_bytes(), at + start);
        at = number.end;
        if is_too_big(&piece, number.clone()) {
            out.push_str(&piece[copied..number.start]);
            out.push_str("null");
            copied = number.end;
        }
    }
    out.push_str(&piece[copied..]);
}

/// The longest part around a place that has only what numbers have.
fn number_around(bytes: &[u8], at: usize) -> Range<usize> {
    let before = bytes[..at]
        .iter()
        .rev()
        .take_while(|byte| is_of_number(byte));
    let after = bytes[at..].iter().take_while(|byte| is_of_number(byte));
    at - before.count()..at + after.count()
}

fn is_of_number(byte: &u8) -> bool {
    matches!(byte, b'0'..=b'9' | b'+' | b'-' | b'.' | b'e' | b'E')
}

/// Whether this part of the text is a float that is too big. Integers never are, in Python.
fn is_too_big(text: &str, part: Range<usize>) -> bool {
    // Whoever splits within a character asks for no number.
    let number = text.get(part).unwrap_or_default();
    number.contains(['.', 'e', 'E']) && number.parse().is_ok_and(f64::is_infinite)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn floats_that_are_too_big_are_null() {
        let digits = |count| "9".repeat(count);
        for (text, expected) in [
            ("1e400".to_owned(), "null"),
            (
                r#"{"a":-1E+309,"b": 1.5e308}"#.to_owned(),
                r#"{"a":null,"b": 1.5e308}"#,
            ),
            (
                r#"[1e400,"1e400",true, 2e9999999999999999999999]"#.to_owned(),
                r#"[null,"1e400",true, null]"#,
            ),
            (format!("[{}.5]", digits(309)), "[null]"),
            (
                format!("[{}.0e-1, {}e100]", digits(310), digits(209)),
                "[null, null]",
            ),
            (format!("[{}0.5e2]", digits(307)), "[null]"),
            (r#"{"1e400": NaN}"#.to_owned(), r#"{"1e400": null}"#),
        ] {
            assert!(may_overflow(&text) || text.contains("NaN"), "{text}");
            assert_eq!(
                without_non_finite(&text).as_deref(),
                Some(expected),
                "{text}"
            );
        }
    }

    #[test]
    fn long_texts_of_digits_and_letters_are_looked_at_once() {
        for piece in ["1e", "9", "-9", "e", ".", "1e400x"] {
            let text = format!("[\"{}\"]", piece.repeat(1 << 18));
            assert_eq!(without_non_finite(&text), None);
        }
    }

    #[test]
    fn other_numbers_and_texts_stay() {
        for text in [
            "[0, -1, 1e308, 1.7976931348623157e308, 1e-400, 0e999]".to_owned(),
            format!("[{}]", "9".repeat(4000)),
            format!("[0.{}]", "9".repeat(4000)),
            r#"{"sha": "3e999", "text": "it is 1e999\"", "e": "e1e400"}"#.to_owned(),
            r#"["commit 83e4001 of 1e40x0", "éé1e400éé"]"#.to_owned(),
        ] {
            assert_eq!(without_non_finite(&text), None, "{text}");
        }
    }

    proptest::proptest! {
        #[test]
        fn no_float_that_is_too_big_is_overlooked(
            before in "[1-9][0-9]{0,330}",
            fraction in "|\\.[0-9]{1,3}",
            exponent in "|[eE][+-]?[0-9]{1,4}",
            padding in "[a-z]{0,400}",
        ) {
            let number = before + &fraction + &exponent;
            let is_float = number.contains(['.', 'e', 'E']);
            let overflows = is_float && number.parse::<f64>().unwrap().is_infinite();
            let text = format!("[\"{padding}\", {number}]");
            let expected = overflows.then(|| format!("[\"{padding}\", null]"));
            proptest::prop_assert_eq!(without_non_finite(&text), expected);
        }
    }
}
