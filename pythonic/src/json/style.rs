//! The JSON text style of all answers: ASCII only, a blank after each `,` and `:`, floats as Python prints them.
//!
//! JSON that is already text (bodies, headers) is spliced as it is: only characters beyond ASCII,
//! which valid JSON has nowhere but in strings, are escaped on the way.

use std::io::{self, Write};

use serde::Serialize;
use serde_json::ser::{Formatter, Serializer};

use crate::number::python_float;

/// A value as JSON text.
pub fn to_text(value: &impl Serialize) -> String {
    to_long_text(value, 1024)
}

/// The same where the length is about known, so that what is written is not moved.
pub fn to_long_text(value: &impl Serialize, length: usize) -> String {
    let mut out = Vec::with_capacity(length);
    value
        .serialize(&mut Serializer::with_formatter(&mut out, Style))
        .expect("views have no fallible serialisation");
    String::from_utf8(out).expect("the style is ASCII")
}

struct Style;

impl Formatter for Style {
    fn begin_array_value<W: ?Sized + Write>(&mut self, out: &mut W, first: bool) -> io::Result<()> {
        if first { Ok(()) } else { out.write_all(b", ") }
    }

    fn begin_object_key<W: ?Sized + Write>(&mut self, out: &mut W, first: bool) -> io::Result<()> {
        if first { Ok(()) } else { out.write_all(b", ") }
    }

    fn begin_object_value<W: ?Sized + Write>(&mut self, out: &mut W) -> io::Result<()> {
        out.write_all(b": ")
    }

    fn write_f64<W: ?Sized + Write>(&mut self, out: &mut W, value: f64) -> io::Result<()> {
        out.write_all(python_float(value).as_bytes())
    }

    fn write_string_fragment<W: ?Sized + Write>(
        &mut self,
        out: &mut W,
        text: &str,
    ) -> io::Result<()> {
        write_ascii(out, text)
    }

    fn write_raw_fragment<W: ?Sized + Write>(&mut self, out: &mut W, text: &str) -> io::Result<()> {
        write_ascii(out, text)
    }
}

fn write_ascii<W: ?Sized + Write>(out: &mut W, text: &str) -> io::Result<()> {
    let mut rest = text;
    // Most texts are ASCII, which is told for many bytes at once.
    while !rest.is_ascii()
        && let Some(at) = rest.bytes().position(|byte| !byte.is_ascii())
    {
        let (ascii, tail) = rest.split_at(at);
        out.write_all(ascii.as_bytes())?;
        let mut chars = tail.chars();
        for unit in chars
            .next()
            .into_iter()
            .flat_map(|c| c.encode_utf16(&mut [0; 2]).to_vec())
        {
            write!(out, "\\u{unit:04x}")?;
        }
        rest = chars.as_str();
    }
    out.write_all(rest.as_bytes())
}

/// Deeper values are left on one line.
const DEEPEST_PRETTY_NESTING: usize = 1000;

/// Valid JSON text on many lines, its keys sorted, its tokens as they came.
pub fn pretty(json: &str, indent: usize) -> String {
    let mut out = String::with_capacity(json.len() * 2);
    match Node::parse(json) {
        Some(node) => node.write(&mut out, indent, 0),
        None => out.push_str(json.trim()),
    }
    out
}

