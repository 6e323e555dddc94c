//! No more messages, requests or questions a second than somebody wants.

use std::time::Duration;

use tokio::time::Instant;

/// So much time that was lost is made up for: timers are no finer than a millisecond, and what is paced takes a while
/// now and then. After longer pauses, all goes on at the rate, and not all at once.
const SLACK: Duration = Duration::from_millis(100);

/// When the next one is due.
#[derive(Debug)]
pub struct Pace {
    step: Duration,
    due: Instant,
}

impl Pace {
    /// So many a second, at least a thousandth.
    #[must_use]
    pub fn new(rate: f64) -> Self {
        Self {
            step: Duration::from_secs_f64(1.0 / rate),
            due: Instant::now(),
        }
    }

    /// Takes the next turn, and answers how long to wait for it.
    pub fn pause(&mut self) -> Duration {
        let now = Instant::now();
        let pause = self.due.saturating_duration_since(now);
        let earliest = now.checked_sub(SLACK).unwrap_or(now);
        self.due = self.due.max(earliest) + self.step;
        pause
    }

    /// Puts off what has no turn yet until so much time is over.
    pub fn hold(&mut self, pause: Duration) {
        self.due = self.due.max(Instant::now() + pause);
    }
}

/// A rate from the command line. An error says what is allowed.
pub fn rate(text: &str) -> Result<f64, String> {
    let rate = text
        .parse()
        .ok()
        .filter(|rate| (0.001..=100_000.0).contains(rate));
    rate.ok_or_else(|| "must be a number from 0.001 to 100000".to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test(start_paused = true)]
    async fn a_rate_is_kept_and_a_long_pause_is_not_made_up_for() {
        let start = Instant::now();
        let mut pace = Pace::new(1000.0);
        for _ in 0..=2000 {
            tokio::time::sleep(pace.pause()).await;
        }
        assert_eq!(start.elapsed(), Duration::from_secs(2));
        tokio::time::sleep(Duration::from_secs(60)).await;
        let start = Instant::now();
        for _ in 0..=2000 {
            tokio::time::sleep(pace.pause()).await;
        }
        let elapsed = start.elapsed();
        assert!((1.85..2.0).contains(&elapsed.as_secs_f64()), "{elapsed:?}");
    }

    #[tokio::test(start_paused = true)]
    async fn what_is_put_off_goes_on_at_the_rate() {
        let mut pace = Pace::new(10.0);
        assert_eq!(pace.pause(), Duration::ZERO);
        pace.hold(Duration::from_secs(5));
        assert_eq!(pace.pause(), Duration::from_secs(5));
        assert_eq!(pace.pause(), Duration::from_millis(5100));
    }

    #[test]
    fn a_rate_is_a_number_that_there_can_be() {
        assert_eq!(rate("2.5"), Ok(2.5));
        for text in ["0", "-1", "inf", "NaN", "1e-9", "", "two"] {
            assert!(rate(text).is_err(), "{text}");
        }
    }
}
