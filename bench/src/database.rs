//! PostgreSQL: private servers, and what is done with their databases from the outside.

pub mod bulk;
pub mod copy;
pub mod servers;
pub mod session;
pub mod sizes;
