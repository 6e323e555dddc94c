//! Listens to an AMQP bus and archives every message.
//!
//! The way of a delivery: `bus::session` takes it from the broker,
//! [`delivery::decode`] makes a message of it or says why not, `ingest::batch`
//! gathers what came together, `ingest::writer` hands that to the archive in one
//! transaction and then has it settled with the broker. So each delivery is
//! stored, recognised as a duplicate, or put aside whole, and only then may the
//! broker forget it.
//!
//! `bus::consumer` makes a new session when one ends; the writer tries until
//! the database has taken what it holds. Neither knows of the other's troubles:
//! between them is a channel with room for what the broker may send.
//!
//! Reading order, which is the order of imports: what is expected, configuration and deliveries;
//! how the program ends, pauses, tells of what lasts and reaches the database
//! (`exit`, `backoff`, `reminder`, `database`), and how it fares (`vitals`); the bus, ingestion,
//! `monitoring` and `supervised`, upkeep, commands.

mod backoff;
mod bus;
pub mod commands;
pub mod config;
mod database;
pub mod delivery;
pub mod exit;
mod expected;
mod ingest;
mod monitoring;
mod reminder;
mod supervised;
mod upkeep;
mod vitals;
mod words;
