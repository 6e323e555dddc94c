//! Whether what was committed is where commits are to wait for it to be.
//!
//! A commit whose wait for a standby ends early, as somebody cancelled it or the connection was given up, stands
//! all the same: PostgreSQL tells by a warning, which the library keeps to itself. And whoever stores again
//! what is stored already commits nothing, and waits for nobody.

use std::thread;
use std::time::{Duration, Instant};

use diesel::pg::PgConnection;
use diesel::prelude::*;
use diesel::sql_types::{Bool, Nullable, Text};

use crate::error::StoreError;

/// How long what others wrote meanwhile may take to reach the standbys.
const ON_ITS_WAY: Duration = Duration::from_secs(2);
const BETWEEN_LOOKS: Duration = Duration::from_millis(20);

/// Whether so many standbys as are to be waited for have all until the place `$1` of the log, by default its end.
/// Of standbys that the role may not see it is believed: see [`Durability`](crate::Durability).
const LOOK: &str = r"
    WITH setting AS (
        SELECT current_setting('synchronous_commit') AS level, current_setting('synchronous_standby_names') AS names),
    committed AS (
        SELECT *, CASE WHEN names <> '' AND level NOT IN ('off', 'local')
                       THEN coalesce($1::pg_lsn, pg_current_wal_insert_lsn()) END AS place FROM setting),
    standby AS (
        SELECT sync_state, CASE level WHEN 'remote_write' THEN write_lsn WHEN 'remote_apply' THEN replay_lsn ELSE flush_lsn END AS has
        FROM committed CROSS JOIN pg_stat_replication)
    SELECT place::text,
        place IS NULL OR EXISTS (SELECT FROM standby WHERE sync_state IS NULL)
        OR (SELECT count(*) FROM standby WHERE sync_state IN ('sync', 'quorum') AND has >= place)
           >= coalesce((regexp_match(names, '^\s*(?:first\s+|any\s+)?(\d+)\s*\(', 'i'))[1]::int, 1) AS is_kept
    FROM committed";

#[derive(QueryableByName)]
struct Replication {
    #[diesel(sql_type = Nullable<Text>)]
    place: Option<String>,
    #[diesel(sql_type = Bool)]
    is_kept: bool,
}

/// Commits `work`. `None` where the standbys that commits are to wait for do not keep it.
pub(super) fn commit<T>(
    connection: &mut PgConnection,
    work: impl FnOnce(&mut PgConnection) -> QueryResult<T>,
) -> QueryResult<Option<T>> {
    let done = connection.transaction(work)?;
    Ok(is_kept(connection)?.then_some(done))
}

/// What was committed, if it is kept.
pub(super) fn kept<T>(answer: Result<Option<T>, StoreError>) -> Result<T, StoreError> {
    answer?.ok_or_else(|| {
        StoreError::Unavailable(
            "commits are to wait for a standby, and none has what was committed".into(),
        )
    })
}

/// Whether all that was committed until now is kept by the standbys that commits are to wait for. Waits a
/// moment for what was committed by others since.
fn is_kept(connection: &mut PgConnection) -> QueryResult<bool> {
    let started = Instant::now();
    let mut place = None;
    loop {
        let replication: Replication = diesel::sql_query(LOOK)
            .bind::<Nullable<Text>, _>(&place)
            .get_result(connection)?;
        if replication.is_kept || started.elapsed() >= ON_ITS_WAY {
            return Ok(replication.is_kept);
        }
        place = replication.place;
        thread::sleep(BETWEEN_LOOKS);
    }
}
