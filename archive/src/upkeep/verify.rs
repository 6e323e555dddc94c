//! Proves the counters by counting everything.

use chrono::NaiveDateTime;
use diesel::connection::SimpleConnection;
use diesel::pg::PgConnection;
use diesel::prelude::*;
use diesel::sql_types::{BigInt, Bool, Text, Timestamp};
use roaring::RoaringTreemap;

use crate::counts::postings::{self, Counter};
use crate::database::connection;
use crate::database::sql::{Bind, Sql};
use crate::error::StoreError;
use crate::upkeep::counters::counters_of;
use crate::upkeep::fold;
use crate::upkeep::tables::{ONE_SNAPSHOT, Tables, holding};
use crate::upkeep::tasks::Upkeep;

/// A counter that does not say what is there, or whose postings are others than those that are there.
#[derive(Clone, Debug, Eq, PartialEq, QueryableByName)]
pub struct WrongCounter {
    /// m all messages, c those of a category, t of a topic, a of an agent, u of a user, p of a package.
    #[diesel(sql_type = Text)]
    pub kind: String,
    /// The category, topic or agent, or the name of the user or package; its id where that has none.
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
    /// Whether it is about the postings, the ids of what the counter counts, and not about its number.
    #[diesel(sql_type = Bool)]
    pub of_postings: bool,
}

impl Upkeep {
    /// Counters that are wrong, at most about `limit` of them, found by counting everything.
    pub fn verify_counters(&self, limit: u32) -> Result<Vec<WrongCounter>, StoreError> {
        connection::run(&self.pool, "verify_counters", &"", None, |connection| {
            // Whoever truncates meanwhile would take what is counted out of this snapshot.
            holding(connection, Tables::Read, |connection| {
                connection.batch_execute(ONE_SNAPSHOT)?;
                let mut wrong = wrong_counts(connection, limit)?;
                wrong.extend(wrong_postings(connection, limit)?);
                give_names(connection, &mut wrong)?;
                Ok(wrong)
            })
        })
    }
}

/// Users and packages are counted by their ids: puts their names in place of these.
pub(super) fn give_names(
    connection: &mut PgConnection,
    counters: &mut [WrongCounter],
) -> QueryResult<()> {
    counters
        .iter_mut()
        .try_for_each(|counter| give_name(connection, counter))
}

fn give_name(connection: &mut PgConnection, counter: &mut WrongCounter) -> QueryResult<()> {
    let table = match counter.kind.as_str() {
        "u" => "users",
        "p" => "packages",
        _ => return Ok(()),
    };
    let Ok(id) = counter.name.parse() else {
        return Ok(());
    };
    let mut sql = Sql::new(&format!("SELECT name FROM {table} WHERE id = "));
    sql.bind(Bind::BigInt(id));
    if let Some(name) = sql.of::<Text>().get_result(connection).optional()? {
        counter.name = name;
    }
    Ok(())
}

fn wrong_counts(connection: &mut PgConnection, limit: u32) -> QueryResult<Vec<WrongCounter>> {
    let counted = "SELECT kind, name, category, at, count AS change FROM counters_actual";
    diesel::sql_query(compared_counts("true", "true", counted, "true"))
        .bind::<BigInt, _>(i64::from(limit))
        .load(connection)
}

/// A statement that tells at most `$1` counters that say something else than there is: of `counters` and of
/// `counter_notes` that meet conditions, and of what the statement `counted` counts in the columns of notes. Of each
/// side, that is compared which meets the condition `compared`, such as one on `span`.
pub(super) fn compared_counts(
    counters: &str,
    counter_notes: &str,
    counted: &str,
    compared: &str,
) -> String {
    let by_bucket = fold::by_bucket();
    format!(
        "WITH kept AS (
             SELECT kind, name, category, span, start, sum(count)::bigint AS count FROM (
                 SELECT kind, name, category, span, start::timestamp AS start, count FROM counters WHERE {counters}
                 UNION ALL
                 SELECT kind, name, category, 'h', start + (hour - 1) * interval '1 hour', hours.count
                 FROM counters CROSS JOIN LATERAL unnest(hours) WITH ORDINALITY AS hours (count, hour) WHERE {counters}
                 UNION ALL
                 (WITH notes AS (SELECT * FROM counter_notes WHERE {counter_notes}) {by_bucket})
             ) AS noted WHERE {compared} GROUP BY 1, 2, 3, 4, 5),
         actual AS (SELECT * FROM (WITH notes AS ({counted}) {by_bucket}) AS counted WHERE {compared})
         SELECT kind, name, category, span, start,
                coalesce(kept.count, 0) AS says, coalesce(actual.count, 0) AS actual,
                false AS of_postings
         FROM kept FULL JOIN actual USING (kind, name, category, span, start)
         WHERE coalesce(kept.count, 0) <> coalesce(actual.count, 0)
         ORDER BY 1, 2, 3, 4, 5 LIMIT $1"
    )
}

