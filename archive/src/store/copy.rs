//! Rows by `COPY` in the binary format, which PostgreSQL takes with less work than any other
//! statement, and which is sent as it is made: nothing holds the whole batch once more.
//!
//! Here we stand on the inside of diesel. `COPY` into a table whose name is known only at run time,
//! a partition, needs the hidden method [`CopyTarget::walk_target`], and as that has no `self`, a
//! thread-local name. A target for `copy_from` that takes the table's name would let both go. A
//! test names the version of diesel that this was written for.

use std::cell::RefCell;
use std::io::{self, BufRead, BufWriter, Write};

use chrono::{DateTime, NaiveDateTime};
use diesel::connection::SimpleConnection as _;
use diesel::pg::{CopyFormat, CopyTarget, Pg, PgConnection};
use diesel::prelude::*;
use diesel::query_builder::AstPass;
use diesel::result::{DatabaseErrorKind, Error};

use crate::message::NewMessage;
use crate::schema::messages;

/// So much is sent at once, in bytes: each piece takes a call into the kernel, and wakes the server. It
/// tells how far a copy is after each, so a value is in many: on a slow link, who stands still is ended.
const PIECE: usize = 64 << 10;

const COLUMNS: &str = "(id, msg_id, i, topic, \"timestamp\", category, agent_name, certificate, signature, crypto, \
                       source_name, source_version, msg, headers)";

/// How many these are.
const WIDTH: i16 = 14;

/// Copies messages, each with its key, into `table`: `messages` or one of its partitions, as SQL
/// names it. Fails if one of them is stored already.
pub(super) fn messages(
    connection: &mut PgConnection,
    table: &str,
    new: &[(i64, &NewMessage)],
) -> QueryResult<usize> {
    copy(connection, table, |rows| write(rows, new))
}

/// Copies messages, each with its key and its other columns as a server wrote them, into `table`,
/// as [`messages()`] does.
pub(crate) fn verbatim(
    connection: &mut PgConnection,
    table: &str,
    new: &[(i64, &[u8])],
) -> QueryResult<usize> {
    copy(connection, table, |rows| {
        rows.start()?;
        for (id, others) in new {
            rows.row(WIDTH)?;
            rows.value(&id.to_be_bytes())?;
            rows.0.write_all(others)?;
        }
        rows.end()
    })
}

fn copy(
    connection: &mut PgConnection,
    table: &str,
    write: impl Fn(&mut Rows<'_>) -> io::Result<()>,
) -> QueryResult<usize> {
    PLACE.set(format!("{table}{COLUMNS}"));
    let write = |out: &mut dyn Write| -> QueryResult<()> {
        let mut rows = Rows(BufWriter::with_capacity(PIECE, Portions(out)));
        write(&mut rows).map_err(|error| broken(&error))
    };
    let statement = diesel::copy_from(messages::table).from_raw_data(Target, write);
    ExecuteCopyFromDsl::execute(statement.with_format(CopyFormat::Binary), connection)
}

/// Reads what a query without values answers, in the binary format of `COPY`, which the server sends while
/// it is read. The library does not tell an error of the server from the end: whoever reads sees whether
/// the format's own end was there, and fails without.
pub(crate) fn out<T, E: From<Error>>(
    connection: &mut PgConnection,
    query: &str,
    read: impl FnOnce(&mut dyn BufRead) -> Result<T, E>,
) -> Result<T, E> {
    PLACE.set(format!("({query})"));
    let statement = diesel::copy_to(Target).with_format(CopyFormat::Binary);
    let answer = read(&mut statement.load_raw(connection)?)?;
    // The library leaves the server's last word unread; this reads it before it asks.
    connection.batch_execute("SELECT")?;
    Ok(answer)
}

fn write(rows: &mut Rows<'_>, new: &[(i64, &NewMessage)]) -> io::Result<()> {
    rows.start()?;
    let mut headers = Vec::new();
    for (id, message) in new {
        let legacy = message.legacy();
        rows.row(WIDTH)?;
        rows.value(&id.to_be_bytes())?;
        rows.text(&message.msg_id)?;
        rows.value(&legacy.i.to_be_bytes())?;
        rows.text(&message.topic)?;
        rows.timestamp(message.timestamp)?;
        rows.text(&message.category)?;
        for text in [
            &message.agent_name,
            &legacy.certificate,
            &legacy.signature,
            &legacy.crypto,
            &legacy.source_name,
            &legacy.source_version,
        ] {
            match text {
                Some(text) => rows.text(text)?,
                None => rows.null()?,
            }
        }
        rows.text(message.body.as_str())?;
        let Some(table) = &message.headers else {
            rows.null()?;
            continue;
        };
        // The version of the format of jsonb, and its text.
        headers.clear();
        headers.push(1);
        serde_json::to_writer(&mut headers, table)?;
        rows.value(&headers)?;
    }
    rows.end()
}

thread_local! {
    /// The table and the columns that are copied into, or the query whose rows are copied. The library
    /// would take them from a type, but a partition or a query is known only at run time.
    static PLACE: RefCell<String> = const { RefCell::new(String::new()) };
}

/// What [`PLACE`] names.
struct Target;

impl CopyTarget for Target {
    type Table = messages::table;
    type SqlType = messages::SqlType;

    fn walk_target(mut out: AstPass<'_, '_, Pg>) -> QueryResult<()> {
        PLACE.with_borrow(|place| out.push_sql(place));
        Ok(())
    }
}

/// Passes on no more than a [`PIECE`] at once.
struct Portions<'a>(&'a mut dyn Write);

