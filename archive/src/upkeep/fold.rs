//! Takes the notes of writers into the counters.
//!
//! What is taken stays as dead rows while an older snapshot is open: a dump, a report, a prepared
//! transaction. Readers go past dead notes by the horizon, but each fold into the counters leaves
//! them one more dead version of the rows that change always, those of today. So while that is so,
//! notes are only put together, and seldom taken into the counters.

use diesel::connection::SimpleConnection;
use diesel::pg::PgConnection;
use diesel::prelude::*;
use diesel::sql_types::{BigInt, Bool};

use crate::counts::kind::Kind;
use crate::database::sql::Sql;
use crate::dimension::Dimension;
use crate::upkeep::snapshots;
use crate::upkeep::tables::ONE_SNAPSHOT;

/// Put together, notes of so many different hours and days are taken into the counters in any case:
/// readers of one of them pass those of others.
const MOST_NOTES: i64 = 5_000;
/// Notes are put together where that saves so many, and a quarter besides.
const WORTH_CONDENSING: i64 = 500;

/// A statement of what `notes`, which are rows (kind, name, category, at, change), say of each
/// bucket that holds their time: rows (kind, name, category, span, start, count).
pub(super) fn by_bucket() -> String {
    let with_hours = Kind::letters(Kind::has_hours);
    let with_years = Kind::letters(Kind::has_years);
    format!(
        "SELECT kind, name, category, span, start, sum(change)::bigint AS count
     FROM notes CROSS JOIN LATERAL
          (VALUES ('h', at), ('d', date_trunc('day', at)), ('m', date_trunc('month', at)), ('y', date_trunc('year', at)))
          AS spans (span, start)
     WHERE (span <> 'h' OR kind IN ({with_hours})) AND (span <> 'y' OR kind IN ({with_years})) GROUP BY 1, 2, 3, 4, 5"
    )
}

/// The common table of the notes that are taken, as `notes`, and of the horizon behind them.
///
/// `settled` are the two columns of who changed counters last, and when, which may be those of
/// `passed`, the horizon before.
fn take(settled: &str) -> String {
    format!(
        "notes AS (
             DELETE FROM counter_changes WHERE ctid = ANY (ARRAY(SELECT place FROM counter_notes))
             RETURNING kind, name, category, at, change),
         {}",
        horizon(settled)
    )
}

/// Common tables that put the horizon of their own snapshot in the place of the one before, `passed`.
/// It is only believed if this transaction has its number after its snapshot, and so not before
/// `past`: notes that it leaves are found.
fn horizon(settled: &str) -> String {
    format!(
        "passed AS (
             DELETE FROM counter_horizon WHERE number = (SELECT max(number) FROM counter_horizon)
             RETURNING settled, settled_at),
         horizon AS (
             INSERT INTO counter_horizon (past, open, settled, settled_at)
             SELECT pg_snapshot_xmax(pg_current_snapshot()),
                    ARRAY(SELECT pg_snapshot_xip(pg_current_snapshot())), {settled}
             FROM (VALUES (1)) AS one LEFT JOIN passed ON true)"
    )
}

const SETTLED_NOW: &str = "pg_current_xact_id(), clock_timestamp() AT TIME ZONE 'UTC'";

/// Takes all notes into the counters, of which those that change lose their postings; answers how
/// many notes.
pub(super) fn settle(connection: &mut PgConnection) -> QueryResult<usize> {
    find_notes_by_index(connection)?;
    let sql = Sql::new(&format!(
        "WITH {}, {}, folded AS ({}) SELECT count(*) FROM notes",
        take(SETTLED_NOW),
        sums(),
        add()
    ));
    let settled: i64 = sql.of::<BigInt>().get_result(connection)?;
    Ok(usize::try_from(settled).unwrap_or_default())
}

/// Takes all notes into the counters, or while dead rows stay, puts them together where that is
/// worth it; answers how many notes were taken.
pub(super) fn settle_or_condense(connection: &mut PgConnection) -> QueryResult<usize> {
    find_notes_by_index(connection)?;
    if is_settling_due(connection)? {
        return settle(connection);
    }
    let counted =
        Sql::new("SELECT count(*), count(DISTINCT (kind, name, category, at)) FROM counter_notes");
    let (notes, kinds): (i64, i64) = counted.of::<(BigInt, BigInt)>().get_result(connection)?;
    if kinds > MOST_NOTES {
        settle(connection)
    } else if notes - kinds > WORTH_CONDENSING + kinds / 4 {
        condense(connection)
    } else {
        Ok(0)
    }
}

