//! How long it is gone on with while a database is away.

use std::thread;
use std::time::{Duration, Instant};

use crate::error::StoreError;

/// So long at most, without anything getting done.
const LONGEST: Duration = Duration::from_secs(300);
/// The first pause; each is twice as long as the one before, up to the longest.
const FIRST: Duration = Duration::from_secs(1);
const LONGEST_PAUSE: Duration = Duration::from_secs(15);

/// For how long nothing got done, and how long is waited next.
pub(super) struct Patience {
    since: Instant,
    pause: Duration,
}

impl Patience {
    pub(super) fn new() -> Self {
        Self {
            since: Instant::now(),
            pause: FIRST,
        }
    }

    /// Waits, if that may help against an error; the error otherwise.
    pub(super) fn wait(&mut self, error: StoreError) -> Result<(), StoreError> {
        if !matches!(error, StoreError::Unavailable(_)) || self.since.elapsed() >= LONGEST {
            return Err(error);
        }
        let cause = std::error::Error::source(&error).map(ToString::to_string);
        tracing::warn!(%error, cause, seconds = self.pause.as_secs(), "trying again");
        thread::sleep(self.pause);
        self.pause = (2 * self.pause).min(LONGEST_PAUSE);
        Ok(())
    }
}
