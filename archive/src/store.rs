//! Storing messages.

pub(crate) mod amend;
mod association;
mod batch;
mod copy;
mod names;
pub(crate) mod writer;
