//! A queue of sample messages at the broker, for a consumer to drain.

use std::time::Duration;

use anyhow::{Context, Result};
use chrono::{TimeDelta, Utc};
use devstack::Rabbit;
use lapin::options::{QueueBindOptions, QueueDeclareOptions, QueueDeleteOptions};
use lapin::types::FieldTable;
use lapin::{Channel, Connection, ConnectionProperties};
use simulator::{Publisher, Traffic};
use tokio::runtime::Runtime;

use crate::progress;

/// To which everything is published.
pub const EXCHANGE: &str = "amq.topic";

/// All topics.
const EVERYTHING: &str = "#";

/// Over which the messages of a queue are spread, up to now: it holds what came while its consumer was
/// away.
const AWAY: TimeDelta = TimeDelta::days(2);

/// Whose messages are published where nothing else is asked for.
const SEED: u64 = 1;

/// Publishes `messages` to a new queue, which alone gets them.
pub fn fill(rabbit: &Rabbit, queue: &str, messages: usize) -> Result<()> {
    fill_with(SEED, rabbit, queue, messages)
}

/// As [`fill`], with the messages of `seed`: those of others are no duplicates of them.
pub fn fill_with(seed: u64, rabbit: &Rabbit, queue: &str, messages: usize) -> Result<()> {
    Runtime::new()?.block_on(async {
        let channel = channel(rabbit).await?;
        declare(&channel, queue).await?;
        publish(seed, rabbit, messages).await?;
        let (exchange, key) = (EXCHANGE.into(), EVERYTHING.into());
        channel
            .queue_unbind(queue.into(), exchange, key, FieldTable::default())
            .await?;
        Ok(())
    })
}

/// Removes a queue. A consumer binds its own, which would go on to get what is published to others.
pub fn remove(rabbit: &Rabbit, queue: &str) -> Result<()> {
    Runtime::new()?.block_on(async {
        let channel = channel(rabbit).await?;
        channel
            .queue_delete(queue.into(), QueueDeleteOptions::default())
            .await?;
        Ok(())
    })
}

/// The part of a consumer's configuration file that names the queue and all that is published.
pub fn settings(queue: &str) -> String {
    acceptance::queue_settings(queue, EVERYTHING)
}

/// A channel on a connection of its own.
pub async fn channel(rabbit: &Rabbit) -> Result<Channel> {
    let properties = ConnectionProperties::default();
    let connection = Connection::connect(&rabbit.url(), properties).await?;
    Ok(connection.create_channel().await?)
}

async fn declare(channel: &Channel, queue: &str) -> Result<()> {
    let (none, options) = (FieldTable::default(), QueueDeclareOptions::durable());
    channel
        .queue_declare(queue.into(), options, none.clone())
        .await?;
    let (exchange, key) = (EXCHANGE.into(), EVERYTHING.into());
    let options = QueueBindOptions::default();
    channel
        .queue_bind(queue.into(), exchange, key, options, none)
        .await?;
    Ok(())
}

async fn publish(seed: u64, rabbit: &Rabbit, messages: usize) -> Result<()> {
    let mut publisher =
        Publisher::connect(&rabbit.url(), EXCHANGE, Duration::from_secs(10)).await?;
    let mut traffic = Traffic::new(seed);
    let count = u32::try_from(messages).context("too many messages")?;
    let bar = progress::bar("publishing", messages as u64);
    for sample in traffic.history(count, AWAY, Utc::now()) {
        publisher.publish(&sample).await?;
        bar.inc(1);
    }
    publisher.flush().await?;
    bar.finish_and_clear();
    Ok(())
}
