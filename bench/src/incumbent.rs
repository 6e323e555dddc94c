//! The Python programs that nommer and grepper replace, and their tables.

pub mod programs;
pub mod python;
