//! Statements that fetch the rows of a page.

use chrono::NaiveDateTime;
use diesel::pg::PgConnection;
use diesel::prelude::*;
use diesel::sql_types::{BigInt, Bool, Timestamp};

use crate::database::sql::{Bind, Sql};
use crate::position::Position;
use crate::query::matching::{LeadValues, TimeSource};
use crate::query::plan::{Key, Plan};
use crate::query::row::{self, Columns, Row};
use crate::span::Span;

impl Plan {
    /// Some of the messages that match, in the order of the answer.
    pub(crate) fn rows(
        &self,
        connection: &mut PgConnection,
        offset: u64,
        limit: u32,
    ) -> QueryResult<Vec<Row>> {
        let sql = self.some_rows(offset, limit, None);
        self.load(connection, sql)
    }

    /// The first messages that match, and what the scalar statement `total` says in the same
    /// snapshot; `None` if nothing matches.
    pub(crate) fn first_rows(
        &self,
        connection: &mut PgConnection,
        limit: u32,
        total: Sql,
    ) -> QueryResult<Option<(Vec<Row>, u64)>> {
        let answer = self
            .some_rows(0, limit, Some(total))
            .of::<(Columns, BigInt)>()
            .load::<(Row, i64)>(connection)?;
        let Some((_, total)) = answer.first() else {
            return Ok(None);
        };
        let total = total.unsigned_abs();
        let mut rows: Vec<Row> = answer.into_iter().map(|(row, _)| row).collect();
        self.sort_rows(&mut rows);
        Ok(Some((rows, total)))
    }

    /// The positions of the first messages that match, in the order of the answer.
    pub(crate) fn first_positions(
        &self,
        connection: &mut PgConnection,
        limit: u32,
    ) -> QueryResult<Vec<Position>> {
        let keys = self.keys(0, limit).of::<(BigInt, Timestamp)>();
        let rows = keys.load::<(i64, NaiveDateTime)>(connection)?;
        let position = |(id, timestamp)| Position { timestamp, id };
        Ok(rows.into_iter().map(position).collect())
    }

    /// The positions of the first messages that match, in the order of the answer, and that of the first one of `back`,
    /// a plan for the other order.
    pub(crate) fn positions_of_ends(
        &self,
        connection: &mut PgConnection,
        limit: u32,
        back: &Self,
    ) -> QueryResult<(Vec<Position>, Option<Position>)> {
        let mut sql = Sql::default();
        for (is_last, keys) in [(false, self.keys(0, limit)), (true, back.keys(0, 1))] {
            sql.union_all(&format!("SELECT {is_last}, id, \"timestamp\" FROM ("));
            sql.append(keys).push(&format!(") AS end_{is_last}"));
        }
        let rows = sql
            .of::<(Bool, BigInt, Timestamp)>()
            .load::<(bool, i64, NaiveDateTime)>(connection)?;
        let (mut positions, mut last) = (Vec::with_capacity(rows.len()), None);
        for (is_last, id, timestamp) in rows {
            let position = Position { timestamp, id };
            match is_last {
                true => last = Some(position),
                false => positions.push(position),
            }
        }
        self.sort(&mut positions, |position| *position);
        Ok((positions, last))
    }

    /// The messages at these positions, all of which match, in the order of the answer.
    pub(crate) fn rows_at(
        &self,
        connection: &mut PgConnection,
        positions: &[Position],
    ) -> QueryResult<Vec<Row>> {
        let ids = positions.iter().map(|position| position.id);
        let times = positions.iter().map(|position| position.timestamp);
        let mut page = Sql::new("SELECT * FROM unnest(");
        page.bind(Bind::BigInts(ids.collect()))
            .push(", ")
            .bind(Bind::Times(times.collect()))
            .push(") AS key (id, \"timestamp\")");
        self.load(connection, self.page(page, None))
    }

    fn load(&self, connection: &mut PgConnection, sql: Sql) -> QueryResult<Vec<Row>> {
        let mut rows = sql.of::<Columns>().load::<Row>(connection)?;
        self.sort_rows(&mut rows);
        Ok(rows)
    }

    /// Brings a page's rows into the order of the answer: here, so that PostgreSQL has no reason to
    /// read messages in another order than that of the page's positions.
    fn sort_rows(&self, rows: &mut [Row]) {
        self.sort(rows, Row::position);
    }

