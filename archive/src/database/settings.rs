//! What a session sets at the server: all that the meaning of our statements, and how long others
//! wait for us, depends on, whatever the server, the database or the role have as defaults; and by
//! what others see of which program it is.
//!
//! Left as they are: `search_path`, by which operators put the tables where they like, and
//! `default_transaction_read_only` of who writes, by which they stop writers.

use std::time::Duration;

use crate::database::locks;

/// What meaning depends on.
const MEANING: &str =
    "SET TIME ZONE 'UTC'; SET datestyle = 'ISO, YMD'; SET standard_conforming_strings = on;
    SET default_transaction_isolation = 'read committed'; SET default_transaction_deferrable = off;
    SET transform_null_equals = off;";

/// Nobody waits longer for a program that stopped between two statements of a transaction.
pub(crate) const IDLE_LIMIT: Duration = Duration::from_secs(30);

/// Searches are short: starting workers or compiling a plan takes longer than they do. So does
/// planning: once for each statement, whatever the values. The statements are such that an index in
/// the order of the answer is always right, and rows are few where tables meet.
const READER: &str = "SET default_transaction_read_only = on;
    SET max_parallel_workers_per_gather = 0; SET jit = off;
    SET plan_cache_mode = force_generic_plan; SET enable_bitmapscan = off;
    SET enable_hashjoin = off; SET enable_mergejoin = off; SET enable_sort = off;";

/// What is acknowledged to the broker is on the disk. Anything but `off` waits for that, and may say
/// what else to wait for. What we tie to users and packages are messages that we stored or hold.
const WRITER: &str = "SET archive.ties = 'whole';
    SELECT set_config('synchronous_commit', 'on', false)
    WHERE current_setting('synchronous_commit') = 'off';";

/// What not every server has or lets everyone set: it looks whether we are still there, also while a
/// statement runs; nothing but `statement_timeout` ends what takes long; triggers fire.
const WANTED: [(&str, &str); 8] = [
    ("client_connection_check_interval", "1s"),
    ("tcp_keepalives_idle", "15"),
    ("tcp_keepalives_interval", "5"),
    ("tcp_keepalives_count", "3"),
    ("tcp_user_timeout", "30s"),
    ("idle_session_timeout", "0"),
    ("transaction_timeout", "0"),
    ("session_replication_role", "origin"),
];

/// The statements that a session begins with.
pub(crate) fn statements(
    application_name: &str,
    statement_timeout: Option<Duration>,
    read_only: bool,
) -> String {
    let timeout = statement_timeout.unwrap_or_default().as_millis();
    let idle = IDLE_LIMIT.as_millis();
    // Locks are not waited for with a limit of their own.
    let waits = format!("SET lock_timeout = 0; SET idle_in_transaction_session_timeout = {idle};");
    let wanted = WANTED.map(|(name, value)| {
        format!("BEGIN PERFORM set_config('{name}', '{value}', false); EXCEPTION WHEN OTHERS THEN NULL; END;")
    });
    let role = if read_only {
        READER.to_owned()
    } else {
        let (programs, program) = (locks::PROGRAMS, locks::program());
        format!("{WRITER} SELECT pg_advisory_lock_shared({programs}, {program});")
    };
    format!(
        "SET application_name = '{application_name}'; {MEANING} {waits} SET statement_timeout = {timeout}; {role}
         DO $$ BEGIN {} END $$",
        wanted.concat()
    )
}
