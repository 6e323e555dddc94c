//! Stores what messages are about, and forgets it.

use chrono::NaiveDateTime;
use diesel::pg::PgConnection;
use diesel::prelude::*;

use crate::database::sql::{Bind, Sql};
use crate::position::Position;
use crate::store::copy;
use crate::subject::Subjects;
use crate::topic_class::TopicClass;

/// Stores what messages, each given as key, time, topic and subjects, are about of which nothing is stored yet.
pub(super) fn add<'a>(
    connection: &mut PgConnection,
    messages: impl Iterator<Item = (i64, NaiveDateTime, &'a str, &'a Subjects)>,
) -> QueryResult<()> {
    use crate::schema::message_subjects::{
        component, msg_id, msg_timestamp, subjects, table, topic_class,
    };
    let mut new = Vec::new();
    for (id, time, topic, about) in messages.filter(|(.., about)| !about.is_empty()) {
        let class = TopicClass::of(topic).number();
        for (number, others) in about.rows() {
            let others: Vec<Option<i64>> = others.into_iter().map(Some).collect();
            let others = Some(others).filter(|others| !others.is_empty());
            new.push((number, time, id, others, class));
        }
    }
    if new.is_empty() {
        return Ok(());
    }
    // In the order of the larger index.
    new.sort_unstable_by_key(|(number, time, id, ..)| (*number, *time, *id));
    let rows = new.into_iter().map(|(number, time, id, others, class)| {
        (
            msg_id.eq(id),
            msg_timestamp.eq(time),
            component.eq(number),
            subjects.eq(others),
            topic_class.eq(class),
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
