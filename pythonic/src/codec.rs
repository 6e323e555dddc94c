//! The text of a body, by the codec that the sender names in `content_encoding`.
//!
//! Names are Python's, which is looser than most: any case, and any of `-`, `_`
//! and blank between the words. Encodings are those of the WHATWG, and besides
//! the ones that Python tells apart and the WHATWG does not.

use std::borrow::Cow;

use encoding_rs::Encoding;

/// Why bytes are no text.
#[derive(Clone, Debug, Eq, PartialEq, thiserror::Error)]
pub enum EncodingError {
    /// Nobody knows the codec, or it does not make text.
    #[error("content_encoding {0:?} is no known text encoding")]
    Unknown(String),
    /// The bytes are not what the codec makes.
    #[error("body is not {0}")]
    Invalid(&'static str),
}

/// Decodes `bytes`; a missing `content_encoding` means UTF-8.
pub fn decode<'a>(
    bytes: &'a [u8],
    content_encoding: Option<&str>,
) -> Result<Cow<'a, str>, EncodingError> {
    let name = content_encoding.unwrap_or("utf-8");
    let decoded = match normalise(name).as_str() {
        "utf-8" | "utf8" | "u8" | "utf" | "cp65001" => utf_8(bytes),
        "utf-8-sig" => utf_8(bytes.strip_prefix(b"\xef\xbb\xbf").unwrap_or(bytes)),
        "ascii" | "us-ascii" | "646" | "ansi-x3.4-1968" => std::str::from_utf8(bytes)
            .ok()
            .filter(|text| text.is_ascii())
            .map(Cow::Borrowed)
            .ok_or("ASCII"),
        "latin-1" | "latin1" | "latin" | "l1" | "iso8859-1" | "iso-8859-1" | "8859" | "cp819"
        | "iso-ir-100" => Ok(encoding_rs::mem::decode_latin1(bytes)),
        "utf-16" | "utf16" | "u16" => match bytes {
            [0xff, 0xfe, rest @ ..] => by(encoding_rs::UTF_16LE, rest),
            [0xfe, 0xff, rest @ ..] => by(encoding_rs::UTF_16BE, rest),
            bytes => by(encoding_rs::UTF_16LE, bytes),
        },
        "utf-16-le" | "utf-16le" => by(encoding_rs::UTF_16LE, bytes),
        "utf-16-be" | "utf-16be" => by(encoding_rs::UTF_16BE, bytes),
        "utf-32" | "utf32" | "u32" => match bytes {
            [0xff, 0xfe, 0, 0, rest @ ..] => utf_32(rest, u32::from_le_bytes),
            [0, 0, 0xfe, 0xff, rest @ ..] => utf_32(rest, u32::from_be_bytes),
            bytes => utf_32(bytes, u32::from_le_bytes),
        },
        "utf-32-le" | "utf-32le" => utf_32(bytes, u32::from_le_bytes),
        "utf-32-be" | "utf-32be" => utf_32(bytes, u32::from_be_bytes),
        name => {
            let encoding = known(name)
                .ok_or_else(|| EncodingError::Unknown(content_encoding.unwrap_or("").into()))?;
            by(encoding, bytes)
        }
    };
    decoded.map_err(EncodingError::Invalid)
}

/// Lower case, with a hyphen between the words.
fn normalise(name: &str) -> String {
    name.chars()
        .map(|char| {
            if matches!(char, '_' | ' ') {
                '-'
            } else {
                char.to_ascii_lowercase()
            }
        })
        .collect()
}

/// An encoding of the WHATWG, under its names and Python's.
fn known(name: &str) -> Option<&'static Encoding> {
    let label = match name {
        "big5-tw" | "csbig5" => "big5".to_owned(),
        "cp932" | "ms932" | "mskanji" | "ms-kanji" | "sjis" | "s-jis" | "shiftjis" => {
            "shift_jis".to_owned()
        }
        "cp936" | "ms936" => "gbk".to_owned(),
        "cp949" | "949" | "ms949" | "uhc" | "euckr" => "euc-kr".to_owned(),
        "eucjp" | "ujis" | "u-jis" => "euc-jp".to_owned(),
        "gb18030-2000" => "gb18030".to_owned(),
        "mac-roman" | "macroman" => "macintosh".to_owned(),
        "mac-cyrillic" | "maccyrillic" => "x-mac-cyrillic".to_owned(),
        "shift-jis" => "shift_jis".to_owned(),
        name => match name.strip_prefix("iso8859-") {
            Some(part) => format!("iso-8859-{part}"),
            None => name.to_owned(),
        },
    };
    // The WHATWG maps some names to an encoding that refuses or replaces everything.
    Encoding::for_label(label.as_bytes()).filter(|encoding| {
        ![encoding_rs::REPLACEMENT, encoding_rs::X_USER_DEFINED].contains(encoding)
    })
}

