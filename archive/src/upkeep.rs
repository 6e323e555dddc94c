//! What keeps the archive quick.

pub(crate) mod counters;
mod recent_topics;
