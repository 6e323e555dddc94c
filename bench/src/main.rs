//! Measures the programs on private servers, side by side in one run: a machine is seldom quiet, so
//! what counts is the ratio.
//!
//! Build with `cargo build --release -p nommer -p grepper -p bench` first; the programs beside this one are measured.

mod asking;
mod database;
mod drain;
mod environment;
mod history;
mod incumbent;
mod measured;
mod programs;
mod progress;
mod queue;
mod report;
mod usage;

use std::path::{Path, PathBuf};

use anyhow::Result;
use clap::{Args, Parser};

use crate::incumbent::{Peers, python};
use crate::measured::queries::{self, Searches};
use crate::measured::scale::{self, Archives};
use crate::measured::{ingest, latency};

/// What to measure.
#[derive(Parser)]
enum Task {
    /// How fast nommer drains a full queue, beside a raw COPY of the same rows into the same tables.
    Ingest {
        /// How many messages.
        #[arg(long, default_value_t = 100_000)]
        messages: usize,
        #[command(flatten)]
        peers: Peers,
    },
    /// How long after its publication grepper answers a message.
    Latency(latency::Pace),
    /// How long grepper takes to answer.
    Queries {
        #[command(flatten)]
        searches: Searches,
        #[command(flatten)]
        peers: Peers,
    },
    /// How much longer grepper takes to answer from larger archives; writes SCALE.md.
    Scale {
        #[command(flatten)]
        archives: Archives,
        #[command(flatten)]
        written: Written,
    },
    /// Ingest, latency and queries; writes RESULTS.md.
    All {
        /// How many messages to drain.
        #[arg(long, default_value_t = 100_000)]
        ingest_messages: usize,
        #[command(flatten)]
        searches: Searches,
        #[command(flatten)]
        peers: Peers,
        #[command(flatten)]
        written: Written,
    },
}

/// A report that goes to a file.
#[derive(Args)]
struct Written {
    /// Where the report goes [default: beside the sources of this program]
    #[arg(long, value_name = "FILE")]
    output: Option<PathBuf>,
}

fn main() -> Result<()> {
    match Task::parse() {
        Task::Ingest { messages, peers } => println!("\n{}", ingest::run(messages, peers)?),
        Task::Latency(pace) => println!("\n{}", latency::run(&pace)?),
        Task::Queries { searches, peers } => {
            println!("\n{}", queries::run(&searches, peers.peers)?);
        }
        Task::Scale { archives, written } => scale_report(&archives, &written)?,
        Task::All {
            ingest_messages,
            searches,
            peers,
            written,
        } => all_report(ingest_messages, &searches, peers, &written)?,
    }
    Ok(())
}

fn scale_report(archives: &Archives, written: &Written) -> Result<()> {
    let parts = [
        title("Scale", "scale"),
        environment::section(Vec::new())?,
        scale::run(archives)?,
    ];
    written.write("SCALE.md", &parts)
}

fn all_report(
    ingest_messages: usize,
    searches: &Searches,
    peers: Peers,
    written: &Written,
) -> Result<()> {
    let versions = if peers.peers {
        python::versions()?
    } else {
        Vec::new()
    };
    let parts = [
        title("Results", "all"),
        environment::section(versions)?,
        ingest::run(ingest_messages, peers)?,
        latency::run(&latency::Pace::default())?,
        queries::run(searches, peers.peers)?,
    ];
    written.write("RESULTS.md", &parts)
}

/// The start of a report.
fn title(title: &str, command: &str) -> String {
    format!("# {title}\n\nWritten by `bench {command}`; docs/benchmarks.md tells how to read it.\n")
}

impl Written {
    /// Prints the parts as one document, and writes it to its file.
    fn write(&self, name: &str, parts: &[String]) -> Result<()> {
        let document = parts.join("\n");
        println!("\n{document}");
        let beside_the_sources = Path::new(env!("CARGO_MANIFEST_DIR")).join(name);
        std::fs::write(
            self.output.as_ref().unwrap_or(&beside_the_sources),
            document,
        )?;
        Ok(())
    }
}
