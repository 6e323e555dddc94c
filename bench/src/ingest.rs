//! A full queue, drained into all tables: by nommer, by the Python program, and by PostgreSQL alone.

use std::process::Command;

use anyhow::Result;
use devstack::{Postgres, Rabbit, RabbitOptions};
use tempfile::NamedTempFile;

use crate::drain::{Drained, drain, fill, queue_settings};
use crate::report::{number, table};
use crate::{Peers, copy, incumbent, servers};

/// Answers a section of the report.
pub fn run(messages: usize, peers: Peers) -> Result<String> {
    let (postgres, rabbit) = (servers::postgres()?, Rabbit::start(RabbitOptions::default())?);
    let config = NamedTempFile::with_suffix(".toml")?;

    let ours = servers::migrated(&postgres)?;
    fill(&rabbit, "ours", messages)?;
    std::fs::write(&config, queue_settings("ours"))?;
    let mut nommer = Command::new(devstack::binary("nommer")?);
    nommer.args(["consume", "-c"]).arg(config.path()).env("DATABASE_URL", &ours.url).env("AMQP_URL", rabbit.url());
    let nommer = drain(&postgres, &ours, &nommer, messages)?;
    let bytes = servers::size(&postgres, &ours)? / messages as f64;
    let floor = messages as f64 / copy::floor(&postgres, &ours, &servers::migrated(&postgres)?)?.as_secs_f64();

    let peer = if peers.peers { Some(consumer(&postgres, &rabbit, peers.peer_messages)?) } else { None };
    let compared = |what: &str, ours: f64, peer: Option<f64>, ratio: fn(f64, f64) -> f64| {
        let theirs = peer.map_or("–".to_owned(), number);
        let ratio = peer.map_or("–".to_owned(), |peer| number(ratio(ours, peer)));
        vec![what.to_owned(), number(ours), theirs, ratio]
    };
    let rows = [
        compared("messages a second", nommer.rate, peer.as_ref().map(|peer| peer.rate), |ours, peer| ours / peer),
        compared("MB of memory at most", nommer.memory, peer.as_ref().map(|peer| peer.memory), |a, b| b / a),
        compared("messages a second, raw COPY into our tables", floor, None, |_, _| 0.0),
        compared("% of raw COPY", 100.0 * nommer.rate / floor, None, |_, _| 0.0),
        compared("bytes a message in the database, indexes included", bytes, None, |_, _| 0.0),
    ];
    let note = format!(
        "{messages} messages in the queue for nommer, {} for datanommer.consumer. Ratio: how many times better ours is.",
        if peers.peers { peers.peer_messages } else { 0 }
    );
    Ok(table("Ingest", &note, &["what", "ours", "peer", "ratio"], &rows))
}

fn consumer(postgres: &Postgres, rabbit: &Rabbit, messages: usize) -> Result<Drained> {
    let database = incumbent::tables(postgres)?;
    fill(rabbit, "theirs", messages)?;
    let config = NamedTempFile::with_suffix(".toml")?;
    let command = incumbent::consume(config.path(), &rabbit.url(), "theirs", &database)?;
    drain(postgres, &database, &command, messages)
}
