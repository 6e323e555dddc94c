//! Goes through stored messages again, and adds what was not known of them when they were stored.
//!
//! Messages are read by their place in the order `(timestamp, id)`, never by counting rows, so that
//! the thousandth part comes as fast as the first and none is skipped while others are stored.
//! Nothing is taken away, and adding something again is harmless.

use std::collections::HashSet;

use chrono::NaiveDateTime;
use diesel::pg::PgConnection;
use diesel::prelude::*;
use diesel::sql_types::{Array, BigInt, Text, Timestamp};

use crate::database::connection;
use crate::database::sql::{Bind, Sql};
use crate::error::StoreError;
use crate::message::Message;
use crate::query::row::{Columns, Row, push_columns};
use crate::store::association::{PACKAGES, USERS};
use crate::store::writer::Writer;

/// Any number: only one program may add at a time, so that two do not deadlock.
const LOCK: i64 = 0x7265_7669_7369;

/// Which messages to go through; what is not given restricts nothing.
#[derive(Clone, Debug, Default)]
pub struct Selection {
    /// By topic.
    pub topic: Option<String>,
    /// By category.
    pub category: Option<String>,
    /// The earliest time. UTC.
    pub start: Option<NaiveDateTime>,
    /// The time before which they were sent. UTC.
    pub end: Option<NaiveDateTime>,
    /// Only those of which no agent is known.
    pub without_agent: bool,
}

/// The place of a message in the order of the archive, by time and then by id.
#[derive(Clone, Copy, Debug, Eq, Ord, PartialEq, PartialOrd)]
pub struct Position {
    /// When it was sent. UTC.
    pub timestamp: NaiveDateTime,
    /// Its surrogate key.
    pub id: i64,
}

/// How many messages there are to go through, and where they end.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct Extent {
    /// How many.
    pub messages: u64,
    /// The place of the last one.
    pub last: Position,
}

/// What to add to a message.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Addition {
    /// Which message.
    pub position: Position,
    /// Users it concerns.
    pub users: Vec<String>,
    /// Packages it concerns.
    pub packages: Vec<String>,
    /// Who caused it; ignored where that is known.
    pub agent_name: Option<String>,
}

/// How much was new.
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq)]
pub struct Amended {
    /// Ties between users and messages.
    pub users: u64,
    /// Ties between packages and messages.
    pub packages: u64,
    /// Messages whose agent was not known.
    pub agents: u64,
}

impl Writer {
    /// Counts the messages that stand after `after`, if it is given; `None` where there are none.
    ///
    /// What is stored later is not among them if [`Writer::revisit`] is asked up to `last`.
    pub fn extent(
        &self,
        selection: &Selection,
        after: Option<Position>,
    ) -> Result<Option<Extent>, StoreError> {
        connection::run(self.pool(), "extent", &"", None, |connection| {
            let mut sql = Sql::new("SELECT m.id, m.\"timestamp\"");
            push_selected(&mut sql, selection, after, None);
            sql.push(" ORDER BY m.\"timestamp\" DESC, m.id DESC LIMIT 1");
            let last = sql
                .of::<(BigInt, Timestamp)>()
                .get_result::<(i64, NaiveDateTime)>(connection)
                .optional()?;
            let Some(last) = last.map(|(id, timestamp)| Position { timestamp, id }) else {
                return Ok(None);
            };
            let mut sql = Sql::new("SELECT count(*) AS count");
            push_selected(&mut sql, selection, after, Some(last));
            let count: i64 = sql.of::<BigInt>().get_result(connection)?;
            Ok(Some(Extent {
                messages: count.unsigned_abs(),
                last,
            }))
        })
    }

    /// The first messages, `most` of them, that stand after `after` and not after `last`, oldest first.
    pub fn revisit(
        &self,
        selection: &Selection,
        after: Option<Position>,
        last: Position,
        most: u32,
    ) -> Result<Vec<Message>, StoreError> {
        let mut sql = Sql::new("SELECT ");
        push_columns(&mut sql, None);
        push_selected(&mut sql, selection, after, Some(last));
        sql.push(" ORDER BY m.\"timestamp\", m.id LIMIT ")
            .bind(Bind::BigInt(most.into()));
        connection::run(self.pool(), "revisit", &"", None, |connection| {
            Ok(sql
                .of::<Columns>()
                .load::<Row>(connection)?
                .into_iter()
                .map(Row::into_message)
                .collect())
        })
    }

