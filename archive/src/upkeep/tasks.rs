//! What is done to the archive again and again, or by hand, beside storing.

use crate::database::connection::{ConnectionOptions, PgPool};
use crate::database::migration;
use crate::error::StoreError;
use crate::upkeep::seen::Seen;

/// Keeps the archive quick and whole. Each of its tasks may be run by several programs at once, and
/// again whatever became of the last run.
pub struct Upkeep {
    pub(super) pool: PgPool,
    /// Sessions that may be frozen.
    pub(super) seen: Seen,
}

impl Upkeep {
    /// Does not connect yet: the database may be away now.
    pub fn new(options: &ConnectionOptions) -> Self {
        Self {
            pool: options.pool(),
            seen: Seen::default(),
        }
    }

    /// Fails as [`migration::check`] does, on a connection that its tasks then use.
    pub fn check_schema(&self) -> Result<(), StoreError> {
        migration::check_on(&self.pool)
    }
}
