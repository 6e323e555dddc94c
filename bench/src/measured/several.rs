//! Several nommers at one queue and several greppers at one archive, beside one of each: what they reach together,
//! and whether each has its share.

use std::sync::atomic::{AtomicBool, Ordering};
use std::thread;
use std::time::{Duration, Instant};

use anyhow::{Context, Result, anyhow, ensure};
use clap::Args;
use devstack::{Database, Postgres, Process, Rabbit, RabbitOptions};
use tempfile::NamedTempFile;

use crate::asking::client::{Client, Request};
use crate::asking::crowd::CLIENTS;
use crate::asking::shapes;
use crate::asking::timings::Timings;
use crate::asking::turns::backwards;
use crate::database::servers;
use crate::history::names::Names;
use crate::history::{History, load};
use crate::programs::{Build, Consumer, Server};
use crate::queue;
use crate::report::{number, table};
use crate::statistics::median;

/// How many of each there are, and what they have to do.
#[derive(Args, Clone, Debug)]
pub struct Several {
    /// Messages x days that are there before.
    #[arg(long, default_value = "2000000x730")]
    archive: History,
    /// How many messages are in each queue.
    #[arg(long, default_value_t = 60_000, value_parser = clap::value_parser!(u32).range(1..))]
    messages: u32,
    /// How many nommers drain a queue together.
    #[arg(long, default_value_t = 3, value_parser = clap::value_parser!(u8).range(1..))]
    nommers: u8,
    /// How many greppers answer meanwhile.
    #[arg(long, default_value_t = 2, value_parser = clap::value_parser!(u8).range(1..))]
    greppers: u8,
    /// How often each is measured.
    #[arg(long, default_value_t = 4, value_parser = clap::value_parser!(u32).range(1..))]
    rounds: u32,
}

/// How many there are of each program.
#[derive(Clone, Copy)]
struct Team {
    nommers: u8,
    greppers: u8,
}

/// What a team did with a queue.
struct Work {
    /// What each nommer stored.
    stored: Vec<f64>,
    /// From the first message stored to the last.
    seconds: f64,
    /// How long each answer of each grepper took, all the while.
    answers: Vec<Vec<Duration>>,
    /// For how long was asked.
    asked: f64,
    /// Bytes that PostgreSQL logged meanwhile, which is what standbys and backups get.
    logged: f64,
}

/// What is told of a team's work, with the unit.
const FACTS: [&str; 7] = [
    "messages stored a second",
    "bytes that PostgreSQL logs for a message",
    "the smallest share of a nommer, of what is even",
    "answers a second meanwhile",
    "the smallest share of a grepper, of what is even",
    "ms to an answer: median",
    "ms to an answer: 99 %",
];

/// How often it is looked how many messages are stored: by the programs' metrics, which costs little.
const LOOK: Duration = Duration::from_millis(100);
/// A queue that takes longer is not drained at all.
const PATIENCE: Duration = Duration::from_secs(900);
/// Different requests of each shape that are made before the clock starts.
const REQUESTS: usize = 200;
/// The archive's own messages are those of another seed.
const SEED: u64 = 100;

/// The servers, and the archive in them.
struct Ground {
    postgres: Postgres,
    rabbit: Rabbit,
    database: Database,
    names: Names,
    messages: u32,
}

/// Answers sections of the report.
pub fn run(several: &Several) -> Result<String> {
    let postgres = servers::postgres()?;
    let database = load::load(&postgres, several.archive)?.database;
    let scene = Ground {
        names: Names::of(&postgres, &database)?,
        rabbit: Rabbit::start(RabbitOptions::default())?,
        postgres,
        database,
        messages: several.messages,
    };
    let teams = [
        Team {
            nommers: 1,
            greppers: 1,
        },
        Team {
            nommers: several.nommers,
            greppers: several.greppers,
        },
    ];
    let mut facts = [Vec::new(), Vec::new()];
    for round in 0..several.rounds {
        let mut order = [0, 1];
        if backwards(round as usize) {
            order.reverse();
        }
        for which in order {
            let seed = SEED + u64::from(round) * 2 + which as u64;
            facts[which].push(scene.measure(teams[which], seed)?.facts()?);
        }
    }
    report(several, &facts)
}

impl Ground {
    /// Has a team drain a full queue while it answers.
    fn measure(&self, team: Team, seed: u64) -> Result<Work> {
        let (queue, build) = (format!("queue{seed}"), Build::ours()?.watched());
        queue::fill_with(seed, &self.rabbit, &queue, self.messages as usize)?;
        let (before, log) = (self.count()?, self.logged()?);
        let greppers = (0..team.greppers).map(|_| build.grepper(&self.database));
        let greppers = greppers.collect::<Result<Vec<_>>>()?;
        let over = AtomicBool::new(false);
        let work = thread::scope(|scope| {
            let clients = scope.spawn(|| ask(&greppers, &self.names, &over));
            let drained = self.drain(&build, &queue, team.nommers);
            over.store(true, Ordering::Relaxed);
            let (answers, asked) = clients.join().map_err(|_| anyhow!("a client panicked"))??;
            let (stored, seconds) = drained?;
            let logged = self.logged()? - log;
            anyhow::Ok(Work {
                stored,
                seconds,
                answers,
                asked,
                logged,
            })
        })?;
        queue::remove(&self.rabbit, &queue)?;
        ensure!(
            self.count()? == before + u64::from(self.messages),
            "not each message is there once"
        );
        service::complain(format_args!("{:?} stored", work.stored));
        Ok(work)
    }

