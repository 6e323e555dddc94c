//! "How do we talk to PostgreSQL?": connections, statements, versions of rows, locks, the schema.

pub(crate) mod address;
pub(crate) mod backend;
mod checks;
pub(crate) mod connection;
pub(crate) mod conversation;
mod effects;
pub(crate) mod grants;
mod kinship;
pub(crate) mod link;
pub(crate) mod locks;
mod log_place;
pub mod migration;
pub(crate) mod origin;
pub(crate) mod ownership;
pub mod plan;
mod progress;
pub mod roles;
pub(crate) mod server;
pub(crate) mod servers;
mod session;
pub(crate) mod settings;
mod socket;
pub(crate) mod sql;
pub(crate) mod standbys;
mod timeline;
pub(crate) mod version;
pub(crate) mod watch;
