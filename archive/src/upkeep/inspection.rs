//! What somebody who helps from afar wants to see of the database: settings, sizes, statistics; no messages.

use diesel::pg::PgConnection;
use diesel::prelude::*;
use diesel::sql_types::Text;

use crate::database::connection::{self, PATIENCE};
use crate::database::sql::Sql;
use crate::error::StoreError;
use crate::upkeep::tasks::Upkeep;

/// Queries by name. None reads bodies, statements of others, which may have anything in them, or settings that
/// may have passwords: commands and addresses.
const QUERIES: [(&str, &str); 13] = [
    ("version", "SELECT version(), current_user, current_database(), pg_is_in_recovery() AS is_standby,
                        pg_postmaster_start_time() AS started, pg_encoding_to_char(encoding) AS encoding, datcollate
                 FROM pg_database WHERE datname = current_database()"),
    ("migrations", "SELECT version, run_on FROM __diesel_schema_migrations ORDER BY version"),
    ("settings", "SELECT name, setting, unit, source FROM pg_settings
                  WHERE source <> 'default' AND vartype <> 'string'
                     OR name IN ('synchronous_commit', 'wal_level', 'shared_preload_libraries', 'TimeZone', 'lc_collate')
                  ORDER BY name"),
    ("tables", "SELECT relname, relkind, reltuples::bigint AS rows, pg_relation_size(oid) AS bytes,
                       pg_total_relation_size(oid) AS with_indexes, reloptions
                FROM pg_class WHERE relnamespace = current_schema::regnamespace AND relkind IN ('r', 'p', 'm')
                ORDER BY relname"),
    ("indexes", "SELECT relname, indexrelname, idx_scan, idx_tup_read, pg_relation_size(indexrelid) AS bytes
                 FROM pg_stat_user_indexes WHERE schemaname = current_schema ORDER BY indexrelname"),
    ("table_statistics", "SELECT relname, seq_scan, idx_scan, n_tup_ins, n_tup_upd, n_tup_hot_upd, n_tup_del, n_live_tup,
                                 n_dead_tup, last_vacuum, last_autovacuum, last_analyze, last_autoanalyze
                          FROM pg_stat_user_tables WHERE schemaname = current_schema ORDER BY relname"),
    ("sessions", "SELECT pid, usename, application_name, client_addr, state, wait_event_type, wait_event, backend_start,
                         xact_start, query_start, state_change, backend_type, pg_blocking_pids(pid) AS held_up_by
                  FROM pg_stat_activity ORDER BY pid"),
    ("locks", "SELECT pid, locktype, relation::regclass::text, mode, granted FROM pg_locks
               WHERE database IS NULL OR database = (SELECT oid FROM pg_database WHERE datname = current_database())
               ORDER BY pid, locktype"),
    ("database_statistics", "SELECT * FROM pg_stat_database WHERE datname = current_database()"),
    ("replication", "SELECT application_name, state, sync_state, sent_lsn, replay_lsn, write_lag, flush_lag, replay_lag
                     FROM pg_stat_replication"),
    ("counters", "SELECT kind, span, count(*) AS counters, sum(count) AS messages, count(ids) AS with_postings
                  FROM counters GROUP BY kind, span ORDER BY kind, span"),
    ("kept_aside", "SELECT count(*) AS dead_letters, min(received_at) AS first, max(last_received_at) AS last,
                           (SELECT count(*) FROM counter_changes) AS notes,
                           (SELECT max(number) FROM counter_horizon) AS folds
                    FROM dead_letters"),
    ("stream_offsets", "SELECT virtual_host, queue, stored_before, sent_at FROM stream_offsets ORDER BY virtual_host, queue"),
];

/// The answer to a query as a JSON array of rows, or why there is none.
pub type Inspected = Result<String, StoreError>;

impl Upkeep {
    /// Asks all queries, each by itself: rights and versions differ, and one that fails hides no other.
    pub fn inspect(&self) -> impl Iterator<Item = (&'static str, Inspected)> {
        QUERIES.into_iter().map(|(name, query)| {
            let answer =
                connection::run(&self.pool, "inspect", &name, Some(PATIENCE), |connection| {
                    rows(connection, query)
                });
            (name, answer)
        })
    }
}

fn rows(connection: &mut PgConnection, query: &str) -> QueryResult<String> {
    let sql = Sql::new(&format!(
        "SELECT coalesce(json_agg(row_to_json(answer)), '[]')::text FROM ({query}) AS answer"
    ));
    sql.of::<Text>().get_result(connection)
}