/// A value cut into the texts of its scalars.
enum Node<'a> {
    Scalar(&'a str),
    Array(Vec<Node<'a>>),
    Object(Vec<(&'a str, Node<'a>)>),
}

impl<'a> Node<'a> {
    fn parse(json: &'a str) -> Option<Self> {
        let mut rest = json;
        Self::take(&mut rest, 0)
    }

    fn take(rest: &mut &'a str, depth: usize) -> Option<Self> {
        *rest = rest.trim_ascii_start();
        match rest.as_bytes().first()? {
            b'[' | b'{' if depth == DEEPEST_PRETTY_NESTING => None,
            b'[' => {
                let mut items = Vec::new();
                while take_next(rest, b']')? {
                    items.push(Self::take(rest, depth + 1)?);
                }
                Some(Self::Array(items))
            }
            b'{' => {
                let mut members = Vec::new();
                while take_next(rest, b'}')? {
                    *rest = rest.trim_ascii_start();
                    let key = take_scalar(rest)?;
                    *rest = rest.trim_ascii_start().strip_prefix(':')?;
                    members.push((key, Self::take(rest, depth + 1)?));
                }
                members.sort_by_cached_key(|(key, _)| {
                    serde_json::from_str::<String>(key).unwrap_or_else(|_| (*key).to_owned())
                });
                Some(Self::Object(members))
            }
            _ => take_scalar(rest).map(Self::Scalar),
        }
    }

    fn write(&self, out: &mut String, indent: usize, depth: usize) {
        match self {
            Self::Scalar(text) => out.push_str(text),
            Self::Array(items) if items.is_empty() => out.push_str("[]"),
            Self::Object(members) if members.is_empty() => out.push_str("{}"),
            Self::Array(items) => {
                for (n, item) in items.iter().enumerate() {
                    out.push_str(if n == 0 { "[" } else { "," });
                    new_line(out, indent * (depth + 1));
                    item.write(out, indent, depth + 1);
                }
                new_line(out, indent * depth);
                out.push(']');
            }
            Self::Object(members) => {
                for (n, (key, value)) in members.iter().enumerate() {
                    out.push_str(if n == 0 { "{" } else { "," });
                    new_line(out, indent * (depth + 1));
                    out.push_str(key);
                    out.push_str(": ");
                    value.write(out, indent, depth + 1);
                }
                new_line(out, indent * depth);
                out.push('}');
            }
        }
    }
}

fn new_line(out: &mut String, blanks: usize) {
    out.push('\n');
    out.extend(std::iter::repeat_n(' ', blanks));
}

/// Steps over an opening bracket or a comma, or over `close`: then there is no next item.
fn take_next(rest: &mut &str, close: u8) -> Option<bool> {
    let text = rest.trim_ascii_start();
    let (first, tail) = (*text.as_bytes().first()?, text.get(1..)?);
    *rest = tail;
    if first != close
        && tail.trim_ascii_start().as_bytes().first() == Some(&close)
        && matches!(first, b'[' | b'{')
    {
        // An empty array or object: its end comes next.
        *rest = tail.trim_ascii_start().get(1..)?;
        return Some(false);
    }
    Some(first != close)
}

fn take_scalar<'a>(rest: &mut &'a str) -> Option<&'a str> {
    let bytes = rest.as_bytes();
    let end = if bytes.first() == Some(&b'"') {
        let mut at = 1;
        while *bytes.get(at)? != b'"' {
            at += if bytes[at] == b'\\' { 2 } else { 1 };
        }
        at + 1
    } else {
        bytes
            .iter()
            .position(|b| matches!(b, b',' | b']' | b'}' | b' ' | b'\t' | b'\r' | b'\n'))
            .unwrap_or(bytes.len())
    };
    let (scalar, tail) = rest.split_at_checked(end)?;
    *rest = tail;
    Some(scalar)
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::value::RawValue;

    #[test]
    fn text_is_ascii_with_blanks() {
        let value = serde_json::json!({"a": [1, "é☃😀\u{7f}\u{1}\"\\\n"], "b": {}, "c": null});
        assert_eq!(
            to_text(&value),
            r#"{"a": [1, "\u00e9\u2603\ud83d\ude00"#.to_owned()
                + "\u{7f}"
                + r#"\u0001\"\\\n"], "b": {}, "c": null}"#
        );
    }

    #[test]
    fn floats_are_pythons() {
        assert_eq!(
            to_text(&[1714557600.0, 1.1000001430511475, 1e22, -0.0, 1e-7, f64::NAN]),
            "[1714557600.0, 1.1000001430511475, 1e+22, -0.0, 1e-07, null]"
        );
    }

    #[test]
    fn spliced_text_keeps_its_tokens() {
        let raw = RawValue::from_string(
            r#"{"n": 12345678901234567890123, "e": 1E5, "s":"é"}"#.to_owned(),
        )
        .unwrap();
        assert_eq!(
            to_text(&(1, raw)),
            r#"[1, {"n": 12345678901234567890123, "e": 1E5, "s":"\u00e9"}]"#
        );
    }

    fn check_pretty(json: &str, expected: &str) {
        assert_eq!(pretty(json, 2), expected, "{json}");
    }

    #[test]
    fn pretty_sorts_keys() {
        check_pretty("{}", "{}");
        check_pretty(" [ ] ", "[]");
        check_pretty("1e5", "1e5");
        check_pretty(
            r#"{"b":[1, {"x":"}\""}],"a":{ },"c":[[]]}"#,
            "{\n  \"a\": {},\n  \"b\": [\n    1,\n    {\n      \"x\": \"}\\\"\"\n    }\n  ],\n  \"c\": [\n    []\n  ]\n}",
        );
        let deep = "[".repeat(5000) + &"]".repeat(5000);
        check_pretty(&deep, &deep);
    }

    proptest::proptest! {
        #[test]
        fn pretty_never_panics(text in "[\\[\\]{}:,\"\\\\a1é ]{0,24}") {
            pretty(&text, 2);
        }
    }
}
