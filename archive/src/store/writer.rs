//! Stores batches of messages, one transaction each, such that storing a message again is harmless.

use chrono::NaiveDateTime;
use diesel::Connection;
use diesel::result::Error;

use crate::body::Body;
use crate::database::connection::{self, ConnectionOptions, PgPool};
use crate::error::StoreError;
use crate::message::{Identity, NewMessage};
use crate::store::batch::{self, BatchMemory, Outcome, Stored};

/// Writes the archive.
pub struct Writer {
    pool: PgPool,
    memory: BatchMemory,
}

impl Writer {
    /// Does not connect yet: the database may be away now.
    pub fn new(options: &ConnectionOptions) -> Self {
        Self {
            pool: options.pool(),
            memory: BatchMemory::default(),
        }
    }

    pub(super) fn pool(&self) -> &PgPool {
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
            Ok(Stored {
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
            batch::store(connection, &mut harmless, &BatchMemory::default())?;
            Err::<(), _>(Error::RollbackTransaction)
        }) {
            Ok(()) | Err(Error::RollbackTransaction) => Ok(()),
            Err(error) => Err(StoreError::Unavailable(Box::new(error))),
        }
    }
}
