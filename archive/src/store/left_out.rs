//! What the database takes and does not store.
//!
//! A trigger of the operator's that answers NULL before an insert leaves the row out, without an error.
//! Only that fewer rows are stored than were sent tells so, and duplicates look just like it. Such a
//! trigger is for each row, before, and on inserts: the bits 1, 2 and 4 of its type in the catalogue.

use std::collections::HashSet;

use chrono::NaiveDateTime;
use diesel::pg::PgConnection;
use diesel::prelude::*;
use diesel::result::{DatabaseErrorKind, Error};
use diesel::sql_types::{Bool, Text, Timestamp};

use crate::database::sql::{Bind, Sql};
use crate::message::{Identity, NewMessage};

/// Messages that are not in the archive after they were inserted, by their ids, each once with its time
/// and once without.
#[derive(Default)]
pub(super) struct LeftOut(HashSet<(String, Option<NaiveDateTime>)>);

impl LeftOut {
    /// Tells what was left out from duplicates, whose keys are in the archive.
    pub(super) fn among(
        connection: &mut PgConnection,
        not_stored: &[&NewMessage],
    ) -> QueryResult<Self> {
        // To look duplicates up takes as long as to insert them.
        if not_stored.is_empty() || !may_be(connection)? {
            return Ok(Self::default());
        }
        let ids = not_stored.iter().map(|message| message.msg_id.clone());
        let times = not_stored.iter().map(|message| message.timestamp);
        let mut sql = Sql::new(r#"SELECT sent.msg_id, sent."timestamp" FROM unnest("#);
        sql.bind(Bind::Texts(ids.collect()))
            .push(", ")
            .bind(Bind::Times(times.collect()));
        // Looked up one by one: a join might read the archive.
        sql.push(
            r#") AS sent (msg_id, "timestamp") WHERE (SELECT true FROM messages AS stored
                WHERE stored.msg_id = sent.msg_id AND stored."timestamp" = sent."timestamp" LIMIT 1) IS NULL"#,
        );
        let keys: Vec<(String, NaiveDateTime)> = sql.of::<(Text, Timestamp)>().load(connection)?;
        let both = |(id, time): (String, _)| [(id.clone(), Some(time)), (id, None)];
        Ok(Self(keys.into_iter().flat_map(both).collect()))
    }

    /// Whether one of them is the same message, by what that goes by.
    pub(super) fn has_same(&self, message: &NewMessage) -> bool {
        let time = (message.identity == Identity::IdAndTime).then_some(message.timestamp);
        !self.0.is_empty() && self.0.contains(&(message.msg_id.clone(), time))
    }
}

/// Whether there is a trigger that can leave out messages.
fn may_be(connection: &mut PgConnection) -> QueryResult<bool> {
    let sql = Sql::new(
        "SELECT EXISTS (SELECT FROM pg_trigger WHERE tgtype & 7 = 7 AND tgenabled <> 'D' AND tgrelid = ANY (
            SELECT 'messages'::regclass UNION ALL
            SELECT inhrelid FROM pg_inherits WHERE inhparent = 'messages'::regclass))",
    );
    sql.of::<Bool>().get_result(connection)
}

/// Fails unless a statement that was to change one row of a table did so.
pub(crate) fn one_row(table: &str, changed: usize) -> QueryResult<()> {
    if changed > 0 {
        return Ok(());
    }
    let reason = format!("no row of {table} was changed: a trigger leaves it out");
    Err(Error::DatabaseError(
        DatabaseErrorKind::CheckViolation,
        Box::new(reason),
    ))
}
