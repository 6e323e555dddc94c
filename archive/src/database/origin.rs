//! Which database a connection leads to.
//!
//! What is remembered of one must not be taken for what another holds: a server that was restored
//! to an earlier state, another server under the same address, a database made anew under the same
//! name. There, row versions, keys and ids come again for other things. Connections of one pool may
//! lead to several at the same time, so each knows its own.

use std::sync::{Arc, Mutex, PoisonError, Weak};

/// What tells one database from another: a server cannot be restored without a start, nor a database
/// be made anew without another oid.
pub(crate) const OF_SESSION: &str = "pg_postmaster_start_time()::text || ' ' || \
    (SELECT oid::text FROM pg_database WHERE datname = current_database())";

/// A database of a server since its last start. Each is there once for a pool; those of two pools are equal if they
/// are the same.
#[derive(Debug, Eq, PartialEq)]
pub struct Origin(String);

impl Origin {
    /// A database that no connection leads to, for tests.
    #[must_use]
    pub fn named(name: &str) -> Arc<Self> {
        Arc::new(Self(name.to_owned()))
    }
}

/// The databases that the connections of a pool lead to.
#[derive(Debug, Default)]
pub(crate) struct Origins(Mutex<Vec<Arc<Origin>>>);

impl Origins {
    /// The database that a new connection leads to.
    pub(crate) fn of(&self, session: String) -> Arc<Origin> {
        let mut known = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let of_session = known.iter().position(|origin| origin.0 == session);
        let origin = match of_session {
            Some(place) => known.swap_remove(place),
            None => Arc::new(Origin(session)),
        };
        // One without connections is known for as long as it was the last: it is likely to come again.
        known.retain(|other| Arc::strong_count(other) > 1);
        known.push(origin.clone());
        origin
    }
}

/// What is remembered of each of these databases.
#[derive(Debug, Default)]
pub(crate) struct OfDatabase<T>(Mutex<Vec<(Weak<Origin>, Arc<T>)>>);

impl<T: Default> OfDatabase<T> {
    /// What is remembered of a database; what was of those that nobody knows any more is forgotten.
    pub(crate) fn of(&self, origin: &Arc<Origin>) -> Arc<T> {
        let mut memories = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        memories.retain(|(known, _)| known.strong_count() > 0);
        let is_of = |(known, _): &&(Weak<Origin>, _)| std::ptr::eq(known.as_ptr(), &**origin);
        if let Some((_, memory)) = memories.iter().find(is_of) {
            return memory.clone();
        }
        let memory = Arc::<T>::default();
        memories.push((Arc::downgrade(origin), memory.clone()));
        memory
    }

    /// What is remembered of each.
    pub(crate) fn all(&self) -> Vec<Arc<T>> {
        let memories = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        memories.iter().map(|(_, memory)| memory.clone()).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_database_keeps_its_memory_while_there_are_connections_or_it_was_the_last() {
        let (origins, memories) = (Origins::default(), OfDatabase::<Mutex<u32>>::default());
        let of = |name: &str| origins.of(name.to_owned());
        let memory = |origin: &Arc<Origin>| memories.of(origin);
        let (first, second) = (of("first"), of("second"));
        *memory(&first).lock().expect("no panic") = 1;
        *memory(&second).lock().expect("no panic") = 2;
        let value = |origin: &Arc<Origin>| *memory(origin).lock().expect("no panic");
        assert_eq!((value(&of("first")), value(&of("second"))), (1, 2));
        drop((first, second));
        assert_eq!(value(&of("second")), 2);
        assert_eq!(value(&of("third")), 0);
        assert_eq!(value(&of("second")), 0);
        assert_eq!(memories.0.lock().expect("no panic").len(), 1);
    }
}
