//! Measures the programs on private servers, side by side in one run: this machine is shared and
//! noisy, so what counts is the ratio.
//!
//! Build with `cargo build --release --workspace` first; the programs beside this one are measured.

mod copy;
mod ingest;
mod servers;

use anyhow::Result;
use clap::Parser;

/// What to measure.
#[derive(Parser)]
enum Command {
    /// How fast nommer drains a full queue, beside a raw COPY of the same rows into the same tables.
    Ingest {
        /// How many messages.
        #[arg(long, default_value_t = 100_000)]
        messages: usize,
    },
}

fn main() -> Result<()> {
    match Command::parse() {
        Command::Ingest { messages } => ingest::run(messages),
    }
}
