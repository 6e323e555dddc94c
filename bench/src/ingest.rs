//! A full queue, drained by nommer into all tables.

use std::process::Command;
use std::time::{Duration, Instant};

use anyhow::{Context, Result, bail};
use chrono::{TimeDelta, Utc};
use devstack::{Database, Postgres, Process, Rabbit, RabbitOptions};
use lapin::options::{QueueBindOptions, QueueDeclareOptions};
use lapin::types::FieldTable;
use lapin::{Connection, ConnectionProperties};
use simulator::{Publisher, Traffic};

use crate::{copy, servers};

const QUEUE: &str = "bench";

/// Prints the rates and their ratio.
pub fn run(messages: usize) -> Result<()> {
    let (postgres, rabbit) = (servers::postgres()?, Rabbit::start(RabbitOptions::default())?);
    let database = migrated(&postgres)?;
    println!("publishing {messages} messages");
    tokio::runtime::Runtime::new()?.block_on(fill(&rabbit.url(), messages))?;
    println!("draining");
    let (elapsed, memory) = drain(&postgres, &rabbit, &database, messages)?;
    report("nommer", messages, elapsed);
    println!("nommer's largest resident set: {} MB", memory / 1024);
    let floor = copy::measure(&postgres, &database, &migrated(&postgres)?)?;
    report("raw COPY into the same tables", messages, floor);
    println!("nommer reaches {:.0} % of raw COPY", 100.0 * floor.as_secs_f64() / elapsed.as_secs_f64());
    let size = "SELECT sum(pg_total_relation_size(oid)) FROM pg_class WHERE relkind IN ('r', 'm') AND relnamespace = 'public'::regnamespace";
    let bytes: f64 = postgres.run_sql(&database.name, size)?.parse()?;
    println!("{:.0} bytes a message, all tables and indexes", bytes / messages as f64);
    Ok(())
}

fn migrated(postgres: &Postgres) -> Result<Database> {
    let database = postgres.fresh_database()?;
    archive::migration::apply(&servers::options(&database.url))?;
    Ok(database)
}

async fn fill(url: &str, messages: usize) -> Result<()> {
    let connection = Connection::connect(url, ConnectionProperties::default()).await?;
    let channel = connection.create_channel().await?;
    channel.queue_declare(QUEUE.into(), QueueDeclareOptions::durable(), FieldTable::default()).await?;
    channel
        .queue_bind(QUEUE.into(), "amq.topic".into(), "#".into(), QueueBindOptions::default(), FieldTable::default())
        .await?;
    let mut publisher = Publisher::connect(url, "amq.topic", Duration::from_secs(10)).await?;
    let mut traffic = Traffic::new(1);
    let count = u32::try_from(messages).context("too many messages")?;
    for sample in traffic.history(count, TimeDelta::days(730), Utc::now()) {
        publisher.publish(&sample).await?;
    }
    publisher.flush().await
}

/// Answers how long it took, from the first stored message to the last, and the memory in kB.
fn drain(postgres: &Postgres, rabbit: &Rabbit, database: &Database, messages: usize) -> Result<(Duration, u64)> {
    let config = std::env::temp_dir().join(format!("bench-{}.toml", std::process::id()));
    std::fs::write(
        &config,
        format!(
            "[queues.{QUEUE}]\ndurable = true\nauto_delete = false\nexclusive = false\narguments = {{}}\n\
             [[bindings]]\nqueue = \"{QUEUE}\"\nexchange = \"amq.topic\"\nrouting_keys = [\"#\"]\n"
        ),
    )?;
    let mut command = Command::new(devstack::binary("nommer")?);
    command.args(["consume", "-c"]).arg(&config).env("DATABASE_URL", &database.url).env("AMQP_URL", rabbit.url());
    let start = Instant::now();
    let nommer = Process::spawn(&command)?;
    let (mut memory, deadline) = (0, start + Duration::from_secs(600));
    let mut last = Instant::now();
    loop {
        // Cheap, but ahead of what is committed: the end is counted.
        let stored: usize = postgres.run_sql(&database.name, "SELECT last_value FROM messages_id_seq")?.parse()?;
        memory = memory.max(resident(nommer.pid()).unwrap_or_default());
        if stored >= messages
            && postgres.run_sql(&database.name, "SELECT count(*) FROM messages")?.parse() == Ok(messages)
        {
            break;
        }
        if last.elapsed() > Duration::from_secs(2) {
            println!("  {stored} of {messages}");
            last = Instant::now();
        }
        if Instant::now() > deadline {
            bail!("not drained in time:\n{}", nommer.log()?);
        }
        std::thread::sleep(Duration::from_millis(20));
    }
    let elapsed = start.elapsed();
    std::fs::remove_file(config)?;
    Ok((elapsed, memory))
}

/// kB, the most so far.
fn resident(pid: Option<u32>) -> Option<u64> {
    let status = std::fs::read_to_string(format!("/proc/{}/status", pid?)).ok()?;
    let line = status.lines().find(|line| line.starts_with("VmHWM"))?;
    line.split_whitespace().nth(1)?.parse().ok()
}

fn report(what: &str, messages: usize, elapsed: Duration) {
    println!("{what}: {:.1} s, {:.0} messages/s", elapsed.as_secs_f64(), messages as f64 / elapsed.as_secs_f64());
}