    /// Adds to messages, in one transaction. A message that is gone meanwhile is left out.
    pub fn amend(&self, additions: &[Addition]) -> Result<Amended, StoreError> {
        if additions.is_empty() {
            return Ok(Amended::default());
        }
        connection::run(self.pool(), "amend", &"", None, |connection| {
            connection.transaction(|connection| {
                diesel::sql_query("SELECT pg_advisory_xact_lock($1)")
                    .bind::<BigInt, _>(LOCK)
                    .execute(connection)?;
                let held = hold(connection, additions)?;
                let there = || {
                    additions
                        .iter()
                        .filter(|addition| held.contains(&addition.position.id))
                };
                // In the order in which new messages are stored, which waits for the same names.
                let users =
                    there().map(|a| (a.position.id, a.position.timestamp, a.users.as_slice()));
                let users = USERS.add(connection, users)?;
                let packages =
                    there().map(|a| (a.position.id, a.position.timestamp, a.packages.as_slice()));
                let packages = PACKAGES.add(connection, packages)?;
                let agents = set_agents(connection, there())?;
                Ok(Amended {
                    users: users as u64,
                    packages: packages as u64,
                    agents: agents as u64,
                })
            })
        })
    }
}

/// Appends FROM and WHERE.
fn push_selected(
    sql: &mut Sql,
    selection: &Selection,
    after: Option<Position>,
    last: Option<Position>,
) {
    let Selection {
        topic,
        category,
        start,
        end,
        without_agent,
    } = selection;
    sql.push(" FROM messages m WHERE true");
    for (condition, value) in [("m.topic = ", topic), ("m.category = ", category)] {
        if let Some(value) = value {
            sql.push(" AND ")
                .push(condition)
                .bind(Bind::Text(value.clone()));
        }
    }
    for (condition, time) in [("m.\"timestamp\" >= ", start), ("m.\"timestamp\" < ", end)] {
        if let Some(time) = time {
            sql.push(" AND ").push(condition).bind(Bind::Time(*time));
        }
    }
    if *without_agent {
        sql.push(" AND m.agent_name IS NULL");
    }
    for (comparison, position) in [(">", after), ("<=", last)] {
        let Some(Position { timestamp, id }) = position else {
            continue;
        };
        // The time alone says no more, but leaves out partitions.
        let bound = if comparison == ">" { ">=" } else { comparison };
        sql.push(" AND m.\"timestamp\" ")
            .push(bound)
            .push(" ")
            .bind(Bind::Time(timestamp));
        sql.push(" AND (m.\"timestamp\", m.id) ").push(comparison);
        sql.push(" (")
            .bind(Bind::Time(timestamp))
            .push(", ")
            .bind(Bind::BigInt(id))
            .push(")");
    }
}

/// Keeps the messages from being deleted until the end of the transaction; answers which are there.
fn hold(connection: &mut PgConnection, additions: &[Addition]) -> QueryResult<HashSet<i64>> {
    let (ids, times) = keys(additions.iter());
    let held: Vec<Key> = diesel::sql_query(
        r#"SELECT m.id
           FROM unnest($1, $2) AS asked (id, "timestamp")
           JOIN messages m ON m.id = asked.id AND m."timestamp" = asked."timestamp"
           FOR KEY SHARE OF m"#,
    )
    .bind::<Array<BigInt>, _>(ids)
    .bind::<Array<Timestamp>, _>(times)
    .load(connection)?;
    Ok(held.into_iter().map(|key| key.id).collect())
}

fn set_agents<'a>(
    connection: &mut PgConnection,
    additions: impl Iterator<Item = &'a Addition>,
) -> QueryResult<usize> {
    let additions: Vec<&Addition> = additions
        .filter(|addition| addition.agent_name.is_some())
        .collect();
    if additions.is_empty() {
        return Ok(0);
    }
    let (ids, times) = keys(additions.iter().copied());
    let names: Vec<&str> = additions
        .iter()
        .filter_map(|addition| addition.agent_name.as_deref())
        .collect();
    diesel::sql_query(
        r#"UPDATE messages m SET agent_name = new.agent_name
           FROM unnest($1, $2, $3) AS new (id, "timestamp", agent_name)
           WHERE m.id = new.id AND m."timestamp" = new."timestamp" AND m.agent_name IS NULL"#,
    )
    .bind::<Array<BigInt>, _>(ids)
    .bind::<Array<Timestamp>, _>(times)
    .bind::<Array<Text>, _>(names)
    .execute(connection)
}

fn keys<'a>(additions: impl Iterator<Item = &'a Addition>) -> (Vec<i64>, Vec<NaiveDateTime>) {
    additions
        .map(|addition| (addition.position.id, addition.position.timestamp))
        .unzip()
}

#[derive(QueryableByName)]
struct Key {
    #[diesel(sql_type = BigInt)]
    id: i64,
}
