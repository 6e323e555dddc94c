//! Folds, proves and mends the counters.

use chrono::{NaiveDate, NaiveDateTime, TimeDelta};
use diesel::pg::PgConnection;
use diesel::prelude::*;
use diesel::sql_types::{BigInt, Bool, Date, Text, Timestamp};
use roaring::RoaringTreemap;

use crate::counts::bucket::Cell;
use crate::counts::postings::{self as ids, Counter};
use crate::database::connection;
use crate::database::sql::{Bind, Sql};
use crate::error::StoreError;
use crate::store::writer::Writer;

/// Any number, the same in each program that folds or mends: only one of them may at a time.
const LOCK: i64 = 0x636f_756e_7465_7273;

/// How long after the end of a day its messages still come in numbers.
const LATE: TimeDelta = TimeDelta::minutes(10);

/// A statement of what `notes`, which are rows (kind, name, category, at, change), say of each
/// span of time that holds their time: rows (kind, name, category, span, start, count).
const SPANS: &str = "SELECT kind, name, category, span, start, sum(change)::bigint AS count
     FROM notes CROSS JOIN LATERAL
          (VALUES ('h', at), ('d', date_trunc('day', at)), ('m', date_trunc('month', at)), ('y', date_trunc('year', at)))
          AS spans (span, start)
     WHERE span <> 'h' OR kind IN ('m', 'c') GROUP BY 1, 2, 3, 4, 5";

/// A counter that does not say what is there, or whose ids are others than those that are there.
#[derive(Clone, Debug, Eq, PartialEq, QueryableByName)]
pub struct WrongCounter {
    /// m all messages, c those of a category, t of a topic, a of an agent, u of a user, p of a package.
    #[diesel(sql_type = Text)]
    pub kind: String,
    /// The category, topic or agent, or the id of the user or package.
    #[diesel(sql_type = Text)]
    pub name: String,
    /// The category of a topic.
    #[diesel(sql_type = Text)]
    pub category: String,
    /// h for an hour, d for a day, m for a month, y for a year.
    #[diesel(sql_type = Text)]
    pub span: String,
    /// The start of the span. UTC.
    #[diesel(sql_type = Timestamp)]
    pub start: NaiveDateTime,
    /// What it says.
    #[diesel(sql_type = BigInt)]
    pub says: i64,
    /// What is there.
    #[diesel(sql_type = BigInt)]
    pub actual: i64,
}

impl Writer {
    /// Folds what writers noted into the counters, unless another program does so now; answers how
    /// many notes. Searches are right without it, but read every note.
    pub fn fold_counters(&self) -> Result<usize, StoreError> {
        self.upkeep("fold_counters", fold)
    }

    /// Gives ids to counters of spans of time that are over at `now`, unless another program does
    /// so now; answers to how many, 0 when all have theirs. Searches are right without it, but read
    /// indexes instead.
    pub fn index_counters(&self, now: NaiveDateTime) -> Result<usize, StoreError> {
        self.upkeep("index_counters", |connection| {
            // What changed meanwhile is not taken for what the ids say.
            fold(connection)?;
            let counters = unindexed(connection, (now - LATE).date())?;
            index(connection, &counters)?;
            Ok(counters.len())
        })
    }

    /// Runs `work` in a transaction, unless another program is at the counters.
    fn upkeep(
        &self,
        name: &'static str,
        work: impl FnOnce(&mut PgConnection) -> QueryResult<usize>,
    ) -> Result<usize, StoreError> {
        connection::run(self.pool(), name, &"", None, |connection| {
            connection.transaction(|connection| {
                let mut sql = Sql::new("SELECT pg_try_advisory_xact_lock(");
                sql.bind(Bind::BigInt(LOCK)).push(")");
                if sql.of::<Bool>().get_result(connection)? {
                    work(connection)
                } else {
                    Ok(0)
                }
            })
        })
    }

