//! Who keeps dead rows from being cleaned: open snapshots, and what acts like one.

use chrono::{NaiveDateTime, TimeDelta};
use diesel::pg::PgConnection;
use diesel::prelude::*;
use diesel::sql_types::{BigInt, Nullable, Text, Timestamp};

use crate::database::connection::{self, PATIENCE};
use crate::database::sql::Sql;
use crate::error::StoreError;
use crate::upkeep::tasks::Upkeep;

/// A statement of rows (age, since, holder), to which a condition may be added: how many transactions
/// ago the oldest rows died that somebody still sees, since when, and who that is.
///
/// Of transactions whose snapshot we may not see, the worst is believed. Those of another database see
/// none of our rows, and cleaning does not wait for cleaning.
pub(super) const HOLDERS: &str = "SELECT * FROM (
    SELECT CASE WHEN query <> '<insufficient privilege>' THEN greatest(age(backend_xid), age(backend_xmin))
                WHEN EXISTS (SELECT FROM pg_locks WHERE locktype = 'virtualxid' AND pg_locks.pid = session.pid)
                THEN 2147483647 END AS age,
           xact_start AT TIME ZONE 'UTC' AS since,
           format('session %s of %s (%s)', pid, usename, application_name) AS holder
    FROM pg_stat_activity AS session
    WHERE pid <> pg_backend_pid() AND usesysid IS NOT NULL AND coalesce(datname = current_database(), true)
      AND backend_type IS DISTINCT FROM 'autovacuum worker'
    UNION ALL
    SELECT age(transaction), prepared AT TIME ZONE 'UTC', format('prepared transaction %s', gid)
    FROM pg_prepared_xacts WHERE database = current_database()
    UNION ALL
    SELECT age(xmin), NULL, format('replication slot %s', slot_name) FROM pg_replication_slots
    ) AS holders WHERE age IS NOT NULL";

/// For so long a snapshot may be open without a word.
const LONG: TimeDelta = TimeDelta::hours(1);
/// Without anybody that keeps them, the server cleans notes when 5,000 are dead.
const MANY_DEAD: i64 = 100_000;

/// What keeps dead rows from being cleaned for so long that it should be told.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct HeldBack {
    /// Who does it, and since when (UTC), as far as we may see it.
    pub holder: String,
    /// About how many dead notes there are.
    pub dead_notes: i64,
}

impl Upkeep {
    /// Tells what keeps dead rows from being cleaned, if that is so since an hour before `now` or
    /// dead notes are many.
    pub fn held_back(&self, now: NaiveDateTime) -> Result<Option<HeldBack>, StoreError> {
        connection::run(&self.pool, "held_back", &"", Some(PATIENCE), |connection| {
            let dead_notes = dead_notes(connection)?;
            let holder = oldest_holder(connection)?;
            let since = holder.as_ref().and_then(|(_, since)| *since);
            let is_old = since.is_some_and(|since| now - since > LONG);
            Ok((is_old || dead_notes > MANY_DEAD).then(|| HeldBack {
                holder: text(holder),
                dead_notes,
            }))
        })
    }
}

fn dead_notes(connection: &mut PgConnection) -> QueryResult<i64> {
    let sql = Sql::new("SELECT pg_stat_get_dead_tuples('counter_changes'::regclass)");
    sql.of::<BigInt>().get_result(connection)
}

/// Who holds the oldest snapshot that we may see, and since when.
pub(super) fn oldest_holder(
    connection: &mut PgConnection,
) -> QueryResult<Option<(String, Option<NaiveDateTime>)>> {
    let sql = Sql::new(&format!(
        "SELECT holder, since FROM ({HOLDERS}) AS holders WHERE age < 2147483647 ORDER BY age DESC LIMIT 1"
    ));
    sql.of::<(Text, Nullable<Timestamp>)>()
        .get_result(connection)
        .optional()
}

fn text(holder: Option<(String, Option<NaiveDateTime>)>) -> String {
    match holder {
        Some((holder, Some(since))) => format!("{holder} since {}", since.format("%FT%TZ")),
        Some((holder, None)) => holder,
        None => "unknown: pg_read_all_stats would show it".to_owned(),
    }
}
