//! Memories that are bounded by all that they hold, keys included.

use std::hash::Hash;
use std::ops::AddAssign;

use quick_cache::Weighter;
use quick_cache::sync::Cache;

/// What an entry takes beside its key and its value, in bytes: its places in the tables of the
/// cache, and the counts of what is shared.
const ENTRY: usize = 64;

/// A memory that forgets what was not asked for lately, so that all that it holds stays below a
/// limit in bytes.
pub(crate) struct Bounded<K, V>(Cache<K, Weighed<V>, ByWeight>);

/// How a memory fares.
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq)]
pub struct MemoryUse {
    /// How often something was asked for that it held.
    pub hits: u64,
    /// How often it did not hold what was asked for.
    pub misses: u64,
    /// What it takes now, in bytes.
    pub bytes: u64,
    /// What it may take, in bytes.
    pub limit: u64,
}

impl AddAssign for MemoryUse {
    fn add_assign(&mut self, other: Self) {
        self.hits += other.hits;
        self.misses += other.misses;
        self.bytes += other.bytes;
        self.limit += other.limit;
    }
}

/// A value, and the bytes that its entry takes.
#[derive(Clone)]
struct Weighed<V> {
    value: V,
    bytes: u64,
}

/// The cache asks for a weight more than once, so it stands beside the value.
#[derive(Clone)]
struct ByWeight;

impl<K, V> Weighter<K, Weighed<V>> for ByWeight {
    fn weight(&self, _: &K, weighed: &Weighed<V>) -> u64 {
        weighed.bytes
    }
}

impl<K: Eq + Hash, V: Clone> Bounded<K, V> {
    /// `entries` is about how many will be held, `bytes` the limit.
    pub(crate) fn new(entries: usize, bytes: u64) -> Self {
        Self(Cache::with_weighter(entries, bytes, ByWeight))
    }

    pub(crate) fn get(&self, key: &K) -> Option<V> {
        self.0.get(key).map(|weighed| weighed.value)
    }

    /// Holds a value. `heap` is what key and value hold beside themselves, in bytes; what they
    /// share with others counts for each.
    pub(crate) fn insert(&self, key: K, value: V, heap: usize) {
        let bytes = size_of::<K>() + size_of::<Weighed<V>>() + ENTRY + heap;
        let bytes = bytes as u64;
        self.0.insert(key, Weighed { value, bytes });
    }

    /// How it fares.
    pub(crate) fn usage(&self) -> MemoryUse {
        MemoryUse {
            hits: self.0.hits(),
            misses: self.0.misses(),
            bytes: self.0.weight(),
            limit: self.0.capacity(),
        }
    }
}
