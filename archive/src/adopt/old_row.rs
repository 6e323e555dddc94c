//! Rows of messages as a server copies them out: read one by one, and passed on as they are.

use std::io::{self, BufRead, Read as _};
use std::ops::Range;

use chrono::{DateTime, Datelike, NaiveDateTime};
use diesel::pg::PgConnection;
use diesel::result::Error;
use pythonic::json::scan;

use crate::adopt::incumbent::{self, AS_BYTES};
use crate::span::Span;
use crate::store::copy;

/// What is read of a message. The types are said, as those of the other archive may be narrower.
const COLUMNS: &str = "id::bigint, msg_id::text, i::integer, topic::text, \"timestamp\", category::text, \
    agent_name::text, certificate::text, signature::text, crypto::text, source_name::text, source_version::text, \
    msg::text, headers::jsonb";

/// Messages without an id are recognised by all that they hold, which their server tells as a sum: the
/// same bytes for the same row on any server.
pub(super) fn content() -> String {
    format!(
        "CASE WHEN msg_id IS NULL THEN md5(convert_to(ROW(i, topic, certificate, signature, category, agent_name, \
         crypto, source_name, source_version, msg, headers)::text, {AS_BYTES})) END"
    )
}

/// The columns by their places, which are those of `store::copy`.
pub(super) const NAMES: [&str; FIELDS] = [
    "id",
    "msg_id",
    "i",
    "topic",
    "timestamp",
    "category",
    "agent_name",
    "certificate",
    "signature",
    "crypto",
    "source_name",
    "source_version",
    "msg",
    "headers",
    "content",
];
const FIELDS: usize = 15;
pub(super) const ID: usize = 0;
pub(super) const MSG_ID: usize = 1;
const I: usize = 2;
pub(super) const TOPIC: usize = 3;
pub(super) const TIMESTAMP: usize = 4;
pub(super) const CATEGORY: usize = 5;
pub(super) const AGENT_NAME: usize = 6;
pub(super) const MSG: usize = 12;
pub(super) const HEADERS: usize = 13;
const THE_CONTENT: usize = 14;

/// The key of a message of the other archive, with its time: in microseconds since 2000, as it may be no time for us.
pub(super) type OldKey = (i64, i64);

/// A time that is given in microseconds since 2000; `None` where it is beyond the years that have four digits.
pub(super) fn time(micros: i64) -> Option<NaiveDateTime> {
    let since = micros.checked_add(946_684_800_000_000)?;
    let time = DateTime::from_timestamp_micros(since)?.naive_utc();
    (1..=9999).contains(&time.year()).then_some(time)
}

/// The messages of a span, by time and key.
pub(super) fn all_of(span: Span) -> String {
    let within = incumbent::within(span, "\"timestamp\"");
    let content = content();
    format!("SELECT {COLUMNS}, {content} FROM messages WHERE {within} ORDER BY \"timestamp\", id")
}

/// The messages that a source of rows has.
pub(super) fn those(source: &str) -> String {
    let content = content();
    format!("SELECT {COLUMNS}, {content} FROM {source}")
}

/// A row of messages in the binary format of `COPY`; its memory is used again for the next.
#[derive(Clone, Debug, Default)]
pub(super) struct OldRow {
    bytes: Vec<u8>,
    fields: [Option<(usize, usize)>; FIELDS],
}

/// Tells the rows that a query answers, one by one.
pub(super) fn each<E: From<Error>>(
    connection: &mut PgConnection,
    query: &str,
    mut told: impl FnMut(&OldRow) -> Result<(), E>,
) -> Result<(), E> {
    copy::out(connection, query, |input| {
        begin(input).map_err(broke_off)?;
        let mut row = OldRow::default();
        while row.read(input).map_err(broke_off)? {
            told(&row)?;
        }
        Ok(())
    })
}

/// The server did not send all that it was asked for.
fn broke_off(error: io::Error) -> Error {
    let said = format!("the server broke off while it copied rows out: {error}");
    copy::broken(&io::Error::other(said))
}

