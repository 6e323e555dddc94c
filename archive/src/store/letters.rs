//! What becomes of dead letters: they are looked at, stored after all, or discarded.
//!
//! Each is read whole by itself, and others only in part: a body may be as large as the broker lets
//! it be.

use chrono::NaiveDateTime;
use diesel::pg::PgConnection;
use diesel::prelude::*;
use diesel::result::Error;
use diesel::sql_types::{BigInt, Binary, Nullable, Text, Timestamp};

use crate::database::connection::{self, ConnectionOptions, PATIENCE, PgPool};
use crate::database::sql::{Bind, Sql};
use crate::dead_letter::{self, DeadLetter};
use crate::error::StoreError;
use crate::message::NewMessage;
use crate::store::batch::{self, BatchMemory, Outcome};
use crate::store::left_out::one_row;
use crate::store::trial;

/// Which dead letters; without anything, all that are not discarded.
#[derive(Clone, Debug, Default)]
pub struct LetterFilter {
    /// Only these; empty for any.
    pub ids: Vec<i64>,
    /// A text in the reason, in the same case.
    pub reason: Option<String>,
    /// The routing key.
    pub routing_key: Option<String>,
    /// The queue.
    pub queue: Option<String>,
    /// Received then or later, for the first time. UTC.
    pub since: Option<NaiveDateTime>,
    /// Received before that time, for the first time. UTC.
    pub until: Option<NaiveDateTime>,
    /// Those that are discarded, instead of the others.
    pub discarded: bool,
}

/// What there is to say of a dead letter beside its content.
#[derive(Clone, Debug, PartialEq, Queryable)]
pub struct LetterHead {
    /// Its number.
    pub id: i64,
    /// Why it could not be archived.
    pub reason: String,
    /// When it came first. UTC.
    pub received_at: NaiveDateTime,
    /// When it came last. UTC.
    pub last_received_at: NaiveDateTime,
    /// How many times it came.
    pub deliveries: i64,
    /// The queue it came from.
    pub queue: String,
    /// Its routing key, with U+FFFD for the character NUL.
    pub routing_key: String,
    /// The size of its body in bytes.
    pub bytes: i64,
    /// When it was discarded. UTC.
    pub discarded_at: Option<NaiveDateTime>,
    /// Why it was discarded.
    pub discard_reason: Option<String>,
}

const HEAD: &str = "id, reason, received_at, last_received_at, deliveries, queue, routing_key, \
                    octet_length(body)::bigint AS bytes, discarded_at, discard_reason";

/// A dead letter, whole.
#[derive(Clone, Debug, PartialEq)]
pub struct KeptLetter {
    /// What there is to say of it.
    pub head: LetterHead,
    /// The delivery as it came first.
    pub letter: DeadLetter,
}

/// What became of a dead letter that was tried again.
#[derive(Clone, Debug, Eq, PartialEq)]
pub enum Retried {
    /// It is stored, and no dead letter any more.
    Stored,
    /// The archive had it already; it is no dead letter any more.
    Duplicate,
    /// It stays, for this reason.
    Refused(String),
    /// Somebody else has stored it meanwhile.
    Gone,
}

/// The dead letters of the archive.
pub struct DeadLetters {
    pool: PgPool,
}

impl DeadLetters {
    /// Does not connect yet: the database may be away now.
    pub fn new(options: &ConnectionOptions) -> Self {
        Self {
            pool: options.pool(),
        }
    }

    /// The first letters with a number above `after`, at most `limit` of them, in the order of
    /// numbers.
    pub fn heads(
        &self,
        filter: &LetterFilter,
        after: i64,
        limit: u32,
    ) -> Result<Vec<LetterHead>, StoreError> {
        connection::run(&self.pool, "letters", &"", Some(PATIENCE), |connection| {
            let mut sql = Sql::new(&format!("SELECT {HEAD} FROM dead_letters WHERE id > "));
            sql.bind(Bind::BigInt(after));
            push_filter(&mut sql, filter);
            sql.push(" ORDER BY id LIMIT ")
                .bind(Bind::BigInt(i64::from(limit)));
            sql.of::<HeadColumns>().load(connection)
        })
    }

