//! Repairs what the client library cannot read.
//!
//! The library gives up the connection where a short text (a routing key, a
//! property, the name of a header) is not UTF-8, and runs out of stack where
//! headers are nested thousands of levels deep. The broker minds neither, and
//! would deliver such a message again and again. So the frames of deliveries
//! are repaired in place, byte for byte, before the library sees them: bytes
//! that are not UTF-8 become question marks, and tables and arrays nested too
//! deeply become byte strings, which have the same layout.
//!
//! Both are what amq-protocol-types does inside: it parses a short text by
//! `String::from_utf8`, and tables by calling itself. This can go once it takes
//! any bytes as a short text, as it does for long ones, and bounds its depth; a
//! test tells when the first has come.

use crate::delivery::headers::DEEPEST_NESTING;

/// The frame of a method, by its type.
pub const METHOD: u8 = 1;
/// The frame of a content header.
pub const HEADER: u8 = 2;
/// A frame of a body, or of a part of one.
pub const BODY: u8 = 3;
/// The frame of a heartbeat.
pub const HEARTBEAT: u8 = 8;
/// basic.deliver, by its class and method.
const DELIVER: [u8; 4] = [0, 60, 0, 60];

/// Repairs the payload of a frame. What is not understood is left as it is, for the library to
/// complain about.
pub fn repair(frame_type: u8, payload: &mut [u8]) {
    let mut cursor = Cursor {
        bytes: payload,
        at: 0,
    };
    // Both end early where the payload is not what it should be.
    let _ = match frame_type {
        METHOD => cursor.method(),
        HEADER => cursor.header(),
        _ => None,
    };
}

struct Cursor<'a> {
    bytes: &'a mut [u8],
    at: usize,
}

impl Cursor<'_> {
    fn method(&mut self) -> Option<()> {
        if self.take(4)? != DELIVER {
            return None;
        }
        self.short_text()?; // consumer tag
        self.take(9)?; // delivery tag, redelivered
        self.short_text()?; // exchange
        self.short_text() // routing key
    }

    fn header(&mut self) -> Option<()> {
        self.take(12)?; // class, weight, body size
        let flags = self.take(2)?;
        let flags = u16::from_be_bytes([flags[0], flags[1]]);
        // The properties that are there follow in the order of their flags, from the highest bit on.
        for property in 0..14 {
            if flags & (0x8000 >> property) == 0 {
                continue;
            }
            match property {
                2 => self.table()?,
                3 | 4 => drop(self.take(1)?), // delivery mode, priority
                9 => drop(self.take(8)?),     // timestamp
                _ => self.short_text()?,
            }
        }
        Some(())
    }

    fn table(&mut self) -> Option<()> {
        // Where each table or array around this place ends, and whether its values have names.
        let mut around = vec![(self.length()?, true)];
        while let Some((end, named)) = around.last().copied() {
            if self.at >= end {
                around.pop();
                continue;
            }
            if named {
                self.short_text()?;
            }
            let at = self.at;
            match self.take(1)?[0] {
                b'A' | b'F' if around.len() >= DEEPEST_NESTING => {
                    self.bytes[at] = b'x';
                    self.at = self.length()?;
                }
                b'A' => around.push((self.length()?, false)),
                b'F' => around.push((self.length()?, true)),
                b'S' | b'x' => self.at = self.length()?,
                b't' | b'b' | b'B' => drop(self.take(1)?),
                b's' | b'u' | b'U' => drop(self.take(2)?),
                b'i' | b'I' | b'f' => drop(self.take(4)?),
                b'D' => drop(self.take(5)?),
                b'l' | b'L' | b'd' | b'T' => drop(self.take(8)?),
                b'V' => {}
                _ => return None,
            }
        }
        Some(())
    }

    fn take(&mut self, count: usize) -> Option<&[u8]> {
        let bytes = self.bytes.get(self.at..self.at.checked_add(count)?)?;
        self.at += count;
        Some(bytes)
    }

    /// Reads a length; answers where what it measures ends.
    fn length(&mut self) -> Option<usize> {
        let length = self.take(4)?;
        let length = u32::from_be_bytes([length[0], length[1], length[2], length[3]]);
        let end = self.at.checked_add(usize::try_from(length).ok()?)?;
        (end <= self.bytes.len()).then_some(end)
    }

    fn short_text(&mut self) -> Option<()> {
        let length = usize::from(self.take(1)?[0]);
        let start = self.at;
        self.take(length)?;
        make_utf8(&mut self.bytes[start..start + length]);
        Some(())
    }
}

fn make_utf8(mut text: &mut [u8]) {
    while let Err(error) = std::str::from_utf8(text) {
        let start = error.valid_up_to();
        let end = error
            .error_len()
            .map_or(text.len(), |length| start + length);
        text[start..end].fill(b'?');
        text = &mut text[end..];
    }
}

