//! The session at the server that serves a connection: whom it waits for is asked on another one.

use diesel::connection::SimpleConnection as _;
use diesel::pg::PgConnection;
use diesel::prelude::*;
use diesel::sql_types::{Integer, Text};

/// A session at the server.
pub(crate) struct Backend {
    /// Its process.
    pub(crate) pid: i32,
    /// What libpq is to connect to, to ask about it; with the password.
    pub(crate) address: String,
}

/// The server knows the answers at once, or has other troubles.
const LIMIT: &str = "SET statement_timeout = '3s'";

/// Those that a session waits for, and those that they wait for; who waits for nobody comes first. Of
/// others' sessions the server tells a role without rights little. Of their statements all from the
/// first text on is cut off: it may be a password or a body.
const BLOCKERS: &str = r"
    WITH RECURSIVE blocker (pid) AS (
        SELECT unnest(pg_blocking_pids($1)) UNION
        SELECT unnest(pg_blocking_pids(pid)) FROM blocker WHERE pid <> 0
    )
    SELECT concat_ws(', ',
        CASE pid WHEN 0 THEN 'a prepared transaction' ELSE 'session ' || pid END
            || coalesce(' of ' || usename, '') || coalesce(' (' || nullif(application_name, '') || ')', ''),
        state || ' for ' || extract(epoch FROM clock_timestamp() - state_change)::bigint || ' s',
        'in a transaction for ' || extract(epoch FROM clock_timestamp() - xact_start)::bigint || ' s')
        || coalesce(': ' || left(regexp_replace(regexp_replace(
            CASE WHEN state IS NOT NULL THEN query END, '[''$].*', '...'), '\s+', ' ', 'g'), 80), '') AS told
    FROM blocker LEFT JOIN pg_stat_activity USING (pid)
    ORDER BY wait_event_type = 'Lock' NULLS FIRST, pid LIMIT 4";

#[derive(QueryableByName)]
struct Blocker {
    #[diesel(sql_type = Text)]
    told: String,
}

impl Backend {
    /// Whose locks the session waits for, one after the other; `None` if for nobody's, or if the server
    /// does not say so within some seconds. Blocks.
    pub(crate) fn held_up_by(&self) -> Option<String> {
        let ask = || -> Result<Vec<String>, Box<dyn std::error::Error>> {
            let mut connection = PgConnection::establish(&self.address)?;
            connection.batch_execute(LIMIT)?;
            let blockers = diesel::sql_query(BLOCKERS).bind::<Integer, _>(self.pid);
            let blockers: Vec<Blocker> = blockers.load(&mut connection)?;
            Ok(blockers.into_iter().map(|blocker| blocker.told).collect())
        };
        let blockers = ask().unwrap_or_default();
        (!blockers.is_empty()).then(|| blockers.join("; "))
    }
}
