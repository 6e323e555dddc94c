//! How long to wait before trying again.

use std::time::Duration;

use backon::{BackoffBuilder, ExponentialBackoff, ExponentialBuilder};

/// For the broker: at first quickly, then about once a minute.
pub fn broker() -> Backoff {
    Backoff::new(Duration::from_millis(200), Duration::from_secs(40))
}

/// For the database: what waits for it is held in memory, so never long.
pub fn database() -> Backoff {
    Backoff::new(Duration::from_millis(100), Duration::from_secs(3))
}

/// For another archive, which may be busy: seconds.
pub fn peer() -> Backoff {
    Backoff::new(Duration::from_millis(500), Duration::from_secs(30))
}

/// An endless series of pauses, each about twice as long as the one before, up to a limit. Chance
/// adds up to as much again, so that several programs do not come back all at once.
pub struct Backoff {
    builder: ExponentialBuilder,
    series: ExponentialBackoff,
}

impl Backoff {
    fn new(first: Duration, longest: Duration) -> Self {
        let builder = ExponentialBuilder::new()
            .with_min_delay(first)
            .with_max_delay(longest)
            .with_factor(2.0)
            .with_jitter()
            .without_max_times();
        Self {
            builder,
            series: builder.build(),
        }
    }

    /// The next pause.
    pub fn pause(&mut self) -> Duration {
        // The series has no end.
        self.series.next().unwrap_or(Duration::from_secs(1))
    }

    /// Begins again, after a success.
    pub fn reset(&mut self) {
        self.series = self.builder.build();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pauses_grow_to_about_a_minute_and_begin_again() {
        let mut backoff = broker();
        let first = backoff.pause();
        assert!(first < Duration::from_millis(500), "{first:?}");
        let later: Vec<Duration> = (0..100).map(|_| backoff.pause()).collect();
        assert!(
            later.iter().all(|pause| *pause <= Duration::from_secs(80)),
            "{later:?}"
        );
        assert!(later[20] >= Duration::from_secs(30), "{later:?}");
        backoff.reset();
        assert!(backoff.pause() < Duration::from_millis(500));
    }
}
