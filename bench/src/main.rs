//! Measures the programs on private servers, side by side in one run: a machine is seldom quiet, so
//! what counts is the ratio.
//!
//! Build with `cargo build --release --workspace` first; the programs beside this one are measured.

mod answers;
mod client;
mod copy;
mod crowd;
mod drain;
mod environment;
mod incumbent;
mod ingest;
mod load;
mod names;
mod pgbench;
mod processor;
mod progress;
mod python;
mod queries;
mod report;
mod scale;
mod servers;
mod session;
mod shapes;
mod timings;

use anyhow::Result;
use clap::{Args, Parser};

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
    /// How long grepper takes to answer.
    Queries {
        #[command(flatten)]
        queries: queries::Options,
        #[command(flatten)]
        peers: Peers,
    },
    /// How much longer grepper takes to answer from a larger archive.
    Scale {
        /// The smaller archive.
        #[arg(long, default_value_t = 100_000)]
        small: u32,
        /// The larger archive.
        #[arg(long, default_value_t = 1_000_000)]
        large: u32,
        #[command(flatten)]
        limits: answers::Limits,
    },
    /// Ingest and queries; writes RESULTS.md beside the sources of this program.
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
        Command::Queries { queries, peers } => queries::run(&queries, peers.peers)?,
        Command::Scale { small, large, limits } => scale::run([small, large], &limits)?,
        Command::All { ingest_messages, queries, peers } => {
            let parts = [
                "# Results\n\nWritten by `bench all`; docs/benchmarks.md tells how to read it.\n".to_owned(),
                environment::table_of(peers.peers)?,
                ingest::run(ingest_messages, peers)?,
                queries::run(&queries, peers.peers)?,
            ];
            let document = parts.join("\n");
            std::fs::write(concat!(env!("CARGO_MANIFEST_DIR"), "/RESULTS.md"), &document)?;
            document
        }
    };
    println!("\n{document}");
    Ok(())
}
