//! Values as JSON text in Python's form: ASCII only, a blank after each `,` and `:`, floats as Python
//! prints them.
//!
//! JSON that is already text (bodies, headers) is spliced as it is: only what Python would escape,
//! which valid JSON has nowhere but in strings, is escaped on the way.

use std::io::{self, Write};

use serde::Serialize;
use serde_json::ser::{Formatter, Serializer};

use super::ascii::write_ascii;
use crate::number::python_float;

/// A value as JSON text.
pub fn to_text(value: &impl Serialize) -> String {
    to_long_text(value, 1024)
}

/// A value as JSON text of about `length` bytes, so that what is written need not be moved.
pub fn to_long_text(value: &impl Serialize, length: usize) -> String {
    let mut out = Vec::with_capacity(length);
    value
        .serialize(&mut Serializer::with_formatter(&mut out, Style))
        .expect("a vector takes everything, and what is written has no fallible serialisation");
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
        write_ascii(text, |piece| out.write_all(piece.as_bytes()))
    }

    fn write_raw_fragment<W: ?Sized + Write>(&mut self, out: &mut W, text: &str) -> io::Result<()> {
        write_ascii(text, |piece| out.write_all(piece.as_bytes()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::value::RawValue;

    #[test]
    fn text_is_ascii_with_blanks() {
        let value =
            serde_json::json!({"a": [1, "é☃😀\u{7f}\u{1}\"\\\n"], "b\u{7f}": {}, "c": null});
        assert_eq!(
            to_text(&value),
            r#"{"a": [1, "\u00e9\u2603\ud83d\ude00\u007f\u0001\"\\\n"], "b\u007f": {}, "c": null}"#
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
        let json = r#"{"n": 12345678901234567890123, "e": 1E5, "s":"é"#.to_owned() + "\u{7f}\"}";
        let raw = RawValue::from_string(json).unwrap();
        assert_eq!(
            to_text(&(1, raw)),
            r#"[1, {"n": 12345678901234567890123, "e": 1E5, "s":"\u00e9\u007f"}]"#
        );
    }
}
