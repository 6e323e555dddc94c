//! Texts as Python programs write and read them: JSON, numbers, times, encodings.
//!
//! Publishers of messages, the archive's other readers and the clients of the HTTP interface are
//! Python programs for the most part. What they write is read here the way they would read it, and
//! what they read is written the way they would write it. Everything is pure.

pub mod clock;
pub mod codec;
pub mod iso_time;
pub mod json;
pub mod loose_date;
pub mod number;
pub mod timestamp;
