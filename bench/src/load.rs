//! Fills an archive with sample traffic.

use std::sync::mpsc;
use std::time::Instant;

use anyhow::{Context, Result, ensure};
use archive::{Body, Identity, NewMessage, Outcome, Writer};
use chrono::{TimeDelta, Utc};
use clap::Args;
use devstack::{Database, Postgres};
use simulator::{Sample, Traffic};

use crate::{progress, servers};

/// How much history.
#[derive(Args, Clone, Copy, Debug)]
pub struct History {
    /// How many messages the archive holds.
    #[arg(long, default_value_t = 200_000)]
    pub messages: u32,
    /// Over how many days they are spread, up to now.
    #[arg(long, default_value_t = 730)]
    pub days: u32,
}

/// A filled archive.
pub struct Archive {
    pub database: Database,
    /// The mean length of a body in bytes.
    pub body: f64,
    /// Tables and indexes, in bytes a message.
    pub bytes: f64,
}

const BATCH: usize = 2_000;

/// A migrated database with this history, which is the same in each run but for the times.
pub fn load(postgres: &Postgres, history: History) -> Result<Archive> {
    let database = servers::migrated(postgres)?;
    let bar = progress::bar("loading", history.messages.into());
    let start = Instant::now();
    // Messages are made while the batch before is written.
    let (sender, batches) = mpsc::sync_channel::<Vec<Sample>>(2);
    let maker = std::thread::spawn(move || {
        let mut traffic = Traffic::new(1);
        let span = TimeDelta::days(history.days.into());
        let mut samples = traffic.history(history.messages, span, Utc::now());
        loop {
            let batch: Vec<Sample> = samples.by_ref().take(BATCH).collect();
            // The writer has gone after an error, which it tells.
            if batch.is_empty() || sender.send(batch).is_err() {
                return;
            }
        }
    });
    let writer = Writer::new(&servers::options(&database.url));
    let mut bytes = 0;
    for samples in batches {
        bytes += samples.iter().map(|sample| sample.body.len()).sum::<usize>();
        let mut batch = samples.into_iter().map(new_message).collect::<Result<Vec<_>>>()?;
        let outcomes = writer.store(&mut batch)?;
        ensure!(outcomes.iter().all(|outcome| *outcome == Outcome::Stored), "not all were stored");
        // As nommer does every few seconds.
        writer.fold_counters()?;
        bar.inc(outcomes.len() as u64);
    }
    ensure!(maker.join().is_ok(), "the simulator panicked");
    bar.finish_and_clear();
    eprintln!("loaded {} messages in {:.0} s", history.messages, start.elapsed().as_secs_f64());
    servers::tidy(postgres, &database)?;
    let count = f64::from(history.messages);
    Ok(Archive { bytes: servers::size(postgres, &database)? / count, body: bytes as f64 / count, database })
}

fn new_message(sample: Sample) -> Result<NewMessage> {
    Ok(NewMessage {
        category: sample.category().to_owned(),
        // Rules would tell; somebody whom the message concerns is near enough.
        agent_name: sample.users.first().cloned(),
        body: Body::parse(&sample.body).context("a body of the simulator")?,
        msg_id: sample.id,
        identity: Identity::IdAndTime,
        topic: sample.topic,
        timestamp: sample.sent_at.naive_utc(),
        headers: sample.headers,
        users: sample.users,
        packages: sample.packages,
    })
}
