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

/// How bytes become text.
#[derive(Clone, Copy)]
enum Codec {
    Utf8,
    /// UTF-8 that may begin with a byte order mark, which is not part of the text.
    Utf8Signed,
    Ascii,
    Latin1,
    /// The byte order that no mark need tell, if it is certain.
    Utf16(Option<ByteOrder>),
    /// As for [`Codec::Utf16`].
    Utf32(Option<ByteOrder>),
    /// An encoding of the WHATWG, by its label.
    Whatwg(&'static str),
}

#[derive(Clone, Copy)]
enum ByteOrder {
    Little,
    Big,
}

/// Names of codecs, normalised; the WHATWG's own labels need no line.
const NAMES: &[(&[&str], Codec)] = &[
    (&["utf-8", "utf8", "u8", "utf", "cp65001"], Codec::Utf8),
    (&["utf-8-sig"], Codec::Utf8Signed),
    (
        &["ascii", "us-ascii", "646", "ansi-x3.4-1968"],
        Codec::Ascii,
    ),
    (
        &[
            "latin-1",
            "latin1",
            "latin",
            "l1",
            "iso8859-1",
            "iso-8859-1",
            "8859",
            "cp819",
            "iso-ir-100",
        ],
        Codec::Latin1,
    ),
    (&["utf-16", "utf16", "u16"], Codec::Utf16(None)),
    (
        &["utf-16-le", "utf-16le"],
        Codec::Utf16(Some(ByteOrder::Little)),
    ),
    (
        &["utf-16-be", "utf-16be"],
        Codec::Utf16(Some(ByteOrder::Big)),
    ),
    (&["utf-32", "utf32", "u32"], Codec::Utf32(None)),
    (
        &["utf-32-le", "utf-32le"],
        Codec::Utf32(Some(ByteOrder::Little)),
    ),
    (
        &["utf-32-be", "utf-32be"],
        Codec::Utf32(Some(ByteOrder::Big)),
    ),
    (&["big5-tw", "csbig5"], Codec::Whatwg("big5")),
    (
        &[
            "cp932",
            "ms932",
            "mskanji",
            "ms-kanji",
            "sjis",
            "s-jis",
            "shiftjis",
            "shift-jis",
        ],
        Codec::Whatwg("shift_jis"),
    ),
    (&["cp936", "ms936"], Codec::Whatwg("gbk")),
    (
        &["cp949", "949", "ms949", "uhc", "euckr"],
        Codec::Whatwg("euc-kr"),
    ),
    (&["eucjp", "ujis", "u-jis"], Codec::Whatwg("euc-jp")),
    (&["gb18030-2000"], Codec::Whatwg("gb18030")),
    (&["mac-roman", "macroman"], Codec::Whatwg("macintosh")),
    (
        &["mac-cyrillic", "maccyrillic"],
        Codec::Whatwg("x-mac-cyrillic"),
    ),
];

/// Decodes `bytes`; a missing `content_encoding` means UTF-8.
pub fn decode<'a>(
    bytes: &'a [u8],
    content_encoding: Option<&str>,
) -> Result<Cow<'a, str>, EncodingError> {
    let Some(given) = content_encoding else {
        return utf_8(bytes);
    };
    let name = normalise(given);
    let unknown = || EncodingError::Unknown(given.to_owned());
    let codec = NAMES
        .iter()
        .find(|(names, _)| names.contains(&name.as_str()))
        .map(|(_, codec)| *codec);
    match codec {
        Some(Codec::Utf8) => utf_8(bytes),
        Some(Codec::Utf8Signed) => utf_8(bytes.strip_prefix(b"\xef\xbb\xbf").unwrap_or(bytes)),
        Some(Codec::Ascii) if bytes.is_ascii() => utf_8(bytes),
        Some(Codec::Ascii) => Err(EncodingError::Invalid("ASCII")),
        Some(Codec::Latin1) => Ok(encoding_rs::mem::decode_latin1(bytes)),
        Some(Codec::Utf16(order)) => utf_16(bytes, order),
        Some(Codec::Utf32(order)) => utf_32(bytes, order),
        Some(Codec::Whatwg(label)) => by(whatwg(label).ok_or_else(unknown)?, bytes),
        None => by(whatwg(&name).ok_or_else(unknown)?, bytes),
    }
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

/// The encoding of the WHATWG with this label.
fn whatwg(label: &str) -> Option<&'static Encoding> {
    let label = match label.strip_prefix("iso8859-") {
        Some(part) => Cow::Owned(format!("iso-8859-{part}")),
        None => Cow::Borrowed(label),
    };
    let encoding = Encoding::for_label(label.as_bytes())?;
    // The WHATWG maps some names to an encoding that refuses or replaces everything.
    let makes_text = ![encoding_rs::REPLACEMENT, encoding_rs::X_USER_DEFINED].contains(&encoding);
    if makes_text { Some(encoding) } else { None }
}

fn utf_8(bytes: &[u8]) -> Result<Cow<'_, str>, EncodingError> {
    match std::str::from_utf8(bytes) {
        Ok(text) => Ok(Cow::Borrowed(text)),
        Err(_) => Err(EncodingError::Invalid("UTF-8")),
    }
}

fn by<'a>(encoding: &'static Encoding, bytes: &'a [u8]) -> Result<Cow<'a, str>, EncodingError> {
    encoding
        .decode_without_bom_handling_and_without_replacement(bytes)
        .ok_or(EncodingError::Invalid(encoding.name()))
}

fn utf_16(bytes: &[u8], order: Option<ByteOrder>) -> Result<Cow<'_, str>, EncodingError> {
    let (order, units) = match (order, bytes) {
        (Some(order), _) => (order, bytes),
        (None, [0xfe, 0xff, units @ ..]) => (ByteOrder::Big, units),
        (None, [0xff, 0xfe, units @ ..]) => (ByteOrder::Little, units),
        (None, _) => (ByteOrder::Little, bytes),
    };
    match order {
        ByteOrder::Little => by(encoding_rs::UTF_16LE, units),
        ByteOrder::Big => by(encoding_rs::UTF_16BE, units),
    }
}

fn utf_32(bytes: &[u8], order: Option<ByteOrder>) -> Result<Cow<'_, str>, EncodingError> {
    let (order, units) = match (order, bytes) {
        (Some(order), _) => (order, bytes),
        (None, [0, 0, 0xfe, 0xff, units @ ..]) => (ByteOrder::Big, units),
        (None, [0xff, 0xfe, 0, 0, units @ ..]) => (ByteOrder::Little, units),
        (None, _) => (ByteOrder::Little, bytes),
    };
    let character = |unit: &[u8; 4]| {
        char::from_u32(match order {
            ByteOrder::Little => u32::from_le_bytes(*unit),
            ByteOrder::Big => u32::from_be_bytes(*unit),
        })
    };
    let text = match units.as_chunks() {
        (units, []) => units.iter().map(character).collect::<Option<String>>(),
        _ => None,
    };
    text.map(Cow::Owned).ok_or(EncodingError::Invalid("UTF-32"))
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
