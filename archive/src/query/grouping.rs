//! Statements that tell messages apart by their values.

use chrono::NaiveDateTime;
use diesel::pg::PgConnection;
use diesel::prelude::*;
use diesel::sql_types::{BigInt, Integer, Text, Timestamp};

use crate::aggregation::GroupBy;
use crate::database::sql::{Bind, Sql};
use crate::dimension::Dimension;
use crate::position::Position;
use crate::query::asked::{Asked, Filter, Values};
use crate::query::matching::{LeadValues, TimeSource};
use crate::query::plan::Plan;
use crate::search::Order;
use crate::span::Span;

/// Messages that have two values and a span of time in common. Values that are not told apart are empty, and so is
/// the span.
#[derive(Clone, Debug)]
pub(crate) struct Grouped {
    pub(crate) names: [String; 2],
    /// From 1 on; beyond the edges are 0 and what follows the last.
    pub(crate) span: i32,
    pub(crate) messages: i64,
    pub(crate) first: NaiveDateTime,
    pub(crate) last: NaiveDateTime,
}

type GroupedColumns = (Text, Text, Integer, BigInt, Timestamp, Timestamp);
type GroupedRow = (String, String, i32, i64, NaiveDateTime, NaiveDateTime);

/// The messages at these positions, by one or two values and by spans between `edges`, if there are any.
pub(crate) fn grouped(
    connection: &mut PgConnection,
    positions: &[Position],
    by: &[GroupBy],
    edges: &[NaiveDateTime],
) -> QueryResult<Vec<Grouped>> {
    let ids = positions.iter().map(|position| position.id);
    let times = positions.iter().map(|position| position.timestamp);
    let mut sql = Sql::new("SELECT ");
    push_value(&mut sql, by.first());
    push_value(sql.push(", "), by.get(1));
    if edges.is_empty() {
        sql.push(", 0");
    } else {
        sql.push(", width_bucket(page.\"timestamp\", ")
            .bind(Bind::Times(edges.to_vec()))
            .push(")");
    }
    sql.push(", count(*), min(page.\"timestamp\"), max(page.\"timestamp\") FROM unnest(")
        .bind(Bind::BigInts(ids.collect()))
        .push(", ")
        .bind(Bind::Times(times.collect()))
        .push(") AS page (id, \"timestamp\")");
    for by in by {
        push_lookup(&mut sql, *by);
    }
    sql.push(" GROUP BY 1, 2, 3");
    let rows = sql.of::<GroupedColumns>().load::<GroupedRow>(connection)?;
    let row = |(one, two, span, messages, first, last)| Grouped {
        names: [one, two],
        span,
        messages,
        first,
        last,
    };
    Ok(rows.into_iter().map(row).collect())
}

/// How many of the messages at these positions have each value of each of `by`: the place in `by`, the value, and the
/// number of messages.
pub(crate) fn counted(
    connection: &mut PgConnection,
    positions: &[Position],
    by: &[GroupBy],
) -> QueryResult<Vec<(i32, String, i64)>> {
    let ids = positions.iter().map(|position| position.id);
    let times = positions.iter().map(|position| position.timestamp);
    // Each message is looked up once for all values that it has itself.
    let own = by.iter().map(|by| by.dimension());
    let own: Vec<&str> = own
        .filter(|dimension| dimension.names_table().is_none())
        .map(|dimension| dimension.index().column)
        .collect();
    let own = own.join(", ");
    let comma = if own.is_empty() { "" } else { ", " };
    let mut sql = Sql::new(&format!(
        "WITH page AS MATERIALIZED (SELECT page.id, page.\"timestamp\"{comma}{own} FROM unnest("
    ));
    sql.bind(Bind::BigInts(ids.collect()))
        .push(", ")
        .bind(Bind::Times(times.collect()))
        .push(") AS page (id, \"timestamp\")");
    if !own.is_empty() {
        sql.push(&format!(
            " CROSS JOIN LATERAL (SELECT {own} FROM messages
             WHERE messages.id = page.id AND messages.\"timestamp\" = page.\"timestamp\" OFFSET 0) AS own"
        ));
    }
    sql.push(")");
    for (place, by) in by.iter().enumerate() {
        let union = if place > 0 { " UNION ALL" } else { "" };
        sql.push(&format!("{union} {}", counting_one(place, by.dimension())));
    }
    sql.of::<(Integer, Text, BigInt)>().load(connection)
}

/// A statement of how many messages of the table `page` have each value. Names are looked up once for all who have them.
fn counting_one(place: usize, dimension: Dimension) -> String {
    let index = dimension.index();
    let (table, column) = (index.table, index.column);
    let (id, timestamp) = (index.id, index.timestamp);
    match dimension.names_table() {
        Some(names) => format!(
            "SELECT {place}, names.name, messages FROM (
               SELECT key, count(*) AS messages FROM page CROSS JOIN LATERAL (
                 SELECT {column} AS key FROM {table}
                 WHERE {table}.{id} = page.id AND {timestamp} = page.\"timestamp\" OFFSET 0) AS keys
               GROUP BY 1) AS counted JOIN {names} AS names ON names.id = key"
        ),
        None => format!(
            "SELECT {place}, {column}, count(*) FROM page WHERE {column} IS NOT NULL GROUP BY 2"
        ),
    }
}