fn utf_8(bytes: &[u8]) -> Result<Cow<'_, str>, &'static str> {
    std::str::from_utf8(bytes)
        .map(Cow::Borrowed)
        .map_err(|_| "UTF-8")
}

fn by<'a>(encoding: &'static Encoding, bytes: &'a [u8]) -> Result<Cow<'a, str>, &'static str> {
    encoding
        .decode_without_bom_handling_and_without_replacement(bytes)
        .ok_or(encoding.name())
}

fn utf_32(bytes: &[u8], unit: fn([u8; 4]) -> u32) -> Result<Cow<'_, str>, &'static str> {
    if !bytes.len().is_multiple_of(4) {
        return Err("UTF-32");
    }
    let text = bytes
        .chunks_exact(4)
        .map(|chunk| char::from_u32(unit([chunk[0], chunk[1], chunk[2], chunk[3]])));
    text.collect::<Option<String>>()
        .map(Cow::Owned)
        .ok_or("UTF-32")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(encoding: &str, bytes: &[u8], expected: &str) {
        assert_eq!(
            decode(bytes, Some(encoding)).as_deref(),
            Ok(expected),
            "{encoding:?}"
        );
    }

    #[test]
    fn names_are_pythons() {
        for name in ["utf-8", "UTF8", "Utf_8", "utf 8", "U8", "utf-8-sig"] {
            check(name, "{\"é\":1}".as_bytes(), "{\"é\":1}");
        }
        for name in [
            "latin-1",
            "LATIN1",
            "iso-8859-1",
            "iso8859_1",
            "ISO_8859-1",
            "l1",
        ] {
            check(name, b"\xe9\x80", "\u{e9}\u{80}");
        }
        check("cp1252", b"\x80", "\u{20ac}");
        check("windows_1252", b"\x80", "\u{20ac}");
        check("iso8859-15", b"\xa4", "\u{20ac}");
        check("iso8859_2", b"\xb1", "\u{105}");
        check("koi8_r", b"\xc1", "\u{430}");
        check("cp1251", b"\xe0", "\u{430}");
        check("Shift_JIS", b"\x82\xa0", "\u{3042}");
        check("euc_jp", b"\xa4\xa2", "\u{3042}");
        check("gb18030", b"\xc4\xe3", "\u{4f60}");
        check("big5", b"\xa7\x41", "\u{4f60}");
    }

    #[test]
    fn wide_encodings_obey_their_byte_order_mark() {
        check("utf-16", b"\xff\xfe{\0}\0", "{}");
        check("utf-16", b"\xfe\xff\0{\0}", "{}");
        check("utf_16", b"{\0}\0", "{}");
        check("utf-16-be", b"\0{\0}", "{}");
        check("UTF-16LE", b"{\0}\0", "{}");
        check("utf-32", b"\xff\xfe\0\0{\0\0\0}\0\0\0", "{}");
        check("utf-32", b"{\0\0\0}\0\0\0", "{}");
        check("utf-32-be", b"\0\0\0{\0\0\0}", "{}");
    }

    #[test]
    fn a_missing_name_means_utf_8() {
        assert_eq!(decode("é".as_bytes(), None).as_deref(), Ok("é"));
        assert_eq!(decode(b"\xff", None), Err(EncodingError::Invalid("UTF-8")));
    }

    #[test]
    fn only_the_sig_codec_takes_a_byte_order_mark_off() {
        check("utf-8", b"\xef\xbb\xbf{}", "\u{feff}{}");
        check("utf-8-sig", b"\xef\xbb\xbf{}", "{}");
    }

    #[test]
    fn bytes_that_the_codec_does_not_make_are_refused() {
        for (encoding, bytes) in [
            ("utf-8", &b"\xff"[..]),
            ("utf-8", b"\xed\xa0\x80"),
            ("ascii", b"\x80"),
            ("us-ascii", "é".as_bytes()),
            ("utf-16", b"{"),
            ("utf-16-le", b"\x00\xd8"),
            ("utf-32", b"{\0\0"),
            ("utf-32", b"\0\xd8\0\0"),
            ("euc-kr", b"\xff"),
        ] {
            assert!(
                matches!(
                    decode(bytes, Some(encoding)),
                    Err(EncodingError::Invalid(_))
                ),
                "{encoding}"
            );
        }
    }

    #[test]
    fn unknown_codecs_are_refused() {
        for name in [
            "gzip",
            "bogus",
            "",
            "base64",
            "hex",
            "zlib",
            "identity",
            "hz-gb-2312",
            "replacement",
            "utf\u{0}8",
        ] {
            assert_eq!(
                decode(b"{}", Some(name)),
                Err(EncodingError::Unknown(name.to_owned()))
            );
        }
    }
}