/// Whether what was left by the last fold into the counters can be cleaned, or it was long ago.
fn is_settling_due(connection: &mut PgConnection) -> QueryResult<bool> {
    let sql = Sql::new(&format!(
        "SELECT coalesce((
             SELECT clock_timestamp() AT TIME ZONE 'UTC' - settled_at NOT BETWEEN interval '0' AND interval '15 minutes'
                    OR NOT EXISTS ({} AND age >= age(settled::xid))
             FROM counter_horizon WHERE isfinite(settled_at) ORDER BY number DESC LIMIT 1), true)",
        snapshots::HOLDERS
    ));
    sql.of::<Bool>().get_result(connection)
}

/// Puts notes of the same together, as notes of this transaction.
fn condense(connection: &mut PgConnection) -> QueryResult<usize> {
    let sql = Sql::new(&format!(
        "WITH {},
              put AS (
             INSERT INTO counter_changes (kind, name, category, at, change)
             SELECT kind, name, category, at, sum(change) FROM notes GROUP BY 1, 2, 3, 4)
         SELECT count(*) FROM notes",
        take("coalesce(settled, '0'), coalesce(settled_at, '-infinity')")
    ));
    let condensed: i64 = sql.of::<BigInt>().get_result(connection)?;
    Ok(usize::try_from(condensed).unwrap_or_default())
}

/// Has this transaction go past dead notes, however few PostgreSQL believes them to be; and gives it the
/// memory to sum up many.
fn find_notes_by_index(connection: &mut PgConnection) -> QueryResult<()> {
    connection.batch_execute(
        "SET LOCAL enable_seqscan = off; SET LOCAL enable_bitmapscan = off; SET LOCAL work_mem = '64MB'",
    )
}

/// Empties counters and notes and fills the counters from what is there, all in one snapshot, which
/// this transaction must not have yet: notes of later messages stay.
pub(super) fn start_anew(connection: &mut PgConnection) -> QueryResult<()> {
    connection.batch_execute(ONE_SNAPSHOT)?;
    connection.batch_execute("DELETE FROM counter_changes; DELETE FROM counters")?;
    let horizon = horizon(SETTLED_NOW);
    diesel::sql_query(format!(
        "WITH {horizon},
              notes AS MATERIALIZED (SELECT kind, name, category, at, count AS change FROM counters_actual),
              {} {}",
        sums(),
        add()
    ))
    .execute(connection)
    .map(drop)
}

/// Common tables of what `notes` add to counters, as `sums` and `hourly`; postings of a topic in other
/// categories are outdated by them, too.
fn sums() -> String {
    let with_hours = Kind::letters(Kind::has_hours);
    let hours: Vec<String> = (0..24)
        .map(|hour| format!("coalesce(sum(change) FILTER (WHERE hour = {hour}), 0)::integer"))
        .collect();
    format!(
        "sums AS ({}),
         hourly AS (
             SELECT kind, name, 'd' AS span, date_trunc('day', at) AS start, ARRAY[{}] AS hours
             FROM (SELECT *, extract(hour FROM at) AS hour FROM notes WHERE kind IN ({with_hours})) AS timed
             GROUP BY 1, 2, 4),
         -- Ids are of a topic in all its categories.
         outdated AS (
             UPDATE counters SET ids = NULL FROM (SELECT DISTINCT kind, name, span, start FROM sums WHERE kind = '{}') AS changed
             WHERE counters.kind = changed.kind AND counters.name = changed.name AND counters.span = changed.span
               AND counters.start = changed.start AND counters.ids IS NOT NULL
               AND NOT EXISTS (
                   SELECT FROM sums WHERE sums.kind = counters.kind AND sums.name = counters.name
                     AND sums.span = counters.span AND sums.start = counters.start AND sums.category = counters.category))",
        by_bucket(),
        hours.join(", "),
        Kind::Of(Dimension::Topics).letter(),
    )
}

/// A statement that adds the [`sums`] to the counters, which lose their postings; in about the order of their
/// index, which is a fifth quicker where they are many. Kind and name are one text there, of which PostgreSQL
/// compares the first bytes as a number: that sorts in a third of the time.
fn add() -> &'static str {
    "INSERT INTO counters AS kept (kind, name, category, span, start, count, hours)
         SELECT kind, name, category, span, start, count, hours
         FROM sums LEFT JOIN hourly USING (kind, name, span, start) WHERE span <> 'h'
         ORDER BY (kind || name) COLLATE \"C\", span, start, category
         ON CONFLICT (kind, name, span, start, category)
         DO UPDATE SET count = kept.count + excluded.count, ids = NULL, hours = CASE WHEN excluded.hours IS NOT NULL THEN
             ARRAY(SELECT old + new FROM unnest(kept.hours, excluded.hours) WITH ORDINALITY AS hour (old, new, number)
                   ORDER BY number) END"
}
