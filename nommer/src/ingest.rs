//! From deliveries to the archive, a batch at a time.

pub mod batch;
pub mod prover;
mod put_aside;
pub mod writer;
