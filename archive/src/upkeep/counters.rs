//! Folds changes into the counters, gives postings to them, and makes them anew.

use std::time::Duration;

use chrono::{NaiveDate, NaiveDateTime, TimeDelta};
use diesel::pg::PgConnection;
use diesel::prelude::*;
use diesel::sql_types::{BigInt, Date, Text};

use crate::counts::bucket::{Bucket, Unit};
use crate::counts::kind::{FEWEST_POSTINGS, Kind};
use crate::counts::postings::{self, Counter, Term};
use crate::database::connection;
use crate::database::locks::{self, COUNTERS};
use crate::database::sql::{Bind, Sql};
use crate::error::StoreError;
use crate::upkeep::tasks::Upkeep;

/// How long after the end of a day its messages still come in numbers.
const LATE: TimeDelta = TimeDelta::minutes(10);

/// How long folding or indexing may take: after that the database is taken for dead.
const PATIENCE: Duration = Duration::from_secs(3600);

/// A statement of what `notes`, which are rows (kind, name, category, at, change), say of each
/// bucket that holds their time: rows (kind, name, category, span, start, count).
pub(super) fn by_bucket() -> String {
    let with_hours = Kind::letters(Kind::has_hours);
    format!(
        "SELECT kind, name, category, span, start, sum(change)::bigint AS count
     FROM notes CROSS JOIN LATERAL
          (VALUES ('h', at), ('d', date_trunc('day', at)), ('m', date_trunc('month', at)), ('y', date_trunc('year', at)))
          AS spans (span, start)
     WHERE span <> 'h' OR kind IN ({with_hours}) GROUP BY 1, 2, 3, 4, 5"
    )
}

impl Upkeep {
    /// Folds what writers noted into the counters, unless another program does so now; answers how
    /// many notes. Searches are right without it, but read every note.
    pub fn fold_counters(&self) -> Result<usize, StoreError> {
        self.exclusively("fold_counters", fold)
    }

    /// Gives postings to counters of days and months that are over at `now`, unless another program
    /// does so now; answers to how many, 0 when all have theirs. Searches are right without it, but
    /// read indexes instead.
    pub fn index_counters(&self, now: NaiveDateTime) -> Result<usize, StoreError> {
        self.exclusively("index_counters", |connection| {
            // What changed meanwhile is not taken for what the postings say.
            fold(connection)?;
            let counters = unindexed(connection, (now - LATE).date())?;
            index(connection, &counters)?;
            Ok(counters.len())
        })
    }

    /// Runs `work` in a transaction, unless another program is at the counters.
    fn exclusively(
        &self,
        name: &'static str,
        work: impl FnOnce(&mut PgConnection) -> QueryResult<usize>,
    ) -> Result<usize, StoreError> {
        connection::run(&self.pool, name, &"", Some(PATIENCE), |connection| {
            connection.transaction(|connection| {
                if locks::try_hold(connection, COUNTERS)? {
                    work(connection)
                } else {
                    Ok(0)
                }
            })
        })
    }

    /// Makes all counters anew from what is there, while others write and read; without ids, which
    /// [`Upkeep::index_counters`] gives to them.
    pub fn rebuild_counters(&self) -> Result<(), StoreError> {
        connection::run(&self.pool, "rebuild_counters", &"", None, |connection| {
            // Before the snapshot is taken, so that it holds all that was folded.
            locks::take(connection, COUNTERS)?;
            let answer = connection.build_transaction().repeatable_read().run(|connection| {
                // Notes of later messages are in no snapshot yet, and stay.
                diesel::sql_query("DELETE FROM counter_changes").execute(connection)?;
                diesel::sql_query("DELETE FROM counters").execute(connection)?;
                diesel::sql_query(format!(
                    "WITH notes AS MATERIALIZED (SELECT kind, name, category, at, count AS change FROM counters_actual),
                     {}",
                    folded()
                ))
                .execute(connection)
            });
            locks::give_back(connection, COUNTERS)?;
            answer.map(drop)
        })
    }
}

