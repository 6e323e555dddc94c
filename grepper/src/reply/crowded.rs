//! Too many requests wait.

use crate::config::WaiterLimits;

/// Too many requests wait already, of a client or in all.
#[derive(Clone, Copy, Debug, Eq, PartialEq, thiserror::Error)]
#[error(
    "too many requests wait: at most {all} in all, and {of_client} of one client",
    all = limits.all, of_client = limits.of_client
)]
pub struct Crowded {
    /// How many may wait.
    pub limits: WaiterLimits,
    /// Whether it is the client that has too many.
    pub is_client: bool,
}
