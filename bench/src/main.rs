//! Measures the programs on private servers, side by side in one run: a machine is seldom quiet, so
//! what counts is the ratio.
//!
//! Build with `cargo build --release -p nommer -p grepper -p bench` first; the programs beside this one are measured.

mod asking;
mod database;
mod environment;
mod history;
mod incumbent;
mod measured;
mod progress;
mod report;
mod usage;

use std::path::Path;

use anyhow::Result;
use clap::{Args, Parser};

use crate::measured::{ingest, latency, queries, scale};

/// What to measure.
#[derive(Parser)]
enum Command {
    /// How fast nommer drains a full queue, beside a raw COPY of the same rows into the same tables.
    Ingest {
        /// How many messages.
        #[arg(long, default_value_t = 100_000)]
        messages: usize,
        #[command(flatten)]
        peers: Peers,
    },
    /// How long after its publication grepper answers a message.
    Latency(latency::Options),
    /// How long grepper takes to answer.
    Queries {
        #[command(flatten)]
        queries: queries::Options,
        #[command(flatten)]
        peers: Peers,
    },
    /// How much longer grepper takes to answer from larger archives; writes SCALE.md beside the
    /// sources of this program.
    Scale(scale::Options),
    /// Ingest, latency and queries; writes RESULTS.md beside the sources of this program.
    All {
        /// How many messages to drain.
        #[arg(long, default_value_t = 100_000)]
        ingest_messages: usize,
        #[command(flatten)]
        queries: queries::Options,
        #[command(flatten)]
        peers: Peers,
    },
}

/// Whether to compare.
#[derive(Args, Clone, Copy)]
struct Peers {
    /// Measure the Python programs too, which are installed under target/.
    #[arg(long)]
    peers: bool,
    /// How many messages the Python program drains.
    #[arg(long, default_value_t = 5_000)]
    peer_messages: usize,
}

fn main() -> Result<()> {
    let document = match Command::parse() {
        Command::Ingest { messages, peers } => ingest::run(messages, peers)?,
        Command::Latency(options) => latency::run(&options)?,
        Command::Queries { queries, peers } => queries::run(&queries, peers.peers)?,
        Command::Scale(options) => {
            let parts = [
                "# Scale\n\nWritten by `bench scale`; docs/benchmarks.md tells how to read it.\n"
                    .to_owned(),
                environment::table_of(false)?,
                scale::run(&options)?,
            ];
            written("SCALE.md", &parts)?
        }
        Command::All {
            ingest_messages,
            queries,
            peers,
        } => {
            let parts = [
                "# Results\n\nWritten by `bench all`; docs/benchmarks.md tells how to read it.\n"
                    .to_owned(),
                environment::table_of(peers.peers)?,
                ingest::run(ingest_messages, peers)?,
                latency::run(&latency::Options::default())?,
                queries::run(&queries, peers.peers)?,
            ];
            written("RESULTS.md", &parts)?
        }
    };
    println!("\n{document}");
    Ok(())
}

/// The parts as one document, which is also written beside the sources.
fn written(file: &str, parts: &[String]) -> Result<String> {
    let document = parts.join("\n");
    std::fs::write(Path::new(env!("CARGO_MANIFEST_DIR")).join(file), &document)?;
    Ok(document)
}
