//! How fast a client must take what is sent to it.

use std::pin::Pin;
use std::task::{Context, Poll};
use std::time::Duration;

use actix_web::rt::time::{Instant, Sleep, sleep_until};

/// How long a client may take nothing of what is sent to it.
pub const STALLED: Duration = Duration::from_secs(30);
/// Bytes that are worth that time: some 8 kB a second are asked of a client.
const LEAST: u32 = 256 << 10;

/// The time for which we still wait for a client. Waiting uses it up, and each byte that is taken
/// gives some back; while there is nothing to send, it stands still.
pub struct Pace {
    left: Duration,
    /// Since when we wait.
    since: Option<Instant>,
    /// Ends when no time is left.
    lost: Option<Pin<Box<Sleep>>>,
}

impl Default for Pace {
    fn default() -> Self {
        Self {
            left: STALLED,
            since: None,
            lost: None,
        }
    }
}

impl Pace {
    /// The client took so many bytes.
    pub fn took(&mut self, bytes: usize) {
        if let Some(since) = self.since.take() {
            self.left = self.left.saturating_sub(since.elapsed());
        }
        let worth = STALLED.mul_f64(bytes as f64 / f64::from(LEAST));
        self.left = STALLED.min(self.left + worth);
    }

    /// Waits until the client is too slow.
    pub fn poll_lost(&mut self, cx: &mut Context<'_>) -> Poll<()> {
        let since = *self.since.get_or_insert_with(Instant::now);
        let end = since + self.left;
        let lost = self.lost.get_or_insert_with(|| Box::pin(sleep_until(end)));
        if lost.deadline() != end {
            lost.as_mut().reset(end);
        }
        lost.as_mut().poll(cx)
    }
}

#[cfg(test)]
mod tests {
    use std::future::poll_fn;
    use std::task::Waker;

    use tokio::time::{advance, pause, timeout};

    use super::*;

    /// How long one waits for a client that takes so many bytes every 20 seconds, ten minutes at
    /// most.
    async fn waited_for(bytes: usize) -> Duration {
        let mut pace = Pace::default();
        let started = Instant::now();
        while started.elapsed() < Duration::from_secs(600) {
            let lost = poll_fn(|cx| pace.poll_lost(cx));
            if timeout(Duration::from_secs(20), lost).await.is_ok() {
                break;
            }
            pace.took(bytes);
        }
        started.elapsed()
    }

    #[actix_web::test]
    async fn who_takes_little_at_a_time_is_lost_and_who_is_merely_slow_is_not() {
        pause();
        let minutes = |minutes: u64| Duration::from_secs(60 * minutes);
        assert!(waited_for(1).await < minutes(1));
        assert!(waited_for(64 << 10).await < minutes(2));
        assert!(waited_for(256 << 10).await >= minutes(10));
    }

    #[actix_web::test]
    async fn time_without_anything_to_send_is_not_the_clients() {
        pause();
        let mut pace = Pace::default();
        let mut cx = Context::from_waker(Waker::noop());
        assert!(pace.poll_lost(&mut cx).is_pending());
        pace.took(1);
        advance(3 * STALLED).await;
        assert!(pace.poll_lost(&mut cx).is_pending());
    }
}
