//! Proves the counters of some days by counting these, where counting everything takes too long.

use chrono::NaiveDate;
use diesel::connection::SimpleConnection;
use diesel::pg::PgConnection;
use diesel::prelude::*;
use diesel::sql_types::{Array, BigInt, Date};

use crate::counts::kind::Kind;
use crate::counts::postings::Counter;
use crate::database::connection;
use crate::database::sql::{Bind, Sql};
use crate::dimension::Dimension;
use crate::error::StoreError;
use crate::upkeep::counters::counters_of;
use crate::upkeep::tables::{ONE_SNAPSHOT, Tables, holding};
use crate::upkeep::tasks::Upkeep;
use crate::upkeep::verify::{WrongCounter, compared_counts, give_names, wrong_among};

/// Counters are compared with indexes by so many.
const CHUNK: usize = 500;

impl Upkeep {
    /// Counters of these days and their hours that are wrong, at most about `limit` of them: numbers and postings of
    /// all kinds. Where none is, months and years that are not what their days and months make together, of all
    /// messages and of categories, at any time.
    ///
    /// Reads the messages of these days, and the table of counters once or twice.
    pub fn verify_days(
        &self,
        days: &[NaiveDate],
        limit: u32,
    ) -> Result<Vec<WrongCounter>, StoreError> {
        connection::run(&self.pool, "verify_days", &"", None, |connection| {
            holding(connection, Tables::Read, |connection| {
                connection.batch_execute(ONE_SNAPSHOT)?;
                let mut wrong = wrong_counts(connection, days, limit)?;
                wrong.extend(wrong_postings(connection, days, limit)?);
                if wrong.is_empty() {
                    wrong = wrong_sums(connection, limit)?;
                }
                give_names(connection, &mut wrong)?;
                Ok(wrong)
            })
        })
    }
}

fn wrong_counts(
    connection: &mut PgConnection,
    days: &[NaiveDate],
    limit: u32,
) -> QueryResult<Vec<WrongCounter>> {
    let counted: Vec<String> = Kind::EACH.into_iter().map(counted).collect();
    let sql = compared_counts(
        "span = 'd' AND start = ANY ($2)",
        "at::date = ANY ($2)",
        &counted.join(" UNION ALL "),
        "span IN ('h', 'd')",
    );
    diesel::sql_query(sql)
        .bind::<BigInt, _>(i64::from(limit))
        .bind::<Array<Date>, _>(days)
        .load(connection)
}

/// A statement that counts the messages of the days `$2`, in the columns of notes.
fn counted(kind: Kind) -> String {
    let unit = if kind.has_hours() { "hour" } else { "day" };
    let (name, category, more) = match kind {
        Kind::All => ("''".to_owned(), "''", String::new()),
        Kind::Of(dimension) => {
            let index = dimension.index();
            let (table, column) = (index.table, index.column);
            // Ties have no index that begins with a time.
            let tie = format!(
                "JOIN {table} AS tie ON tie.msg_id = m.id AND tie.msg_timestamp = m.\"timestamp\""
            );
            match dimension {
                Dimension::Topics => (format!("m.{column}"), "m.category", String::new()),
                Dimension::Categories => (format!("m.{column}"), "''", String::new()),
                Dimension::Agents => (
                    format!("m.{column}"),
                    "''",
                    format!("WHERE m.{column} IS NOT NULL"),
                ),
                Dimension::Subjects => (
                    format!("tie.{column}::text"),
                    "''",
                    format!("{tie} WHERE tie.{column} <> 0"),
                ),
                Dimension::Users | Dimension::Packages => {
                    (format!("tie.{column}::text"), "''", tie)
                }
            }
        }
    };
    format!(
        "SELECT '{}' AS kind, {name} AS name, {category} AS category, date_trunc('{unit}', m.\"timestamp\") AS at, count(*) AS change
         FROM unnest($2) AS days (day)
              JOIN messages m ON m.\"timestamp\" >= day::timestamp AND m.\"timestamp\" < day::timestamp + interval '1 day' {more}
         GROUP BY 2, 3, 4",
        kind.letter()
    )
}

/// Postings of these days that are not those that the indexes tell.
fn wrong_postings(
    connection: &mut PgConnection,
    days: &[NaiveDate],
    limit: u32,
) -> QueryResult<Vec<WrongCounter>> {
    let mut wrong = Vec::new();
    for counters in with_postings(connection, days)?.chunks(CHUNK) {
        if wrong.len() >= limit as usize {
            break;
        }
        wrong.extend(wrong_among(connection, counters)?);
    }
    Ok(wrong)
}

/// Counters of these days that have postings which no note has outdated, in each of their categories.
fn with_postings(connection: &mut PgConnection, days: &[NaiveDate]) -> QueryResult<Vec<Counter>> {
    let mut sql =
        Sql::new("SELECT kind, name, span, start FROM counters WHERE span = 'd' AND start = ANY (");
    sql.bind(Bind::Dates(days.to_vec()));
    sql.push(
        ") AND (kind, name, start) NOT IN (SELECT kind, name, at::date FROM counter_notes)
         GROUP BY kind, name, span, start HAVING bool_and(ids IS NOT NULL)",
    );
    counters_of(connection, sql)
}

/// Months that say something else than their days, and years than their months.
fn wrong_sums(connection: &mut PgConnection, limit: u32) -> QueryResult<Vec<WrongCounter>> {
    let kinds = Kind::letters(Kind::has_hours);
    let compared = [("m", "d", "month"), ("y", "m", "year")].map(|(span, smaller, unit)| {
        format!(
            "SELECT kind, name, category, '{span}' AS span, start, coalesce(says, 0) AS says, coalesce(actual, 0) AS actual, false AS of_postings
             FROM (SELECT kind, name, category, start::timestamp, count AS says FROM counters
                   WHERE kind IN ({kinds}) AND span = '{span}') AS kept
             FULL JOIN (SELECT kind, name, category, date_trunc('{unit}', start::timestamp) AS start, sum(count)::bigint AS actual
                        FROM counters WHERE kind IN ({kinds}) AND span = '{smaller}' GROUP BY 1, 2, 3, 4) AS parts
             USING (kind, name, category, start)
             WHERE coalesce(says, 0) <> coalesce(actual, 0)"
        )
    });
    let sql = format!(
        "{} ORDER BY 1, 2, 3, 4, 5 LIMIT $1",
        compared.join(" UNION ALL ")
    );
    diesel::sql_query(sql)
        .bind::<BigInt, _>(i64::from(limit))
        .load(connection)
}
