//! What keeps the archive quick.

pub(crate) mod counters;
