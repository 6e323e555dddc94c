//! What was worked out lately: bounded by the bytes that it takes, and by time.

use std::collections::HashMap;
use std::hash::Hash;
use std::time::{Duration, Instant};

/// For how long what nobody asks for is remembered.
const IDLE: Duration = Duration::from_secs(30);
/// For how long anything is remembered.
const OLD: Duration = Duration::from_secs(120);

/// A memory of values, each with the bytes that it takes with its key.
pub struct Remembered<K, V> {
    limit: usize,
    bytes: usize,
    entries: HashMap<K, Entry<V>>,
}

struct Entry<V> {
    value: V,
    bytes: usize,
    made: Instant,
    asked: Instant,
}

impl<V> Entry<V> {
    fn is_young(&self, now: Instant) -> bool {
        let since = |then: Instant| now.saturating_duration_since(then);
        since(self.asked) < IDLE && since(self.made) < OLD
    }
}

impl<K: Clone + Eq + Hash, V> Remembered<K, V> {
    /// Remembers nothing yet, and never more than `limit` bytes.
    pub fn new(limit: usize) -> Self {
        Self {
            limit,
            bytes: 0,
            entries: HashMap::new(),
        }
    }

    /// What is remembered of this, which is now asked for.
    pub fn get(&mut self, key: &K, now: Instant) -> Option<&V> {
        let kept = self.entries.get_mut(key)?;
        if !kept.is_young(now) {
            self.forget(key);
            return None;
        }
        kept.asked = now;
        self.entries.get(key).map(|kept| &kept.value)
    }

    /// Remembers a value that takes so many bytes, and forgets for it what was not asked for for the longest time. One
    /// that takes more than all may is not remembered.
    pub fn insert(&mut self, key: K, value: V, bytes: usize, now: Instant) {
        self.forget(&key);
        if bytes > self.limit {
            return;
        }
        while self.bytes + bytes > self.limit {
            let oldest = self.entries.iter().min_by_key(|(_, kept)| kept.asked);
            let Some(oldest) = oldest.map(|(key, _)| key.clone()) else {
                break;
            };
            self.forget(&oldest);
        }
        let entry = Entry {
            value,
            bytes,
            made: now,
            asked: now,
        };
        self.bytes += bytes;
        self.entries.insert(key, entry);
    }

    /// Forgets this.
    pub fn forget(&mut self, key: &K) {
        if let Some(kept) = self.entries.remove(key) {
            self.bytes -= kept.bytes;
        }
    }

    /// Forgets what is too old, and what is not so any more.
    pub fn forget_old(&mut self, now: Instant, is_so: impl Fn(&V) -> bool) {
        self.entries
            .retain(|_, kept| kept.is_young(now) && is_so(&kept.value));
        self.bytes = self.entries.values().map(|kept| kept.bytes).sum();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn seconds(seconds: u64) -> Duration {
        Duration::from_secs(seconds)
    }

    #[test]
    fn what_nobody_asks_for_is_forgotten_and_so_is_what_is_old() {
        let mut memory = Remembered::new(100);
        let start = Instant::now();
        memory.insert("a", 1, 10, start);
        memory.insert("b", 2, 10, start);
        let mut asked = start;
        while asked + seconds(20) < start + OLD {
            asked += seconds(20);
            assert_eq!(memory.get(&"a", asked), Some(&1));
        }
        assert_eq!(memory.get(&"b", asked), None);
        assert_eq!(memory.bytes, 10);
        assert_eq!(memory.get(&"a", start + OLD), None);
        assert_eq!(memory.bytes, 0);
        memory.insert("c", 3, 10, start);
        memory.insert("d", 4, 10, start);
        memory.forget_old(start + seconds(1), |value| *value != 3);
        assert_eq!((memory.entries.len(), memory.bytes), (1, 10));
        memory.forget_old(start + IDLE, |_| true);
        assert_eq!((memory.entries.len(), memory.bytes), (0, 0));
    }

    proptest::proptest! {
        #[test]
        fn it_is_bounded_and_forgets_first_what_was_not_asked_for_for_the_longest_time(
            inserted in proptest::collection::vec((0..20_u8, 0..120_usize), 1..200),
        ) {
            let mut memory = Remembered::new(100);
            let start = Instant::now();
            let mut last_asked: Vec<u8> = Vec::new();
            for (n, (key, bytes)) in (0..).zip(inserted) {
                let now = start + Duration::from_millis(n);
                memory.insert(key, bytes, bytes, now);
                last_asked.retain(|known| *known != key);
                last_asked.push(key);
                let held: usize = memory.entries.values().map(|kept| kept.bytes).sum();
                assert!(held <= 100 && held == memory.bytes);
                assert_eq!(memory.entries.contains_key(&key), bytes <= 100);
                last_asked.retain(|key| memory.entries.contains_key(key));
                if let Some(first) = last_asked.first().copied() {
                    assert!(memory.get(&first, now).is_some());
                    last_asked.rotate_left(1);
                }
            }
        }
    }
}
