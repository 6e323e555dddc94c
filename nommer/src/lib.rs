//! Listens to an AMQP bus and archives every message.
//!
//! The way of a delivery: a `session` takes it from the broker, [`decode`]
//! makes a message of it or says why not, `batch` gathers what came together,
//! the `writer` hands that to the archive in one transaction and then has it
//! settled with the broker. So each delivery is stored, recognised as
//! a duplicate, or put aside whole, and only then may the broker forget it.
//!
//! The `consumer` makes a new session when one ends; the writer tries until
//! the database has taken what it holds. Neither knows of the other's troubles:
//! between them is a channel with room for what the broker may send.

mod backoff;
mod batch;
pub mod cli;
mod commands;
pub mod config;
mod connection;
mod consumer;
mod content_id;
mod database;
pub mod decode;
pub mod exit;
mod headers;
pub mod log;
mod network;
mod pressure;
mod session;
mod settle;
mod shutdown;
mod wire;
mod writer;

pub use commands::run;
