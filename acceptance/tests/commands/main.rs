//! The incumbent's commands, by their names and by ours.

#[path = "../support/mod.rs"]
mod support;

mod dump;
mod golden;
mod told;
mod typed;
