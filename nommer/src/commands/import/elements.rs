//! The JSON objects of a file: one a line, those of an array however long its line, or one after the other.
//!
//! No parser of JSON will do: they stop at `NaN`, which the incumbent writes, and at the first mistake, behind which
//! there is the rest of an archive. So objects are told by their brackets; after a mistake, reading goes on with the
//! next line, or in an array where dumps join two messages. Memory holds one object, or what is broken of one.

use std::io::{self, BufRead};

use memchr::memmem;

use super::bytes::{Bytes, Place};
use super::syntax::{Step, Syntax};

/// The longest object, in bytes.
pub const LONGEST: usize = 100 << 20;
/// How an object begins that is not empty, as messages do in an array.
const BEGINNING: &[u8] = br#"{""#;

/// An object, or what ought to be one.
#[derive(Debug, Eq, PartialEq)]
pub struct Element {
    /// Where it begins.
    pub place: Place,
    /// What it is.
    pub object: Object,
}

/// What an object is.
#[derive(Debug, Eq, PartialEq)]
pub enum Object {
    /// It has its brackets.
    Whole(Vec<u8>),
    /// It is no object; reading goes on behind it.
    Broken(Vec<u8>),
    /// It is longer than may be, and was passed over.
    TooLong,
}

/// Why a file was not read to its end, and where that was noticed.
#[derive(Debug)]
pub struct Cut {
    pub place: Place,
    pub reason: String,
}

/// Reads objects.
pub struct Elements<R> {
    bytes: Bytes<R>,
    /// Whether there is an array in the file.
    has_array: bool,
    /// Whether it has not ended.
    in_array: bool,
    longest: usize,
}

impl<R: BufRead> Elements<R> {
    pub fn new(reader: R, longest: usize) -> Self {
        Self {
            bytes: Bytes::new(reader),
            has_array: false,
            in_array: false,
            longest,
        }
    }

    /// The next object; `None` at the end. After a cut there is no more.
    pub fn next(&mut self) -> Result<Option<Element>, Cut> {
        let Some((place, first)) = self.first()? else {
            return match self.in_array {
                true => Err(self.cut("the array does not end")),
                false => Ok(None),
            };
        };
        let mut syntax = Syntax::default();
        let mut text = Taken::new(self.longest);
        let mut byte = first;
        let object = loop {
            text.push(byte);
            match syntax.take(byte) {
                Step::Within => {}
                Step::Ends => break text.whole(),
                Step::Breaks => break self.broken(text)?,
            }
            let Some(next) = self.byte()? else {
                break self.unfinished(text, place)?;
            };
            byte = next;
        };
        Ok(Some(Element { place, object }))
    }

    /// Passes over what stands between objects.
    fn first(&mut self) -> Result<Option<(Place, u8)>, Cut> {
        loop {
            let place = self.bytes.place();
            match self.byte()? {
                None => return Ok(None),
                Some(b' ' | b'\t' | b'\r' | b'\n') => {}
                // A byte order mark.
                Some(0xef | 0xbb | 0xbf) if place.offset < 3 => {}
                Some(b'[') => (self.has_array, self.in_array) = (true, true),
                Some(b']') => self.in_array = false,
                // What looked like its end was of something broken.
                Some(b',') => self.in_array = self.has_array,
                Some(byte) => return Ok(Some((place, byte))),
            }
        }
    }

    /// Reads up to where an object may begin again.
    fn broken(&mut self, mut text: Taken) -> Result<Object, Cut> {
        let mut next = self.next_within(&text.bytes);
        while next.is_none() {
            let Some(byte) = self.byte()? else {
                return Ok(self.broken_at_the_end(text));
            };
            text.push(byte);
            next = self.next_at_the_end(&text.bytes);
        }
        let (end, start) = next.unwrap_or_default();
        self.bytes.give_back(&text.bytes[start..]);
        text.bytes.truncate(end);
        Ok(text.broken())
    }

