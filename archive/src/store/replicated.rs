//! Whether what was committed is where commits are to wait for it to be.
//!
//! A commit whose wait for a standby ends early, as somebody cancelled it or the connection was given up, stands
//! all the same: PostgreSQL tells by a warning, which the library keeps to itself. And whoever stores again
//! what is stored already commits nothing, and waits for nobody.

use std::thread;
use std::time::{Duration, Instant};

use diesel::pg::PgConnection;
use diesel::prelude::*;
use diesel::sql_types::{BigInt, Bool, Nullable, Text};

use crate::database::standbys::needed_standbys;
use crate::error::StoreError;

/// How long standbys may stand still while what others wrote is on its way to them, and how long that may take.
const STANDS: Duration = Duration::from_secs(2);
const ON_ITS_WAY: Duration = Duration::from_secs(60);
const BETWEEN_LOOKS: Duration = Duration::from_millis(20);

/// A transaction waits for the disk whatever the server's settings become while the session lasts. Anything but `off`
/// does that, and may say what else to wait for.
const DURABLE: &str = "SELECT set_config('synchronous_commit', 'on', true)
    WHERE current_setting('synchronous_commit') = 'off'";

/// Whether so many standbys as are to be waited for have all until the place `$1` of the log, by default its end; and a
/// number that grows while they are sent more.
/// Of standbys that the role may not see it is believed: see [`Durability`](crate::Durability).
const LOOK: &str = concat!(
    r"
    WITH setting AS (
        SELECT replace(current_setting('synchronous_commit'), 'off', 'on') AS level, current_setting('synchronous_standby_names') AS names),
    committed AS (
        SELECT *, CASE WHEN names <> '' AND level <> 'local'
                       THEN coalesce($1::pg_lsn, pg_current_wal_insert_lsn()) END AS place FROM setting),
    standby AS (
        SELECT sync_state, CASE level WHEN 'remote_write' THEN write_lsn WHEN 'remote_apply' THEN replay_lsn ELSE flush_lsn END AS has
        FROM committed CROSS JOIN pg_stat_replication)
    SELECT place::text,
        place IS NULL OR EXISTS (SELECT FROM standby WHERE sync_state IS NULL)
        OR (SELECT count(*) FROM standby WHERE sync_state IN ('sync', 'quorum') AND has >= place)
           >= ",
    needed_standbys!("names"),
    " AS is_kept,
        (SELECT coalesce(sum(has - '0/0'), 0)::int8 FROM standby WHERE sync_state IN ('sync', 'quorum')) AS progress
    FROM committed"
);

#[derive(QueryableByName)]
struct Replication {
    #[diesel(sql_type = Nullable<Text>)]
    place: Option<String>,
    #[diesel(sql_type = Bool)]
    is_kept: bool,
    #[diesel(sql_type = BigInt)]
    progress: i64,
}

/// Commits `work`. `None` where the standbys that commits are to wait for do not keep it.
pub(super) fn commit<T>(
    connection: &mut PgConnection,
    work: impl FnOnce(&mut PgConnection) -> QueryResult<T>,
) -> QueryResult<Option<T>> {
    let done = connection.transaction(|connection| {
        diesel::sql_query(DURABLE).execute(connection)?;
        work(connection)
    })?;
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

/// Whether all that was committed until now is kept by the standbys that commits are to wait for. Waits for what
/// was committed by others since, while it comes nearer.
fn is_kept(connection: &mut PgConnection) -> QueryResult<bool> {
    let started = Instant::now();
    let (mut place, mut progress, mut moved) = (None, 0, started);
    loop {
        let replication: Replication = diesel::sql_query(LOOK)
            .bind::<Nullable<Text>, _>(&place)
            .get_result(connection)?;
        if replication.progress > progress {
            (progress, moved) = (replication.progress, Instant::now());
        }
        let in_vain = moved.elapsed() >= STANDS || started.elapsed() >= ON_ITS_WAY;
        if replication.is_kept || in_vain {
            return Ok(replication.is_kept);
        }
        place = replication.place;
        thread::sleep(BETWEEN_LOOKS);
    }
}
