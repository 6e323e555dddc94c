//! Pauses between the connections of who needs one as long as it runs.

use std::time::Duration;

use service::Stop;
use tokio::time::Instant;

use crate::backoff::{self, Backoff};
use crate::config::settings::Broker;
use crate::reminder::tell_lasting;

/// A connection that lasted so long was a success: the next pause is short again.
const STABLE: Duration = Duration::from_secs(5);

/// What is known of the tries so far.
pub(super) struct Retries<'a> {
    broker: &'a Broker,
    backoff: Backoff,
    /// Since when none was a success.
    since: Instant,
}

impl<'a> Retries<'a> {
    /// None yet.
    pub(super) fn at(broker: &'a Broker) -> Self {
        Self {
            broker,
            backoff: backoff::broker(),
            since: Instant::now(),
        }
    }

    /// Tells why the last connection, which `began` to be of use then, has ended, and waits. Answers whether it is to
    /// stop.
    pub(super) async fn wait(
        &mut self,
        began: Option<Instant>,
        reason: &str,
        stop: &mut Stop,
    ) -> bool {
        if began.is_some_and(|began| began.elapsed() >= STABLE) {
            self.backoff.reset();
            self.since = Instant::now();
        }
        let pause = self.backoff.pause();
        tell_lasting!(
            self.since.elapsed(),
            broker = self.broker.name(),
            reason,
            retry_ms = pause.as_millis() as u64,
            "not consuming: will connect again"
        );
        stop.sleep(pause).await
    }
}
