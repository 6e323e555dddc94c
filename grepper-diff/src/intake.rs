//! Where requests come from: access logs and lists, and which of them are asked.

pub mod gather;
mod line;
mod list;
mod mount;
mod source;
