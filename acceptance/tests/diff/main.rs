//! `grepper-diff`: what differs is found, and what is the same is not told.

#[path = "../support/mod.rs"]
mod support;

mod logs;
mod planted;
mod recorded;
mod secrets;
mod stopped;
