//! What an admin is told: on the terminal, as Markdown for a ticket, as JSON for programs.

mod amounts;
pub mod data;
mod excerpt;
mod latency;
pub mod markdown;
pub mod tally;
pub mod text;
