//! nommer as the bus and its operator see it.

#[path = "../support/mod.rs"]
mod support;

mod golden;
mod operation;
mod poison;
mod rights;
mod roles;
mod tls;
