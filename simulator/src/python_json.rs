//! JSON the way Python writes it, byte for byte: blanks after commas and colons,
//! and nothing but ASCII.

use std::io::{self, Write};

use crate::json::Value;
use serde_json::ser::{Formatter, Serializer};

/// The text of `value`.
pub(crate) fn to_string(value: &Value) -> String {
    let mut text = Vec::with_capacity(4096);
    let mut serializer = Serializer::with_formatter(&mut text, Python);
    serde::Serialize::serialize(value, &mut serializer).expect("a vector takes everything");
    String::from_utf8(text).expect("the formatter writes ASCII")
}

struct Python;

impl Formatter for Python {
    fn begin_array_value<W: ?Sized + Write>(
        &mut self,
        writer: &mut W,
        first: bool,
    ) -> io::Result<()> {
        if first {
            Ok(())
        } else {
            writer.write_all(b", ")
        }
    }

    fn begin_object_key<W: ?Sized + Write>(
        &mut self,
        writer: &mut W,
        first: bool,
    ) -> io::Result<()> {
        if first {
            Ok(())
        } else {
            writer.write_all(b", ")
        }
    }

    fn begin_object_value<W: ?Sized + Write>(&mut self, writer: &mut W) -> io::Result<()> {
        writer.write_all(b": ")
    }

    fn write_string_fragment<W: ?Sized + Write>(
        &mut self,
        writer: &mut W,
        fragment: &str,
    ) -> io::Result<()> {
        let mut rest = fragment;
        while let Some(at) = rest.bytes().position(|byte| !(b' '..=b'~').contains(&byte)) {
            let (plain, special) = rest.split_at(at);
            writer.write_all(plain.as_bytes())?;
            let Some(first) = special.chars().next() else {
                break;
            };
            for unit in first.encode_utf16(&mut [0; 2]) {
                write!(writer, "\\u{unit:04x}")?;
            }
            rest = &special[first.len_utf8()..];
        }
        writer.write_all(rest.as_bytes())
    }
}

#[cfg(test)]
mod tests {
    use crate::json::json;

    use super::to_string;

    #[test]
    fn writes_what_python_writes() {
        let value =
            json!({"b": [1, 2.5, null], "a": {"é": "🦀\u{7f}\n\u{1}\"\\/"}, "empty": [[], {}]});
        let expected = r#"{"b": [1, 2.5, null], "a": {"\u00e9": "\ud83e\udd80\u007f\n\u0001\"\\/"}, "empty": [[], {}]}"#;
        assert_eq!(to_string(&value), expected);
    }
}
