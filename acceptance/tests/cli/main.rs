//! What the programs say to who types their names: every `--help` and the usual mistakes, and that the samples of
//! configuration are right. No server is needed.
//!
//! `SNAPSHOTS=overwrite cargo test -p acceptance --test cli` writes the texts anew.

#[path = "../support/mod.rs"]
mod support;

mod compose;
mod empty;
mod help;
mod kubernetes;
mod levels;
mod licences;
mod manual;
mod mistakes;
mod packaged;
mod samples;
mod secrets;
mod transcript;
mod units;
mod unread;
