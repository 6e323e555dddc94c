//! Stores batches of messages, one transaction each, such that storing a message again is harmless.

use chrono::{Datelike, NaiveDateTime};
use diesel::pg::PgConnection;
use diesel::prelude::*;
use diesel::sql_types::{BigInt, Binary, Bool, Integer, Json, Text, Timestamp};
use indexmap::IndexMap;
use sha2::{Digest, Sha256};

use crate::body::Body;
use crate::database::connection::{self, ConnectionOptions, PgPool};
use crate::dead_letter::DeadLetter;
use crate::error::StoreError;
use crate::message::{Identity, NewMessage};
use crate::store::batch;

/// Writes the archive.
pub struct Writer {
    pool: PgPool,
    memory: batch::Memory,
}

/// What became of a message.
#[derive(Clone, Debug, Eq, PartialEq)]
pub enum Outcome {
    /// It is stored.
    Stored,
    /// It was stored before.
    Duplicate,
    /// The database refuses this message, though it takes others; the reason is the database's.
    /// Put it aside.
    Refused(String),
}

impl Writer {
    /// Does not connect yet: the database may be away now.
    pub fn new(options: &ConnectionOptions) -> Self {
        Self {
            pool: options.pool(),
            memory: batch::Memory::default(),
        }
    }

    pub(crate) fn pool(&self) -> &PgPool {
        &self.pool
    }

    /// Stores a batch; the outcomes are in its order.
    ///
    /// After an error nothing is known to be stored: call again with the same batch. It is `&mut`
    /// because messages without an id get their final one here, which such a second call must find.
    /// Where the database refuses a message for what it holds, that one alone is
    /// [`Outcome::Refused`], found by halving the batch.
    pub fn store(&self, batch: &mut [NewMessage]) -> Result<Vec<Outcome>, StoreError> {
        match self.try_store(batch) {
            // Perhaps a deadlock: the second try tells.
            Err(StoreError::Refused(_)) => self.store_by_halves(batch),
            answer => answer,
        }
    }

    fn store_by_halves(&self, batch: &mut [NewMessage]) -> Result<Vec<Outcome>, StoreError> {
        match self.try_store(batch) {
            Err(StoreError::Refused(reason)) if batch.len() <= 1 => {
                self.check_health()?;
                Ok(vec![Outcome::Refused(reason.to_string())])
            }
            Err(StoreError::Refused(_)) => {
                let (first, second) = batch.split_at_mut(batch.len() / 2);
                let mut outcomes = self.store_by_halves(first)?;
                outcomes.extend(self.store_by_halves(second)?);
                Ok(outcomes)
            }
            answer => answer,
        }
    }

    fn try_store(&self, batch: &mut [NewMessage]) -> Result<Vec<Outcome>, StoreError> {
        let answer = connection::run(&self.pool, "store", &"", None, |connection| {
            connection.transaction(|connection| batch::store(connection, batch, &self.memory))
        });
        match answer {
            Ok(batch::Stored {
                outcomes,
                users,
                packages,
            }) => {
                self.memory.users.learn(users);
                self.memory.packages.learn(packages);
                Ok(outcomes)
            }
            Err(error) => {
                self.memory.users.forget();
                self.memory.packages.forget();
                Err(error)
            }
        }
    }

    /// Whether the database takes a harmless message: if not, the fault is not with the batch but
    /// with the database (a full disk, a missing table), which someone may mend.
    fn check_health(&self) -> Result<(), StoreError> {
        let mut harmless = [NewMessage {
            msg_id: "health check".to_owned(),
            identity: Identity::IdAndTime,
            topic: "health.check".to_owned(),
            timestamp: NaiveDateTime::default(),
            category: "Unclassified".to_owned(),
            agent_name: None,
            body: Body::parse("{}").map_err(|error| StoreError::Refused(Box::new(error)))?,
            headers: serde_json::Map::new(),
            users: vec!["health check".to_owned()],
            packages: vec!["health check".to_owned()],
        }];
        match self.pool.get()?.connection.transaction(|connection| {
            batch::store(connection, &mut harmless, &batch::Memory::default())?;
            Err::<(), _>(diesel::result::Error::RollbackTransaction)
        }) {
            Ok(()) | Err(diesel::result::Error::RollbackTransaction) => Ok(()),
            Err(error) => Err(StoreError::Unavailable(Box::new(error))),
        }
    }