    /// What each of so many nommers stored of a queue, and in how many seconds.
    fn drain(&self, build: &Build, queue: &str, nommers: u8) -> Result<(Vec<f64>, f64)> {
        let configs = (0..nommers).map(|_| NamedTempFile::with_suffix(".toml"));
        let configs = configs.collect::<std::io::Result<Vec<_>>>()?;
        let consumers = configs
            .iter()
            .map(|config| build.consume(config.path(), &self.rabbit, queue, &self.database));
        let consumers = consumers.collect::<Result<Vec<_>>>()?;
        let processes = consumers
            .iter()
            .map(|consumer| Process::spawn(&consumer.command));
        let _processes = processes.collect::<Result<Vec<_>>>()?;
        let deadline = Instant::now() + PATIENCE;
        let mut first: Option<(Instant, f64)> = None;
        loop {
            let stored: Vec<f64> = consumers.iter().map(Consumer::stored).collect();
            let sum: f64 = stored.iter().sum();
            if sum > 0.0 && first.is_none() {
                first = Some((Instant::now(), sum));
            }
            if let Some((start, early)) = first
                && sum >= self.messages.into()
            {
                // What was there at the first look took no time of these.
                let seconds = start.elapsed().as_secs_f64();
                return Ok((stored, seconds * sum / (sum - early)));
            }
            ensure!(Instant::now() < deadline, "not drained in time");
            thread::sleep(LOOK);
        }
    }

    /// How many bytes PostgreSQL has logged since it was made.
    fn logged(&self) -> Result<f64> {
        let position = "SELECT pg_wal_lsn_diff(pg_current_wal_insert_lsn(), '0/0')";
        Ok(self
            .postgres
            .run_sql(&self.database.name, position)?
            .parse()?)
    }

    fn count(&self) -> Result<u64> {
        let count = "SELECT count(*) FROM messages";
        Ok(self.postgres.run_sql(&self.database.name, count)?.parse()?)
    }
}

/// How long each answer of each server took until it is `over`, and for how many seconds was asked. Each client has
/// a server of its own, as behind a proxy that spreads connections.
fn ask(servers: &[Server], names: &Names, over: &AtomicBool) -> Result<(Vec<Vec<Duration>>, f64)> {
    let start = Instant::now();
    let one = |number: usize| -> Result<Vec<Duration>> {
        let client = Client::new(&servers[number % servers.len()].url);
        let requests: Vec<Request> = (0..REQUESTS)
            .flat_map(|n| shapes::ordinary().map(move |shape| (shape, n)))
            .map(|(shape, n)| client.request(&shape.question(names, n)))
            .collect();
        let mut times = Vec::new();
        // Clients begin at different places, or all would ask the same at once.
        let mut next = number * requests.len() / CLIENTS;
        while !over.load(Ordering::Relaxed) {
            times.push(client.time(&requests[next % requests.len()])?);
            next += 1;
        }
        Ok(times)
    };
    let mut answers = vec![Vec::new(); servers.len()];
    thread::scope(|scope| {
        let one = &one;
        let clients: Vec<_> = (0..CLIENTS)
            .map(|number| scope.spawn(move || one(number)))
            .collect();
        for (number, client) in clients.into_iter().enumerate() {
            let times = client.join().map_err(|_| anyhow!("a client panicked"))??;
            answers[number % servers.len()].extend(times);
        }
        anyhow::Ok(())
    })?;
    Ok((answers, start.elapsed().as_secs_f64()))
}

impl Work {
    /// The values of [`FACTS`].
    fn facts(&self) -> Result<[f64; FACTS.len()]> {
        let counts: Vec<f64> = self
            .answers
            .iter()
            .map(|times| times.len() as f64)
            .collect();
        let timings = Timings::new(self.answers.concat()).context("no answers")?;
        let stored: f64 = self.stored.iter().sum();
        Ok([
            stored / self.seconds,
            self.logged / stored,
            smallest_share(&self.stored),
            counts.iter().sum::<f64>() / self.asked,
            smallest_share(&counts),
            timings.percentile(50),
            timings.percentile(99),
        ])
    }
}

/// The smallest of these by what each had if all were alike: 1 is fair.
fn smallest_share(parts: &[f64]) -> f64 {
    let even = parts.iter().sum::<f64>() / parts.len() as f64;
    parts.iter().copied().fold(f64::INFINITY, f64::min) / even
}

fn report(several: &Several, facts: &[Vec<[f64; FACTS.len()]>; 2]) -> Result<String> {
    let middle = |which: usize, fact: usize| {
        median(facts[which].iter().map(|facts| facts[fact])).context("nothing was measured")
    };
    let mut rows = Vec::new();
    for (fact, what) in FACTS.into_iter().enumerate() {
        let (one, many) = (middle(0, fact)?, middle(1, fact)?);
        let cells = [one, many, many / one].map(number);
        rows.push([vec![what.to_owned()], cells.into()].concat());
    }
    let Several {
        archive,
        messages,
        nommers,
        greppers,
        rounds,
    } = several;
    let note = format!(
        "{messages} messages in each queue; {CLIENTS} clients ask what is ordinary until it is drained. The archive had {} \
         messages of {} days. In turns, {rounds} times each; medians.",
        archive.messages, archive.days
    );
    let many = format!("{nommers} and {greppers}");
    let columns = ["nommers and greppers", "1 and 1", &many, "ratio"];
    Ok(table("Several", &note, &columns, &rows))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_share_is_1_where_all_have_as_much() {
        assert_eq!(smallest_share(&[3.0, 3.0, 3.0]), 1.0);
        assert_eq!(smallest_share(&[1.0, 2.0, 3.0]), 0.5);
        assert_eq!(smallest_share(&[5.0]), 1.0);
    }
}