impl Write for Portions<'_> {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.0.write(&bytes[..bytes.len().min(PIECE)])
    }

    fn flush(&mut self) -> io::Result<()> {
        self.0.flush()
    }
}

/// Rows in the format that PostgreSQL documents at COPY: each value after its length.
struct Rows<'a>(BufWriter<Portions<'a>>);

impl Rows<'_> {
    fn start(&mut self) -> io::Result<()> {
        // The signature, no flags and no extension.
        self.0.write_all(b"PGCOPY\n\xff\r\n\0")?;
        self.0.write_all(&[0; 8])
    }

    fn row(&mut self, columns: i16) -> io::Result<()> {
        self.0.write_all(&columns.to_be_bytes())
    }

    fn value(&mut self, bytes: &[u8]) -> io::Result<()> {
        let length = i32::try_from(bytes.len()).map_err(io::Error::other)?;
        self.0.write_all(&length.to_be_bytes())?;
        self.0.write_all(bytes)
    }

    fn text(&mut self, text: &str) -> io::Result<()> {
        self.value(text.as_bytes())
    }

    fn timestamp(&mut self, time: NaiveDateTime) -> io::Result<()> {
        // In microseconds since 2000.
        let epoch = DateTime::from_timestamp_secs(946_684_800)
            .unwrap_or_default()
            .naive_utc();
        let since = (time - epoch)
            .num_microseconds()
            .ok_or_else(|| io::Error::other("a time out of range"))?;
        self.value(&since.to_be_bytes())
    }

    fn null(&mut self) -> io::Result<()> {
        self.0.write_all(&(-1_i32).to_be_bytes())
    }

    fn end(&mut self) -> io::Result<()> {
        self.0.write_all(&(-1_i16).to_be_bytes())?;
        self.0.flush()
    }
}

/// Runs a statement that copies rows; answers how many.
pub(super) fn rows(
    connection: &mut PgConnection,
    statement: impl ExecuteCopyFromDsl<PgConnection, Error = Error>,
) -> QueryResult<usize> {
    statement.execute(connection).map_err(|error| match error {
        // What the library says when the connection breaks while rows are sent.
        Error::DeserializationError(reason) => broken(&*reason),
        error => error,
    })
}

pub(crate) fn broken(reason: &dyn std::error::Error) -> Error {
    Error::DatabaseError(
        DatabaseErrorKind::UnableToSendCommand,
        Box::new(reason.to_string()),
    )
}

#[cfg(test)]
mod tests {
    #[test]
    fn diesel_is_the_version_whose_inside_is_used() {
        let lock = include_str!("../../../Cargo.lock");
        let (_, diesel) = lock
            .split_once("name = \"diesel\"\nversion = \"")
            .expect("diesel is locked");
        assert!(
            diesel.starts_with("2.3."),
            "diesel has another minor version: see whether `CopyTarget::walk_target` still is what \
             names the table, or whether `copy_from` takes a name by now, and change this test"
        );
    }
}
