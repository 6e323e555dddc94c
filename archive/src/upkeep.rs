//! "What keeps the archive quick and true?": counters, partitions, the view of recent topics.

pub(crate) mod condition;
pub(crate) mod counters;
pub(crate) mod durability;
mod fold;
mod frozen;
pub(crate) mod inspection;
pub(crate) mod partitions;
mod recent_topics;
mod sampled;
mod seen;
pub(crate) mod sequences;
pub(crate) mod snapshots;
mod tables;
pub(crate) mod tasks;
mod ties;
pub(crate) mod verify;
