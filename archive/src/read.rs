//! "What is in the archive?": pages and totals of searches, totals of names, and walks over all that they match.

pub(crate) mod about;
pub(crate) mod aggregate;
pub(crate) mod around;
pub(crate) mod beside;
pub(crate) mod busiest;
pub(crate) mod census;
pub(crate) mod digest;
pub(crate) mod feed;
mod fitness;
mod gaps;
pub(crate) mod inquire;
mod means;
mod memories;
pub(crate) mod names;
mod page_memory;
pub(crate) mod portrait;
pub(crate) mod reader;
mod replica;
pub(crate) mod rhythm;
pub(crate) mod survey;
pub(crate) mod tally;
pub(crate) mod walk;
