//! A full queue, drained into all tables: by nommer, by the Python program, and by PostgreSQL alone.

use std::process::Command;

use anyhow::Result;
use devstack::{Database, Postgres, Rabbit, RabbitOptions};
use tempfile::NamedTempFile;

use crate::drain::{Drained, drain, drain_alone, fill, queue_settings};
use crate::report::{number, table};
use crate::{Peers, copy, incumbent, servers};

/// How often the queue is filled and drained; the median counts.
const RUNS: usize = 3;

/// Answers a section of the report.
pub fn run(messages: usize, peers: Peers) -> Result<String> {
    let (postgres, rabbit) = (servers::postgres()?, Rabbit::start(RabbitOptions::default())?);
    let (mut runs, mut copies, mut bytes) = (Vec::new(), Vec::new(), 0.0);
    for _ in 0..RUNS {
        let database = servers::migrated(&postgres)?;
        runs.push(nommer((&postgres, &rabbit), &database, messages)?);
        bytes = servers::size(&postgres, &database)? / messages as f64;
        let copied = servers::migrated(&postgres)?;
        let (time, processor) = copy::floor(&postgres, &database, &copied)?;
        copies.push((messages as f64 / time.as_secs_f64(), processor * 1e6 / messages as f64));
        for done in [database, copied] {
            postgres.drop_database(&done.name)?;
        }
    }
    let rates: Vec<String> = runs.iter().map(|run| number(run.rate)).collect();
    let (nommer, copy) = (median(runs, |run| run.rate), median(copies, |copy| copy.0));
    fill(&rabbit, "alone", messages)?;
    let alone = drain_alone(&rabbit, "alone", messages)?;
    let floor = 1.0 / (1.0 / alone.rate + 1.0 / copy.0);

    let peer = if peers.peers { Some(consumer((&postgres, &rabbit), peers.peer_messages)?) } else { None };
    let compared = |what: &str, of: fn(&Drained) -> f64, better: fn(f64, f64) -> f64| {
        let (ours, theirs) = (of(&nommer), peer.as_ref().map(of));
        let text = |value: Option<f64>| value.map_or("–".to_owned(), number);
        vec![what.to_owned(), number(ours), text(theirs), text(theirs.map(|theirs| better(ours, theirs)))]
    };
    let (more, less) = (|ours, theirs| ours / theirs, |ours, theirs| theirs / ours);
    let rows = [
        compared("messages a second", |run| run.rate, more),
        compared("MB of memory at most", |run| run.memory, less),
        compared("µs of processor a message: the consumer", |run| run.costs[0], less),
        compared("µs of processor a message: PostgreSQL", |run| run.costs[1], less),
        compared("µs of processor a message: RabbitMQ", |run| run.costs[2], less),
    ];
    let row = |what: &str, value: String| vec![what.to_owned(), value];
    let floors = [
        row("raw COPY into our tables: messages a second", number(copy.0)),
        row("raw COPY: µs of processor a message, PostgreSQL", number(copy.1)),
        row("client library alone: messages a second", number(alone.rate)),
        row("client library alone: µs of processor a message, consumer", number(alone.costs[0])),
        row("client library alone: µs of processor a message, RabbitMQ", number(alone.costs[2])),
        row("one after the other: messages a second", number(floor)),
        row("nommer in % of raw COPY", number(100.0 * nommer.rate / copy.0)),
        row("nommer in % of one after the other", number(100.0 * nommer.rate / floor)),
        row("bytes a message in the database, indexes included", number(bytes)),
    ];
    let note = format!(
        "{messages} messages in the queue for nommer, {} for datanommer.consumer. Ratio: how many times better ours is. \
         nommer's numbers are those of the median of {RUNS} runs, which drained {} messages a second.",
        if peers.peers { peers.peer_messages } else { 0 },
        rates.join(", "),
    );
    let floor_note = "PostgreSQL and the client library at their best, each alone; and the rate of one that first \
                      receives all messages and then copies them.";
    Ok(table("Ingest", &note, &["what", "ours", "peer", "ratio"], &rows)
        + "\n"
        + &table("The floor of ingest", floor_note, &["what", ""], &floors))
}

/// The value in the middle.
fn median<T>(mut values: Vec<T>, of: fn(&T) -> f64) -> T {
    values.sort_by(|a, b| of(a).total_cmp(&of(b)));
    values.swap_remove(values.len() / 2)
}

/// Fills a queue and has nommer drain it.
fn nommer(servers: (&Postgres, &Rabbit), database: &Database, messages: usize) -> Result<Drained> {
    let queue = &database.name;
    fill(servers.1, queue, messages)?;
    let config = NamedTempFile::with_suffix(".toml")?;
    std::fs::write(&config, queue_settings(queue))?;
    let mut nommer = Command::new(devstack::binary("nommer")?);
    nommer.args(["consume", "-c"]).arg(config.path());
    nommer.env("DATABASE_URL", &database.url).env("AMQP_URL", servers.1.url());
    drain(servers, database, &nommer, messages)
}

fn consumer(servers: (&Postgres, &Rabbit), messages: usize) -> Result<Drained> {
    let database = incumbent::tables(servers.0)?;
    fill(servers.1, "theirs", messages)?;
    let config = NamedTempFile::with_suffix(".toml")?;
    let command = incumbent::consume(config.path(), &servers.1.url(), "theirs", &database)?;
    drain(servers, &database, &command, messages)
}
