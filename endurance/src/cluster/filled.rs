//! An archive that holds history before anything is done to it.

use std::sync::mpsc::{self, Receiver};
use std::sync::{Mutex, PoisonError};
use std::thread;
use std::time::{Duration, Instant};

use anyhow::{Context, Result, anyhow};
use archive::{Body, ConnectionOptions, Identity, NewMessage, Subjects, Upkeep, Writer};
use chrono::{TimeDelta, Utc};
use service::say;
use simulator::{Sample, Traffic};

use crate::sql;

/// How many messages are one transaction.
const BATCH: usize = 2_000;
const WRITERS: usize = 4;
/// Over so many days they are spread.
const DAYS: i64 = 730;

/// Stores so many messages of `seed`, the last of which is of now.
///
/// # Errors
/// When the database does not take them.
pub fn fill(database_url: &str, seed: u64, messages: u32) -> Result<()> {
    let start = Instant::now();
    let options = ConnectionOptions {
        url: database_url.to_owned(),
        application_name: "soak",
        pool_size: WRITERS as u32,
        checkout_timeout: Duration::from_secs(10),
        statement_timeout: None,
        read_only: false,
    };
    let writer = Writer::new(&options);
    let (sender, batches) = mpsc::sync_channel(WRITERS);
    let batches = Mutex::new(batches);
    thread::scope(|scope| {
        let writers: Vec<_> = (0..WRITERS)
            .map(|_| scope.spawn(|| write(&writer, &batches)))
            .collect();
        let mut traffic = Traffic::new(seed);
        let mut samples = traffic.history(messages, TimeDelta::days(DAYS), Utc::now());
        loop {
            let batch: Vec<Sample> = samples.by_ref().take(BATCH).collect();
            // Nobody listens after an error, which is told below.
            if batch.is_empty() || sender.send(batch).is_err() {
                break;
            }
        }
        drop(sender);
        for writer in writers {
            writer.join().map_err(|_| anyhow!("a panic"))??;
        }
        settle(&options)?;
        say(format_args!(
            "soak: stored {messages} messages in {:.0?}",
            start.elapsed()
        ));
        Ok(())
    })
}

/// Does what would follow by itself: counters, statistics, and pages on the disk.
fn settle(options: &ConnectionOptions) -> Result<()> {
    let upkeep = Upkeep::new(options);
    while upkeep.fold_counters()? > 0 {}
    while upkeep.index_counters(Utc::now().naive_utc())? > 0 {}
    for statement in ["VACUUM (ANALYZE)", "CHECKPOINT"] {
        sql::run(&options.url, &[statement])?;
    }
    Ok(())
}

fn write(writer: &Writer, batches: &Mutex<Receiver<Vec<Sample>>>) -> Result<()> {
    loop {
        let next = batches
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .recv();
        let Ok(samples) = next else { return Ok(()) };
        let mut batch = samples
            .into_iter()
            .map(new_message)
            .collect::<Result<Vec<_>>>()?;
        writer.store(&mut batch)?;
    }
}

fn new_message(sample: Sample) -> Result<NewMessage> {
    let body = Body::parse(&sample.body).context("a body of the simulator")?;
    Ok(NewMessage {
        category: sample.category().to_owned(),
        agent_name: None,
        body,
        msg_id: sample.id,
        identity: Identity::IdAndTime,
        topic: sample.topic,
        timestamp: sample.sent_at.naive_utc(),
        headers: Some(sample.headers),
        legacy: None,
        users: sample.users,
        packages: sample.packages,
        subjects: Subjects::default(),
    })
}
