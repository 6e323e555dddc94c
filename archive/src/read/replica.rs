//! How far behind the server is that answers, where it follows another one.

use std::time::Duration;

use diesel::prelude::*;
use diesel::sql_types::{Double, Nullable};

use crate::error::StoreError;
use crate::read::reader::Reader;

/// A standby that is connected and has replayed all that it was sent is not behind, however long nothing came.
/// Both times are the standby's and its source's, as they are.
const LAG: &str = "SELECT CASE
        WHEN NOT pg_is_in_recovery() THEN NULL
        WHEN pg_last_wal_receive_lsn() <= pg_last_wal_replay_lsn() AND EXISTS (SELECT FROM pg_stat_wal_receiver) THEN 0
        ELSE greatest(extract(epoch FROM clock_timestamp() - pg_last_xact_replay_timestamp()), 0)
    END::float8 AS seconds";

#[derive(QueryableByName)]
struct Lag {
    #[diesel(sql_type = Nullable<Double>)]
    seconds: Option<f64>,
}

impl Reader {
    /// How far the server is behind the one that it follows; `None` if it follows none, or has not replayed anything.
    pub fn replica_lag(&self) -> Result<Option<Duration>, StoreError> {
        let lag = self.run("replica_lag", &"", |connection, _| {
            diesel::sql_query(LAG).get_result::<Lag>(connection)
        })?;
        Ok(lag.seconds.map(Duration::from_secs_f64))
    }
}
