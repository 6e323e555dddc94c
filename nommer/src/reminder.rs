//! Tells of work that takes long: a warning at first, an error once somebody should look.

use std::pin::pin;
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use archive::StoreError;
use service::error_chain;
use tokio::time::Instant;

/// What has lasted so long will hardly pass by itself. A server that starts again is back before.
pub const LASTING: Duration = Duration::from_secs(60);

/// Tells of what has lasted for so long, with the field `seconds`: as a warning, and as an error once it
/// is [`LASTING`].
macro_rules! tell_lasting {
    ($lasted:expr, $($rest:tt)*) => {{
        let lasted: std::time::Duration = $lasted;
        let seconds = lasted.as_secs();
        // The level of an event is part of its place in the program.
        if lasted >= $crate::reminder::LASTING {
            tracing::error!(seconds, $($rest)*);
        } else {
            tracing::warn!(seconds, $($rest)*);
        }
    }};
}
pub(crate) use tell_lasting;

/// Tells that the database has not shown for so long that it takes messages, for this error.
pub fn tell_waiting(waited: Duration, error: &str) {
    tell_lasting!(waited, error, "waiting for the database before consuming");
}

/// Does the work, and meanwhile tells how long it has taken: after `first`, each time it has taken twice
/// as long, and once a minute.
pub async fn with_reminders<T>(
    first: Duration,
    work: impl Future<Output = T>,
    mut remind: impl FnMut(Duration),
) -> T {
    let started = Instant::now();
    let mut work = pin!(work);
    let mut next = first;
    loop {
        tokio::select! {
            answer = &mut work => return answer,
            () = tokio::time::sleep_until(started + next) => remind(started.elapsed()),
        }
        next = if next < LASTING {
            LASTING.min(2 * next)
        } else {
            next + LASTING
        };
    }
}

/// How often work that is tried again and again has failed.
#[derive(Debug, Default)]
pub struct Failures(Mutex<(u64, String)>);

impl Failures {
    /// Notes one more; answers how many there are.
    pub fn note(&self, error: &StoreError) -> u64 {
        let (tries, last) = &mut *self.lock();
        *last = error_chain(error);
        *tries += 1;
        *tries
    }

    /// How many there are, and what the last one was; `None` where there is none.
    pub fn last(&self) -> Option<(u64, String)> {
        let failures = self.lock().clone();
        (failures.0 > 0).then_some(failures)
    }

    fn lock(&self) -> MutexGuard<'_, (u64, String)> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use tokio::time::sleep;

    use super::*;

    #[tokio::test(start_paused = true)]
    async fn long_work_is_told_ever_more_rarely_and_after_a_minute() {
        let mut told = Vec::new();
        let work = sleep(Duration::from_secs(200));
        with_reminders(Duration::from_secs(3), work, |waited| {
            told.push(waited.as_secs());
        })
        .await;
        assert_eq!(told, [3, 6, 12, 24, 48, 60, 120, 180]);
    }

    #[tokio::test(start_paused = true)]
    async fn short_work_is_not() {
        let first = Duration::from_secs(3);
        let answer = with_reminders(first, async { 7 }, |_| panic!("told")).await;
        assert_eq!(answer, 7);
    }
}
