//! Rows by `COPY` in the binary format, which PostgreSQL takes with less work than any other
//! statement, and which is sent as it is made: nothing holds the whole batch once more.

use std::io::Write as _;

use diesel::expression::AsExpression;
use diesel::pg::{Pg, PgConnection};
use diesel::prelude::*;
use diesel::result::{DatabaseErrorKind, Error};
use diesel::serialize::{self, IsNull, Output, ToSql};
use diesel::sql_types::Jsonb;
use serde_json::{Map, Value};

use crate::NewMessage;
use crate::message::{SOURCE_NAME, SOURCE_VERSION};
use crate::schema::messages;

/// Copies messages, each with its key. Fails if one of them is stored already.
pub(super) fn messages(connection: &mut PgConnection, new: &[(i64, &NewMessage)]) -> QueryResult<usize> {
    let rows = new.iter().map(|(id, message)| {
        (
            messages::id.eq(*id),
            messages::msg_id.eq(&message.msg_id),
            messages::i.eq(0),
            messages::topic.eq(&message.topic),
            messages::timestamp.eq(message.timestamp),
            messages::category.eq(&message.category),
            messages::agent_name.eq(&message.agent_name),
            messages::source_name.eq(SOURCE_NAME),
            messages::source_version.eq(SOURCE_VERSION),
            messages::msg.eq(message.body.as_str()),
            messages::headers.eq(Headers(&message.headers)),
        )
    });
    self::rows(connection, diesel::copy_from(messages::table).from_insertable(rows.collect::<Vec<_>>()))
}

/// Runs a statement that copies rows; answers how many.
pub(super) fn rows(
    connection: &mut PgConnection,
    statement: impl ExecuteCopyFromDsl<PgConnection, Error = Error>,
) -> QueryResult<usize> {
    statement.execute(connection).map_err(|error| match error {
        // What the library says when the connection breaks while rows are sent.
        Error::DeserializationError(reason) => {
            Error::DatabaseError(DatabaseErrorKind::UnableToSendCommand, Box::new(reason.to_string()))
        }
        error => error,
    })
}

#[derive(AsExpression, Clone, Copy, Debug)]
#[diesel(sql_type = Jsonb)]
struct Headers<'a>(&'a Map<String, Value>);

impl ToSql<Jsonb, Pg> for Headers<'_> {
    fn to_sql<'b>(&'b self, out: &mut Output<'b, '_, Pg>) -> serialize::Result {
        // The version of the format.
        out.write_all(&[1])?;
        serde_json::to_writer(out, self.0)?;
        Ok(IsNull::No)
    }
}