/// Moves the notes into the counters; those that change lose their postings.
fn fold(connection: &mut PgConnection) -> QueryResult<usize> {
    let sql = Sql::new(&format!(
        "WITH notes AS (DELETE FROM counter_changes RETURNING kind, name, category, at, change),
              folded AS (WITH {})
         SELECT count(*) FROM notes",
        folded()
    ));
    let folded: i64 = sql.of::<BigInt>().get_result(connection)?;
    Ok(usize::try_from(folded).unwrap_or_default())
}

/// The end of a statement that adds `notes` to the counters, from its further tables on.
fn folded() -> String {
    let with_hours = Kind::letters(Kind::has_hours);
    let hours: Vec<String> = (0..24)
        .map(|hour| format!("coalesce(sum(change) FILTER (WHERE hour = {hour}), 0)::integer"))
        .collect();
    format!(
        "sums AS ({}),
         hourly AS (
             SELECT kind, name, 'd' AS span, date_trunc('day', at) AS start, ARRAY[{}] AS hours
             FROM (SELECT *, extract(hour FROM at) AS hour FROM notes WHERE kind IN ({with_hours})) AS timed
             GROUP BY 1, 2, 4)
         INSERT INTO counters AS kept (kind, name, category, span, start, count, hours)
         SELECT kind, name, category, span, start, count, hours
         FROM sums LEFT JOIN hourly USING (kind, name, span, start) WHERE span <> 'h'
         ON CONFLICT (kind, name, span, start, category)
         DO UPDATE SET count = kept.count + excluded.count, ids = NULL, hours = CASE WHEN excluded.hours IS NOT NULL THEN
             ARRAY(SELECT old + new FROM unnest(kept.hours, excluded.hours) WITH ORDINALITY AS hour (old, new, number)
                   ORDER BY number) END",
        by_bucket(),
        hours.join(", ")
    )
}

/// Counters of days and months before that of `today` which should have postings and have none: as
/// many as are read at once without much memory.
fn unindexed(connection: &mut PgConnection, today: NaiveDate) -> QueryResult<Vec<Counter>> {
    let mut sql = Sql::new(&format!(
        "SELECT kind, name, span, start FROM (
             SELECT kind, name, span, start, sum(count) OVER (ORDER BY start, kind, name, span, category) - count AS before
             FROM (SELECT * FROM counters
                   WHERE ids IS NULL AND count >= {FEWEST_POSTINGS} AND kind <> '{}' AND span <> '{}'
                     AND (span = 'd' AND start < ",
        Kind::All.letter(),
        Unit::Year.letter(),
    ));
    sql.bind(Bind::Date(today))
        .push(" OR span = 'm' AND start < date_trunc('month', ");
    sql.bind(Bind::Date(today))
        .push(")) ORDER BY start LIMIT 2000) AS eligible) AS counted WHERE before < 1000000");
    counters_of(connection, sql)
}

fn index(connection: &mut PgConnection, counters: &[Counter]) -> QueryResult<()> {
    if counters.is_empty() {
        return Ok(());
    }
    let mut sets = postings::indexed(connection, counters)?;
    let sets = counters
        .iter()
        .map(|counter| postings::serialize(&sets.remove(counter).unwrap_or_default()));
    let sets = sets.collect::<QueryResult<Vec<_>>>()?;
    let mut sql = Sql::new("UPDATE counters SET ids = new.ids FROM unnest(");
    postings::push_arrays(&mut sql, counters)
        .push(", ")
        .bind(Bind::Binaries(sets));
    sql.push(
        ") AS new (kind, name, span, start, ids)
         WHERE counters.kind = new.kind AND counters.name = new.name
           AND counters.span = new.span AND counters.start = new.start",
    );
    sql.of::<()>().execute(connection).map(drop)
}

/// The counters that a statement of rows (kind, name, span, start) tells.
pub(super) fn counters_of(connection: &mut PgConnection, sql: Sql) -> QueryResult<Vec<Counter>> {
    let rows = sql
        .of::<(Text, Text, Text, Date)>()
        .load::<(String, String, String, NaiveDate)>(connection)?;
    let counter = |(kind, name, unit, start): (String, String, String, NaiveDate)| {
        let kind = Kind::of_letter(&kind)?;
        Some(Counter {
            term: Term { kind, name },
            bucket: Bucket::named(&unit, start)?,
        })
    };
    Ok(rows.into_iter().filter_map(counter).collect())
}
