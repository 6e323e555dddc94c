//! What was published, and what must have become of it.

use std::collections::BTreeMap;
use std::sync::Mutex;

use crate::journal::lock;

/// Where a message must be found in the end.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Expected {
    /// Once in the archive.
    Archived,
    /// Once among the dead letters.
    PutAside,
}

/// Whether the broker has it.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Fate {
    /// On its way.
    Sent,
    /// The broker said so.
    Confirmed,
    /// It never said, and as the message has no id it was not sent again: it may be there or not.
    Uncertain,
}

/// A message of the ledger; its number is its place.
#[derive(Clone, Copy, Debug)]
pub struct Entry {
    pub kind: &'static str,
    pub expected: Expected,
    pub fate: Fate,
    /// How many users and packages it is about, where that is known.
    pub ties: Option<(u32, u32)>,
}

/// All messages, by number.
#[derive(Default)]
pub struct Ledger(Mutex<Vec<Entry>>);

impl Ledger {
    /// Notes a message that is about to be sent, and answers its number.
    pub fn add(&self, kind: &'static str, expected: Expected, ties: Option<(u32, u32)>) -> u32 {
        let mut entries = lock(&self.0);
        entries.push(Entry {
            kind,
            expected,
            fate: Fate::Sent,
            ties,
        });
        (entries.len() - 1) as u32
    }

    /// Notes what became of it.
    pub fn settle(&self, number: u32, fate: Fate) {
        lock(&self.0)[number as usize].fate = fate;
    }

    /// A copy of all entries.
    pub fn entries(&self) -> Vec<Entry> {
        lock(&self.0).clone()
    }

    /// How many messages of each kind were confirmed.
    pub fn confirmed(&self) -> BTreeMap<&'static str, usize> {
        let mut kinds = BTreeMap::new();
        let entries = lock(&self.0);
        for entry in entries.iter().filter(|entry| entry.fate == Fate::Confirmed) {
            *kinds.entry(entry.kind).or_default() += 1;
        }
        kinds
    }
}
