//! Reading the archive.

mod page_memory;
pub(crate) mod reader;
