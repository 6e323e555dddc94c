//! The bytes of a file, one by one, some of which may be given back.

use std::io::{self, BufRead};

/// Where something stands in a file, once that is unpacked.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct Place {
    /// The number of the line, from 1 on.
    pub line: u64,
    /// How many bytes come before.
    pub offset: u64,
}

impl std::fmt::Display for Place {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "line {}, byte {}", self.line, self.offset)
    }
}

/// Bytes that are read, and where the next one stands.
pub struct Bytes<R> {
    reader: R,
    /// What was given back, the last byte first.
    again: Vec<u8>,
    place: Place,
}

impl<R: BufRead> Bytes<R> {
    pub fn new(reader: R) -> Self {
        let place = Place { line: 1, offset: 0 };
        Self {
            reader,
            again: Vec::new(),
            place,
        }
    }

    /// Where the next byte stands.
    pub fn place(&self) -> Place {
        self.place
    }

    /// The next byte; `None` at the end.
    pub fn next(&mut self) -> io::Result<Option<u8>> {
        let byte = match self.again.pop() {
            Some(byte) => byte,
            None => {
                let Some(byte) = self.reader.fill_buf()?.first().copied() else {
                    return Ok(None);
                };
                self.reader.consume(1);
                byte
            }
        };
        self.place.offset += 1;
        self.place.line += u64::from(byte == b'\n');
        Ok(Some(byte))
    }

    /// Has the bytes that came last come again.
    pub fn give_back(&mut self, bytes: &[u8]) {
        self.place.offset -= bytes.len() as u64;
        self.place.line -= bytes.iter().filter(|byte| **byte == b'\n').count() as u64;
        self.again.extend(bytes.iter().rev());
    }
}
