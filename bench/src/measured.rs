//! What is measured: each file answers a section of the report.

pub mod drain;
pub mod ingest;
pub mod latency;
pub mod queries;
pub mod scale;
