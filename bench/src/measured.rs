//! What is measured: each file answers a section of the report.

pub mod adopt;
pub mod ingest;
pub mod latency;
mod many_clients;
pub mod queries;
pub mod scale;
pub mod several;
pub mod snapshot;
pub mod waiting;
