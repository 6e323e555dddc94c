//! Stores batches of messages, one transaction each, such that storing a message again is harmless.

use diesel::Connection;

use crate::database::connection::{self, ConnectionOptions, PgPool};
use crate::error::StoreError;
use crate::message::NewMessage;
use crate::store::batch::{self, BatchMemory, Outcome, Stored};
use crate::store::trial;

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
    /// [`Outcome::Refused`], found by halving the batch. Whatever else is wrong is
    /// [`StoreError::Unavailable`].
    pub fn store(&self, batch: &mut [NewMessage]) -> Result<Vec<Outcome>, StoreError> {
        let Some(first) = batch.first() else {
            return Ok(Vec::new());
        };
        let timestamp = first.timestamp;
        match self.try_store(batch) {
            // Perhaps a deadlock: the second try tells.
            Err(StoreError::Refused(_)) => {
                trial::check_health(&self.pool, timestamp)?;
                self.store_by_halves(batch)
            }
            answer => answer,
        }
    }

    fn store_by_halves(&self, batch: &mut [NewMessage]) -> Result<Vec<Outcome>, StoreError> {
        match self.try_store(batch) {
            Err(StoreError::Refused(reason)) => match batch {
                [message] => {
                    let reason = trial::blame(&self.pool, message, reason)?;
                    Ok(vec![Outcome::Refused(reason)])
                }
                _ => {
                    let (first, second) = batch.split_at_mut(batch.len() / 2);
                    let mut outcomes = self.store_by_halves(first)?;
                    outcomes.extend(self.store_by_halves(second)?);
                    Ok(outcomes)
                }
            },
            answer => answer,
        }
    }

    fn try_store(&self, batch: &mut [NewMessage]) -> Result<Vec<Outcome>, StoreError> {
        let answer = connection::run(
            &self.pool,
            "store",
            &"",
            Some(connection::PATIENCE),
            |connection| {
                connection.transaction(|connection| batch::store(connection, batch, &self.memory))
            },
        );
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
}
