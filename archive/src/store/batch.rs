//! The transaction that stores a batch.
//!
//! Its statements are few whatever the size of the batch: values go as arrays. Every writer takes
//! locks in the same order (see `database::locks`), so that two that got the same deliveries do not
//! deadlock.

use std::collections::{HashMap, HashSet};
use std::sync::atomic::{AtomicBool, Ordering};

use chrono::{Datelike, NaiveDateTime};
use diesel::connection::SimpleConnection;
use diesel::pg::PgConnection;
use diesel::prelude::*;
use diesel::result::{DatabaseErrorKind, Error};
use diesel::sql_types::{Array, BigInt, Integer, Nullable, Text, Timestamp};

use crate::database::link;
use crate::message::{Legacy, NewMessage};
use crate::store::about;
use crate::store::association::Association;
use crate::store::copy;
use crate::store::identity::recognise;
use crate::store::left_out::LeftOut;
use crate::store::names::Names;

/// What became of a message.
#[derive(Clone, Debug, Eq, PartialEq)]
pub enum Outcome {
    /// It is stored.
    Stored,
    /// It was stored before.
    Duplicate,
    /// The database refuses this message, though it takes others, or leaves it out; the reason is the
    /// database's. Put it aside.
    Refused(String),
}

/// Why a message is put aside that the database took without an error and did not store.
const LEFT_OUT: &str = "the database stored no row: a trigger on messages leaves it out";

/// What a writer knows from the batches before.
#[derive(Default)]
pub(super) struct BatchMemory {
    pub(super) users: Names,
    pub(super) packages: Names,
    /// Whether the last batch held what was not to be stored: then the next one does, too, as a rule.
    pub(super) duplicates: AtomicBool,
}

/// What became of a batch, once it is committed.
pub(super) struct Stored {
    pub(super) outcomes: Vec<Outcome>,
    /// Keys of names that were not known.
    pub(super) users: HashMap<String, i32>,
    pub(super) packages: HashMap<String, i32>,
}

pub(super) fn store(
    connection: &mut PgConnection,
    batch: &mut [NewMessage],
    memory: &BatchMemory,
) -> QueryResult<Stored> {
    let known = recognise(connection, batch)?;
    let ids = new_ids(connection, batch.len())?;
    // Ids in the order of arrival, which breaks ties in time; inserted in the order of keys.
    let mut rows: Vec<(i64, &NewMessage)> = Vec::with_capacity(batch.len());
    rows.extend(
        ids.iter()
            .copied()
            .zip(batch.iter())
            .zip(&known)
            .filter(|(_, known)| !**known)
            .map(|(row, _)| row),
    );
    rows.sort_by(|(_, a), (_, b)| (a.timestamp, &a.msg_id).cmp(&(b.timestamp, &b.msg_id)));
    rows.dedup_by(|(_, b), (_, a)| a.timestamp == b.timestamp && a.msg_id == b.msg_id);
    let left_out = add_new(connection, &mut rows, &memory.duplicates)?;
    let ties = rows
        .iter()
        .map(|(id, message)| (*id, message.timestamp, message.users.as_slice()));
    let users = Association::USERS.add_to_new(connection, &memory.users, ties)?;
    let ties = rows
        .iter()
        .map(|(id, message)| (*id, message.timestamp, message.packages.as_slice()));
    let packages = Association::PACKAGES.add_to_new(connection, &memory.packages, ties)?;
    let subjects = rows
        .iter()
        .map(|(id, new)| (*id, new.timestamp, new.topic.as_str(), &new.subjects));
    about::add(connection, subjects)?;
    let stored: HashSet<i64> = rows.iter().map(|(id, _)| *id).collect();
    let outcome = |(id, message): (&i64, &NewMessage)| {
        if stored.contains(id) {
            Outcome::Stored
        } else if left_out.has_same(message) {
            Outcome::Refused(LEFT_OUT.to_owned())
        } else {
            Outcome::Duplicate
        }
    };
    Ok(Stored {
        outcomes: ids.iter().zip(batch.iter()).map(outcome).collect(),
        users,
        packages,
    })
}

/// Inserts the rows, and leaves those that are stored by it; answers those that are not in the archive
/// even so. Duplicates are rare, and come many at once, as do rows that a trigger leaves out: copying
/// is tried first, as it costs less. It fails on the former, and does not tell which are the latter.
fn add_new(
    connection: &mut PgConnection,
    rows: &mut Vec<(i64, &NewMessage)>,
    duplicates: &AtomicBool,
) -> QueryResult<LeftOut> {
    if rows.is_empty() {
        return Ok(LeftOut::default());
    }
    if !duplicates.load(Ordering::Relaxed) {
        let years = rows.iter().map(|(_, message)| message.timestamp.year());
        let table = table_of(connection, years)?;
        let bodies = rows.iter().map(|(_, message)| message.body.as_str().len());
        // A copy that fails idles while the rest of it is on its way.
        let copied = link::sending(connection, bodies.sum(), |connection| {
            // A savepoint, as a failure would end the transaction.
            connection.transaction(|connection| {
                if copy::messages(connection, &table, rows)? == rows.len() {
                    Ok(LeftOut::default())
                } else {
                    Err(Error::RollbackTransaction)
                }
            })
        });
        match copied {
            Err(
                Error::DatabaseError(DatabaseErrorKind::UniqueViolation, _)
                | Error::RollbackTransaction,
            ) => {}
            answer => return answer,
        }
    }
    let stored = insert_messages(connection, rows)?;
    let not_stored = rows.extract_if(.., |(id, _)| !stored.contains(id));
    let not_stored: Vec<&NewMessage> = not_stored.map(|(_, message)| message).collect();
    duplicates.store(!not_stored.is_empty(), Ordering::Relaxed);
    LeftOut::among(connection, &not_stored)
}

