//! Which topics or categories there are, and how lively each is: how many messages it has, how many of late and by spans
//! of time, since when, and when the last one was sent.

use std::collections::HashMap;

use chrono::{NaiveDate, NaiveDateTime};
use diesel::pg::PgConnection;
use diesel::prelude::*;
use diesel::sql_types::{Date, Nullable, Text, Timestamp};

use crate::aggregation::GroupBy;
use crate::counts::bucket::Unit;
use crate::counts::groups::{CountersBy, NameCount};
use crate::counts::kind::Kind;
use crate::database::sql::{Bind, Sql};
use crate::dimension::Dimension;
use crate::error::StoreError;
use crate::hidden::Hidden;
use crate::query::plan::Plan;
use crate::query::shown::{push_shown, push_shown_counter};
use crate::read::aggregate::times_of;
use crate::read::reader::{Reader, snapshot};
use crate::search::Search;
use crate::span::Span;

/// What is to be told of topics or categories.
#[derive(Clone, Debug)]
pub struct Census {
    /// Of late: in this time.
    pub recent: Span,
    /// The edges of the half-open spans of time in which messages are counted, ascending.
    pub edges: Vec<NaiveDateTime>,
    /// So many names at most: those with the most messages.
    pub most: u32,
}

/// A topic or a category.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct CensusName {
    /// Its name.
    pub name: String,
    /// The category of a topic; that of its last message, if it has several.
    pub category: Option<String>,
    /// How many messages it has, at least 1.
    pub messages: u64,
    /// How many of late.
    pub recent: u64,
    /// How many in each span between two edges.
    pub bars: Vec<u64>,
    /// The day of its first message.
    pub first: Option<NaiveDate>,
    /// When its last message was sent.
    pub last: Option<NaiveDateTime>,
}

/// The first and last message of a name, and its category.
#[derive(Clone, Debug, Default)]
struct Ends {
    category: Option<String>,
    first: Option<NaiveDate>,
    last: Option<NaiveDateTime>,
}

impl Reader {
    /// The topics with the most messages, these first, and how many there are.
    pub fn census_of_topics(&self, census: &Census) -> Result<(Vec<CensusName>, u64), StoreError> {
        self.census(GroupBy::Topic, census)
    }

    /// The categories with the most messages, these first, and how many there are.
    pub fn census_of_categories(
        &self,
        census: &Census,
    ) -> Result<(Vec<CensusName>, u64), StoreError> {
        self.census(GroupBy::Category, census)
    }

    fn census(&self, by: GroupBy, census: &Census) -> Result<(Vec<CensusName>, u64), StoreError> {
        self.run("census", &by.dimension().name(), |connection, _| {
            let plan = self.plan(connection, &Search::default())?;
            let counters = |plan: Plan| Some((CountersBy::of(&plan.asked, by)?, plan));
            let Some((counters, plan)) = plan.and_then(counters) else {
                return Ok((Vec::new(), 0));
            };
            snapshot(connection, |connection| {
                let (all, of) = counters.top_in_any_case(connection, &plan, census.most)?;
                let recent = plan.within(census.recent);
                let (recent, _) = counters.top_in_any_case(connection, &recent, u32::MAX)?;
                let bars = counters.bars(connection, &plan, None, &census.edges)?;
                let ends = match by {
                    GroupBy::Topic => ends_of_topics(connection, &self.hidden, &all)?,
                    _ => ends_by_index(connection, &plan, by, &all)?,
                };
                let parts = CensusParts {
                    recent: recent.into_iter().map(|it| (it.key, it.messages)).collect(),
                    bars: bars.unwrap_or_default(),
                    ends,
                    spans: census.edges.len().saturating_sub(1),
                };
                Ok((all.into_iter().map(|name| parts.of(name)).collect(), of))
            })
        })
    }
}

/// What is told of each name, by its name.
struct CensusParts {
    recent: HashMap<String, u64>,
    bars: HashMap<String, Vec<u64>>,
    ends: HashMap<String, Ends>,
    spans: usize,
}

