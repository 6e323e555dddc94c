//! Stores batches of messages, one transaction each, such that storing a message again is harmless.

use crate::database::connection::{self, ConnectionOptions, PgPool};
use crate::database::link;
use crate::database::origin::OfDatabase;
use crate::error::StoreError;
use crate::message::NewMessage;
use crate::store::batch::{self, BatchMemory, Outcome};
use crate::store::{replicated, trial};

/// Writes the archive.
pub struct Writer {
    pool: PgPool,
    memory: OfDatabase<BatchMemory>,
}

impl Writer {
    /// Does not connect yet: the database may be away now.
    pub fn new(options: &ConnectionOptions) -> Self {
        Self {
            pool: options.pool(),
            memory: OfDatabase::default(),
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
    /// [`StoreError::Full`] or [`StoreError::Impaired`] where the database says so, or
    /// [`StoreError::Unavailable`], also where a standby that commits are to wait for does not have it.
    pub fn store(&self, batch: &mut [NewMessage]) -> Result<Vec<Outcome>, StoreError> {
        let Some(first) = batch.first() else {
            return Ok(Vec::new());
        };
        let timestamp = first.timestamp;
        match self.try_store(&self.pool, batch) {
            // Perhaps a deadlock, or a plan that is outdated: the second try tells.
            Err(StoreError::Refused(_)) => {
                trial::check_health(&self.pool, timestamp)?;
                self.store_by_halves(&self.pool.keeping_refused(), batch)
            }
            answer => answer,
        }
    }

    fn store_by_halves(
        &self,
        pool: &PgPool,
        batch: &mut [NewMessage],
    ) -> Result<Vec<Outcome>, StoreError> {
        match self.try_store(pool, batch) {
            Err(StoreError::Refused(reason)) => match batch {
                [message] => {
                    let reason = trial::blame(&self.pool, message, reason)?;
                    Ok(vec![Outcome::Refused(reason)])
                }
                _ => {
                    let (first, second) = batch.split_at_mut(batch.len() / 2);
                    let mut outcomes = self.store_by_halves(pool, first)?;
                    outcomes.extend(self.store_by_halves(pool, second)?);
                    Ok(outcomes)
                }
            },
            answer => answer,
        }
    }

    fn try_store(
        &self,
        pool: &PgPool,
        batch: &mut [NewMessage],
    ) -> Result<Vec<Outcome>, StoreError> {
        let mut used = None;
        let messages = batch.len();
        // Sent twice where there are duplicates.
        let bytes: usize = batch
            .iter()
            .map(|message| 2 * message.body.as_str().len())
            .sum();
        let answer = connection::run_knowing(
            pool,
            "store",
            &format_args!("messages: {messages}"),
            Some(connection::PATIENCE + link::time_for(bytes)),
            |connection, origin| {
                let memory = used.insert(self.memory.of(origin));
                let store = |connection: &mut _| batch::store(connection, batch, memory);
                replicated::commit(connection, store)
            },
        );
        let memory = used.unwrap_or_default();
        match replicated::kept(answer) {
            Ok(stored) => {
                memory.users.learn(stored.users);
                memory.packages.learn(stored.packages);
                Ok(stored.outcomes)
            }
            Err(error) => {
                memory.users.forget();
                memory.packages.forget();
                Err(error)
            }
        }
    }
}