    /// Keeps deliveries that cannot be archived. One that is kept already is counted.
    pub fn put_aside(&self, letters: &[DeadLetter]) -> Result<(), StoreError> {
        let mut distinct = IndexMap::<[u8; 32], (&DeadLetter, i64)>::new();
        for letter in letters {
            distinct.entry(digest(letter)).or_insert((letter, 0)).1 += 1;
        }
        connection::run(&self.pool, "put_aside", &"", None, |connection| {
            connection.transaction(|connection| {
                for (digest, (letter, deliveries)) in &distinct {
                    put_aside(connection, digest, letter, *deliveries)?;
                }
                Ok(())
            })
        })
    }

    /// Makes the partitions of the year of `now` and of the next one; answers how many are new.
    pub fn add_partitions(&self, now: NaiveDateTime) -> Result<usize, StoreError> {
        connection::run(&self.pool, "add_partitions", &"", None, |connection| {
            let mut new = 0;
            for year in [now.year(), now.year() + 1] {
                let Added { added } = connection.transaction(|connection| {
                    // Rather later than that all writers wait behind a long query.
                    diesel::sql_query("SET LOCAL lock_timeout = '5s'").execute(connection)?;
                    diesel::sql_query("SELECT messages_add_partition($1) AS added")
                        .bind::<Integer, _>(year)
                        .get_result(connection)
                })?;
                new += usize::from(added);
            }
            Ok(new)
        })
    }
}

#[derive(QueryableByName)]
struct Added {
    #[diesel(sql_type = Bool)]
    added: bool,
}

fn digest(letter: &DeadLetter) -> [u8; 32] {
    let mut hash = Sha256::new();
    let properties = letter.properties.to_string();
    // Lengths first, so that no two letters run together to the same bytes.
    for part in [
        letter.routing_key.as_bytes(),
        properties.as_bytes(),
        &letter.body,
    ] {
        hash.update((part.len() as u64).to_be_bytes());
        hash.update(part);
    }
    hash.finalize().into()
}

fn put_aside(
    connection: &mut PgConnection,
    digest: &[u8],
    letter: &DeadLetter,
    deliveries: i64,
) -> QueryResult<()> {
    // PostgreSQL's text cannot hold NUL; the properties are `json`, which can hold its escape.
    let text = |text: &str| text.replace('\0', "\u{fffd}");
    let mut properties = letter.properties.clone();
    if letter.routing_key.contains('\0')
        && let Some(members) = properties.as_object_mut()
    {
        members.insert("routing_key".to_owned(), letter.routing_key.clone().into());
    }
    diesel::sql_query(
        "INSERT INTO dead_letters AS kept (digest, reason, received_at, last_received_at, deliveries,
                                           queue, exchange, routing_key, properties, body)
         VALUES ($1, $2, $3, $3, $4, $5, $6, $7, $8, $9)
         ON CONFLICT (digest) DO UPDATE SET deliveries = kept.deliveries + excluded.deliveries,
             last_received_at = greatest(kept.last_received_at, excluded.last_received_at)",
    )
    .bind::<Binary, _>(digest)
    .bind::<Text, _>(text(&letter.reason))
    .bind::<Timestamp, _>(letter.received_at)
    .bind::<BigInt, _>(deliveries)
    .bind::<Text, _>(text(&letter.queue))
    .bind::<Text, _>(text(&letter.exchange))
    .bind::<Text, _>(text(&letter.routing_key))
    .bind::<Json, _>(properties)
    .bind::<Binary, _>(&letter.body)
    .execute(connection)
    .map(drop)
}
