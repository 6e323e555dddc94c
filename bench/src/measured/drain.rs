//! Fills a queue and watches how a consumer drains it into a database.

use std::process::Command;
use std::time::{Duration, Instant};

use anyhow::{Context, Result, bail};
use chrono::{TimeDelta, Utc};
use devstack::{Database, Postgres, Process, Rabbit};
use futures_util::StreamExt as _;
use lapin::options::{
    BasicAckOptions, BasicConsumeOptions, BasicQosOptions, QueueBindOptions, QueueDeclareOptions,
    QueueDeleteOptions,
};
use lapin::types::FieldTable;
use lapin::{Connection, ConnectionProperties};
use simulator::{Publisher, Traffic};

use crate::database::session::Session;
use crate::progress;
use crate::usage::Usage;

/// To which everything is published.
pub const EXCHANGE: &str = "amq.topic";

/// How many deliveries the plain client has under way, and acknowledges at once: as many as nommer.
const PREFETCH: u16 = 2000;
const AT_ONCE: usize = 500;

/// Over which the messages of a queue are spread, up to now: it holds what came while its consumer was
/// away.
const AWAY: TimeDelta = TimeDelta::days(2);

/// How often a consumer is looked at. More often would take from it what the processors can do.
const LOOK: Duration = Duration::from_millis(50);

/// What a consumer did.
pub struct Drained {
    /// Messages a second, from the first that was seen in the database to the last.
    pub rate: f64,
    /// The most memory that it held, in MB.
    pub memory: f64,
    /// Processor time in microseconds a message: of the consumer, PostgreSQL and RabbitMQ.
    pub costs: [f64; 3],
}

/// Publishes `messages` to a new queue, which alone gets them.
pub fn fill(rabbit: &Rabbit, queue: &str, messages: usize) -> Result<()> {
    tokio::runtime::Runtime::new()?.block_on(async {
        let connection =
            Connection::connect(&rabbit.url(), ConnectionProperties::default()).await?;
        let channel = connection.create_channel().await?;
        let (name, exchange) = (|| queue.into(), || EXCHANGE.into());
        channel
            .queue_declare(
                name(),
                QueueDeclareOptions::durable(),
                FieldTable::default(),
            )
            .await?;
        let binding = QueueBindOptions::default();
        channel
            .queue_bind(
                name(),
                exchange(),
                "#".into(),
                binding,
                FieldTable::default(),
            )
            .await?;
        let mut publisher =
            Publisher::connect(&rabbit.url(), EXCHANGE, Duration::from_secs(10)).await?;
        let mut traffic = Traffic::new(1);
        let count = u32::try_from(messages).context("too many messages")?;
        let bar = progress::bar("publishing", messages as u64);
        for sample in traffic.history(count, AWAY, Utc::now()) {
            publisher.publish(&sample).await?;
            bar.inc(1);
        }
        publisher.flush().await?;
        bar.finish_and_clear();
        channel
            .queue_unbind(name(), exchange(), "#".into(), FieldTable::default())
            .await?;
        Ok(())
    })
}

/// Removes a queue. A consumer binds its own, which would go on to get what is published to others.
pub fn remove(rabbit: &Rabbit, queue: &str) -> Result<()> {
    tokio::runtime::Runtime::new()?.block_on(async {
        let connection =
            Connection::connect(&rabbit.url(), ConnectionProperties::default()).await?;
        let channel = connection.create_channel().await?;
        channel
            .queue_delete(queue.into(), QueueDeleteOptions::default())
            .await?;
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
pub fn drain(
    servers: (&Postgres, &Rabbit),
    database: &Database,
    consumer: &Command,
    messages: usize,
) -> Result<Drained> {
    let mut session = Session::open(database)?;
    let process = Process::spawn(consumer)?;
    let costs =
        || [process.pid(), servers.0.pid(), servers.1.pid()].map(|pid| Usage::of(pid).seconds);
    let bar = progress::bar("draining", messages as u64);
    let (mut memory, mut first) = (0.0_f64, None);
    let deadline = Instant::now() + Duration::from_secs(900);
    loop {
        // Cheap, but ahead of what is committed: the first and the last are counted.
        let stored = session
            .number("SELECT CASE WHEN is_called THEN last_value ELSE 0 END FROM messages_id_seq")?;
        memory = memory.max(Usage::of(process.pid()).memory);
        bar.set_position(stored as u64);
        if first.is_none() && stored > 0 {
            first = Some((
                session.number("SELECT count(*) FROM messages")?,
                Instant::now(),
                costs(),
            ));
        }
        if let Some((before, start, at_first)) = first
            && stored >= messages
            && session.number("SELECT count(*) FROM messages")? == messages
        {
            let (drained, seconds) = ((messages - before) as f64, start.elapsed().as_secs_f64());
            let at_last = costs();
            bar.finish_and_clear();
            let costs =
                std::array::from_fn(|which| (at_last[which] - at_first[which]) * 1e6 / drained);
            return Ok(Drained {
                rate: drained / seconds,
                memory,
                costs,
            });
        }
        if Instant::now() > deadline {
            bail!("not drained in time:\n{}", process.log()?);
        }
        std::thread::sleep(LOOK);
    }
}

/// Drains a queue with nommer's client library and does nothing with what comes: the floor of
/// whatever consumes with it. The consumer is this program itself.
pub fn drain_alone(rabbit: &Rabbit, queue: &str, messages: usize) -> Result<Drained> {
    tokio::runtime::Builder::new_multi_thread()
        .worker_threads(2)
        .enable_all()
        .build()?
        .block_on(async {
            let connection =
                Connection::connect(&rabbit.url(), ConnectionProperties::default()).await?;
            let channel = connection.create_channel().await?;
            channel
                .basic_qos(PREFETCH, BasicQosOptions::default())
                .await?;
            let costs =
                || [Some(std::process::id()), rabbit.pid()].map(|pid| Usage::of(pid).seconds);
            let (start, at_first) = (Instant::now(), costs());
            let mut deliveries = channel
                .basic_consume(
                    queue.into(),
                    "".into(),
                    BasicConsumeOptions::default(),
                    FieldTable::default(),
                )
                .await?;
            for number in 1..=messages {
                let delivery = deliveries.next().await.context("the broker has ended")??;
                if number % AT_ONCE == 0 || number == messages {
                    channel
                        .basic_ack(delivery.delivery_tag, BasicAckOptions { multiple: true })
                        .await?;
                }
            }
            let (seconds, at_last) = (start.elapsed().as_secs_f64(), costs());
            let [own, broker] =
                [0, 1].map(|which| (at_last[which] - at_first[which]) * 1e6 / messages as f64);
            Ok(Drained {
                rate: messages as f64 / seconds,
                memory: 0.0,
                costs: [own, 0.0, broker],
            })
        })
}
