//! New messages by their ids, and what is known of transactions that may bring more.
//!
//! Each look is one statement and needs nothing of a session, so that it does not matter which connection it takes.
//! `pg_current_snapshot` is told by standbys, too.

use std::ops::RangeInclusive;

use diesel::pg::PgConnection;
use diesel::prelude::*;
use diesel::sql_types::{Array, BigInt, Nullable, Text};

use crate::arrival::Arrival;
use crate::database::sql::{Bind, Sql};
use crate::subject::Subject;

/// Messages that a look tells of at most.
pub(crate) const MOST: usize = 5_000;

/// Which transactions had ended when the database was looked at.
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq)]
pub(crate) struct Horizon {
    /// All transactions with lower numbers had ended.
    pub(crate) ended: i64,
    /// No transaction had this number, or a higher one.
    pub(crate) begun: i64,
}

/// A snapshot knows the first number beyond all transactions that have ended; others may have begun since, of which its
/// `xmin` tells nothing either. `age` counts from the next number that will be given.
const HORIZON: &str = "pg_snapshot_xmin(seen.at)::text::bigint,
    pg_snapshot_xmax(seen.at)::text::bigint + age(pg_snapshot_xmax(seen.at)::xid)";
const SEEN: &str = "(SELECT pg_current_snapshot() AS at) AS seen";

/// The newest `count` ids, in order.
pub(crate) fn newest(connection: &mut PgConnection, count: i64) -> QueryResult<Vec<i64>> {
    let mut sql = Sql::new("SELECT id FROM messages ORDER BY id DESC LIMIT ");
    sql.bind(Bind::BigInt(count));
    let mut ids: Vec<i64> = sql.of::<BigInt>().load(connection)?;
    ids.reverse();
    Ok(ids)
}

type ArrivalColumns = (
    BigInt,
    BigInt,
    Nullable<BigInt>,
    Nullable<Text>,
    Nullable<Text>,
    Nullable<Text>,
    Array<BigInt>,
);
type ArrivalRow = (
    i64,
    i64,
    Option<i64>,
    Option<String>,
    Option<String>,
    Option<String>,
    Vec<i64>,
);

/// The messages with these ids, in no order; [`MOST`] at most.
pub(crate) fn within(
    connection: &mut PgConnection,
    ids: &[RangeInclusive<i64>],
) -> QueryResult<(Horizon, Vec<(i64, Arrival)>)> {
    let mut sql = Sql::new(&format!(
        "SELECT {HORIZON}, m.id, m.msg_id, m.topic, m.category,
                ARRAY(SELECT number FROM message_subjects a CROSS JOIN LATERAL unnest(a.component || a.subjects) AS number
                      WHERE a.msg_id = m.id AND a.msg_timestamp = m.\"timestamp\")
         FROM {SEEN} LEFT JOIN LATERAL (SELECT found.* FROM unnest("
    ));
    let first = ids.iter().map(|ids| *ids.start());
    sql.bind(Bind::BigInts(first.collect())).push(", ");
    let last = ids.iter().map(|ids| *ids.end());
    sql.bind(Bind::BigInts(last.collect())).push(&format!(
        ") AS asked (first, last)
         CROSS JOIN LATERAL (SELECT id, msg_id, topic, category, \"timestamp\" FROM messages
                             WHERE id BETWEEN asked.first AND asked.last OFFSET 0) AS found
         LIMIT {MOST}) AS m ON true"
    ));
    let mut horizon = Horizon::default();
    let mut found = Vec::new();
    for (ended, begun, id, msg_id, topic, category, numbers) in
        sql.of::<ArrivalColumns>().load::<ArrivalRow>(connection)?
    {
        horizon = Horizon { ended, begun };
        if let (Some(id), Some(topic), Some(category)) = (id, topic, category) {
            let subjects = numbers.into_iter().filter_map(Subject::numbered).collect();
            let arrival = Arrival {
                msg_id,
                topic,
                category,
                subjects,
            };
            found.push((id, arrival));
        }
    }
    Ok((horizon, found))
}
