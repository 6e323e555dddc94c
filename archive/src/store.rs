//! "Here are new messages": storing them, recognising them, putting aside what cannot be stored, and
//! adding to what is.

mod about;
pub(crate) mod amend;
mod association;
pub(crate) mod batch;
mod copy;
mod dead_letters;
mod harmless;
mod identity;
mod left_out;
pub(crate) mod letters;
mod names;
mod probe;
mod trial;
pub(crate) mod writer;
