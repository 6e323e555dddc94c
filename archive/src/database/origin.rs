//! Which database a pool leads to.
//!
//! What is remembered of one must not be taken for what another holds: a server that was restored
//! to an earlier state, another server under the same address, a database made anew under the same
//! name. There, row versions, keys and ids come again for other things.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

/// What tells one database from another: a server cannot be restored without a start, nor a database
/// be made anew without another oid.
pub(crate) const OF_SESSION: &str = "pg_postmaster_start_time()::text || ' ' || \
    (SELECT oid::text FROM pg_database WHERE datname = current_database())";

/// How many databases a pool has led to, and the last of them.
#[derive(Debug, Default)]
pub(crate) struct Origin(Mutex<(u64, String)>);

impl Origin {
    /// Notes what a new connection leads to.
    pub(crate) fn note(&self, what: String) {
        let (number, last) = &mut *self.lock();
        if *last != what {
            *number += 1;
            *last = what;
        }
    }

    /// The number of the database; another one as soon as there is a connection to another database.
    pub(crate) fn number(&self) -> u64 {
        self.lock().0
    }

    fn lock(&self) -> MutexGuard<'_, (u64, String)> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// What is remembered of the database that was used last.
#[derive(Debug, Default)]
pub(crate) struct OfDatabase<T>(Mutex<(u64, Arc<T>)>);

impl<T: Default> OfDatabase<T> {
    /// What is remembered of the database of this number: nothing, if it is another than the last.
    /// Whoever still uses that one goes on with its memory, which nobody else sees.
    pub(crate) fn number(&self, database: u64) -> Arc<T> {
        let (number, memory) = &mut *self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if *number != database {
            (*number, *memory) = (database, Arc::default());
        }
        memory.clone()
    }
}
