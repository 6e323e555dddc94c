//! Searches whose totals are sums of counters.

use std::collections::BTreeMap;

use chrono::NaiveDate;
use diesel::pg::PgConnection;
use diesel::prelude::*;
use diesel::sql_types::{BigInt, Date, Text};

use super::cell::{Cell, Unit};
use super::tiling::{Tiling, push_between};
use crate::dimension::Dimension;
use crate::plan::Plan;
use crate::sql::{Bind, Sql};

/// A search as a sum of counters.
#[derive(Debug)]
pub(super) struct Sum {
    terms: Vec<Term>,
}

/// Counters of a kind.
#[derive(Debug)]
struct Term {
    subtract: bool,
    kind: &'static str,
    names: Vec<String>,
    /// Those of topics: in one of these categories, and in none of those.
    categories: [Vec<String>; 2],
}

impl Term {
    fn of(kind: &'static str, names: Vec<String>) -> Self {
        Self { subtract: false, kind, names, categories: [Vec::new(), Vec::new()] }
    }
}

impl Sum {
    /// `None` if the counters' sums cannot tell.
    pub(super) fn of(plan: &Plan) -> Option<Self> {
        if plan.reads_bodies() {
            return None;
        }
        match plan.filters.as_slice() {
            // Each message counts once for its only value.
            [only] if only.none.is_empty() && only.any.len() == 1 => {
                Some(Self { terms: vec![Term::of(only.dimension.kind(), only.any.counters())] })
            }
            filters if filters.iter().all(|f| matches!(f.dimension, Dimension::Topics | Dimension::Categories)) => {
                Some(Self::of_messages(plan))
            }
            _ => None,
        }
    }

    fn of_messages(plan: &Plan) -> Self {
        let [topics, categories] = [Dimension::Topics, Dimension::Categories]
            .map(|dimension| plan.filter(dimension).map(|f| (f.any.counters(), f.none.counters())).unwrap_or_default());
        let without = |any: Vec<String>, none: &[String]| any.into_iter().filter(|name| !none.contains(name)).collect();
        let topic = |names| Term { categories: [categories.0.clone(), categories.1.clone()], ..Term::of("t", names) };
        let mut terms = Vec::new();
        if !topics.0.is_empty() {
            terms.push(topic(without(topics.0, &topics.1)));
        } else {
            if categories.0.is_empty() {
                terms.push(Term::of("m", vec![String::new()]));
                terms.push(Term { subtract: true, ..Term::of("c", categories.1.clone()) });
            } else {
                terms.push(Term::of("c", without(categories.0.clone(), &categories.1)));
            }
            terms.push(Term { subtract: true, ..topic(topics.1) });
        }
        terms.retain(|term| !term.names.is_empty());
        Self { terms }
    }

    /// A statement of rows (span, start, count), to be summed; `None` if nothing matches.
    pub(super) fn select(&self, tiling: &Tiling) -> Option<Sql> {
        let mut sql = Sql::default();
        for term in &self.terms {
            let sign = if term.subtract { "-" } else { "" };
            for (unit, between) in tiling.ranges() {
                let span = unit.name();
                sql.union_all(&format!("SELECT span, start, {sign}count AS count FROM counters WHERE span = '{span}'"));
                push_term(&mut sql, term);
                push_between(&mut sql, "start", *between);
            }
            sql.union_all(&format!("SELECT 'd', day, {sign}change FROM counter_changes WHERE true"));
            push_term(&mut sql, term);
            push_between(&mut sql, "day", tiling.all());
        }
        (!self.terms.is_empty()).then_some(sql)
    }

    /// How many there are in each cell.
    pub(super) fn load(&self, connection: &mut PgConnection, tiling: &Tiling) -> QueryResult<BTreeMap<Cell, i64>> {
        let Some(sql) = self.select(tiling) else { return Ok(BTreeMap::new()) };
        let rows = sql.of::<(Text, Date, BigInt)>().load::<(String, NaiveDate, i64)>(connection)?;
        Ok(gather(tiling, rows.into_iter().map(|(span, start, count)| (Cell::of(&span, start), count))))
    }
}

/// Adds up what belongs to the same cell. Changes that are not folded yet come by day.
pub(super) fn gather(tiling: &Tiling, counts: impl Iterator<Item = (Cell, i64)>) -> BTreeMap<Cell, i64> {
    let mut cells = BTreeMap::new();
    for (cell, count) in counts {
        let cell = if cell.unit == Unit::Day { tiling.cell(cell.start) } else { cell };
        *cells.entry(cell).or_default() += count;
    }
    cells
}

fn push_term(sql: &mut Sql, Term { kind, names, categories: [any, none], .. }: &Term) {
    sql.push(&format!(" AND kind = '{kind}' AND name = ANY (")).bind(Bind::Texts(names.clone())).push(")");
    if !any.is_empty() {
        sql.push(" AND category = ANY (").bind(Bind::Texts(any.clone())).push(")");
    }
    if !none.is_empty() {
        sql.push(" AND category <> ALL (").bind(Bind::Texts(none.clone())).push(")");
    }
}
