//! What stays as it is from one look to the next.

use std::collections::HashMap;
use std::sync::{Mutex, PoisonError};
use std::time::{Duration, Instant};

/// Less than the server waits for a session that is idle within a transaction: it would end one, and
/// another of the same program, which waited for it, would begin to idle.
const LONG: Duration = Duration::from_secs(20);

/// What was there at the last look, by a key of its own, and since when it has been at each look.
#[derive(Default)]
pub(super) struct Seen(Mutex<HashMap<String, Instant>>);

impl Seen {
    /// Notes all that is there now, and forgets the rest; answers what has been there for long.
    pub(super) fn look(&self, there: Vec<String>) -> Vec<String> {
        let now = Instant::now();
        let mut seen = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let since = |key: String| {
            let since = seen.get(&key).copied().unwrap_or(now);
            (key, since)
        };
        *seen = there.into_iter().map(since).collect();
        let long = seen.iter().filter(|(_, since)| now - **since >= LONG);
        long.map(|(key, _)| key.clone()).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_what_is_there_at_each_look_is_there_for_long() {
        let seen = Seen::default();
        let key = |key: &str| vec![key.to_owned()];
        assert!(seen.look(key("a")).is_empty());
        for since in seen.0.lock().expect("no panic").values_mut() {
            *since -= LONG;
        }
        assert_eq!(seen.look(key("a")), key("a"));
        assert!(seen.look(key("b")).is_empty());
        assert!(seen.look(key("a")).is_empty());
    }
}