/// Appends the value that a message is told apart by.
fn push_value(sql: &mut Sql, by: Option<&GroupBy>) {
    match by {
        Some(by) => sql.push(&format!("of_{}.name", by.dimension().name())),
        None => sql.push("''"),
    };
}

/// Appends a table of the values of each message: looked up one by one, as PostgreSQL would rather read all there are.
fn push_lookup(sql: &mut Sql, by: GroupBy) {
    let dimension = by.dimension();
    let index = dimension.index();
    let (table, column) = (index.table, index.column);
    let (id, timestamp) = (index.id, index.timestamp);
    match dimension.names_table() {
        Some(names) => sql.push(&format!(
            " CROSS JOIN LATERAL (SELECT names.name FROM {table} JOIN {names} AS names ON names.id = {column}
             WHERE {table}.{id} = page.id AND {timestamp} = page.\"timestamp\" OFFSET 0)"
        )),
        None => sql.push(&format!(
            " CROSS JOIN LATERAL (SELECT {column} AS name FROM {table}
             WHERE {id} = page.id AND {timestamp} = page.\"timestamp\" AND {column} IS NOT NULL OFFSET 0)"
        )),
    };
    sql.push(&format!(" AS of_{}", dimension.name()));
}

impl Plan {
    /// A statement of rows (span, name, count) of the messages in spans of the table `part`, told apart by a column of
    /// messages or a key of an association, as text. All that is asked is of columns.
    pub(crate) fn counting_by(&self, by: GroupBy, spans: &[Span]) -> Sql {
        let (first, past) = spans.iter().map(|span| (span.from, span.to)).unzip();
        let mut sql = Sql::new("SELECT part.number, counted.name, counted.count FROM unnest(");
        sql.bind(Bind::Bounds(first))
            .push(", ")
            .bind(Bind::Bounds(past));
        sql.push(") WITH ORDINALITY AS part (first, past, number) CROSS JOIN LATERAL (");
        let index = by.dimension().index();
        let column = index.column;
        if by.dimension().is_association() {
            sql.push(&format!(
                "SELECT tied.{column}::text AS name, count(*) AS count FROM (SELECT m.id, m.\"timestamp\""
            ));
            self.push_matching(&mut sql, LeadValues::Any, TimeSource::Part);
            let (table, id, timestamp) = (index.table, index.id, index.timestamp);
            sql.push(&format!(
                ") AS m JOIN {table} tied ON tied.{id} = m.id AND tied.{timestamp} = m.\"timestamp\""
            ));
        } else {
            sql.push(&format!("SELECT m.{column} AS name, count(*) AS count"));
            self.push_matching(&mut sql, LeadValues::Any, TimeSource::Part);
            sql.push(&format!(" AND m.{column} IS NOT NULL"));
        }
        sql.push(" GROUP BY 1) AS counted");
        sql
    }

    /// When the first and the last message of each of some values was sent, by the number of the value, from 1 on.
    pub(crate) fn first_and_last(
        &self,
        connection: &mut PgConnection,
        by: GroupBy,
        values: Values,
    ) -> QueryResult<Vec<(i64, NaiveDateTime, NaiveDateTime)>> {
        let all = values.all();
        let plan = self.only(by.dimension(), values);
        let key = plan.key();
        let mut sql = Sql::new("SELECT driving.number, first.\"at\", last.\"at\" FROM unnest(");
        sql.bind(all)
            .push(") WITH ORDINALITY AS driving (value, number)");
        for (order, name) in [(Order::Ascending, "first"), (Order::Descending, "last")] {
            sql.push(&format!(
                " CROSS JOIN LATERAL (SELECT {} AS \"at\"",
                key.timestamp
            ));
            plan.push_matching(&mut sql, LeadValues::Each, TimeSource::Plan);
            sql.push(&key.ordered(order))
                .push(&format!(" LIMIT 1) AS {name}"));
        }
        sql.of::<(BigInt, Timestamp, Timestamp)>().load(connection)
    }

    /// This plan for messages with one of these values, led by their index.
    fn only(&self, dimension: Dimension, any: Values) -> Self {
        let mut asked: Asked = self.asked.as_ref().clone();
        match asked
            .filters
            .iter_mut()
            .find(|filter| filter.dimension == dimension)
        {
            Some(filter) => filter.any = any,
            None => {
                let none = match &any {
                    Values::Keys(_) => Values::Keys(Vec::new()),
                    _ => Values::Texts(Vec::new()),
                };
                asked.filters.push(Filter {
                    dimension,
                    any,
                    none,
                });
            }
        }
        self.asking(asked, Some(dimension))
    }
}