/// Reads the beginning of what a server copies out.
fn begin(input: &mut dyn BufRead) -> io::Result<()> {
    let mut head = [0; 19];
    input.read_exact(&mut head)?;
    if head.starts_with(b"PGCOPY\n\xff\r\n\0") && head[11..] == [0; 8] {
        Ok(())
    } else {
        Err(io::Error::other("the server copies in another format"))
    }
}

impl OldRow {
    /// Reads the next row; false after the last. An error of the server looks as if the input ended
    /// before that.
    fn read(&mut self, input: &mut dyn BufRead) -> io::Result<bool> {
        self.bytes.clear();
        let mut count = [0; 2];
        input.read_exact(&mut count)?;
        match i16::from_be_bytes(count) {
            -1 => return Ok(false),
            count if usize::try_from(count) == Ok(FIELDS) => {}
            _ => return Err(io::Error::other("a row has other columns")),
        }
        for field in &mut self.fields {
            let mut length = [0; 4];
            input.read_exact(&mut length)?;
            self.bytes.extend(length);
            *field = None;
            if let Ok(length) = u64::try_from(i32::from_be_bytes(length)) {
                let start = self.bytes.len();
                let read = input.take(length).read_to_end(&mut self.bytes)?;
                if read as u64 != length {
                    return Err(io::ErrorKind::UnexpectedEof.into());
                }
                *field = Some((start, self.bytes.len()));
            }
        }
        Ok(true)
    }

    /// A row made anew from its key and what [`OldRow::others`] told of it.
    pub(super) fn again(id: i64, others: &[u8]) -> Self {
        let mut bytes = 8_i32.to_be_bytes().to_vec();
        bytes.extend(id.to_be_bytes());
        bytes.extend(others);
        bytes.extend((-1_i32).to_be_bytes());
        let count = FIELDS as i16;
        let mut row = Self::default();
        let whole = [count.to_be_bytes().as_slice(), &bytes].concat();
        // It was read from another input before.
        let read = row.read(&mut whole.as_slice());
        debug_assert!(read.is_ok_and(|read| read));
        row
    }

    /// The bytes of a column; `None` for NULL.
    pub(super) fn field(&self, column: usize) -> Option<&[u8]> {
        self.fields[column].map(|(start, end)| &self.bytes[start..end])
    }

    /// A text; `None` for NULL, and for what is not UTF-8.
    pub(super) fn text(&self, column: usize) -> Option<&str> {
        std::str::from_utf8(self.field(column)?).ok()
    }

    /// The headers, as JSON text: in the binary format a version stands before it.
    pub(super) fn headers(&self) -> Option<&[u8]> {
        self.field(HEADERS)?.get(1..)
    }

    /// Whether its sender gave an id and no time.
    pub(super) fn is_untimed(&self) -> bool {
        let is_timed = self.headers().map(tells_time);
        self.field(MSG_ID).is_some() && is_timed == Some(false)
    }

    /// The key.
    pub(super) fn id(&self) -> i64 {
        self.number(ID).unwrap_or_default()
    }

    /// The counter of its publisher.
    pub(super) fn counter(&self) -> i32 {
        let bytes = self.field(I).and_then(|bytes| bytes.try_into().ok());
        bytes.map(i32::from_be_bytes).unwrap_or_default()
    }

    /// When it was sent; `None` where that is beyond the years that have four digits.
    pub(super) fn timestamp(&self) -> Option<NaiveDateTime> {
        time(self.number(TIMESTAMP)?)
    }

    /// The key, and the time, by which the other archive ties it.
    pub(super) fn key(&self) -> OldKey {
        (self.id(), self.number(TIMESTAMP).unwrap_or_default())
    }

    /// The sum of all that a message without an id holds.
    pub(super) fn content(&self) -> Option<&str> {
        self.text(THE_CONTENT)
    }

    /// All columns but the key, each after its length.
    pub(super) fn others(&self) -> &[u8] {
        &self.bytes[self.extent()]
    }

    fn extent(&self) -> Range<usize> {
        let end_of_id = self.fields[ID].map_or(4, |(_, end)| end);
        let content = self.fields[THE_CONTENT].map_or(0, |(start, end)| end - start);
        end_of_id..self.bytes.len() - content - 4
    }

