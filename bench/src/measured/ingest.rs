//! A full queue, drained into all tables: by nommer, by the Python program, and by PostgreSQL alone.

use anyhow::Result;
use devstack::{Postgres, Rabbit, RabbitOptions};
use tempfile::NamedTempFile;

use crate::database::{copy, servers};
use crate::drain::{Drained, FACTS, drain, drain_alone, drain_by};
use crate::incumbent::{Peers, programs, tables};
use crate::programs::Build;
use crate::queue;
use crate::report::{number, or_dash, table};

/// How often all is measured. The round counts in which nommer's share of raw COPY is the median: what
/// was measured one after the other had the same machine.
const ROUNDS: usize = 3;

struct Round {
    nommer: Drained,
    /// Bytes a message that nommer's database takes.
    bytes: f64,
    copy: RawCopy,
    alone: Drained,
    peer: Option<Drained>,
}

/// PostgreSQL alone.
struct RawCopy {
    /// Messages a second.
    rate: f64,
    /// Microseconds of processor a message.
    cost: f64,
}

impl Round {
    fn run(servers: (&Postgres, &Rabbit), messages: usize, peers: Peers) -> Result<Self> {
        let (postgres, rabbit) = servers;
        let database = servers::migrated(postgres)?;
        let nommer = drain_by(&Build::ours()?, servers, &database, messages)?;
        let bytes = servers::size(postgres, &database)? / messages as f64;
        let copied = servers::migrated(postgres)?;
        let (time, processor) = copy::floor(postgres, &database, &copied)?;
        for done in [database, copied] {
            postgres.drop_database(&done.name)?;
        }
        let peer = if peers.peers {
            Some(incumbent(servers, peers.peer_messages)?)
        } else {
            None
        };
        queue::fill(rabbit, "alone", messages)?;
        let alone = drain_alone(rabbit, "alone", messages)?;
        queue::remove(rabbit, "alone")?;
        Ok(Self {
            nommer,
            bytes,
            copy: RawCopy {
                rate: messages as f64 / time.as_secs_f64(),
                cost: processor * 1e6 / messages as f64,
            },
            alone,
            peer,
        })
    }

    /// What nommer reaches of raw COPY, in percent.
    fn share(&self) -> f64 {
        100.0 * self.nommer.rate / self.copy.rate
    }
}

/// Answers sections of the report.
pub fn run(messages: usize, peers: Peers) -> Result<String> {
    let postgres = servers::postgres()?;
    let rabbit = Rabbit::start(RabbitOptions::default())?;
    let rounds = (0..ROUNDS).map(|_| Round::run((&postgres, &rabbit), messages, peers));
    let mut rounds = rounds.collect::<Result<Vec<_>>>()?;
    let note = note(messages, peers, &rounds);
    rounds.sort_by(|a, b| a.share().total_cmp(&b.share()));
    let round = rounds.swap_remove(ROUNDS / 2);
    Ok([compared(&round, &note), floors(&round)].join("\n"))
}

fn note(messages: usize, peers: Peers, rounds: &[Round]) -> String {
    let list = |of: fn(&Round) -> f64| {
        let numbers: Vec<String> = rounds.iter().map(|round| number(of(round))).collect();
        numbers.join(", ")
    };
    let (rates, shares) = (list(|round| round.nommer.rate), list(Round::share));
    format!(
        "{messages} messages in the queue for nommer, {} for datanommer.consumer. Ratio: how many times better ours is. \
         In {ROUNDS} rounds, nommer drained {rates} messages a second, which is {shares} % of raw COPY just after it. \
         The numbers are those of the round in the middle of these percentages.",
        if peers.peers { peers.peer_messages } else { 0 },
    )
}

fn compared(round: &Round, note: &str) -> String {
    let ours = round.nommer.facts();
    let theirs = round.peer.map(|peer| peer.facts());
    let mut rows = Vec::new();
    for (which, fact) in FACTS.into_iter().enumerate() {
        let (ours, theirs) = (ours[which], theirs.map(|theirs| theirs[which]));
        let ratio = theirs.map(|theirs| match which {
            0 => ours / theirs,
            _ => theirs / ours,
        });
        let numbers = [Some(ours), theirs, ratio].map(or_dash);
        rows.push([vec![fact.to_owned()], numbers.into()].concat());
    }
    table("Ingest", note, &["what", "ours", "peer", "ratio"], &rows)
}

fn floors(round: &Round) -> String {
    let Round {
        nommer,
        bytes,
        copy,
        alone,
        ..
    } = round;
    let floor = 1.0 / (1.0 / alone.rate + 1.0 / copy.rate);
    let facts = [
        ("raw COPY into our tables: messages a second", copy.rate),
        ("raw COPY: µs of processor a message, PostgreSQL", copy.cost),
        ("client library alone: messages a second", alone.rate),
        (
            "client library alone: µs of processor a message, consumer",
            alone.costs[0],
        ),
        (
            "client library alone: µs of processor a message, RabbitMQ",
            alone.costs[2],
        ),
        ("one after the other: messages a second", floor),
        ("nommer in % of raw COPY", round.share()),
        (
            "nommer in % of one after the other",
            100.0 * nommer.rate / floor,
        ),
        ("bytes a message in the database, indexes included", *bytes),
    ];
    let note = "PostgreSQL and the client library at their best, each alone; and the rate of one that first \
                receives all messages and then copies them.";
    let rows = facts.map(|(fact, value)| vec![fact.to_owned(), number(value)]);
    table("The floor of ingest", note, &["what", ""], &rows)
}

/// Fills a queue and has datanommer.consumer drain it.
fn incumbent((postgres, rabbit): (&Postgres, &Rabbit), messages: usize) -> Result<Drained> {
    let database = tables::empty(postgres)?;
    queue::fill(rabbit, "theirs", messages)?;
    let config = NamedTempFile::with_suffix(".toml")?;
    let command = programs::consume(config.path(), &rabbit.url(), "theirs", &database)?;
    let drained = drain((postgres, rabbit), &database, &command, messages)?;
    queue::remove(rabbit, "theirs")?;
    Ok(drained)
}
