//! A full queue, drained into all tables: by nommer, by the Python program, and by PostgreSQL alone.

use std::process::Command;

use anyhow::Result;
use devstack::{Database, Postgres, Rabbit, RabbitOptions};
use tempfile::NamedTempFile;

use crate::Peers;
use crate::database::{copy, servers};
use crate::incumbent::programs as incumbent;
use crate::measured::drain::{Drained, drain, drain_alone, fill, queue_settings, remove};
use crate::report::{number, table};

/// How often all is measured. The round counts in which nommer's share of raw COPY is the median: what
/// was measured one after the other had the same machine.
const ROUNDS: usize = 3;

struct Round {
    nommer: Drained,
    /// Bytes a message that nommer's database takes.
    bytes: f64,
    /// Of raw COPY: messages a second, and microseconds of processor a message.
    copy: (f64, f64),
    alone: Drained,
    peer: Option<Drained>,
}

impl Round {
    fn run(servers: (&Postgres, &Rabbit), messages: usize, peers: Peers) -> Result<Self> {
        let (postgres, rabbit) = servers;
        let database = servers::migrated(postgres)?;
        let nommer = nommer(servers, &database, messages)?;
        let bytes = servers::size(postgres, &database)? / messages as f64;
        let copied = servers::migrated(postgres)?;
        let (time, processor) = copy::floor(postgres, &database, &copied)?;
        for done in [database, copied] {
            postgres.drop_database(&done.name)?;
        }
        let peer = if peers.peers {
            Some(consumer(servers, peers.peer_messages)?)
        } else {
            None
        };
        fill(rabbit, "alone", messages)?;
        let alone = drain_alone(rabbit, "alone", messages)?;
        remove(rabbit, "alone")?;
        let copy = (
            messages as f64 / time.as_secs_f64(),
            processor * 1e6 / messages as f64,
        );
        Ok(Self {
            nommer,
            bytes,
            copy,
            alone,
            peer,
        })
    }

    /// What nommer reaches of raw COPY.
    fn share(&self) -> f64 {
        self.nommer.rate / self.copy.0
    }
}

/// Answers a section of the report.
pub fn run(messages: usize, peers: Peers) -> Result<String> {
    let (postgres, rabbit) = (
        servers::postgres()?,
        Rabbit::start(RabbitOptions::default())?,
    );
    let rounds = (0..ROUNDS).map(|_| Round::run((&postgres, &rabbit), messages, peers));
    let mut rounds = rounds.collect::<Result<Vec<_>>>()?;
    let list = |of: &dyn Fn(&Round) -> f64| {
        rounds
            .iter()
            .map(|round| number(of(round)))
            .collect::<Vec<_>>()
            .join(", ")
    };
    let rates = list(&|round| round.nommer.rate);
    let shares = list(&|round| 100.0 * round.share());
    rounds.sort_by(|a, b| a.share().total_cmp(&b.share()));
    let Round {
        nommer,
        bytes,
        copy,
        alone,
        peer,
    } = rounds.swap_remove(ROUNDS / 2);
    let floor = 1.0 / (1.0 / alone.rate + 1.0 / copy.0);

    let compared = |what: &str, of: fn(&Drained) -> f64, better: fn(f64, f64) -> f64| {
        let (ours, theirs) = (of(&nommer), peer.as_ref().map(of));
        let text = |value: Option<f64>| value.map_or("–".to_owned(), number);
        vec![
            what.to_owned(),
            number(ours),
            text(theirs),
            text(theirs.map(|theirs| better(ours, theirs))),
        ]
    };
    let (more, less) = (|ours, theirs| ours / theirs, |ours, theirs| theirs / ours);
    let rows = [
        compared("messages a second", |run| run.rate, more),
        compared("MB of memory at most", |run| run.memory, less),
        compared(
            "µs of processor a message: the consumer",
            |run| run.costs[0],
            less,
        ),
        compared(
            "µs of processor a message: PostgreSQL",
            |run| run.costs[1],
            less,
        ),
        compared(
            "µs of processor a message: RabbitMQ",
            |run| run.costs[2],
            less,
        ),
    ];
    let row = |what: &str, value: String| vec![what.to_owned(), value];
    let floors = [
        row(
            "raw COPY into our tables: messages a second",
            number(copy.0),
        ),
        row(
            "raw COPY: µs of processor a message, PostgreSQL",
            number(copy.1),
        ),
        row(
            "client library alone: messages a second",
            number(alone.rate),
        ),
        row(
            "client library alone: µs of processor a message, consumer",
            number(alone.costs[0]),
        ),
        row(
            "client library alone: µs of processor a message, RabbitMQ",
            number(alone.costs[2]),
        ),
        row("one after the other: messages a second", number(floor)),
        row(
            "nommer in % of raw COPY",
            number(100.0 * nommer.rate / copy.0),
        ),
        row(
            "nommer in % of one after the other",
            number(100.0 * nommer.rate / floor),
        ),
        row(
            "bytes a message in the database, indexes included",
            number(bytes),
        ),
    ];
    let note = format!(
        "{messages} messages in the queue for nommer, {} for datanommer.consumer. Ratio: how many times better ours is. \
         In {ROUNDS} rounds, nommer drained {rates} messages a second, which is {shares} % of raw COPY just after it. \
         The numbers are those of the round in the middle of these percentages.",
        if peers.peers { peers.peer_messages } else { 0 },
    );
    let floor_note = "PostgreSQL and the client library at their best, each alone; and the rate of one that first \
                      receives all messages and then copies them.";
    Ok(
        table("Ingest", &note, &["what", "ours", "peer", "ratio"], &rows)
            + "\n"
            + &table("The floor of ingest", floor_note, &["what", ""], &floors),
    )
}

/// Fills a queue and has nommer drain it.
fn nommer(servers: (&Postgres, &Rabbit), database: &Database, messages: usize) -> Result<Drained> {
    let queue = &database.name;
    fill(servers.1, queue, messages)?;
    let config = NamedTempFile::with_suffix(".toml")?;
    std::fs::write(&config, queue_settings(queue))?;
    let mut nommer = Command::new(devstack::binary("nommer")?);
    nommer.args(["consume", "-c"]).arg(config.path());
    nommer
        .env("DATABASE_URL", &database.url)
        .env("AMQP_URL", servers.1.url());
    let drained = drain(servers, database, &nommer, messages)?;
    remove(servers.1, queue)?;
    Ok(drained)
}

fn consumer(servers: (&Postgres, &Rabbit), messages: usize) -> Result<Drained> {
    let database = incumbent::tables(servers.0)?;
    fill(servers.1, "theirs", messages)?;
    let config = NamedTempFile::with_suffix(".toml")?;
    let command = incumbent::consume(config.path(), &servers.1.url(), "theirs", &database)?;
    let drained = drain(servers, &database, &command, messages)?;
    remove(servers.1, "theirs")?;
    Ok(drained)
}
