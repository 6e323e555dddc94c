//! Statements that count row by row.

use chrono::NaiveDateTime;
use diesel::pg::PgConnection;
use diesel::prelude::*;
use diesel::sql_types::{BigInt, Integer};

use crate::database::sql::{Bind, Sql};
use crate::dimension::Dimension;
use crate::query::asked::{Asked, Filter};
use crate::query::index::AnswerIndex;
use crate::query::matching::{LeadValues, TimeSource};
use crate::query::plan::Plan;
use crate::span::Span;

impl Plan {
    /// A statement that counts row by row.
    pub(crate) fn counting(&self) -> Sql {
        let mut sql = Sql::default();
        self.push_count(&mut sql, TimeSource::Plan);
        sql
    }

    /// How many match, counted row by row.
    pub(crate) fn count(&self, connection: &mut PgConnection) -> QueryResult<u64> {
        let count: i64 = self.counting().of::<BigInt>().get_result(connection)?;
        Ok(count.unsigned_abs())
    }

    /// A statement that counts row by row in each of some bounded spans of time. Its rows are the
    /// number of the span, from 1 on, and the count.
    pub(crate) fn counting_spans(&self, spans: &[Span]) -> Sql {
        let (first, past) = spans.iter().map(|span| (span.from, span.to)).unzip();
        let mut sql = Sql::new("SELECT part.number, counted.count FROM unnest(");
        sql.bind(Bind::Bounds(first))
            .push(", ")
            .bind(Bind::Bounds(past));
        sql.push(") WITH ORDINALITY AS part (first, past, number) CROSS JOIN LATERAL (");
        self.push_count(&mut sql, TimeSource::Part);
        sql.push(") AS counted");
        sql
    }

    /// How many match in each of some bounded spans of time, counted row by row.
    pub(crate) fn counts(
        &self,
        connection: &mut PgConnection,
        spans: &[Span],
    ) -> QueryResult<Vec<u64>> {
        let mut counts = vec![0; spans.len()];
        if spans.is_empty() {
            return Ok(counts);
        }
        let sql = self.counting_spans(spans);
        for (number, count) in sql
            .of::<(BigInt, BigInt)>()
            .load::<(i64, i64)>(connection)?
        {
            // Ordinality counts from 1.
            set(&mut counts, number - 1, count);
        }
        Ok(counts)
    }

    /// How many match in each span between two `edges`, its end excluded, counted row by row.
    pub(crate) fn histogram(
        &self,
        connection: &mut PgConnection,
        edges: &[NaiveDateTime],
    ) -> QueryResult<Vec<u64>> {
        let timestamp = self.key().timestamp;
        let mut sql = Sql::new(&format!("SELECT width_bucket({timestamp}, "));
        sql.bind(Bind::Times(edges.to_vec()))
            .push(") AS bucket, count(*) AS count");
        self.push_matching(&mut sql, LeadValues::Any, TimeSource::Plan);
        sql.push(" GROUP BY 1");
        let mut counts = vec![0; edges.len().saturating_sub(1)];
        for (bucket, count) in sql
            .of::<(Integer, BigInt)>()
            .load::<(i32, i64)>(connection)?
        {
            // Bucket 0 lies before the first edge, the last one at or after the last edge.
            set(&mut counts, i64::from(bucket) - 1, count);
        }
        Ok(counts)
    }

    /// Appends the statement that counts.
    fn push_count(&self, sql: &mut Sql, time: TimeSource) {
        if let Some((index, filter)) = self.only_association() {
            // Half of what it takes to make them distinct first. From 16 on the planner would rather walk through the
            // whole index in the order of ids than sort these few; of a sum there is no index.
            let AnswerIndex { table, column, .. } = index;
            sql.push(&format!(
                "SELECT count(DISTINCT msg_id + 0) AS count FROM {table} WHERE {column} = ANY ("
            ));
            sql.bind(filter.any.all()).push(")");
            self.push_time(sql, time, &[index.timestamp]);
        } else if let Some((all, left_out)) = self.difference() {
            sql.push("SELECT (");
            all.push_count(sql, time);
            for left_out in left_out {
                sql.push(") - (");
                left_out.push_count(sql, time);
            }
            sql.push(") AS count");
        } else {
            sql.push("SELECT count(*) AS count");
            self.push_matching(sql, LeadValues::Any, time);
        }
    }

    /// The association that leads, if all that is asked is several of its values.
    fn only_association(&self) -> Option<(AnswerIndex, &Filter)> {
        let (index, filter) = self.association()?;
        let is_only = self.asked.filters.len() == 1
            && filter.any.are_merged()
            && filter.none.is_empty()
            && !self.asked.looks_into_messages()
            && self.bounds.is_empty();
        if is_only { Some((index, filter)) } else { None }
    }

    /// Where all that is asked is what to leave out of a dimension, or of topics and categories: everything, and what
    /// is left out. Indexes can count these; what remains, only the messages could tell.
    fn difference(&self) -> Option<(Self, Vec<Self>)> {
        let Asked {
            filters,
            texts,
            without_agent: false,
        } = self.asked.as_ref()
        else {
            return None;
        };
        let is_only_none = |filter: &Filter| filter.any.is_empty() && !filter.none.is_empty();
        if !texts.is_empty() || !filters.iter().all(is_only_none) {
            return None;
        }
        let turned = |filter: &Filter| Filter {
            dimension: filter.dimension,
            any: filter.none.clone(),
            none: filter.any.clone(),
        };
        let left_out = match filters.as_slice() {
            [filter] => vec![vec![turned(filter)]],
            // What is of both is left out with its category.
            [topics, categories]
                if topics.dimension == Dimension::Topics
                    && categories.dimension == Dimension::Categories =>
            {
                let of_topics = vec![turned(topics), categories.clone()];
                vec![vec![turned(categories)], of_topics]
            }
            _ => return None,
        };
        let asking = |filters: Vec<Filter>| {
            let lead = filters.first().map(|filter| filter.dimension);
            let asked = Asked {
                filters,
                ..Asked::default()
            };
            self.asking(asked, lead)
        };
        let left_out = left_out.into_iter().map(asking).collect();
        Some((self.asking(Asked::default(), None), left_out))
    }
}

/// Puts a count into its place; one without place is not asked for.
fn set(counts: &mut [u64], place: i64, count: i64) {
    let place = usize::try_from(place).ok();
    if let Some(slot) = place.and_then(|place| counts.get_mut(place)) {
        *slot = count.unsigned_abs();
    }
}
