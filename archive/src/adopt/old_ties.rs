//! Which users and packages the messages of a slice concern.

use std::collections::{BTreeSet, HashMap, HashSet};

use diesel::pg::PgConnection;
use diesel::pg::data_types::PgTimestamp;
use diesel::prelude::*;
use diesel::sql_types::{BigInt, Integer, Timestamp};

use crate::adopt::incumbent;
use crate::adopt::old_names::OldNames;
use crate::adopt::old_row::{self, OldKey};
use crate::span::Span;
use crate::store::association::Tie;

/// A tie of the other archive.
#[derive(QueryableByName)]
pub(super) struct OldTie {
    #[diesel(sql_type = Integer)]
    pub(super) name: i32,
    #[diesel(sql_type = BigInt)]
    msg_id: i64,
    #[diesel(sql_type = Timestamp)]
    timestamp: PgTimestamp,
}

impl OldTie {
    fn message(&self) -> OldKey {
        let PgTimestamp(micros) = self.timestamp;
        (self.msg_id, micros)
    }
}

/// What became of a message of a slice.
#[derive(Clone, Copy, Debug)]
pub(super) enum Fate {
    /// It was stored, under this key.
    Stored(i64),
    /// An earlier run had stored it, under this key.
    StoredBefore(i64),
    /// It was not: what nommer had stored itself has its own ties, and what is put aside has none.
    NotStored,
}

/// What became of the messages of a slice.
pub(super) type Fates = HashMap<OldKey, Fate>;

/// What became of ties.
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq)]
pub struct Tied {
    /// How many were stored.
    pub stored: u64,
    /// How many are of no message.
    pub orphaned: u64,
    /// How many name nobody, or somebody whose name is no text.
    pub nameless: u64,
}

/// The ties of a span.
pub(super) fn read(
    connection: &mut PgConnection,
    names: &OldNames,
    span: Span,
) -> QueryResult<Vec<OldTie>> {
    let (ties, key) = (names.association.ties, names.association.key);
    let within = incumbent::within(span, "msg_timestamp");
    diesel::sql_query(format!(
        "SELECT {key} AS name, msg_id::bigint, msg_timestamp AS \"timestamp\" FROM {ties}
         WHERE {within}"
    ))
    .load(connection)
}

/// Ties the messages that were stored, as they were tied there; and those that an earlier run had stored, where ties
/// came since.
pub(super) fn store(
    connection: &mut PgConnection,
    names: &OldNames,
    old: &[OldTie],
    fates: &Fates,
) -> QueryResult<Tied> {
    let mut tied = Tied::default();
    let mut new: Vec<Tie> = Vec::with_capacity(old.len());
    let mut late: Vec<Tie> = Vec::new();
    for tie in old {
        let (id, micros) = tie.message();
        let ours = |key| Some((names.ours(tie.name)?, key, old_row::time(micros)?));
        match fates.get(&(id, micros)) {
            None => tied.orphaned += 1,
            Some(Fate::NotStored) => {}
            Some(Fate::StoredBefore(key)) => late.extend(ours(*key)),
            Some(Fate::Stored(key)) => match ours(*key) {
                Some(tie) => new.push(tie),
                None => tied.nameless += 1,
            },
        }
    }
    let stored = names.association.copy_new(connection, new)?;
    tied.stored = (stored + names.association.add_late(connection, &late)?) as u64;
    Ok(tied)
}

/// The names to which some messages are tied, in their order.
pub(super) fn names(
    connection: &mut PgConnection,
    names: &OldNames,
    old: &[OldTie],
    messages: &HashSet<OldKey>,
) -> QueryResult<HashMap<OldKey, Vec<String>>> {
    let mut keys: HashMap<OldKey, Vec<i32>> = HashMap::new();
    for tie in old {
        let message = tie.message();
        if let Some(key) = names.ours(tie.name)
            && messages.contains(&message)
        {
            keys.entry(message).or_default().push(key);
        }
    }
    let all: BTreeSet<i32> = keys.values().flatten().copied().collect();
    let all: Vec<i32> = all.into_iter().collect();
    let known = names.association.names_of(connection, &all)?;
    let named = keys.into_iter().map(|(message, keys)| {
        let names = keys.iter().filter_map(|key| known.get(key).cloned());
        let names: BTreeSet<String> = names.collect();
        (message, names.into_iter().collect())
    });
    Ok(named.collect())
}

impl std::ops::AddAssign for Tied {
    fn add_assign(&mut self, other: Self) {
        self.stored += other.stored;
        self.orphaned += other.orphaned;
        self.nameless += other.nameless;
    }
}
