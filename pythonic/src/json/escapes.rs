//! Strings of JSON text with the escapes that Python writes.

use super::ascii::push_ascii;

/// Appends a JSON string (with its quotes) in printable ASCII, with the shortest escapes.
pub(super) fn push_string(out: &mut String, string: &str) {
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
            (Some(code @ 0x20..=0x7e), _) => out.extend(char::from_u32(code)),
            // As it is, in lower case; half a surrogate pair too, which no text of ours could hold.
            (Some(_), _) => out.push_str(&escape[..6].to_ascii_lowercase()),
            (None, _) => out.push_str(&escape[..escape.len() - rest.len()]),
        }
    }
    push_ascii(out, rest);
}
