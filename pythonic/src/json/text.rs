//! What a JSON string says, as a text that can be kept.

use std::char::decode_utf16;

/// The text of a JSON string (with its quotes), U+FFFD for each half of a surrogate pair, which
/// Python's texts may have and no others; `None` if it is no JSON string.
pub fn text(string: &str) -> Option<String> {
    serde_json::from_str(string)
        .or_else(|_| serde_json::from_str(&with_whole_pairs(string)))
        .ok()
}

/// The JSON string without halves of surrogate pairs.
fn with_whole_pairs(string: &str) -> String {
    let mut out = String::with_capacity(string.len());
    let mut rest = string;
    while let Some(at) = memchr::memchr(b'\\', rest.as_bytes()) {
        out.push_str(&rest[..at]);
        let escape = &rest[at..];
        let pair = [Some(escape), escape.get(6..)].map(|half| half.and_then(unit));
        let units = pair.into_iter().map_while(|unit| unit);
        let (length, is_half) = match decode_utf16(units).next() {
            Some(Ok(character)) => (6 * character.len_utf16(), false),
            Some(Err(_)) => (6, true),
            // What is escaped may be of several bytes; behind the text's end there is nothing.
            None => (
                1 + escape[1..].chars().next().map_or(0, char::len_utf8),
                false,
            ),
        };
        out.push_str(if is_half {
            "\\ufffd"
        } else {
            &escape[..length]
        });
        rest = &escape[length..];
    }
    out + rest
}

/// The UTF-16 unit that a text begins with as an escape.
fn unit(text: &str) -> Option<u16> {
    u16::from_str_radix(text.strip_prefix("\\u")?.get(..4)?, 16).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn halves_of_pairs_are_replaced_and_all_else_stays() {
        for (string, expected) in [
            (r#""plain""#, Some("plain")),
            (r#""us\ud800er""#, Some("us\u{fffd}er")),
            (r#""\udc00\ud83d\ude00\ud83d""#, Some("\u{fffd}😀\u{fffd}")),
            (r#""\ud800\ud83d\ude00""#, Some("\u{fffd}😀")),
            (
                r#""\\ud800 \"\ud800\\ \n\u00e9é\udfff""#,
                Some("\\ud800 \"\u{fffd}\\ \néé\u{fffd}"),
            ),
            (r#""\ud800\u00e9\é""#, None),
            (r#""\ud800"#, None),
            (r#""\ud800\"#, None),
            (r#""\ud8""#, None),
            ("1", None),
        ] {
            assert_eq!(text(string).as_deref(), expected, "{string}");
        }
    }

    proptest::proptest! {
        #[test]
        fn whatever_comes_is_as_a_lossy_reader_has_it(units in proptest::collection::vec(
            proptest::prop_oneof![0xd7fe_u16..=0xe001, 0x20_u16..0x7f], 0..12
        )) {
            let escaped: String = units.iter().map(|unit| format!("\\u{unit:04x}")).collect();
            proptest::prop_assert_eq!(text(&format!("\"{escaped}\"")), Some(String::from_utf16_lossy(&units)));
        }
    }
}
