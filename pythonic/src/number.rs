//! Numbers as Python reads and prints them.

/// Blanks that Python strips from the ends of a number.
fn stripped(text: &str) -> &str {
    text.trim_matches(|c: char| c.is_whitespace() || matches!(c, '\u{1c}'..='\u{1f}'))
}

/// The text without the `_` that may stand between two digits; `None` where one stands elsewhere.
fn without_underscores(text: &str) -> Option<String> {
    let bytes = text.as_bytes();
    let digit = |at: Option<usize>| {
        at.and_then(|at| bytes.get(at))
            .is_some_and(u8::is_ascii_digit)
    };
    let misplaced =
        |at: usize| bytes[at] == b'_' && !(digit(at.checked_sub(1)) && digit(at.checked_add(1)));
    if (0..bytes.len()).any(misplaced) {
        None
    } else {
        Some(text.replace('_', ""))
    }
}

/// An integer: blanks around it, a sign, `_` between digits. Too long ones saturate.
pub fn parse_int(text: &str) -> Option<i64> {
    let text = without_underscores(stripped(text))?;
    let digits = text.strip_prefix(['+', '-']).unwrap_or(&text);
    if digits.is_empty() || !digits.bytes().all(|b| b.is_ascii_digit()) {
        return None;
    }
    let overflow = if text.starts_with('-') {
        i64::MIN
    } else {
        i64::MAX
    };
    Some(text.parse().unwrap_or(overflow))
}

/// A float: blanks around it, a sign, exponent, `_` between digits, `inf`, `nan`.
pub fn parse_float(text: &str) -> Option<f64> {
    without_underscores(stripped(text))?.parse().ok()
}

/// The shortest text that reads back as the same number, with Python's choice of exponents.
pub fn python_float(value: f64) -> String {
    if value == 0.0 || (1e-4..1e16).contains(&value.abs()) {
        return format!("{value:?}");
    }
    // `d.ddde-7`: Python writes a sign and two digits at least.
    let scientific = format!("{value:e}");
    let Some((mantissa, exponent)) = scientific.split_once('e') else {
        return scientific;
    };
    match exponent.strip_prefix('-') {
        Some(exponent) => format!("{mantissa}e-{exponent:0>2}"),
        None => format!("{mantissa}e+{exponent:0>2}"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn integers() {
        for (text, expected) in [
            ("1", Some(1)),
            (" +1\n", Some(1)),
            ("-0", Some(0)),
            ("007", Some(7)),
            ("1_0", Some(10)),
            ("99999999999999999999", Some(i64::MAX)),
            ("", None),
            ("+", None),
            ("1.0", None),
            ("_1", None),
            ("1__0", None),
            ("1_", None),
            ("+ 1", None),
            ("0x1", None),
            ("abc", None),
        ] {
            assert_eq!(parse_int(text), expected, "{text:?}");
        }
    }

    #[test]
    fn floats() {
        for (text, expected) in [
            ("1714557600", Some(1714557600.0)),
            (" 1e9 ", Some(1e9)),
            ("1_0.5", Some(10.5)),
            ("+.5", Some(0.5)),
            ("5.", Some(5.0)),
            ("-1", Some(-1.0)),
            ("inf", Some(f64::INFINITY)),
            ("", None),
            ("1_e5", None),
            ("0x10", None),
            ("1,5", None),
            ("2024-05-01", None),
        ] {
            assert_eq!(parse_float(text), expected, "{text:?}");
        }
        assert!(parse_float("NaN").is_some_and(f64::is_nan));
    }

    #[test]
    fn printed_as_python_does() {
        for (value, expected) in [
            (0.0, "0.0"),
            (-0.0, "-0.0"),
            (1714557600.0, "1714557600.0"),
            (1.1000001430511475, "1.1000001430511475"),
            (1e15, "1000000000000000.0"),
            (1e16, "1e+16"),
            (1.5e22, "1.5e+22"),
            (0.0001, "0.0001"),
            (0.00001, "1e-05"),
            (-1.25e-7, "-1.25e-07"),
            (1e300, "1e+300"),
        ] {
            assert_eq!(python_float(value), expected);
        }
    }
}