    /// The statement that fetches some of the rows, and `total` with each.
    fn some_rows(&self, offset: u64, limit: u32, total: Option<Sql>) -> Sql {
        if offset > 0 || self.association().is_some() || self.merged().is_some() {
            return self.page(self.keys(offset, limit), total);
        }
        // The index leads straight to the rows. Where some are skipped, that would fetch these as well.
        let mut sql = Sql::new("SELECT ");
        self.push_columns(&mut sql, total);
        self.push_matching(&mut sql, LeadValues::Any, TimeSource::Plan);
        sql.push(&self.key().ordered(self.order));
        push_limit(&mut sql, 0, limit);
        sql
    }

    /// The statement that fetches the rows at the positions that `keys` answers, and `total` with
    /// each.
    fn page(&self, keys: Sql, total: Option<Sql>) -> Sql {
        let mut sql = Sql::new("WITH page AS MATERIALIZED (");
        sql.append(keys).push(") SELECT ");
        self.push_columns(&mut sql, total);
        sql.push(" FROM page JOIN messages m ON m.id = page.id AND m.\"timestamp\" = page.\"timestamp\" WHERE true");
        self.push_time(&mut sql, TimeSource::Plan, &["m.\"timestamp\""]);
        sql
    }

    /// The statement of the positions of some of the messages that match.
    fn keys(&self, offset: u64, limit: u32) -> Sql {
        let key = self.key();
        let Key { id, timestamp } = key;
        let columns = format!("SELECT {id} AS id, {timestamp} AS \"timestamp\"");
        let mut sql = Sql::default();
        let Some(filter) = self.merged() else {
            sql.push(&columns);
            self.push_matching(&mut sql, LeadValues::Any, TimeSource::Plan);
            sql.push(&key.ordered(self.order));
            push_limit(&mut sql, offset, limit);
            return sql;
        };
        // The index has each value's messages in order: as many of each as may be needed are merged.
        // A message with several of the values comes once.
        sql.push("SELECT DISTINCT newest.id, newest.\"timestamp\" FROM unnest(")
            .bind(filter.any.all());
        sql.push(&format!(
            ") AS driving (value) CROSS JOIN LATERAL ({columns}"
        ));
        self.push_matching(&mut sql, LeadValues::Each, TimeSource::Plan);
        let most = offset.saturating_add(limit.into());
        sql.push(&key.ordered(self.order))
            .push(" LIMIT ")
            .bind(big_int(most));
        let columns_of_newest = Key {
            id: "1",
            timestamp: "2",
        };
        sql.push(") AS newest")
            .push(&columns_of_newest.ordered(self.order));
        push_limit(&mut sql, offset, limit);
        sql
    }

    /// Appends the columns of a row, and `total`.
    fn push_columns(&self, sql: &mut Sql, total: Option<Sql>) {
        row::push_columns(sql, Some(self.known.clone()));
        if let Some(total) = total {
            sql.push(", (").append(total).push(")");
        }
    }
}

/// The positions of messages with these ids, each sent in that span of time; those that are gone
/// are left out.
pub(crate) fn positions(
    connection: &mut PgConnection,
    messages: impl Iterator<Item = (i64, Span)>,
) -> QueryResult<Vec<Position>> {
    let (ids, spans): (Vec<i64>, Vec<Span>) = messages.unzip();
    if ids.is_empty() {
        return Ok(Vec::new());
    }
    // One by one, each in one partition: PostgreSQL would look for them among all messages of that time.
    let mut sql = Sql::new("SELECT m.id, m.\"timestamp\" FROM unnest(");
    sql.bind(Bind::BigInts(ids)).push(", ");
    sql.bind(Bind::Bounds(spans.iter().map(|span| span.from).collect()))
        .push(", ");
    sql.bind(Bind::Bounds(spans.iter().map(|span| span.to).collect()));
    sql.push(
        ") AS wanted (id, first, past) CROSS JOIN LATERAL (
           SELECT id, \"timestamp\" FROM messages WHERE messages.id = wanted.id
             AND \"timestamp\" >= coalesce(wanted.first, '-infinity')
             AND \"timestamp\" < coalesce(wanted.past, 'infinity') OFFSET 0) AS m",
    );
    let rows = sql
        .of::<(BigInt, Timestamp)>()
        .load::<(i64, NaiveDateTime)>(connection)?;
    let position = |(id, timestamp)| Position { timestamp, id };
    Ok(rows.into_iter().map(position).collect())
}

fn push_limit(sql: &mut Sql, offset: u64, limit: u32) {
    // A number in the text, as the planner must know that it is small.
    sql.push(&format!(" LIMIT {limit}"));
    if offset > 0 {
        sql.push(" OFFSET ").bind(big_int(offset));
    }
}

/// A number beyond the type lies beyond any answer.
fn big_int(number: u64) -> Bind {
    Bind::BigInt(i64::try_from(number).unwrap_or(i64::MAX))
}
