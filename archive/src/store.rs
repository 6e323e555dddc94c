//! "Here are new messages": storing them, recognising them, putting aside what cannot be stored, and
//! adding to what is.

mod about;
pub(crate) mod amend;
pub(crate) mod association;
pub(crate) mod batch;
pub(crate) mod copy;
pub(crate) mod dead_letters;
mod harmless;
mod identity;
pub(crate) mod left_out;
pub(crate) mod letters;
mod names;
mod probe;
mod replicated;
pub(crate) mod stream_offsets;
pub(crate) mod trial;
pub(crate) mod writer;
