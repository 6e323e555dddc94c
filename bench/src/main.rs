//! Measures the programs on private servers, side by side in one run: a machine is seldom quiet, so
//! what counts is the ratio.
//!
//! Build with `cargo build --release -p nommer -p grepper -p bench` first; the programs beside this one are measured.

mod asking;
mod compared;
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
mod statistics;
mod usage;
mod watcher;

use std::path::{Path, PathBuf};

use anyhow::{Result, bail, ensure};
use clap::{Parser, Subcommand};

use crate::compared::Builds;
use crate::incumbent::{Peers, python};
use crate::measured::adopt::{self, Takeover};
use crate::measured::ingest;
use crate::measured::latency::{self, Pace};
use crate::measured::queries::{self, Searches};
use crate::measured::scale::{self, Archives};
use crate::measured::several::{self, Several};
use crate::measured::snapshot::{self, Beside};
use crate::measured::waiting::{self, Waiting};

/// Measures nommer and grepper on private servers.
#[derive(Parser)]
struct CommandLine {
    #[command(subcommand)]
    task: Task,
    /// A folder with an older build's nommer and grepper, which are measured beside ours.
    #[arg(long, value_name = "DIR", global = true)]
    before: Option<PathBuf>,
    /// Measures what it costs to be watched: our programs, asked for their metrics each second, beside the same that
    /// are not.
    #[arg(long, global = true, conflicts_with = "before")]
    watched: bool,
    /// Where the report goes [default: of `all` and `scale`, beside the sources of this program]
    #[arg(long, value_name = "FILE", global = true)]
    output: Option<PathBuf>,
}

/// What to measure.
#[derive(Subcommand)]
enum Task {
    /// How fast an archive of the incumbent is taken over, beside pg_dump and pg_restore of its tables.
    Adopt(Takeover),
    /// How fast nommer drains a full queue, beside a raw COPY of the same rows into the same tables.
    Ingest {
        /// How many messages.
        #[arg(long, default_value_t = 100_000)]
        messages: usize,
        #[command(flatten)]
        peers: Peers,
    },
    /// How long after its publication grepper answers a message.
    Latency(Pace),
    /// How long grepper takes to answer.
    Queries {
        #[command(flatten)]
        searches: Searches,
        #[command(flatten)]
        peers: Peers,
    },
    /// How much longer grepper takes to answer from larger archives; writes SCALE.md, or with --before
    /// COMPARED_SCALE.md.
    Scale(Archives),
    /// Several nommers at one queue and several greppers at one archive, beside one of each.
    Several(Several),
    /// How much longer grepper takes to answer while an open snapshot keeps what nommer folds as dead
    /// rows.
    Snapshot(Beside),
    /// What the subjects of messages cost: nommer with and without rules that tell them, in turns.
    Subjects {
        /// How many messages are in each queue.
        #[arg(long, default_value_t = 100_000)]
        messages: usize,
    },
    /// How long after its publication a message is told to who waits for it, and whether all are told while servers
    /// restart.
    Waiting(Waiting),
    /// Ingest, latency and queries; writes RESULTS.md, or with --before COMPARED.md.
    All {
        /// How many messages to drain.
        #[arg(long, default_value_t = 100_000)]
        ingest_messages: usize,
        #[command(flatten)]
        searches: Searches,
        #[command(flatten)]
        peers: Peers,
    },
}

impl Task {
    /// Sections of the report on our programs, and perhaps on those of the incumbent.
    fn measure(&self) -> Result<String> {
        match self {
            Self::Adopt(takeover) => adopt::run(takeover),
            Self::Ingest { messages, peers } => ingest::run(*messages, *peers),
            Self::Latency(pace) => latency::run(pace),
            Self::Queries { searches, peers } => queries::run(searches, peers.peers),
            Self::Scale(archives) => scale::run(archives),
            Self::Several(several) => several::run(several),
            Self::Snapshot(beside) => snapshot::run(beside),
            Self::Subjects { messages } => compared::cost_of_subjects(*messages),
            Self::Waiting(waiting) => waiting::run(waiting),
            Self::All {
                ingest_messages,
                searches,
                peers,
            } => {
                let ingest = ingest::run(*ingest_messages, *peers)?;
                let latency = latency::run(&Pace::default())?;
                let queries = queries::run(searches, peers.peers)?;
                Ok([ingest, latency, queries].join("\n"))
            }
        }
    }

    /// Sections of the report on our programs and those of an older build.
    fn compare(&self, builds: &Builds) -> Result<String> {
        match self {
            Self::Ingest { messages, .. } => builds.ingest(*messages),
            Self::Latency(pace) => builds.latency(pace),
            Self::Queries { searches, .. } => builds.queries(searches),
            Self::Scale(archives) => builds.scale(archives),
            Self::Adopt(_) => bail!("adopt is not compared"),
            Self::Several(_) => bail!("several is not compared"),
            Self::Snapshot(_) => bail!("snapshot is not compared"),
            Self::Subjects { .. } => bail!("subjects is not compared"),
            Self::Waiting(_) => bail!("waiting is not compared"),
            Self::All {
                ingest_messages,
                searches,
                ..
            } => builds.all(*ingest_messages, searches),
        }
    }

    /// Whether the incumbent is measured, too.
    fn has_peers(&self) -> bool {
        match self {
            Self::Ingest { peers, .. } | Self::Queries { peers, .. } | Self::All { peers, .. } => {
                peers.peers
            }
            Self::Adopt(_)
            | Self::Latency(_)
            | Self::Scale(_)
            | Self::Several(_)
            | Self::Snapshot(_)
            | Self::Subjects { .. }
            | Self::Waiting(_) => false,
        }
    }

    /// The file beside the sources of this program that the report goes to.
    fn file(&self, compared: bool) -> Option<PathBuf> {
        let name = match (self, compared) {
            (Self::Scale(_), false) => "SCALE.md",
            (Self::Scale(_), true) => "COMPARED_SCALE.md",
            (Self::All { .. }, false) => "RESULTS.md",
            (Self::All { .. }, true) => "COMPARED.md",
            _ => return None,
        };
        Some(Path::new(env!("CARGO_MANIFEST_DIR")).join(name))
    }
}

fn main() -> Result<()> {
    let CommandLine {
        task,
        before,
        watched,
        output,
    } = CommandLine::parse();
    let (title, facts, sections);
    let builds = match &before {
        Some(before) => Some(Builds::of(before)?),
        None => watched.then(Builds::watched).transpose()?,
    };
    if let Some(builds) = &builds {
        ensure!(
            !task.has_peers(),
            "--peers is for neither --before nor --watched"
        );
        title = if watched {
            "Without and with somebody who watches"
        } else {
            "Before and after"
        };
        facts = builds.facts()?;
        sections = task.compare(builds)?;
    } else {
        title = match task {
            Task::Scale(_) => "Scale",
            _ => "Results",
        };
        facts = if task.has_peers() {
            python::versions()?
        } else {
            Vec::new()
        };
        sections = task.measure()?;
    }
    let document = [
        format!("# {title}\n\nWritten by `bench`; docs/benchmarks.md tells how to read it.\n"),
        environment::section(facts)?,
        sections,
    ]
    .join("\n");
    service::say(format_args!("\n{document}"));
    if let Some(file) = output.or_else(|| task.file(builds.is_some()).filter(|_| !watched)) {
        std::fs::write(file, document)?;
    }
    Ok(())
}