#[cfg(test)]
mod tests {
    use lapin::types::parsing::parse_short_string;
    use proptest::prelude::*;

    use super::*;

    fn short(text: &[u8]) -> Vec<u8> {
        [&[text.len() as u8], text].concat()
    }

    fn long(bytes: &[u8]) -> Vec<u8> {
        [&(bytes.len() as u32).to_be_bytes(), bytes].concat()
    }

    fn deliver(routing_key: &[u8]) -> Vec<u8> {
        [
            &DELIVER[..],
            &short(b"tag"),
            &[0; 9],
            &short(b"amq.topic"),
            &short(routing_key),
        ]
        .concat()
    }

    /// A content header with a content type, these headers and a message id.
    fn header(headers: &[u8], message_id: &[u8]) -> Vec<u8> {
        let properties = [short(b"application/json"), long(headers), short(message_id)].concat();
        [
            &[
                0,
                60,
                0,
                0,
                0,
                0,
                0,
                0,
                0,
                0,
                0,
                2,
                0b1010_0000,
                0b1000_0000,
            ][..],
            &properties,
        ]
        .concat()
    }

    fn check(frame_type: u8, mut payload: Vec<u8>, expected: Vec<u8>) {
        repair(frame_type, &mut payload);
        assert_eq!(payload, expected);
    }

    #[test]
    fn the_library_still_needs_it() {
        assert!(parse_short_string(&b"\x01a"[..]).is_ok());
        assert!(
            parse_short_string(&b"\x01\xff"[..]).is_err(),
            "the library reads short texts that are not UTF-8: they need no repair any more"
        );
    }

    #[test]
    fn texts_are_made_utf_8() {
        check(METHOD, deliver("ünï".as_bytes()), deliver("ünï".as_bytes()));
        check(METHOD, deliver(b"a\xff.b\xe2\x98"), deliver(b"a?.b??"));
        let member = |name: &[u8]| [&short(name), &b"t\x01"[..]].concat();
        check(
            HEADER,
            header(&member(b"\xff\xfe"), b"\x80"),
            header(&member(b"??"), b"?"),
        );
    }

    #[test]
    fn values_of_all_types_are_stepped_over() {
        let values: Vec<u8> = [
            &b"\x01at\x01\x01bb\x01\x01BB\x01\x01su\0\0\x01Uu\0\0\x01ss\0\0\x01iI\0\0\0\0\x01fi\0\0\0\0\x01ff\0\0\0\0"[..],
            b"\x01lL\0\0\0\0\0\0\0\0\x01ll\0\0\0\0\0\0\0\0\x01dd\0\0\0\0\0\0\0\0\x01TT\0\0\0\0\0\0\0\0\x01DD\0\0\0\0\0\x01VV",
            b"\x01SS\0\0\0\x02\xff\xfe\x01xx\0\0\0\x01\xff\x01AA\0\0\0\x05tVtVV",
        ]
        .concat();
        let nested = |name: &[u8]| {
            [
                &values[..],
                b"\x01FF",
                &long(&[&short(name)[..], b"V"].concat()),
            ]
            .concat()
        };
        check(
            HEADER,
            header(&nested(b"\xff"), b"id"),
            header(&nested(b"?"), b"id"),
        );
    }

    #[test]
    fn deep_nesting_becomes_bytes() {
        // The innermost one is in so many tables and arrays.
        let nested = |levels: usize, innermost: u8| {
            let inner = [&[innermost][..], &long(b"V")].concat();
            let array = (2..levels).fold(inner, |inner, _| [&b"A"[..], &long(&inner)].concat());
            header(&[&short(b"k"), &array[..]].concat(), b"id")
        };
        check(HEADER, nested(99, b'A'), nested(99, b'A'));
        check(HEADER, nested(101, b'A'), nested(101, b'x'));
        let mut deepest = nested(20_000, b'A');
        repair(HEADER, &mut deepest);
    }

    proptest! {
        #[test]
        fn anything_is_survived(frame_type in 0_u8..9, mut payload: Vec<u8>, header: bool) {
            if header { payload.splice(0..0, [0, 60, 0, 0, 0, 0, 0, 0, 0, 0, 0, 2, 0b0010_0000, 0]); }
            repair(frame_type, &mut payload);
        }

        #[test]
        fn utf_8_is_left_alone(key in "\\PC{0,40}", id in "\\PC{0,40}") {
            check(METHOD, deliver(key.as_bytes()), deliver(key.as_bytes()));
            check(HEADER, header(&[], id.as_bytes()), header(&[], id.as_bytes()));
        }
    }
}
