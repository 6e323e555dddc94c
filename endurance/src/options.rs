//! What can be asked for at the command line.

use std::path::PathBuf;

use clap::Parser;

/// Runs everything under load and disturbances, and proves that it held.
#[derive(Clone, Debug, Parser)]
pub struct Options {
    /// How long it is disturbed; the checks after it take some minutes more.
    #[arg(long, default_value_t = 10, value_parser = clap::value_parser!(u64).range(1..=6000))]
    pub minutes: u64,
    /// From which messages, disturbances and questions follow.
    #[arg(long, default_value_t = 1)]
    pub seed: u64,
    /// Messages a second.
    #[arg(long, default_value_t = 300)]
    pub rate: u32,
    /// How many random totals are compared in the end.
    #[arg(long, default_value_t = 300)]
    pub totals: usize,
    /// Where reports and logs go, instead of `target/soak`.
    #[arg(long)]
    pub output: Option<PathBuf>,
    /// Instead: what clusters of PostgreSQL and RabbitMQ go through, in an order of its own.
    #[arg(long, conflicts_with_all = ["minutes", "totals", "keep"])]
    pub cluster: bool,
    /// Each kind of fault of `--cluster` once, and briefly.
    #[arg(long, requires = "cluster")]
    pub short: bool,
    /// How many nommers share the queue of `--cluster`.
    #[arg(long, default_value_t = 2, requires = "cluster", value_parser = clap::value_parser!(u8).range(1..=9))]
    pub nommers: u8,
    /// How many greppers answer on `--cluster`.
    #[arg(long, default_value_t = 2, requires = "cluster", value_parser = clap::value_parser!(u8).range(1..=9))]
    pub greppers: u8,
    /// How many messages the archive of `--cluster` holds before.
    #[arg(long, default_value_t = 0, requires = "cluster")]
    pub messages: u32,
    /// Leaves servers and programs running in the end, until Ctrl-C.
    #[arg(long)]
    pub keep: bool,
}