    /// Counters that are wrong, at most about `limit` of them, found by counting everything.
    pub fn verify_counters(&self, limit: u32) -> Result<Vec<WrongCounter>, StoreError> {
        connection::run(self.pool(), "verify_counters", &"", None, |connection| {
            connection
                .build_transaction()
                .repeatable_read()
                .run(|connection| {
                    let mut wrong = wrong_counts(connection, limit)?;
                    wrong.extend(wrong_ids(connection, limit)?);
                    Ok(wrong)
                })
        })
    }

    /// Makes all counters anew from what is there, while others write and read; without ids, which
    /// [`Writer::index_counters`] gives to them.
    pub fn rebuild_counters(&self) -> Result<(), StoreError> {
        connection::run(self.pool(), "rebuild_counters", &"", None, |connection| {
            // Before the snapshot is taken, so that it holds all that was folded.
            diesel::sql_query("SELECT pg_advisory_lock($1)")
                .bind::<BigInt, _>(LOCK)
                .execute(connection)?;
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
            diesel::sql_query("SELECT pg_advisory_unlock($1)")
                .bind::<BigInt, _>(LOCK)
                .execute(connection)?;
            answer.map(drop)
        })
    }
}

/// Moves the notes into the counters; those that change lose their ids.
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
    let hours: Vec<String> = (0..24)
        .map(|hour| format!("coalesce(sum(change) FILTER (WHERE hour = {hour}), 0)::integer"))
        .collect();
    format!(
        "sums AS ({SPANS}),
         hourly AS (
             SELECT kind, name, 'd' AS span, date_trunc('day', at) AS start, ARRAY[{}] AS hours
             FROM (SELECT *, extract(hour FROM at) AS hour FROM notes WHERE kind IN ('m', 'c')) AS timed
             GROUP BY 1, 2, 4)
         INSERT INTO counters AS kept (kind, name, category, span, start, count, hours)
         SELECT kind, name, category, span, start, count, hours
         FROM sums LEFT JOIN hourly USING (kind, name, span, start) WHERE span <> 'h'
         ON CONFLICT (kind, name, span, start, category)
         DO UPDATE SET count = kept.count + excluded.count, ids = NULL, hours = CASE WHEN excluded.hours IS NOT NULL THEN
             ARRAY(SELECT old + new FROM unnest(kept.hours, excluded.hours) WITH ORDINALITY AS hour (old, new, number)
                   ORDER BY number) END",
        hours.join(", ")
    )
}

