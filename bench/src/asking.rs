//! Asking a server for messages, by one client or by many, and PostgreSQL alone.

pub mod answers;
pub mod client;
pub mod crowd;
pub mod pages;
pub mod pgbench;
pub mod shapes;
pub mod timings;
pub mod turns;
pub mod waiter;
