//! Sends messages to a broker.

use std::collections::VecDeque;
use std::time::{Duration, Instant};

use anyhow::{Context, Result, bail};
use lapin::options::{BasicPublishOptions, ConfirmSelectOptions};
use lapin::{Channel, Confirmation, Connection, ConnectionProperties, PublisherConfirm};
use tracing::info;

use crate::sample::Sample;

/// How many messages may await the broker's confirmation.
const WINDOW: usize = 500;

/// A connection that publishes to one exchange and sees every message confirmed.
pub struct Publisher {
    _connection: Connection,
    channel: Channel,
    exchange: String,
    patience: Duration,
    bound: bool,
    unconfirmed: VecDeque<PublisherConfirm>,
}

impl Publisher {
    /// Connects to the broker at `url`. The first message waits up to `patience` for
    /// a queue.
    ///
    /// # Errors
    /// When the broker does not let us in.
    pub async fn connect(url: &str, exchange: &str, patience: Duration) -> Result<Self> {
        let properties = ConnectionProperties::default().with_connection_name("simulator".into());
        let connection = Connection::connect(url, properties)
            .await
            .context("connecting to the broker")?;
        let channel = connection.create_channel().await?;
        channel
            .confirm_select(ConfirmSelectOptions::default())
            .await?;
        let (exchange, unconfirmed) = (exchange.to_owned(), VecDeque::new());
        Ok(Self {
            _connection: connection,
            channel,
            exchange,
            patience,
            bound: false,
            unconfirmed,
        })
    }

    /// Publishes `sample`, and waits only when too many are unconfirmed.
    ///
    /// The broker drops what no queue takes. Therefore the first message waits until
    /// a queue is bound for it, as the archive may still be starting.
    ///
    /// # Errors
    /// When the broker refuses a message, or no queue takes it.
    pub async fn publish(&mut self, sample: &Sample) -> Result<()> {
        if !self.bound {
            self.publish_once_bound(sample).await?;
            self.bound = true;
            return Ok(());
        }
        let confirm = self.send(sample).await?;
        self.unconfirmed.push_back(confirm);
        self.settle(WINDOW).await
    }

    /// Waits until everything published so far is confirmed.
    ///
    /// # Errors
    /// As [`Publisher::publish`].
    pub async fn flush(&mut self) -> Result<()> {
        self.settle(0).await
    }

    async fn publish_once_bound(&self, sample: &Sample) -> Result<()> {
        if routed(self.send(sample).await?).await? {
            return Ok(());
        }
        info!(exchange = self.exchange, "waiting until a queue is bound");
        let deadline = Instant::now() + self.patience;
        while !routed(self.send(sample).await?).await? {
            if Instant::now() >= deadline {
                bail!(
                    "no queue is bound to the exchange {} after {:?}",
                    self.exchange,
                    self.patience
                );
            }
            tokio::time::sleep(Duration::from_millis(100)).await;
        }
        Ok(())
    }

    async fn settle(&mut self, remaining: usize) -> Result<()> {
        while self.unconfirmed.len() > remaining {
            let Some(confirm) = self.unconfirmed.pop_front() else {
                break;
            };
            if !routed(confirm).await? {
                bail!(
                    "no queue is bound to the exchange {} any more",
                    self.exchange
                );
            }
        }
        Ok(())
    }

    async fn send(&self, sample: &Sample) -> Result<PublisherConfirm> {
        // Mandatory: the broker returns what it cannot route, instead of dropping it.
        let options = BasicPublishOptions {
            mandatory: true,
            ..BasicPublishOptions::default()
        };
        let exchange = self.exchange.as_str().into();
        let topic = sample.topic.as_str().into();
        let sent = self.channel.basic_publish(
            exchange,
            topic,
            options,
            sample.body.as_bytes(),
            sample.properties(),
        );
        sent.await.context("publishing")
    }
}

/// Whether some queue has taken the message.
async fn routed(confirm: PublisherConfirm) -> Result<bool> {
    match confirm.await.context("waiting for a confirmation")? {
        Confirmation::Ack(returned) => Ok(returned.is_none()),
        Confirmation::Nack(_) => bail!("the broker refused a message"),
        Confirmation::NotRequested => bail!("the channel is not in confirm mode"),
    }
}
