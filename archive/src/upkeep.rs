//! "What keeps the archive quick and true?": counters, partitions, the view of recent topics.

pub(crate) mod counters;
mod fold;
mod frozen;
mod partitions;
mod recent_topics;
mod seen;
pub(crate) mod sequences;
pub(crate) mod snapshots;
mod tables;
pub(crate) mod tasks;
mod ties;
pub(crate) mod verify;
