//! Fills a queue and watches how a consumer drains it into a database.

use std::process::Command;
use std::time::{Duration, Instant};

use anyhow::{Context, Result, bail};
use chrono::{TimeDelta, Utc};
use devstack::{Database, Postgres, Process, Rabbit};
use lapin::options::{QueueBindOptions, QueueDeclareOptions};
use lapin::types::FieldTable;
use lapin::{Connection, ConnectionProperties};
use simulator::{Publisher, Traffic};

use crate::progress;
use crate::usage::Usage;

/// To which everything is published.
pub const EXCHANGE: &str = "amq.topic";

/// What a consumer did.
pub struct Drained {
    /// Messages a second, from the first that was seen in the database to the last.
    pub rate: f64,
    /// The most memory that it held, in MB.
    pub memory: f64,
}

/// Publishes `messages` to a new queue, which alone gets them.
pub fn fill(rabbit: &Rabbit, queue: &str, messages: usize) -> Result<()> {
    tokio::runtime::Runtime::new()?.block_on(async {
        let connection = Connection::connect(&rabbit.url(), ConnectionProperties::default()).await?;
        let channel = connection.create_channel().await?;
        let (name, exchange) = (|| queue.into(), || EXCHANGE.into());
        channel.queue_declare(name(), QueueDeclareOptions::durable(), FieldTable::default()).await?;
        let binding = QueueBindOptions::default();
        channel.queue_bind(name(), exchange(), "#".into(), binding, FieldTable::default()).await?;
        let mut publisher = Publisher::connect(&rabbit.url(), EXCHANGE, Duration::from_secs(10)).await?;
        let mut traffic = Traffic::new(1);
        let count = u32::try_from(messages).context("too many messages")?;
        let bar = progress::bar("publishing", messages as u64);
        for sample in traffic.history(count, TimeDelta::days(730), Utc::now()) {
            publisher.publish(&sample).await?;
            bar.inc(1);
        }
        publisher.flush().await?;
        bar.finish_and_clear();
        channel.queue_unbind(name(), exchange(), "#".into(), FieldTable::default()).await?;
        Ok(())
    })
}

/// The part of a configuration file that names the queue.
pub fn queue_settings(queue: &str) -> String {
    format!(
        "[queues.{queue}]\ndurable = true\nauto_delete = false\nexclusive = false\narguments = {{}}\n\
         [[bindings]]\nqueue = \"{queue}\"\nexchange = \"{EXCHANGE}\"\nrouting_keys = [\"#\"]\n"
    )
}

/// Runs `consumer` until `database` holds `messages`.
pub fn drain(postgres: &Postgres, database: &Database, consumer: &Command, messages: usize) -> Result<Drained> {
    let number = |sql: &str| -> Result<usize> { Ok(postgres.run_sql(&database.name, sql)?.parse()?) };
    let process = Process::spawn(consumer)?;
    let bar = progress::bar("draining", messages as u64);
    let (mut memory, mut first) = (0.0_f64, None);
    let deadline = Instant::now() + Duration::from_secs(900);
    loop {
        // Cheap, but ahead of what is committed: the first and the last are counted.
        let stored = number("SELECT CASE WHEN is_called THEN last_value ELSE 0 END FROM messages_id_seq")?;
        memory = memory.max(Usage::of(process.pid()).memory());
        bar.set_position(stored as u64);
        if first.is_none() && stored > 0 {
            first = Some((number("SELECT count(*) FROM messages")?, Instant::now()));
        }
        if let Some((before, start)) = first
            && stored >= messages
            && number("SELECT count(*) FROM messages")? == messages
        {
            bar.finish_and_clear();
            let rate = (messages - before) as f64 / start.elapsed().as_secs_f64();
            return Ok(Drained { rate, memory });
        }
        if Instant::now() > deadline {
            bail!("not drained in time:\n{}", process.log()?);
        }
        std::thread::sleep(Duration::from_millis(20));
    }
}
