//! What goes on all the time beside the disturbances.

pub mod analyst;
pub mod dump;
pub mod memory;
pub mod quiet;
pub mod watch;
