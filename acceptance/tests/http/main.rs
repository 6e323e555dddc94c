//! grepper as its clients see it.

#[path = "../support/mod.rs"]
mod support;

mod aggregate;
mod clients;
mod connections;
mod digest;
mod documents;
mod environment;
mod find;
mod formats;
mod fuzz;
mod golden;
mod golden_compare;
mod hidden;
mod large;
mod lists;
mod message;
mod names;
mod odd_times;
mod operation;
mod overload;
mod own_database;
mod private;
mod pulse;
mod rate_limit;
mod restarted;
mod traced;
mod watched;
mod wrong_values;