    /// How many letters there are, and when the oldest of them came first; `None` if there are none.
    pub fn extent(
        &self,
        filter: &LetterFilter,
    ) -> Result<Option<(u64, NaiveDateTime)>, StoreError> {
        connection::run(
            &self.pool,
            "letters_extent",
            &"",
            Some(PATIENCE),
            |connection| {
                let mut sql =
                    Sql::new("SELECT count(*), min(received_at) FROM dead_letters WHERE true");
                push_filter(&mut sql, filter);
                let extent = sql.of::<(BigInt, Nullable<Timestamp>)>();
                let (number, oldest): (i64, Option<NaiveDateTime>) =
                    extent.get_result(connection)?;
                Ok(oldest.map(|oldest| (number.cast_unsigned(), oldest)))
            },
        )
    }

    /// Which of the filter's numbers no letter has, or only one on the other side of being
    /// discarded, ascending. The filter's other wishes do not matter.
    pub fn missing(&self, filter: &LetterFilter) -> Result<Vec<i64>, StoreError> {
        let same = LetterFilter {
            discarded: filter.discarded,
            ..LetterFilter::default()
        };
        connection::run(&self.pool, "missing", &"", Some(PATIENCE), |connection| {
            let mut sql = Sql::new("SELECT DISTINCT asked FROM unnest(");
            sql.bind(Bind::BigInts(filter.ids.clone()));
            sql.push(") asked WHERE NOT EXISTS (SELECT FROM dead_letters WHERE id = asked");
            push_filter(&mut sql, &same);
            sql.push(") ORDER BY 1");
            sql.of::<BigInt>().load(connection)
        })
    }

    /// A letter, whole; `None` if there is none of this number.
    pub fn get(&self, id: i64) -> Result<Option<KeptLetter>, StoreError> {
        connection::run(&self.pool, "letter", &"", Some(PATIENCE), |connection| {
            get(connection, id, "")
        })
    }

    /// Stores what `decode` makes of a letter, and takes it away from the dead letters, in one
    /// transaction. If it is refused again it stays, with its new reason. `dry_run` changes nothing,
    /// and answers what would become of it.
    pub fn retry(
        &self,
        id: i64,
        dry_run: bool,
        decode: impl FnOnce(&KeptLetter) -> Result<NewMessage, String>,
    ) -> Result<Retried, StoreError> {
        let mut suspect = None;
        let mut retried = None;
        let answer = connection::run(&self.pool, "retry", &"", Some(PATIENCE), |connection| {
            connection.transaction(|connection| {
                let decoded = match get(connection, id, " FOR UPDATE")? {
                    None => {
                        retried = Some(Retried::Gone);
                        return Ok(());
                    }
                    Some(letter) => decode(&letter),
                };
                retried = Some(match decoded {
                    Err(reason) => Retried::Refused(reason),
                    Ok(message) => store(connection, id, suspect.insert(message))?,
                });
                if dry_run {
                    Err(Error::RollbackTransaction)
                } else {
                    Ok(())
                }
            })
        });
        let retried = match (answer, retried, suspect) {
            (Err(StoreError::Refused(reason)), None, Some(message)) => {
                Retried::Refused(trial::blame(&self.pool, &message, reason)?)
            }
            (_, Some(retried), _) if dry_run => retried,
            (Ok(()), Some(retried), _) => retried,
            (Err(error), ..) => return Err(error),
            (Ok(()), None, _) => Retried::Gone,
        };
        if let (Retried::Refused(reason), false) = (&retried, dry_run) {
            self.note_reason(id, reason)?;
        }
        Ok(retried)
    }

    fn note_reason(&self, id: i64, reason: &str) -> Result<(), StoreError> {
        connection::run(
            &self.pool,
            "note_reason",
            &"",
            Some(PATIENCE),
            |connection| {
                diesel::sql_query("UPDATE dead_letters SET reason = $2 WHERE id = $1")
                    .bind::<BigInt, _>(id)
                    .bind::<Text, _>(reason.replace('\0', "\u{fffd}"))
                    .execute(connection)
                    .map(drop)
            },
        )
    }

