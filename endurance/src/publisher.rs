//! Publishes at a rate, whatever happens to the broker, and notes what the broker confirmed.

use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

use anyhow::{Result, bail};
use lapin::options::{BasicPublishOptions, ConfirmSelectOptions};
use lapin::{Channel, Connection, ConnectionProperties};
use tokio::time::{sleep, timeout};

use crate::journal::Journal;
use crate::ledger::{Fate, Ledger};
use crate::messages::{Mix, Outgoing};

/// How often a burst is sent.
const TICK: Duration = Duration::from_millis(50);
/// What was missed is caught up with, but no more than this many seconds of it.
const MOST_OWED: f64 = 5.0;
/// For a burst to be confirmed: longer than a broker that lacks memory takes to recover.
const PATIENCE: Duration = Duration::from_secs(30);
/// For the last messages to be confirmed.
const LAST_PATIENCE: Duration = Duration::from_secs(120);

/// A publisher.
pub struct Publisher<'a> {
    /// Brokers of one cluster, which are tried in turn.
    pub urls: &'a [String],
    /// Messages a second.
    pub rate: f64,
    pub seed: u64,
    pub journal: &'a Journal,
    pub ledger: &'a Ledger,
    /// Set to end it.
    pub stop: &'a AtomicBool,
}

impl Publisher<'_> {
    /// Publishes until it is stopped; then sends again what is not confirmed.
    ///
    /// # Errors
    /// When some are still not confirmed long after it was stopped.
    pub fn run(&self) -> Result<()> {
        let runtime = tokio::runtime::Builder::new_multi_thread()
            .worker_threads(1)
            .enable_all()
            .build()?;
        let mut mix = Mix::new(self.seed);
        let mut unconfirmed = Vec::new();
        let (mut stopped, mut told) = (None, String::new());
        for url in self.urls.iter().cycle() {
            let failure = match runtime.block_on(self.session(url, &mut mix, &mut unconfirmed)) {
                Ok(()) => return Ok(()),
                Err(error) => error,
            };
            // Without an id, a second one would be another message.
            unconfirmed.retain(|message: &Outgoing| {
                if !message.repeatable {
                    self.ledger.settle(message.number, Fate::Uncertain);
                }
                message.repeatable
            });
            if self.stop.load(Ordering::Relaxed) {
                let since: &mut Instant = stopped.get_or_insert_with(Instant::now);
                if since.elapsed() > LAST_PATIENCE {
                    return Err(failure.context("the last messages are not confirmed"));
                }
            }
            let failure = format!("publisher: {failure:#}");
            if failure != told {
                let again = unconfirmed.len();
                self.journal
                    .say(&format!("{failure}; {again} messages are sent again"));
                told = failure;
            }
            std::thread::sleep(Duration::from_millis(500));
        }
        bail!("there is no broker")
    }

    /// Publishes by one connection until that fails, or all is done.
    async fn session(
        &self,
        url: &str,
        mix: &mut Mix,
        unconfirmed: &mut Vec<Outgoing>,
    ) -> Result<()> {
        let connecting = Connection::connect(url, ConnectionProperties::default());
        let connection = timeout(PATIENCE, connecting).await??;
        let channel = connection.create_channel().await?;
        channel
            .confirm_select(ConfirmSelectOptions::default())
            .await?;
        let (mut start, mut sent) = (Instant::now(), 0.0);
        loop {
            if !unconfirmed.is_empty() {
                timeout(PATIENCE, self.burst(&channel, unconfirmed)).await??;
            }
            if self.stop.load(Ordering::Relaxed) {
                break;
            }
            let mut owed = start.elapsed().as_secs_f64() * self.rate - sent;
            if owed > self.rate * MOST_OWED {
                (start, sent, owed) = (Instant::now(), 0.0, self.rate);
            }
            unconfirmed.extend((0..owed as usize).map(|_| mix.next(self.ledger)));
            sent += owed.floor();
            sleep(TICK).await;
        }
        timeout(PATIENCE, connection.close(200, "done".into())).await??;
        Ok(())
    }

    /// Sends all and takes away those that are confirmed.
    async fn burst(&self, channel: &Channel, unconfirmed: &mut Vec<Outgoing>) -> Result<()> {
        let mut confirms = Vec::new();
        for message in unconfirmed.iter() {
            for _ in 0..=usize::from(message.twice) {
                let options = BasicPublishOptions {
                    mandatory: true,
                    ..BasicPublishOptions::default()
                };
                let sent = channel.basic_publish(
                    "amq.topic".into(),
                    message.routing_key.as_str().into(),
                    options,
                    &message.body,
                    message.properties.clone(),
                );
                confirms.push((message.number, sent.await?));
            }
        }
        for (number, confirm) in confirms {
            let confirmation = confirm.await?;
            // A returned message was confirmed too, but reached no queue.
            if !confirmation.is_ack() || confirmation.take_message().is_some() {
                bail!("the broker did not take message {number}");
            }
            self.ledger.settle(number, Fate::Confirmed);
            unconfirmed.retain(|message| message.number != number);
        }
        Ok(())
    }
}
