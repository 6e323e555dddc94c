//! "What is in the archive?": pages and totals of searches, and walks over all that they match.

mod about;
mod fitness;
mod inquire;
mod memories;
mod page_memory;
pub(crate) mod reader;
pub(crate) mod walk;