impl CensusParts {
    fn of(&self, count: NameCount) -> CensusName {
        let bars = self.bars.get(&count.key).cloned();
        let ends = self.ends.get(&count.key).cloned().unwrap_or_default();
        CensusName {
            recent: self.recent.get(&count.key).copied().unwrap_or_default(),
            bars: bars.unwrap_or_else(|| vec![0; self.spans]),
            name: count.name,
            category: ends.category,
            messages: count.messages,
            first: ends.first,
            last: ends.last,
        }
    }
}

/// By the index of each: of few names.
fn ends_by_index(
    connection: &mut PgConnection,
    plan: &Plan,
    by: GroupBy,
    names: &[NameCount],
) -> QueryResult<HashMap<String, Ends>> {
    let times = times_of(connection, plan, by, names)?.into_iter();
    let ends = |(key, (first, last)): (String, (NaiveDateTime, NaiveDateTime))| {
        let ends = Ends {
            category: None,
            first: Some(first.date()),
            last: Some(last),
        };
        (key, ends)
    };
    Ok(times.map(ends).collect())
}

type EndsColumns = (Text, Nullable<Text>, Nullable<Date>, Nullable<Timestamp>);
type EndsRow = (
    String,
    Option<String>,
    Option<NaiveDate>,
    Option<NaiveDateTime>,
);

/// By the days that counters know, so that one partition is asked for the last message of each: there may be thousands.
fn ends_of_topics(
    connection: &mut PgConnection,
    hidden: &Hidden,
    names: &[NameCount],
) -> QueryResult<HashMap<String, Ends>> {
    let names = names.iter().map(|count| count.key.clone()).collect();
    let rows = select_ends(hidden, names)
        .of::<EndsColumns>()
        .load::<EndsRow>(connection)?;
    let ends = |(name, category, first, last)| {
        let ends = Ends {
            category,
            first,
            last,
        };
        (name, ends)
    };
    Ok(rows.into_iter().map(ends).collect())
}

fn select_ends(hidden: &Hidden, names: Vec<String>) -> Sql {
    let (kind, day) = (Kind::Of(Dimension::Topics).letter(), Unit::Day.letter());
    let shown = |sql: &mut Sql| push_shown_counter(sql, hidden, Dimension::Topics);
    let mut sql = Sql::new(&format!(
        "WITH notes AS MATERIALIZED (
           SELECT name, at::date AS start FROM counter_notes WHERE kind = '{kind}' AND change > 0"
    ));
    shown(&mut sql);
    sql.push(
        ") SELECT asked.name, newest.category, least(first.start, noted.first), newest.\"timestamp\" FROM unnest(",
    )
    .bind(Bind::Texts(names))
    .push(") AS asked (name)");
    for (name, order) in [("first", "ASC"), ("last", "DESC")] {
        sql.push(&format!(
            " LEFT JOIN LATERAL (
               SELECT start FROM counters
               WHERE kind = '{kind}' AND name = asked.name AND span = '{day}' AND count > 0"
        ));
        shown(&mut sql);
        sql.push(&format!(
            " ORDER BY start {order} LIMIT 1) AS {name} ON true"
        ));
    }
    sql.push(
        " LEFT JOIN LATERAL (
           SELECT min(start) AS first, max(start) AS last FROM notes WHERE name = asked.name) AS noted ON true
         LEFT JOIN LATERAL (
           SELECT m.\"timestamp\", m.category FROM messages m
           WHERE m.topic = asked.name AND m.\"timestamp\" >= greatest(last.start, noted.last)::timestamp
             AND m.\"timestamp\" < (greatest(last.start, noted.last) + 1)::timestamp",
    );
    push_shown(&mut sql, hidden, "m.");
    sql.push(" ORDER BY m.\"timestamp\" DESC, m.id DESC LIMIT 1) AS newest ON true");
    sql
}
