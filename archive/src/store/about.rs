//! Stores what messages are about, and forgets it.

use chrono::NaiveDateTime;
use diesel::pg::PgConnection;
use diesel::prelude::*;

use crate::database::sql::{Bind, Sql};
use crate::position::Position;
use crate::store::copy;
use crate::subject::Subjects;

/// Stores what messages are about of which nothing is stored yet.
pub(super) fn add<'a>(
    connection: &mut PgConnection,
    messages: impl Iterator<Item = (i64, NaiveDateTime, &'a Subjects)>,
) -> QueryResult<()> {
    use crate::schema::message_subjects::{component, msg_id, msg_timestamp, subjects, table};
    let mut new = Vec::new();
    for (id, time, about) in messages {
        for (number, others) in about.rows() {
            let others: Vec<Option<i64>> = others.into_iter().map(Some).collect();
            let others = Some(others).filter(|others| !others.is_empty());
            new.push((number, time, id, others));
        }
    }
    if new.is_empty() {
        return Ok(());
    }
    // In the order of the larger index.
    new.sort_unstable_by_key(|(number, time, id, _)| (*number, *time, *id));
    let rows = new.into_iter().map(|(number, time, id, others)| {
        (
            msg_id.eq(id),
            msg_timestamp.eq(time),
            component.eq(number),
            subjects.eq(others),
        )
    });
    let rows: Vec<_> = rows.collect();
    copy::rows(connection, diesel::copy_from(table).from_insertable(rows)).map(drop)
}

/// Forgets what these messages are about.
pub(super) fn forget(connection: &mut PgConnection, messages: &[Position]) -> QueryResult<()> {
    let ids = messages.iter().map(|message| message.id);
    let times = messages.iter().map(|message| message.timestamp);
    let mut sql = Sql::new("DELETE FROM message_subjects AS about USING unnest(");
    sql.bind(Bind::BigInts(ids.collect()))
        .push(", ")
        .bind(Bind::Times(times.collect()));
    sql.push(
        ") AS asked (id, \"timestamp\")
         WHERE about.msg_id = asked.id AND about.msg_timestamp = asked.\"timestamp\"",
    );
    sql.of::<()>().execute(connection).map(drop)
}
