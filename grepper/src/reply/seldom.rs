//! What is told now and then only, however often it happens.

use std::sync::{Mutex, PoisonError};
use std::time::{Duration, Instant};

/// Something that is told once in a time.
pub struct Seldom {
    pause: Duration,
    told: Mutex<Option<Instant>>,
}

impl Seldom {
    /// At first, and again after each `pause`.
    pub const fn every(pause: Duration) -> Self {
        Self {
            pause,
            told: Mutex::new(None),
        }
    }

    /// Whether it is to be told; whoever asks then does so.
    pub fn is_due(&self) -> bool {
        let mut told = self.told.lock().unwrap_or_else(PoisonError::into_inner);
        let is_due = told.is_none_or(|told| told.elapsed() >= self.pause);
        if is_due {
            *told = Some(Instant::now());
        }
        is_due
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn it_is_told_once_in_a_time() {
        let seldom = Seldom::every(Duration::from_secs(60));
        assert_eq!([(); 3].map(|()| seldom.is_due()), [true, false, false]);
        let always = Seldom::every(Duration::ZERO);
        assert_eq!([(); 3].map(|()| always.is_due()), [true; 3]);
    }
}