/// What to copy rows of these years into: their partition, which takes them with less work, or else
/// `messages`.
pub(crate) fn table_of(
    connection: &mut PgConnection,
    mut years: impl Iterator<Item = i32>,
) -> QueryResult<String> {
    #[derive(QueryableByName)]
    struct Partition {
        #[diesel(sql_type = Text)]
        name: String,
    }
    let year = years.next().unwrap_or_default();
    let mut partition = None;
    if years.all(|other| other == year) {
        // As an insert would, so that it stays a partition until the end of the transaction.
        connection.batch_execute("LOCK TABLE ONLY messages IN ROW EXCLUSIVE MODE")?;
        partition = diesel::sql_query(
            "SELECT inhrelid::regclass::text AS name FROM pg_inherits
             WHERE inhparent = 'messages'::regclass AND inhrelid = to_regclass($1) AND NOT inhdetachpending
               AND has_table_privilege(inhrelid, 'INSERT')",
        )
        .bind::<Text, _>(format!("messages_y{year}"))
        .get_result::<Partition>(connection)
        .optional()?;
    }
    Ok(partition.map_or_else(|| "messages".to_owned(), |partition| partition.name))
}

#[derive(QueryableByName)]
struct Id {
    #[diesel(sql_type = BigInt)]
    id: i64,
}

/// So many keys of messages, in their order.
pub(crate) fn new_ids(connection: &mut PgConnection, count: usize) -> QueryResult<Vec<i64>> {
    #[derive(QueryableByName)]
    struct Ids {
        #[diesel(sql_type = Array<BigInt>)]
        ids: Vec<i64>,
    }
    let Ids { mut ids } = diesel::sql_query(
        // The transaction has a number before its messages have theirs: by it readers know how long to look for them.
        "SELECT pg_current_xact_id()::text, array(SELECT nextval('messages_id_seq') FROM generate_series(1, $1)) AS ids",
    )
    .bind::<BigInt, _>(count as i64)
    .get_result(connection)?;
    ids.sort_unstable();
    Ok(ids)
}

/// Answers the ids of the rows that were not stored before.
fn insert_messages(
    connection: &mut PgConnection,
    rows: &[(i64, &NewMessage)],
) -> QueryResult<HashSet<i64>> {
    fn column<'a, T>(rows: &[(i64, &'a NewMessage)], of: impl Fn(&'a NewMessage) -> T) -> Vec<T> {
        rows.iter().map(|(_, message)| of(message)).collect()
    }
    let ids: Vec<i64> = rows.iter().map(|(id, _)| *id).collect();
    fn legacy<'a>(
        rows: &[(i64, &'a NewMessage)],
        of: impl Fn(&'a Legacy) -> Option<&'a str>,
    ) -> Vec<Option<&'a str>> {
        column(rows, |message| of(message.legacy()))
    }
    let headers = column(rows, |message| {
        let headers = message.headers.as_ref()?;
        Some(serde_json::to_string(headers).unwrap_or_default())
    });
    let bodies = rows.iter().map(|(_, message)| message.body.as_str().len());
    let bytes = bodies
        .chain(headers.iter().flatten().map(String::len))
        .sum();
    let insert = diesel::sql_query(
        r#"INSERT INTO messages (id, msg_id, topic, "timestamp", category, agent_name, msg, headers, i,
                                 certificate, signature, crypto, source_name, source_version)
           SELECT id, msg_id, topic, "timestamp", category, agent_name, msg, headers::jsonb, i,
                  certificate, signature, crypto, source_name, source_version
           FROM unnest($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14)
             AS new (id, msg_id, topic, "timestamp", category, agent_name, msg, headers, i,
                     certificate, signature, crypto, source_name, source_version)
           ON CONFLICT (msg_id, "timestamp") DO NOTHING
           RETURNING id"#,
    )
    .bind::<Array<BigInt>, _>(ids)
    .bind::<Array<Text>, _>(column(rows, |message| message.msg_id.as_str()))
    .bind::<Array<Text>, _>(column(rows, |message| message.topic.as_str()))
    .bind::<Array<Timestamp>, _>(column::<NaiveDateTime>(rows, |message| message.timestamp))
    .bind::<Array<Text>, _>(column(rows, |message| message.category.as_str()))
    .bind::<Array<Nullable<Text>>, _>(column(rows, |message| message.agent_name.as_deref()))
    .bind::<Array<Text>, _>(column(rows, |message| message.body.as_str()))
    .bind::<Array<Nullable<Text>>, _>(headers)
    .bind::<Array<Integer>, _>(column(rows, |message| message.legacy().i))
    .bind::<Array<Nullable<Text>>, _>(legacy(rows, |of| of.certificate.as_deref()))
    .bind::<Array<Nullable<Text>>, _>(legacy(rows, |of| of.signature.as_deref()))
    .bind::<Array<Nullable<Text>>, _>(legacy(rows, |of| of.crypto.as_deref()))
    .bind::<Array<Nullable<Text>>, _>(legacy(rows, |of| of.source_name.as_deref()))
    .bind::<Array<Nullable<Text>>, _>(legacy(rows, |of| of.source_version.as_deref()));
    let inserted: Vec<Id> = link::sending(connection, bytes, |connection| insert.load(connection))?;
    Ok(inserted.into_iter().map(|row| row.id).collect())
}
