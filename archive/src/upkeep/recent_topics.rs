//! The view of the topics of the last year, which is as fresh as its last refresh.

use diesel::connection::SimpleConnection;
use diesel::prelude::*;

use crate::database::connection;
use crate::database::locks::{self, RECENT_TOPICS};
use crate::error::StoreError;
use crate::upkeep::tasks::Upkeep;

impl Upkeep {
    /// Brings the view `recent_topics` up to date while others read it, unless another program does
    /// so now; answers whether it did. Only the owner of the view may. Reads a year of messages.
    pub fn refresh_recent_topics(&self) -> Result<bool, StoreError> {
        connection::run(
            &self.pool,
            "refresh_recent_topics",
            &"",
            None,
            |connection| {
                connection.transaction(|connection| {
                    let free = locks::try_hold(connection, RECENT_TOPICS)?;
                    if free {
                        connection.batch_execute(
                            "REFRESH MATERIALIZED VIEW CONCURRENTLY recent_topics",
                        )?;
                    }
                    Ok(free)
                })
            },
        )
    }
}
