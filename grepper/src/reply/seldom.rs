//! What is told now and then only, however often it happens.

use std::sync::{Mutex, PoisonError};
use std::time::{Duration, Instant};

/// Something that is told once a minute, with how often it happened.
pub struct Seldom(Mutex<Told>);

struct Told {
    last: Option<Instant>,
    /// How often it happened since.
    untold: u64,
}

const PAUSE: Duration = Duration::from_secs(60);

impl Seldom {
    /// Something that has not happened yet.
    pub const fn new() -> Self {
        Self(Mutex::new(Told {
            last: None,
            untold: 0,
        }))
    }

    /// It happened. Answers how often it did since it was told last, this time included, if it is to
    /// be told now; whoever gets the number does so.
    pub fn happened(&self) -> Option<u64> {
        self.happened_at(Instant::now())
    }

    fn happened_at(&self, now: Instant) -> Option<u64> {
        let mut told = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        told.untold += 1;
        let is_recent = |last: Instant| now.duration_since(last) < PAUSE;
        if told.last.is_some_and(is_recent) {
            return None;
        }
        told.last = Some(now);
        Some(std::mem::take(&mut told.untold))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn it_is_told_at_first_and_once_a_minute_with_how_often() {
        let seldom = Seldom::new();
        let start = Instant::now();
        let told = [0, 1, 59, 60, 61, 300].map(|second| {
            let at = start + Duration::from_secs(second);
            seldom.happened_at(at)
        });
        assert_eq!(told, [Some(1), None, None, Some(3), None, Some(2)]);
    }
}