/// Counters whose postings are not those that the indexes tell.
fn wrong_postings(connection: &mut PgConnection, limit: u32) -> QueryResult<Vec<WrongCounter>> {
    let mut wrong = Vec::new();
    let mut after = None;
    while wrong.len() < limit as usize {
        let counters = with_postings(connection, after.as_ref())?;
        let Some(last) = counters.last() else { break };
        wrong.extend(wrong_among(connection, &counters)?);
        after = Some(last.clone());
    }
    Ok(wrong)
}

/// Which of these counters, all of which have postings, have wrong ones.
pub(super) fn wrong_among(
    connection: &mut PgConnection,
    counters: &[Counter],
) -> QueryResult<Vec<WrongCounter>> {
    let kept = postings::kept(connection, counters)?;
    let actual = postings::indexed(connection, counters)?;
    let nothing = RoaringTreemap::new();
    let wrong = counters.iter().filter_map(|counter| {
        let kept = kept.get(counter).unwrap_or(&nothing);
        let actual = actual.get(counter).unwrap_or(&nothing);
        compared(counter, kept, actual)
    });
    Ok(wrong.collect())
}

/// What is wrong with a counter whose postings are `kept`; `None` if nothing is.
fn compared(
    counter: &Counter,
    kept: &RoaringTreemap,
    actual: &RoaringTreemap,
) -> Option<WrongCounter> {
    if kept == actual {
        return None;
    }
    // As many, but others: it says how many it has right.
    let says = if kept.len() == actual.len() {
        kept.intersection_len(actual)
    } else {
        kept.len()
    };
    Some(WrongCounter {
        kind: counter.term.kind.letter().to_owned(),
        name: counter.term.name.clone(),
        category: String::new(),
        span: counter.bucket.unit.letter().to_owned(),
        start: counter.bucket.start,
        says: says.cast_signed(),
        actual: actual.len().cast_signed(),
        of_postings: true,
    })
}

/// Some counters that have postings which no note has outdated, in the order of their key.
fn with_postings(
    connection: &mut PgConnection,
    after: Option<&Counter>,
) -> QueryResult<Vec<Counter>> {
    let mut sql = Sql::new(
        "WITH noted AS MATERIALIZED (
             SELECT kind, name, 'd' AS span, at::date AS start FROM counter_notes
             UNION SELECT kind, name, 'm', date_trunc('month', at)::date FROM counter_notes)
         SELECT kind, name, span, start FROM counters
         WHERE span <> 'y' AND NOT EXISTS (
               SELECT FROM noted WHERE noted.kind = counters.kind AND noted.name = counters.name
                 AND noted.span = counters.span AND noted.start = counters.start)",
    );
    if let Some(Counter { term, bucket }) = after {
        sql.push(" AND (kind, name, span, start) > (")
            .bind(Bind::Text(term.kind.letter().to_owned()));
        sql.push(", ")
            .bind(Bind::Text(term.name.clone()))
            .push(", ")
            .bind(Bind::Text(bucket.unit.letter().to_owned()));
        sql.push(", ")
            .bind(Bind::Date(bucket.start.date()))
            .push(")");
    }
    // As readers do, who trust postings only where those of each category are there.
    sql.push(
        " GROUP BY kind, name, span, start HAVING bool_and(ids IS NOT NULL)
          ORDER BY kind, name, span, start LIMIT 500",
    );
    counters_of(connection, sql)
}
