//! Folds, proves and mends the counters.

use chrono::NaiveDate;
use diesel::prelude::*;
use diesel::sql_types::{BigInt, Bool, Date, Text};

use crate::connection;
use crate::{StoreError, Writer};

/// Any number, the same in each program that folds or mends: only one of them may at a time.
const LOCK: i64 = 0x636f_756e_7465_7273;

/// A counter that does not say what is there.
#[derive(Clone, Debug, Eq, PartialEq, QueryableByName)]
pub struct WrongCounter {
    /// m all messages, c those of a category, t of a topic, u of a user, p of a package.
    #[diesel(sql_type = Text)]
    pub kind: String,
    /// The topic, or the id of the user or package.
    #[diesel(sql_type = Text)]
    pub name: String,
    /// The category, for the kinds c and t.
    #[diesel(sql_type = Text)]
    pub category: String,
    /// d for a day, m for a month.
    #[diesel(sql_type = Text)]
    pub span: String,
    /// The first day of the span. UTC.
    #[diesel(sql_type = Date)]
    pub start: NaiveDate,
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
        connection::run(self.pool(), "fold_counters", &"", None, |connection| {
            connection.transaction(|connection| {
                let Done { done } = diesel::sql_query("SELECT pg_try_advisory_xact_lock($1) AS done")
                    .bind::<BigInt, _>(LOCK)
                    .get_result(connection)?;
                if !done {
                    return Ok(0);
                }
                let Folded { folded } = diesel::sql_query(
                    "WITH notes AS (DELETE FROM counter_changes RETURNING kind, name, category, day, change),
                          folded AS (
                              INSERT INTO counters AS kept (kind, name, category, span, start, count)
                              SELECT kind, name, category, spans.span, spans.start, sum(change)
                              FROM notes CROSS JOIN LATERAL
                                   (VALUES ('d', day), ('m', date_trunc('month', day)::date)) AS spans (span, start)
                              GROUP BY 1, 2, 3, 4, 5 HAVING sum(change) <> 0
                              ON CONFLICT (kind, name, category, span, start)
                              DO UPDATE SET count = kept.count + excluded.count)
                     SELECT count(*) AS folded FROM notes",
                )
                .get_result(connection)?;
                Ok(usize::try_from(folded).unwrap_or_default())
            })
        })
    }

    /// Counters that are wrong, at most `limit` of them, found by counting everything.
    pub fn verify_counters(&self, limit: u32) -> Result<Vec<WrongCounter>, StoreError> {
        connection::run(self.pool(), "verify_counters", &"", None, |connection| {
            diesel::sql_query(
                "WITH kept AS (
                     SELECT kind, name, category, span, start, sum(count)::bigint AS count FROM (
                         SELECT kind, name, category, span, start, count FROM counters
                         UNION ALL
                         SELECT kind, name, category, spans.span, spans.start, change
                         FROM counter_changes CROSS JOIN LATERAL
                              (VALUES ('d', day), ('m', date_trunc('month', day)::date)) AS spans (span, start)
                     ) AS noted GROUP BY 1, 2, 3, 4, 5),
                 actual AS (
                     SELECT kind, name, category, spans.span, spans.start, sum(count)::bigint AS count
                     FROM counters_actual CROSS JOIN LATERAL
                          (VALUES ('d', day), ('m', date_trunc('month', day)::date)) AS spans (span, start)
                     GROUP BY 1, 2, 3, 4, 5)
                 SELECT kind, name, category, span, start,
                        coalesce(kept.count, 0) AS says, coalesce(actual.count, 0) AS actual
                 FROM kept FULL JOIN actual USING (kind, name, category, span, start)
                 WHERE coalesce(kept.count, 0) <> coalesce(actual.count, 0)
                 ORDER BY 1, 2, 3, 4, 5 LIMIT $1",
            )
            .bind::<BigInt, _>(i64::from(limit))
            .load(connection)
        })
    }

    /// Makes all counters anew from what is there, while others write and read.
    pub fn rebuild_counters(&self) -> Result<(), StoreError> {
        connection::run(self.pool(), "rebuild_counters", &"", None, |connection| {
            // Before the snapshot is taken, so that it holds all that was folded.
            diesel::sql_query("SELECT pg_advisory_lock($1)").bind::<BigInt, _>(LOCK).execute(connection)?;
            let answer = connection.build_transaction().repeatable_read().run(|connection| {
                // Notes of later messages are in no snapshot yet, and stay.
                diesel::sql_query("DELETE FROM counter_changes").execute(connection)?;
                diesel::sql_query("DELETE FROM counters").execute(connection)?;
                diesel::sql_query(
                    "INSERT INTO counters (kind, name, category, span, start, count)
                     SELECT kind, name, category, spans.span, spans.start, sum(count)
                     FROM counters_actual CROSS JOIN LATERAL
                          (VALUES ('d', day), ('m', date_trunc('month', day)::date)) AS spans (span, start)
                     GROUP BY 1, 2, 3, 4, 5",
                )
                .execute(connection)
            });
            diesel::sql_query("SELECT pg_advisory_unlock($1)").bind::<BigInt, _>(LOCK).execute(connection)?;
            answer.map(drop)
        })
    }
}

#[derive(QueryableByName)]
struct Done {
    #[diesel(sql_type = Bool)]
    done: bool,
}

#[derive(QueryableByName)]
struct Folded {
    #[diesel(sql_type = BigInt)]
    folded: i64,
}
