//! Totals without counting rows.

mod bodies;
pub(crate) mod bucket;
mod cover;
pub(crate) mod memory;
pub(crate) mod overview;
pub(crate) mod postings;
mod rollups;
mod sets;
pub(crate) mod small_result;
