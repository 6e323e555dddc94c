//! Folds notes into the counters, gives postings to them, and makes them anew.

use std::time::Duration;

use chrono::{NaiveDate, NaiveDateTime, TimeDelta};
use diesel::pg::PgConnection;
use diesel::prelude::*;
use diesel::sql_types::{Date, Text};

use crate::counts::bucket::{Bucket, Unit};
use crate::counts::kind::{FEWEST_POSTINGS, Kind};
use crate::counts::postings::{self, Counter, Term};
use crate::database::connection;
use crate::database::locks::{self, COUNTERS};
use crate::database::sql::{Bind, Sql};
use crate::error::StoreError;
use crate::upkeep::fold;
use crate::upkeep::tables::{Tables, holding};
use crate::upkeep::tasks::Upkeep;
use crate::upkeep::ties;

/// How long after the end of a day its messages still come in numbers.
const LATE: TimeDelta = TimeDelta::minutes(10);

/// How long folding or indexing may take: after that the database is taken for dead.
const PATIENCE: Duration = Duration::from_secs(3600);

/// What was done to the counters.
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq)]
pub struct Kept {
    /// How many notes were folded, or put together.
    pub notes: usize,
    /// How many counters were given their postings.
    pub indexed: usize,
}

impl Upkeep {
    /// Folds what writers noted into the counters, unless another program does so now; answers how
    /// many notes. Searches are right without it, but read every note.
    pub fn fold_counters(&self) -> Result<usize, StoreError> {
        let settled = self.exclusively("fold_counters", Tables::Counters, fold::settle)?;
        Ok(settled.unwrap_or(0))
    }

    /// Gives postings to counters of days and months that are over at `now`, unless another program
    /// does so now; answers to how many, 0 when all have theirs. Searches are right without it, but
    /// read indexes instead.
    pub fn index_counters(&self, now: NaiveDateTime) -> Result<usize, StoreError> {
        let indexed = self.exclusively("index_counters", Tables::All, |connection| {
            fold::settle(connection)?;
            index_some(connection, now)
        })?;
        Ok(indexed.unwrap_or(0))
    }

    /// Does what [`Upkeep::fold_counters`] and [`Upkeep::index_counters`] do as far as it is worth it
    /// at `now`, every few seconds: while something keeps dead rows from being cleaned, notes may
    /// stay notes for a quarter of an hour. Does nothing while another program is at the counters.
    pub fn keep_counters(&self, now: NaiveDateTime) -> Result<Kept, StoreError> {
        let fold = fold::settle_or_condense;
        let notes = self.exclusively("keep_counters", Tables::Counters, fold)?;
        // Apart, so that who holds messages for long does not keep notes from being folded.
        let index = |connection: &mut PgConnection| index_some(connection, now);
        let indexed = self.exclusively("keep_counters", Tables::All, index)?;
        Ok(Kept {
            notes: notes.unwrap_or(0),
            indexed: indexed.unwrap_or(0),
        })
    }

    /// Runs `work` in a transaction that holds `tables`; `None` if another program is at the counters.
    fn exclusively<T>(
        &self,
        name: &'static str,
        tables: Tables,
        work: impl Fn(&mut PgConnection) -> QueryResult<T>,
    ) -> Result<Option<T>, StoreError> {
        connection::run(&self.pool, name, &"", Some(PATIENCE), |connection| {
            holding(connection, tables, |connection| {
                if locks::try_hold(connection, COUNTERS)? {
                    work(connection).map(Some)
                } else {
                    Ok(None)
                }
            })
        })
    }

    /// Makes all counters anew from what is there, while others write and read; without ids, which
    /// [`Upkeep::index_counters`] gives to them. Ties that [`Upkeep::lost_ties`] tells are mended
    /// before.
    pub fn rebuild_counters(&self) -> Result<(), StoreError> {
        connection::run(&self.pool, "rebuild_counters", &"", None, |connection| {
            holding(connection, Tables::All, ties::mend)?;
            // Before the snapshot is taken, so that it holds all that was folded.
            locks::take(connection, COUNTERS)?;
            let answer = holding(connection, Tables::All, fold::start_anew);
            locks::give_back(connection, COUNTERS)?;
            answer
        })
    }
}

/// Gives postings to some counters, as far as days and months are over; answers to how many.
fn index_some(connection: &mut PgConnection, now: NaiveDateTime) -> QueryResult<usize> {
    let counters = unindexed(connection, (now - LATE).date())?;
    index(connection, &counters)?;
    Ok(counters.len())
}

/// Counters of days and months before that of `today` which should have postings and have none: as
/// many as are read at once without much memory. Those with notes would lose theirs again. Each is
/// told once, whatever the number of its categories.
fn unindexed(connection: &mut PgConnection, today: NaiveDate) -> QueryResult<Vec<Counter>> {
    let (day, month) = (Unit::Day.letter(), Unit::Month.letter());
    let mut sql = Sql::new(&format!(
        "WITH noted AS MATERIALIZED (
             SELECT kind, name, '{day}' AS span, at::date AS start FROM counter_notes
             UNION SELECT kind, name, '{month}', date_trunc('month', at)::date FROM counter_notes)
         SELECT DISTINCT kind, name, span, start FROM (
             SELECT kind, name, span, start, sum(count) OVER (ORDER BY start, kind, name, span, category) - count AS before
             FROM (SELECT * FROM counters
                   WHERE ids IS NULL AND count >= {FEWEST_POSTINGS} AND kind <> '{}' AND span <> '{}'
                     AND NOT EXISTS (
                         SELECT FROM noted WHERE noted.kind = counters.kind AND noted.name = counters.name
                           AND noted.span = counters.span AND noted.start = counters.start)
                     AND (span = '{day}' AND start < ",
        Kind::All.letter(),
        Unit::Year.letter(),
    ));
    sql.bind(Bind::Date(today)).push(&format!(
        " OR span = '{month}' AND start < date_trunc('month', "
    ));
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
