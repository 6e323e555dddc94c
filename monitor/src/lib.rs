//! What those who watch a process are told: metrics and health, as pages on a listener of its own, which
//! is never the one that serves the public.
//!
//! Nothing here knows of messages or databases: programs bring their metrics and say how they fare.

mod exposition;
mod health;
mod listener;
mod page;
mod process;

pub use exposition::Exposition;
pub use health::{Health, health};
pub use listener::Listener;
pub use page::{Page, Pages};
