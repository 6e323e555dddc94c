//! The Python programs that nommer and grepper replace, and their tables.

pub mod programs;
pub mod python;
pub mod tables;

use clap::Args;

/// Whether to compare with the Python programs.
#[derive(Args, Clone, Copy)]
pub struct Peers {
    /// Measure the Python programs too, which are installed under target/.
    #[arg(long)]
    pub peers: bool,
    /// How many messages the Python program drains.
    #[arg(long, default_value_t = 5_000)]
    pub peer_messages: usize,
}
