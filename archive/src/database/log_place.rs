//! Where a server's log is, and what tells this server from others.

use diesel::prelude::*;
use diesel::sql_types::{BigInt, Bool, Double, Nullable};

/// What a role without rights may know: which timeline a standby follows is told by its last checkpoints alone, and at
/// once only to who has `pg_read_all_stats`.
pub(crate) const PLACE: &str = "SELECT pg_is_in_recovery() AS follows,
    (CASE WHEN pg_is_in_recovery() THEN pg_last_wal_replay_lsn() ELSE pg_current_wal_lsn() END - '0/0')::int8 AS position,
    (SELECT system_identifier FROM pg_control_system()) AS system,
    (SELECT oid::int8 FROM pg_database WHERE datname = current_database()) AS database,
    (extract(epoch FROM pg_postmaster_start_time()) * 1000000)::int8 AS started,
    (CASE WHEN pg_is_in_recovery() THEN
        greatest((SELECT timeline_id FROM pg_control_checkpoint()), (SELECT min_recovery_end_timeline FROM pg_control_recovery()))
        ELSE ('x' || left(pg_walfile_name(pg_current_wal_lsn()), 8))::bit(32)::int4
    END)::int8 AS timeline,
    (SELECT received_tli::int8 FROM pg_stat_wal_receiver) AS received_timeline,
    EXISTS (SELECT FROM pg_stat_wal_receiver) AS is_connected,
    (pg_last_wal_receive_lsn() - '0/0')::int8 AS received,
    CASE WHEN pg_is_in_recovery() THEN pg_is_wal_replay_paused() ELSE false END AS is_paused,
    extract(epoch FROM clock_timestamp() - pg_last_xact_replay_timestamp())::float8 AS age";

/// Where a server's log is, and what it knows of its source.
#[derive(Clone, Copy, Debug, QueryableByName)]
pub(crate) struct LogPlace {
    #[diesel(sql_type = Bool)]
    pub(crate) follows: bool,
    #[diesel(sql_type = Nullable<BigInt>)]
    pub(crate) position: Option<i64>,
    /// Its cluster of databases, which all copies share.
    #[diesel(sql_type = BigInt)]
    pub(crate) system: i64,
    /// Which of them, which all copies share.
    #[diesel(sql_type = BigInt)]
    pub(crate) database: i64,
    /// When it was started, in microseconds: no other server was just then.
    #[diesel(sql_type = BigInt)]
    pub(crate) started: i64,
    /// A standby is on this or on a later one.
    #[diesel(sql_type = BigInt)]
    pub(crate) timeline: i64,
    /// What it is sent is of this one, if the role may know.
    #[diesel(sql_type = Nullable<BigInt>)]
    pub(crate) received_timeline: Option<i64>,
    #[diesel(sql_type = Bool)]
    pub(crate) is_connected: bool,
    /// How far its source sent its log, which may end within a record.
    #[diesel(sql_type = Nullable<BigInt>)]
    pub(crate) received: Option<i64>,
    #[diesel(sql_type = Bool)]
    pub(crate) is_paused: bool,
    #[diesel(sql_type = Nullable<Double>)]
    pub(crate) age: Option<f64>,
}

impl LogPlace {
    /// Whether it has replayed all that it was sent. Of a record of which the end never came, nothing can be replayed:
    /// so that is also one whose source is gone and that stands where it stood `before`.
    pub(crate) fn has_all(&self, before: Option<i64>) -> bool {
        let stands = !self.is_connected && !self.is_paused && self.position == before;
        self.received <= self.position || stands
    }

    /// Whether they are copies of one database.
    pub(crate) fn is_of(&self, other: &Self) -> bool {
        (self.system, self.database) == (other.system, other.database)
    }
}

#[cfg(test)]
impl LogPlace {
    /// A connected standby that has all up to there, for tests.
    pub(crate) fn at(position: i64) -> Self {
        Self {
            follows: true,
            position: Some(position),
            system: 1,
            database: 5,
            started: 7,
            timeline: 1,
            received_timeline: None,
            is_connected: true,
            received: Some(position),
            is_paused: false,
            age: Some(3.0),
        }
    }

    /// The primary whose log ends there, for tests.
    pub(crate) fn of_primary(position: i64) -> Self {
        Self {
            follows: false,
            started: 3,
            is_connected: false,
            received: None,
            age: None,
            ..Self::at(position)
        }
    }
}