    /// Marks letters as discarded; they are kept. Answers how many.
    pub fn discard(
        &self,
        filter: &LetterFilter,
        reason: &str,
        now: NaiveDateTime,
    ) -> Result<usize, StoreError> {
        connection::run(&self.pool, "discard", &"", Some(PATIENCE), |connection| {
            let mut sql = Sql::new("UPDATE dead_letters SET discarded_at = ");
            sql.bind(Bind::Time(now))
                .push(", discard_reason = ")
                .bind(Bind::Text(reason.to_owned()));
            sql.push(" WHERE true");
            push_filter(&mut sql, filter);
            sql.of::<()>().execute(connection)
        })
    }
}

fn push_filter(sql: &mut Sql, filter: &LetterFilter) {
    if !filter.ids.is_empty() {
        sql.push(" AND id = ANY (")
            .bind(Bind::BigInts(filter.ids.clone()))
            .push(")");
    }
    if let Some(reason) = &filter.reason {
        sql.push(" AND position(")
            .bind(Bind::Text(reason.clone()))
            .push(" IN reason) > 0");
    }
    for (column, value) in [
        ("routing_key", &filter.routing_key),
        ("queue", &filter.queue),
    ] {
        if let Some(value) = value {
            sql.push(&format!(" AND {column} = "))
                .bind(Bind::Text(value.clone()));
        }
    }
    for (bound, time) in [
        ("received_at >= ", filter.since),
        ("received_at < ", filter.until),
    ] {
        if let Some(time) = time {
            sql.push(" AND ").push(bound).bind(Bind::Time(time));
        }
    }
    let discarded = if filter.discarded {
        " AND discarded_at IS NOT NULL"
    } else {
        " AND discarded_at IS NULL"
    };
    sql.push(discarded);
}

fn get(connection: &mut PgConnection, id: i64, lock: &str) -> QueryResult<Option<KeptLetter>> {
    let mut sql = Sql::new(&format!(
        "SELECT {HEAD}, exchange, properties::text, body FROM dead_letters WHERE id = "
    ));
    sql.bind(Bind::BigInt(id)).push(lock);
    let row = sql
        .of::<(HeadColumns, Text, Text, Binary)>()
        .get_result(connection);
    row.optional()?.map(whole).transpose()
}

/// Stores the message of a letter; answers what became of it.
fn store(connection: &mut PgConnection, id: i64, message: &mut NewMessage) -> QueryResult<Retried> {
    let stored = batch::store(
        connection,
        std::slice::from_mut(message),
        &BatchMemory::default(),
    )?;
    let retried = match &stored.outcomes[..] {
        [Outcome::Stored] => Retried::Stored,
        [Outcome::Refused(reason)] => return Ok(Retried::Refused(reason.clone())),
        _ => Retried::Duplicate,
    };
    let deleted = diesel::sql_query("DELETE FROM dead_letters WHERE id = $1")
        .bind::<BigInt, _>(id)
        .execute(connection)?;
    one_row("dead_letters", deleted)?;
    Ok(retried)
}

type HeadColumns = (
    BigInt,
    Text,
    Timestamp,
    Timestamp,
    BigInt,
    Text,
    Text,
    BigInt,
    Nullable<Timestamp>,
    Nullable<Text>,
);

/// A letter as its row has it, with exchange, properties and body.
type LetterRow = (LetterHead, String, String, Vec<u8>);

fn whole((head, exchange, properties, body): LetterRow) -> QueryResult<KeptLetter> {
    let properties = serde_json::from_str(&properties)
        .map_err(|error| Error::DeserializationError(Box::new(error)))?;
    let mut letter = DeadLetter {
        reason: head.reason.clone(),
        received_at: head.received_at,
        queue: head.queue.clone(),
        exchange,
        routing_key: head.routing_key.clone(),
        properties: dead_letter::original(properties),
        body,
    };
    letter.take_texts();
    Ok(KeptLetter { head, letter })
}
