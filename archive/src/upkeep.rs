//! "What keeps the archive quick and true?": counters, partitions, the view of recent topics.

pub(crate) mod counters;
mod partitions;
mod recent_topics;
pub(crate) mod sequences;
pub(crate) mod tasks;
pub(crate) mod verify;
