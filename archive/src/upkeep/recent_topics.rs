//! The view of the topics of the last year, which is as fresh as its last refresh.

use diesel::connection::SimpleConnection;
use diesel::prelude::*;
use diesel::sql_types::Bool;

use crate::database::sql::{Bind, Sql};
use crate::error::StoreError;
use crate::store::writer::Writer;

/// Any number, the same in each program that refreshes the view: only one of them may at a time.
const LOCK: i64 = 0x746f_7069_6373;

impl Writer {
    /// Brings the view `recent_topics` up to date while others read it, unless another program does
    /// so now; answers whether it did. Only the owner of the view may. Reads a year of messages.
    pub fn refresh_recent_topics(&self) -> Result<bool, StoreError> {
        // Not by `connection::run`, which would tell in the log that it took long: it always does.
        let mut session = self.pool().get()?;
        let refreshed = session.connection.transaction(|connection| {
            let mut sql = Sql::new("SELECT pg_try_advisory_xact_lock(");
            sql.bind(Bind::BigInt(LOCK)).push(")");
            let free: bool = sql.of::<Bool>().get_result(connection)?;
            if free {
                connection.batch_execute("REFRESH MATERIALIZED VIEW CONCURRENTLY recent_topics")?;
            }
            QueryResult::Ok(free)
        });
        Ok(refreshed?)
    }
}
