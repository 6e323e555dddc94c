//! Programs like ours that stopped within a transaction, whose locks others wait for.
//!
//! The server ends a session that is idle within a transaction, but not one that waits for its
//! client within a statement, as `COPY` does for rows; and the kernel of a program that is frozen
//! answers for it. A program has several sessions, which may wait for each other: the server would
//! end them one after the other. So each program looks after the others.

use diesel::pg::PgConnection;
use diesel::prelude::*;
use diesel::sql_types::{Bool, Text};

use crate::database::connection::{self, PATIENCE};
use crate::database::locks;
use crate::database::sql::{Bind, Sql};
use crate::error::StoreError;
use crate::upkeep::tasks::Upkeep;

/// Locks by which programs tell of themselves.
const MARKS: &str = "pg_locks WHERE locktype = 'advisory' AND objsubid = 2";

/// Of what the server tells how far it is, since version 14.
const PROGRESS: &str = "pg_catalog.pg_stat_progress_copy";

/// Whose session it is, in words.
const WHOSE: &str = "format('session %s of %s (%s) at %s, begun %s, %s since %s', session.pid, usename, application_name,
            coalesce(host(client_addr), 'the server itself'), backend_start, state, state_change)";

/// Sessions of our role and name, but not of this program, that wait for what their clients send, within
/// a statement or between two: the key tells one statement from the next, and such as goes on from such
/// as does not. Who sends values of a statement is let be for as long as it says; a copy tells more.
fn waiting() -> String {
    let (programs, program, sending) = (locks::PROGRAMS, locks::program(), locks::SENDING);
    format!(
        "SELECT session.pid, concat({WHOSE}, ', ', wait_event, ' after ', coalesce(bytes_processed, 0), ' bytes') AS key
        FROM pg_stat_activity AS session LEFT JOIN pg_stat_progress_copy AS progress ON progress.pid = session.pid
        WHERE session.datname = current_database() AND usename = session_user
          AND application_name = current_setting('application_name')
          AND (state = 'active' AND wait_event = 'ClientRead' OR state LIKE 'idle in transaction%')
          AND NOT EXISTS (SELECT FROM {MARKS} AND pg_locks.pid = session.pid
              AND (classid = {programs} AND objid = {program} OR classid = {sending} AND progress.pid IS NULL
                  AND clock_timestamp() < state_change + make_interval(secs => objid::bigint)))"
    )
}

impl Upkeep {
    /// Ends all transactions of programs like this one of which a session has waited for its client
    /// within a transaction for 20 s without going on, with a line in the log for each; answers how
    /// many. That is known from the calls before, some of which should lie in between.
    ///
    /// Before version 14, the server does not tell whether a `COPY` goes on: none is ended.
    pub fn end_frozen(&self) -> Result<usize, StoreError> {
        connection::run(
            &self.pool,
            "end_frozen",
            &"",
            Some(PATIENCE),
            |connection| {
                if !tells_progress(connection)? {
                    return Ok(0);
                }
                let waiting = Sql::new(&format!("SELECT key FROM ({}) AS waiting", waiting()));
                let frozen = self.seen.look(waiting.of::<Text>().load(connection)?);
                if frozen.is_empty() {
                    return Ok(0);
                }
                let ended = end(connection, frozen)?;
                for session in &ended {
                    tracing::warn!(
                        session,
                        "a program that stopped within a transaction: its session is ended"
                    );
                }
                Ok(ended.len())
            },
        )
    }
}

fn tells_progress(connection: &mut PgConnection) -> QueryResult<bool> {
    let sql = Sql::new(&format!("SELECT to_regclass('{PROGRESS}') IS NOT NULL"));
    sql.of::<Bool>().get_result(connection)
}

/// Ends those that still wait as they did, and what else their programs have begun, which may wait for
/// these; answers them.
fn end(connection: &mut PgConnection, frozen: Vec<String>) -> QueryResult<Vec<String>> {
    // Gathered before any is ended: whose mark is gone would not tell any more what else is of its program.
    let (programs, waiting) = (locks::PROGRAMS, waiting());
    let mut sql = Sql::new(&format!(
        "WITH frozen AS (SELECT * FROM ({waiting}) AS waiting WHERE key = ANY("
    ));
    sql.bind(Bind::Texts(frozen)).push(&format!(
        ")), marks AS (SELECT pid, objid FROM {MARKS} AND classid = {programs}),
         of_programs AS (
             SELECT pid, key FROM frozen
             UNION ALL
             SELECT pid, {WHOSE} || ', of the same program'
             FROM pg_stat_activity AS session
             WHERE xact_start IS NOT NULL AND usename = session_user AND datname = current_database()
               AND pid <> pg_backend_pid() AND pid NOT IN (SELECT pid FROM frozen)
               AND pid IN (SELECT pid FROM marks WHERE objid IN (SELECT objid FROM marks JOIN frozen USING (pid)))
         ), gathered AS MATERIALIZED (SELECT array_agg(pid) AS pids, array_agg(key) AS keys FROM of_programs)
         SELECT key FROM gathered, unnest(pids, keys) AS session (pid, key) WHERE pg_terminate_backend(pid)"
    ));
    sql.of::<Text>().load(connection)
}
