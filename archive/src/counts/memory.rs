//! What a reader remembers of past days and months, which seldom change: postings, which are large,
//! and what it found in buckets.
//!
//! All is held by the versions of the rows that it was made of, so nothing needs to be told that it
//! is outdated.

use std::collections::BTreeMap;
use std::sync::Arc;

use diesel::pg::PgConnection;
use diesel::prelude::*;
use roaring::RoaringTreemap;
use sha2::{Digest, Sha256};

use crate::bounded::{Bounded, MemoryUse};
use crate::counts::bucket::Bucket;
use crate::counts::found::{Hits, HitsByBucket};
use crate::counts::postings::{self, Counter};
use crate::database::version::RowVersion;
use crate::query::asked::{Asked, size_of_texts};

/// The limit of all postings, in bytes.
const POSTINGS: u64 = 34 << 20;
/// The limit of all that was found, in bytes.
const HITS: u64 = 14 << 20;

/// The expression for the version of a note. With the version of its counter it tells all that
/// happened in a bucket: a counter's row is another one with each fold, which takes what is noted
/// then, and a note is of one transaction, or of all that one fold put together.
pub(super) const OF_NOTE: &str = "'+' || xact";

/// Longer versions are remembered by their digest.
const LONG_VERSION: usize = 64;

/// A version of many rows as one of few bytes.
pub(super) fn short(version: &RowVersion) -> RowVersion {
    if version.len() <= LONG_VERSION {
        version.clone()
    } else {
        hex::encode(Sha256::digest(version))
    }
}

/// What was asked of a bucket, with the versions of all rows that the answer depends on.
#[derive(Clone, Debug, Eq, Hash, PartialEq)]
pub(super) struct HitsKey {
    pub(super) asked: Arc<Asked>,
    pub(super) bucket: Bucket,
    pub(super) versions: Vec<RowVersion>,
}

/// What matched in a bucket, by the buckets that it is divided into or by itself; none of them is
/// empty.
type Parts = Arc<[(Bucket, Hits)]>;

/// What a reader remembers of buckets.
pub(crate) struct BucketMemory {
    postings: Bounded<(Counter, RowVersion), Arc<RoaringTreemap>>,
    hits: Bounded<HitsKey, Parts>,
}

impl Default for BucketMemory {
    fn default() -> Self {
        Self {
            postings: Bounded::new(10_000, POSTINGS),
            hits: Bounded::new(20_000, HITS),
        }
    }
}

impl BucketMemory {
    /// How the memory of postings and that of what was found fare.
    pub(crate) fn usage(&self) -> [MemoryUse; 2] {
        [self.postings.usage(), self.hits.usage()]
    }

    /// What matched.
    pub(super) fn hits(&self, key: &HitsKey) -> Option<Parts> {
        self.hits.get(key)
    }

    /// Remembers what matched; buckets without are left out.
    pub(super) fn remember(&self, key: HitsKey, parts: impl IntoIterator<Item = (Bucket, Hits)>) {
        let parts: Parts = parts
            .into_iter()
            .filter(|(_, hits)| hits.count > 0)
            .collect();
        let held: usize = parts.iter().map(|(_, hits)| hits.heap()).sum();
        let heap = key.asked.size() + size_of_texts(&key.versions) + size_of_val(&*parts) + held;
        self.hits.insert(key, parts, heap);
    }

    /// Takes out of `buckets` what is remembered, by the keys that `key` tells, and answers it.
    pub(super) fn take<T>(
        &self,
        buckets: &mut BTreeMap<Bucket, T>,
        key: impl Fn(Bucket, &T) -> Option<HitsKey>,
    ) -> HitsByBucket {
        let mut found = HitsByBucket::new();
        buckets.retain(|bucket, of_bucket| {
            let parts = key(*bucket, of_bucket).and_then(|key| self.hits(&key));
            match parts {
                Some(parts) => {
                    found.extend(parts.iter().cloned());
                    false
                }
                None => true,
            }
        });
        found
    }

    /// The postings that the database keeps with counters, in these versions.
    pub(super) fn kept(
        &self,
        connection: &mut PgConnection,
        counters: Vec<(Counter, RowVersion)>,
    ) -> QueryResult<BTreeMap<Counter, Arc<RoaringTreemap>>> {
        let mut found = BTreeMap::new();
        let mut missing = BTreeMap::new();
        for key in counters {
            match self.postings.get(&key) {
                Some(ids) => found.insert(key.0, ids).map(drop),
                None => missing.insert(key.0, key.1).map(drop),
            };
        }
        let wanted: Vec<Counter> = missing.keys().cloned().collect();
        for (counter, ids) in postings::kept(connection, &wanted)? {
            let ids = Arc::new(ids);
            if let Some(version) = missing.remove(&counter) {
                let heap = ids.serialized_size() + counter.term.name.len() + version.len();
                self.postings
                    .insert((counter.clone(), version), ids.clone(), heap);
            }
            found.insert(counter, ids);
        }
        Ok(found)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::counts::bucket::Unit;
    use crate::counts::test_times::day;

    const QUESTIONS: usize = 2_000;

    /// A question of so many values that it weighs some 40 kB.
    fn long_question(number: usize) -> HitsKey {
        let mut texts = vec!["x".repeat(1_000); 40];
        texts[0] = number.to_string();
        HitsKey {
            asked: Arc::new(Asked {
                texts,
                ..Asked::default()
            }),
            bucket: Bucket::holding(day(2024, 5, 1), Unit::Day),
            versions: vec!["1".to_owned()],
        }
    }

    #[test]
    fn questions_count_towards_the_limit() {
        let memory = BucketMemory::default();
        let mut last = None;
        for number in 0..QUESTIONS {
            let key = long_question(number);
            memory.remember(key.clone(), [(key.bucket, Hits::counted(1))]);
            last = Some(key);
        }
        assert!(memory.hits.usage().bytes <= HITS);
        assert!(memory.hits.usage().bytes > HITS / 2, "much of it is used");
        // What is held is what was weighed, and not more.
        let held = (0..QUESTIONS)
            .filter(|number| memory.hits(&long_question(*number)).is_some())
            .count();
        let size = long_question(0).asked.size();
        assert!(size > 30_000);
        assert!((held * size) as u64 <= HITS, "{held} questions");
        assert!(memory.hits(&last.expect("one")).is_some());
    }
}
