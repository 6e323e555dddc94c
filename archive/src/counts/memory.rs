//! What a reader remembers of past days and months, which seldom change: sets of ids, which are large, and
//! what it found by looking for it.

use std::collections::BTreeMap;
use std::sync::Arc;

use diesel::pg::PgConnection;
use diesel::prelude::*;
use quick_cache::Weighter;
use roaring::RoaringTreemap;

use crate::counts::bodies::Bodies;
use crate::counts::bucket::Cell;
use crate::counts::postings::{self as ids, Counter};
use crate::counts::rollups::Sum;
use crate::counts::sets::{Combination, Matched};

/// Which of the rows that a counter had: it changes whenever they do. Any text of the database.
pub(crate) type Version = String;

/// What may be asked of a cell.
#[derive(Debug, Eq, Hash, PartialEq)]
pub(crate) enum Asked {
    Bodies(Bodies),
    Sum(Sum),
    Combination(Combination),
}

/// What is asked of a cell, with the versions of all that the answer depends on.
pub(crate) type Question = (Arc<Asked>, Cell, Vec<Version>);

/// What matched in a cell: in those that it is divided into or in itself, none of them empty.
type Parts = Arc<[(Cell, Matched)]>;

/// Sets of ids, and what was found.
pub(crate) struct Cache {
    sets: quick_cache::sync::Cache<(Counter, Version), Arc<RoaringTreemap>, Bytes>,
    matches: quick_cache::sync::Cache<Question, Parts, Bytes>,
}

/// The size of all sets, and of all that was found, in bytes.
const MOST: [u64; 2] = [40 << 20, 8 << 20];

#[derive(Clone)]
struct Bytes;

impl Weighter<(Counter, Version), Arc<RoaringTreemap>> for Bytes {
    fn weight(&self, (counter, version): &(Counter, Version), ids: &Arc<RoaringTreemap>) -> u64 {
        (ids.serialized_size() + counter.name.len() + version.len() + 100) as u64
    }
}

impl Weighter<Question, Parts> for Bytes {
    fn weight(&self, (_, _, versions): &Question, parts: &Parts) -> u64 {
        let more = |(_, Matched { few, version, .. }): &(Cell, Matched)| {
            few.as_ref().map_or(0, |few| few.size())
                + version.as_ref().map_or(0, |version| version.len())
        };
        let parts = parts
            .iter()
            .map(|part| more(part) + size_of_val(part))
            .sum::<usize>();
        (parts
            + versions
                .iter()
                .map(|version| version.len() + 50)
                .sum::<usize>()
            + 200) as u64
    }
}

impl Default for Cache {
    fn default() -> Self {
        let [sets, matches] = MOST;
        Self {
            sets: quick_cache::sync::Cache::with_weighter(10_000, sets, Bytes),
            matches: quick_cache::sync::Cache::with_weighter(20_000, matches, Bytes),
        }
    }
}

impl Cache {
    /// To be called when the database may be another one: versions may come again.
    pub(crate) fn forget(&self) {
        self.sets.clear();
        self.matches.clear();
    }

    /// What matched.
    pub(crate) fn matched(&self, question: &Question) -> Option<Parts> {
        self.matches.get(question)
    }

    /// Keeps what matched; cells without are left out.
    pub(crate) fn remember(
        &self,
        question: Question,
        parts: impl IntoIterator<Item = (Cell, Matched)>,
    ) {
        self.matches.insert(
            question,
            parts
                .into_iter()
                .filter(|(_, matched)| matched.count > 0)
                .collect(),
        );
    }

    /// The ids that the database keeps with counters, in these versions.
    pub(crate) fn kept(
        &self,
        connection: &mut PgConnection,
        counters: Vec<(Counter, Version)>,
    ) -> QueryResult<BTreeMap<Counter, Arc<RoaringTreemap>>> {
        let (mut found, mut missing) = (BTreeMap::new(), BTreeMap::new());
        for key in counters {
            match self.sets.get(&key) {
                Some(ids) => drop(found.insert(key.0, ids)),
                None => drop(missing.insert(key.0, key.1)),
            }
        }
        for (counter, ids) in ids::kept(connection, &missing.keys().cloned().collect::<Vec<_>>())? {
            let ids = Arc::new(ids);
            if let Some(version) = missing.remove(&counter) {
                self.sets.insert((counter.clone(), version), ids.clone());
            }
            found.insert(counter, ids);
        }
        Ok(found)
    }
}