    /// The bracket that ends the array is not of what is broken.
    fn broken_at_the_end(&mut self, mut text: Taken) -> Object {
        let end = text.bytes.trim_ascii_end();
        if self.in_array && end.ends_with(b"]") {
            self.in_array = false;
            let end = end.len() - 1;
            text.bytes.truncate(end);
        }
        text.broken()
    }

    /// The file ends within an object.
    fn unfinished(&mut self, text: Taken, place: Place) -> Result<Object, Cut> {
        if self
            .next_within(&text.bytes)
            .is_some_and(|(_, start)| start < text.bytes.len())
        {
            return self.broken(text);
        }
        // A line that is whole and no object.
        let line = text.bytes.strip_suffix(b"\n");
        if line.is_some_and(|line| !line.contains(&b'\n')) && !self.in_array {
            return Ok(text.broken());
        }
        let reason = format!("it ends within the message that begins at {place}");
        Err(self.cut(&reason))
    }

    /// Where what is broken ends, and where the next object begins, if that is in the text.
    fn next_within(&self, text: &[u8]) -> Option<(usize, usize)> {
        let line = memmem::find(text, b"\n{").map(|at| (at, at + 1));
        if !self.has_array {
            // What has the look of no line is given up with the line on which it breaks.
            return line.or_else(|| self.next_at_the_end(text));
        }
        let joined = memmem::find_iter(text, BEGINNING).find(|at| is_joined(text, *at));
        let joined = joined.map(|at| (at.max(2) - 1, at));
        line.into_iter().chain(joined).min()
    }

    /// Where what is broken ends, and where the next object begins, if the text has come to that just now.
    fn next_at_the_end(&self, text: &[u8]) -> Option<(usize, usize)> {
        let length = text.len();
        match self.has_array {
            true if text.ends_with(b"\n{") => Some((length - 2, length - 1)),
            true if text.ends_with(BEGINNING) => {
                let at = length - BEGINNING.len();
                is_joined(text, at).then(|| (at.max(2) - 1, at))
            }
            false if text.ends_with(b"\n") => Some((length, length)),
            _ => None,
        }
    }

    fn byte(&mut self) -> Result<Option<u8>, Cut> {
        self.bytes.next().map_err(|error| match error.kind() {
            io::ErrorKind::UnexpectedEof => self.cut("what is compressed does not end"),
            _ => self.cut(&format!("it cannot be read: {error}")),
        })
    }

    fn cut(&self, reason: &str) -> Cut {
        Cut {
            place: self.bytes.place(),
            reason: reason.to_owned(),
        }
    }
}

/// Whether what begins there follows as the programs join the messages of an array, and nothing else: by one byte,
/// which is a comma, where within a message there is a blank, too.
fn is_joined(text: &[u8], at: usize) -> bool {
    at == 1 || (at > 1 && (text[at - 1] == b',' || text[at - 2] == b'}'))
}

/// The bytes of an object; of one that is too long no more than the last ones.
struct Taken {
    bytes: Vec<u8>,
    longest: usize,
    is_too_long: bool,
}

impl Taken {
    fn new(longest: usize) -> Self {
        Self {
            bytes: Vec::new(),
            longest,
            is_too_long: false,
        }
    }

    fn push(&mut self, byte: u8) {
        if self.bytes.len() >= self.longest {
            self.is_too_long = true;
            self.bytes = Vec::new();
        } else if self.is_too_long && self.bytes.len() > BEGINNING.len() + 1 {
            self.bytes.remove(0);
        }
        self.bytes.push(byte);
    }

    fn whole(self) -> Object {
        match self.is_too_long {
            true => Object::TooLong,
            false => Object::Whole(self.bytes),
        }
    }

    fn broken(self) -> Object {
        match self.is_too_long {
            true => Object::TooLong,
            false => Object::Broken(self.bytes.trim_ascii_end().to_vec()),
        }
    }
}

#[cfg(test)]
mod tests;
