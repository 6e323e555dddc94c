//! Watches how a consumer drains a full queue into a database.

use std::process::Command;
use std::time::{Duration, Instant};

use anyhow::{Context, Result, bail};
use devstack::{Database, Postgres, Process, Rabbit};
use futures_util::StreamExt as _;
use lapin::options::{BasicAckOptions, BasicConsumeOptions, BasicQosOptions};
use lapin::types::FieldTable;
use tempfile::NamedTempFile;

use crate::database::session::Session;
use crate::programs::Build;
use crate::usage::Usage;
use crate::{progress, queue};

/// How many deliveries the plain client has under way, and acknowledges at once: as many as nommer.
const PREFETCH: u16 = 2000;
const AT_ONCE: usize = 500;

/// How often a consumer is looked at. More often would take from it what the processors can do.
const LOOK: Duration = Duration::from_millis(50);
/// A queue that takes longer is not drained at all.
const PATIENCE: Duration = Duration::from_secs(900);

/// What a consumer did.
#[derive(Clone, Copy, Debug)]
pub struct Drained {
    /// Messages a second, from the first that was seen in the database to the last.
    pub rate: f64,
    /// The most memory that it held, in MB.
    pub memory: f64,
    /// Processor time in microseconds a message: of the consumer, PostgreSQL and RabbitMQ.
    pub costs: [f64; 3],
}

/// What is told of a consumer. Of the rate, which comes first, more is better; of all others less.
pub const FACTS: [&str; 5] = [
    "messages a second",
    "MB of memory at most",
    "µs of processor a message: the consumer",
    "µs of processor a message: PostgreSQL",
    "µs of processor a message: RabbitMQ",
];

impl Drained {
    /// The values of [`FACTS`].
    pub fn facts(&self) -> [f64; FACTS.len()] {
        let [consumer, postgres, rabbit] = self.costs;
        [self.rate, self.memory, consumer, postgres, rabbit]
    }
}

/// Where a consumer was at some moment.
#[derive(Clone, Copy)]
struct Mark {
    messages: usize,
    time: Instant,
    /// Processor time in seconds: of the consumer, PostgreSQL and RabbitMQ.
    computed: [f64; 3],
}

impl Mark {
    fn of(messages: usize, pids: [Option<u32>; 3]) -> Self {
        Self {
            messages,
            time: Instant::now(),
            computed: pids.map(|pid| Usage::of(pid).seconds),
        }
    }

    /// What was done between `first` and here.
    fn since(&self, first: &Self, memory: f64) -> Drained {
        let messages = (self.messages - first.messages) as f64;
        let cost = |which: usize| (self.computed[which] - first.computed[which]) * 1e6 / messages;
        Drained {
            rate: messages / (self.time - first.time).as_secs_f64(),
            memory,
            costs: [0, 1, 2].map(cost),
        }
    }
}

/// Fills a queue and has the nommer of `build` drain it into `database`.
pub fn drain_by(
    build: &Build,
    servers: (&Postgres, &Rabbit),
    database: &Database,
    messages: usize,
) -> Result<Drained> {
    let (queue, rabbit) = (&database.name, servers.1);
    queue::fill(rabbit, queue, messages)?;
    let config = NamedTempFile::with_suffix(".toml")?;
    let nommer = build.consume(config.path(), rabbit, queue, database)?;
    let drained = drain(servers, database, &nommer.command, messages)?;
    nommer.ensure_watched()?;
    queue::remove(rabbit, queue)?;
    Ok(drained)
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
    let pids = [process.pid(), servers.0.pid(), servers.1.pid()];
    let bar = progress::bar("draining", messages as u64);
    let (mut memory, mut first) = (0.0_f64, None);
    let deadline = Instant::now() + PATIENCE;
    loop {
        let stored = about_stored(&mut session)?;
        memory = memory.max(Usage::of(process.pid()).memory);
        bar.set_position(stored as u64);
        if first.is_none() && stored > 0 {
            first = Some(Mark::of(count(&mut session)?, pids));
        }
        if let Some(first) = &first
            && stored >= messages
            && count(&mut session)? == messages
        {
            let drained = Mark::of(messages, pids).since(first, memory);
            bar.finish_and_clear();
            return Ok(drained);
        }
        if Instant::now() > deadline {
            bail!("not drained in time:\n{}", process.log()?);
        }
        std::thread::sleep(LOOK);
    }
}

/// Cheap, but ahead of what is committed.
fn about_stored(session: &mut Session) -> Result<usize> {
    session.number("SELECT CASE WHEN is_called THEN last_value ELSE 0 END FROM messages_id_seq")
}

fn count(session: &mut Session) -> Result<usize> {
    session.number("SELECT count(*) FROM messages")
}

/// Drains a queue with nommer's client library and does nothing with what comes: the floor of
/// whatever consumes with it. The consumer is this program itself.
pub fn drain_alone(rabbit: &Rabbit, queue: &str, messages: usize) -> Result<Drained> {
    tokio::runtime::Builder::new_multi_thread()
        .worker_threads(2)
        .enable_all()
        .build()?
        .block_on(async {
            let channel = queue::channel(rabbit).await?;
            channel
                .basic_qos(PREFETCH, BasicQosOptions::default())
                .await?;
            let pids = [Some(std::process::id()), None, rabbit.pid()];
            let first = Mark::of(0, pids);
            let (tag, none) = ("".into(), FieldTable::default());
            let mut deliveries = channel
                .basic_consume(queue.into(), tag, BasicConsumeOptions::default(), none)
                .await?;
            for number in 1..=messages {
                let delivery = deliveries.next().await.context("the broker has ended")??;
                if number % AT_ONCE == 0 || number == messages {
                    channel
                        .basic_ack(delivery.delivery_tag, BasicAckOptions { multiple: true })
                        .await?;
                }
            }
            Ok(Mark::of(messages, pids).since(&first, 0.0))
        })
}