/// Counters of days and months before that of `today` which should have ids and have none: as many
/// as are read at once without much memory.
fn unindexed(connection: &mut PgConnection, today: NaiveDate) -> QueryResult<Vec<Counter>> {
    let mut sql = Sql::new(
        "SELECT kind, name, span, start FROM (
             SELECT kind, name, span, start, sum(count) OVER (ORDER BY start, kind, name, span, category) - count AS before
             FROM (SELECT * FROM counters
                   WHERE ids IS NULL AND count >= 16 AND kind <> 'm' AND span <> 'y'
                     AND (span = 'd' AND start < ",
    );
    sql.bind(Bind::Date(today))
        .push(" OR span = 'm' AND start < date_trunc('month', ");
    sql.bind(Bind::Date(today))
        .push(")) ORDER BY start LIMIT 2000) AS eligible) AS counted WHERE before < 1000000");
    load(connection, sql)
}

fn index(connection: &mut PgConnection, counters: &[Counter]) -> QueryResult<()> {
    if counters.is_empty() {
        return Ok(());
    }
    let mut sets = ids::indexed(connection, counters)?;
    let sets = counters
        .iter()
        .map(|counter| ids::serialize(&sets.remove(counter).unwrap_or_default()));
    let sets = sets.collect::<QueryResult<Vec<_>>>()?;
    let mut sql = Sql::new("UPDATE counters SET ids = new.ids FROM unnest(");
    ids::push_arrays(&mut sql, counters)
        .push(", ")
        .bind(Bind::Binaries(sets));
    sql.push(
        ") AS new (kind, name, span, start, ids)
         WHERE counters.kind = new.kind AND counters.name = new.name
           AND counters.span = new.span AND counters.start = new.start",
    );
    sql.of::<()>().execute(connection).map(drop)
}

fn wrong_counts(connection: &mut PgConnection, limit: u32) -> QueryResult<Vec<WrongCounter>> {
    diesel::sql_query(format!(
        "WITH kept AS (
             SELECT kind, name, category, span, start, sum(count)::bigint AS count FROM (
                 SELECT kind, name, category, span, start::timestamp AS start, count FROM counters
                 UNION ALL
                 SELECT kind, name, category, 'h', start + (hour - 1) * interval '1 hour', hours.count
                 FROM counters CROSS JOIN LATERAL unnest(hours) WITH ORDINALITY AS hours (count, hour)
                 UNION ALL
                 (WITH notes AS (SELECT * FROM counter_changes) {SPANS})
             ) AS noted GROUP BY 1, 2, 3, 4, 5),
         actual AS (WITH notes AS (SELECT kind, name, category, at, count AS change FROM counters_actual) {SPANS})
         SELECT kind, name, category, span, start,
                coalesce(kept.count, 0) AS says, coalesce(actual.count, 0) AS actual
         FROM kept FULL JOIN actual USING (kind, name, category, span, start)
         WHERE coalesce(kept.count, 0) <> coalesce(actual.count, 0)
         ORDER BY 1, 2, 3, 4, 5 LIMIT $1"
    ))
    .bind::<BigInt, _>(i64::from(limit))
    .load(connection)
}

/// Counters whose ids are not those that the indexes tell.
fn wrong_ids(connection: &mut PgConnection, limit: u32) -> QueryResult<Vec<WrongCounter>> {
    let (mut wrong, mut after) = (Vec::new(), None);
    while wrong.len() < limit as usize {
        let counters = with_ids(connection, after.as_ref())?;
        let Some(last) = counters.last() else { break };
        let kept = ids::kept(connection, &counters)?;
        let actual = ids::indexed(connection, &counters)?;
        let nothing = RoaringTreemap::new();
        for counter in &counters {
            let [kept, actual] = [&kept, &actual].map(|sets| sets.get(counter).unwrap_or(&nothing));
            if kept != actual {
                // As many, but others: it says how many it has right.
                let says = if kept.len() == actual.len() {
                    kept.intersection_len(actual)
                } else {
                    kept.len()
                };
                wrong.push(WrongCounter {
                    kind: counter.kind.to_owned(),
                    name: counter.name.clone(),
                    category: String::new(),
                    span: counter.cell.unit.name().to_owned(),
                    start: counter.cell.start,
                    says: says.cast_signed(),
                    actual: actual.len().cast_signed(),
                });
            }
        }
        after = Some(last.clone());
    }
    Ok(wrong)
}

/// Some counters that have ids which no note has outdated, in the order of their key.
fn with_ids(connection: &mut PgConnection, after: Option<&Counter>) -> QueryResult<Vec<Counter>> {
    let mut sql = Sql::new(
        "SELECT DISTINCT kind, name, span, start FROM counters
         WHERE ids IS NOT NULL AND NOT EXISTS (
               SELECT 1 FROM counter_changes note WHERE note.kind = counters.kind AND note.name = counters.name
                 AND counters.start = date_trunc(CASE span WHEN 'd' THEN 'day' ELSE 'month' END, at))",
    );
    if let Some(Counter { kind, name, cell }) = after {
        sql.push(" AND (kind, name, span, start) > (")
            .bind(Bind::Text((*kind).to_owned()));
        sql.push(", ")
            .bind(Bind::Text(name.clone()))
            .push(", ")
            .bind(Bind::Text(cell.unit.name().to_owned()));
        sql.push(", ").bind(Bind::Date(cell.start.date())).push(")");
    }
    sql.push(" ORDER BY kind, name, span, start LIMIT 500");
    load(connection, sql)
}

/// The counters that a statement of rows (kind, name, span, start) tells.
fn load(connection: &mut PgConnection, sql: Sql) -> QueryResult<Vec<Counter>> {
    let rows = sql
        .of::<(Text, Text, Text, Date)>()
        .load::<(String, String, String, NaiveDate)>(connection)?;
    Ok(rows
        .into_iter()
        .filter_map(|(kind, name, span, start)| Counter::of(&kind, name, Cell::of(&span, start)))
        .collect())
}