    fn number(&self, column: usize) -> Option<i64> {
        Some(i64::from_be_bytes(self.field(column)?.try_into().ok()?))
    }
}

/// Whether headers have a time as their own member: anything but null and the empty text.
fn tells_time(headers: &[u8]) -> bool {
    // Few have none, and those need not be taken apart.
    if !headers.windows(9).any(|part| part == br#""sent-at""#) {
        return false;
    }
    let headers = String::from_utf8_lossy(headers);
    let members = scan::object(&headers, |name, value| {
        name == r#""sent-at""# && !matches!(value, "null" | r#""""#)
    });
    members.is_some_and(|members| members.contains(&true))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn headers_tell_a_time_at_their_top_alone() {
        for (headers, expected) in [
            (r#"{"a": 1, "sent-at": "2024-05-01T12:00:00+00:00"}"#, true),
            (r#"{"sent-at": 5}"#, true),
            (r#"{"sent-at": "", "x": {"sent-at": "2024"}}"#, false),
            (r#"{"sent-at": null, "x": "\"sent-at\": \"2024\""}"#, false),
            (r#"{"x": [{"sent-at": "2024"}]}"#, false),
            (r#"["sent-at"]"#, false),
            ("{}", false),
        ] {
            assert_eq!(tells_time(headers.as_bytes()), expected, "{headers}");
        }
    }

    fn written(values: [Option<&[u8]>; FIELDS]) -> Vec<u8> {
        let mut bytes = (FIELDS as i16).to_be_bytes().to_vec();
        for value in values {
            match value {
                Some(value) => {
                    bytes.extend((value.len() as i32).to_be_bytes());
                    bytes.extend(value);
                }
                None => bytes.extend((-1_i32).to_be_bytes()),
            }
        }
        bytes
    }

    fn row(time: i64) -> Vec<u8> {
        let (id, time) = (7_i64.to_be_bytes(), time.to_be_bytes());
        let mut values: [Option<&[u8]>; FIELDS] = [None; FIELDS];
        values[ID] = Some(&id);
        values[TIMESTAMP] = Some(&time);
        values[TOPIC] = Some(b"a.b");
        values[THE_CONTENT] = Some(b"sum");
        written(values)
    }

    #[test]
    fn a_row_is_read_and_passed_on_without_its_key_and_sum() {
        let bytes = row(1_000_000);
        let mut read = OldRow::default();
        assert!(read.read(&mut bytes.as_slice()).expect("a row"));
        assert_eq!(read.id(), 7);
        assert_eq!(
            read.timestamp().map(|time| time.to_string()).as_deref(),
            Some("2000-01-01 00:00:01")
        );
        assert_eq!(
            (read.text(TOPIC), read.content()),
            (Some("a.b"), Some("sum"))
        );
        assert_eq!(read.others(), &bytes[2 + 4 + 8..bytes.len() - 4 - 3]);
        let again = OldRow::again(7, read.others());
        assert_eq!((again.id(), again.others()), (7, read.others()));
    }

    #[test]
    fn what_is_cut_off_is_no_end() {
        let bytes = row(0);
        for length in 0..bytes.len() {
            let read = OldRow::default().read(&mut &bytes[..length]);
            assert!(read.is_err(), "{length}");
        }
        assert!(
            !OldRow::default()
                .read(&mut &[0xff, 0xff][..])
                .expect("an end")
        );
    }

    #[test]
    fn times_beyond_four_digits_are_none() {
        for time in [
            i64::MAX,
            i64::MIN,
            252_455_616_000_000_000,
            -63_113_904_000_000_001,
        ] {
            let mut read = OldRow::default();
            read.read(&mut row(time).as_slice()).expect("a row");
            assert_eq!(read.timestamp(), None, "{time}");
        }
        let mut read = OldRow::default();
        read.read(&mut row(252_455_615_999_999_999).as_slice())
            .expect("a row");
        assert!(read.timestamp().is_some());
    }
}
