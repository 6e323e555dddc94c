//! The database: connections, statements, and the schema.

pub(crate) mod connection;
pub mod migration;
pub(crate) mod sql;
