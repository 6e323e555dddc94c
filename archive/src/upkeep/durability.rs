//! What the server does so that what is committed stays.

use chrono::NaiveDateTime;
use diesel::pg::PgConnection;
use diesel::prelude::*;
use diesel::sql_types::{BigInt, Bool, Nullable, Text, Timestamp};

use crate::database::connection;
use crate::database::standbys::needed_standbys;
use crate::error::StoreError;
use crate::upkeep::tasks::Upkeep;

/// What the server does so that what is committed stays, as a session of ours finds it.
#[derive(Clone, Debug, Eq, PartialEq, QueryableByName)]
pub struct Durability {
    /// Whether this server follows another one.
    #[diesel(sql_type = Bool)]
    pub follows: bool,
    /// Whether sessions cannot write unless they ask for it, by a setting.
    #[diesel(sql_type = Bool)]
    pub read_only: bool,
    /// Whether what is written is brought to the disk.
    #[diesel(sql_type = Bool)]
    pub fsync: bool,
    /// Whether pages that were written in part are whole after a crash.
    #[diesel(sql_type = Bool)]
    pub full_page_writes: bool,
    /// What a commit waits for, as PostgreSQL says it: `off` is nothing.
    #[diesel(sql_type = Text)]
    pub synchronous_commit: String,
    /// How commits are to wait for standbys, as PostgreSQL says it; empty if they are not.
    #[diesel(sql_type = Text)]
    pub wanted_standbys: String,
    /// Whether a setting of the server, and not the default, says that they are not to: what `ALTER SYSTEM` leaves, which
    /// goes over what Patroni or an admin writes into `postgresql.conf`.
    #[diesel(sql_type = Bool)]
    pub waiting_switched_off: bool,
    /// For how many standbys commits are to wait.
    #[diesel(sql_type = BigInt)]
    pub needed_standbys: i64,
    /// How many standbys there are for which commits wait.
    #[diesel(sql_type = BigInt)]
    pub synchronous_standbys: i64,
    /// How many standbys there are of which this role may not see more.
    #[diesel(sql_type = BigInt)]
    pub hidden_standbys: i64,
    /// How many standbys there are.
    #[diesel(sql_type = BigInt)]
    pub standbys: i64,
    /// How many bytes of the log the standby that is farthest behind has not replayed.
    #[diesel(sql_type = BigInt)]
    pub standby_lag: i64,
    /// Whether the log is archived.
    #[diesel(sql_type = Bool)]
    pub archives: bool,
    /// Whether the last try to archive it failed.
    #[diesel(sql_type = Bool)]
    pub archiving_fails: bool,
    /// When (UTC) a file of the log was archived last, if one ever was.
    #[diesel(sql_type = Nullable<Timestamp>)]
    pub last_archived: Option<NaiveDateTime>,
    /// How many transactions there may be before the server takes no more, as old ones are not frozen.
    #[diesel(sql_type = BigInt)]
    pub transactions_left: i64,
}

impl Durability {
    /// Whether commits are to wait for standbys, and there are less.
    pub fn lacks_standby(&self) -> bool {
        self.synchronous_standbys < self.needed_standbys && self.hidden_standbys == 0
    }

    /// Whether commits wait for fewer standbys than somebody expects.
    pub fn has_fewer_than(&self, expected: u32) -> bool {
        let waited_for = match self.waits_for_own_disk_only() {
            true => 0,
            false => self.synchronous_standbys,
        };
        waited_for < expected.into() && self.hidden_standbys == 0
    }

    /// Whether commits are to wait for standbys, and those of this role do not, as its `synchronous_commit` is `local`.
    pub fn waits_for_own_disk_only(&self) -> bool {
        self.needed_standbys > 0 && self.synchronous_commit == "local"
    }

    /// Whether there are standbys, and commits wait for none since somebody set it so.
    pub fn passes_standbys(&self) -> bool {
        self.waiting_switched_off && self.standbys > 0
    }
}

impl Upkeep {
    /// Tells it.
    pub fn durability(&self) -> Result<Durability, StoreError> {
        let timeout = Some(connection::PATIENCE);
        connection::run(&self.pool, "durability", &"", timeout, read)
    }
}

fn read(connection: &mut PgConnection) -> QueryResult<Durability> {
    diesel::sql_query(concat!(
        "SELECT pg_is_in_recovery() AS follows,
                current_setting('default_transaction_read_only')::bool AS read_only,
                current_setting('fsync')::bool AS fsync,
                current_setting('full_page_writes')::bool AS full_page_writes,
                current_setting('synchronous_commit') AS synchronous_commit,
                current_setting('synchronous_standby_names') AS wanted_standbys,
                -- Who may not read the settings does not see which file it is.
                EXISTS (SELECT FROM pg_settings
                        WHERE name = 'synchronous_standby_names' AND setting = '' AND source = 'configuration file'
                          AND coalesce(sourcefile, 'postgresql.auto.conf') LIKE '%postgresql.auto.conf') AS waiting_switched_off,
                ",
        needed_standbys!("current_setting('synchronous_standby_names')"),
        " AS needed_standbys,
                (SELECT count(*) FROM pg_stat_replication WHERE sync_state IN ('sync', 'quorum')) AS synchronous_standbys,
                (SELECT count(*) FROM pg_stat_replication WHERE sync_state IS NULL) AS hidden_standbys,
                (SELECT count(*) FROM pg_stat_replication) AS standbys,
                (SELECT coalesce(max(pg_wal_lsn_diff(CASE WHEN NOT pg_is_in_recovery() THEN pg_current_wal_lsn() END,
                                                     replay_lsn)), 0)::bigint
                 FROM pg_stat_replication) AS standby_lag,
                current_setting('archive_mode') <> 'off' AS archives,
                (SELECT coalesce(last_failed_time > coalesce(last_archived_time, '-infinity'), false) FROM pg_stat_archiver)
                    AS archiving_fails,
                (SELECT last_archived_time AT TIME ZONE 'UTC' FROM pg_stat_archiver) AS last_archived,
                (SELECT 2147483647 - max(age(datfrozenxid))::bigint FROM pg_database) AS transactions_left",
    ))
    .get_result(connection)
}
