//! Searches whose totals are sums of counters.

use std::collections::BTreeMap;

use chrono::NaiveDateTime;
use diesel::pg::PgConnection;
use diesel::prelude::*;
use diesel::sql_types::{BigInt, Nullable, Text, Timestamp};

use crate::counts::bucket::{Cell, Unit};
use crate::counts::cover::{Between, Tiling};
use crate::counts::memory::Version;
use crate::counts::sets::Matched;
use crate::database::sql::{Bind, Sql};
use crate::query::dimension::Dimension;
use crate::query::plan::Plan;

/// A search as a sum of counters.
#[derive(Clone, Debug, Eq, Hash, PartialEq)]
pub(crate) struct Sum {
    terms: Vec<Term>,
}

/// Counters of a kind.
#[derive(Clone, Debug, Eq, Hash, PartialEq)]
struct Term {
    subtract: bool,
    kind: &'static str,
    names: Vec<String>,
    /// Those of topics: in one of these categories, and in none of those.
    categories: [Vec<String>; 2],
}

impl Term {
    fn of(kind: &'static str, names: Vec<String>) -> Self {
        Self {
            subtract: false,
            kind,
            names,
            categories: [Vec::new(), Vec::new()],
        }
    }
}

impl Sum {
    /// `None` if the counters' sums cannot tell.
    pub(crate) fn of(plan: &Plan) -> Option<Self> {
        if plan.reads_bodies() {
            return None;
        }
        match plan.filters.as_slice() {
            // Each message counts once for its only value.
            [only] if only.none.is_empty() && only.any.len() == 1 => Some(Self {
                terms: vec![Term::of(only.dimension.kind(), only.any.counters())],
            }),
            filters
                if filters
                    .iter()
                    .all(|f| matches!(f.dimension, Dimension::Topics | Dimension::Categories)) =>
            {
                Some(Self::of_messages(plan))
            }
            _ => None,
        }
    }

    fn of_messages(plan: &Plan) -> Self {
        let [topics, categories] = [Dimension::Topics, Dimension::Categories].map(|dimension| {
            plan.filter(dimension)
                .map(|f| (f.any.counters(), f.none.counters()))
                .unwrap_or_default()
        });
        let without = |any: Vec<String>, none: &[String]| {
            any.into_iter()
                .filter(|name| !none.contains(name))
                .collect()
        };
        let topic = |names| Term {
            categories: [categories.0.clone(), categories.1.clone()],
            ..Term::of("t", names)
        };
        let mut terms = Vec::new();
        if !topics.0.is_empty() {
            terms.push(topic(without(topics.0, &topics.1)));
        } else {
            if categories.0.is_empty() {
                terms.push(Term::of("m", vec![String::new()]));
                terms.push(Term {
                    subtract: true,
                    ..Term::of("c", categories.1.clone())
                });
            } else {
                terms.push(Term::of("c", without(categories.0.clone(), &categories.1)));
            }
            terms.push(Term {
                subtract: true,
                ..topic(topics.1)
            });
        }
        terms.retain(|term| !term.names.is_empty());
        Self { terms }
    }

    /// The smallest cells of which its counters know.
    pub(crate) fn smallest(&self) -> Unit {
        if self.terms.iter().all(|term| matches!(term.kind, "m" | "c")) {
            Unit::Hour
        } else {
            Unit::Day
        }
    }

    /// A statement of rows (number, start, count), to be summed, of which the number is that of the
    /// tiling, from 0 on; `None` if nothing matches.
    pub(crate) fn select(&self, tilings: &[Tiling]) -> Option<Sql> {
        self.rows(tilings, false)
    }

    /// The same rows; where versions are wanted, each ends with that of its counter: none for hours,
    /// which are not divided, and for changes that are not folded yet.
    fn rows(&self, tilings: &[Tiling], with_versions: bool) -> Option<Sql> {
        let version = |column: &'static str| if with_versions { column } else { "" };
        let mut sql = Sql::default();
        let alls: Vec<Part> = (0..)
            .zip(tilings)
            .map(|(number, tiling)| Part {
                number,
                between: tiling.all(),
                unit: None,
            })
            .collect();
        let (hours, days): (Vec<Part>, Vec<Part>) = (0..)
            .zip(tilings)
            .flat_map(|(number, tiling)| {
                tiling.ranges().iter().map(move |(unit, between)| Part {
                    number,
                    between: *between,
                    unit: Some(*unit),
                })
            })
            .partition(|part| part.unit == Some(Unit::Hour));
        for term in &self.terms {
            let sign = if term.subtract { "-" } else { "" };
            if !days.is_empty() {
                sql.union_all(&format!(
                    "SELECT part.number, cell.start::timestamp, {sign}cell.count{} FROM ",
                    version(", cell.version")
                ));
                // A row's transaction is another one each time that it changes.
                push_parts(&mut sql, &days).push(&format!(
                    " CROSS JOIN LATERAL (
                       SELECT start, count{} FROM counters
                       WHERE span = part.span AND start >= coalesce(part.first, '-infinity')
                         AND start < coalesce(part.past, 'infinity')",
                    version(", xmin::text AS version")
                ));
                push_term(&mut sql, term);
                sql.push(" OFFSET 0) AS cell");
            }
            if !hours.is_empty() {
                sql.union_all(&format!(
                    "SELECT part.number, hour.start, {sign}hour.count{} FROM ",
                    version(", NULL")
                ));
                push_parts(&mut sql, &hours).push(
                    " CROSS JOIN LATERAL (
                       SELECT start, hours FROM counters
                       WHERE span = 'd' AND start >= part.first::date AND start < part.past",
                );
                push_term(&mut sql, term);
                sql.push(
                    " OFFSET 0) AS day CROSS JOIN LATERAL (
                       SELECT day.start + (number - 1) * interval '1 hour', count
                       FROM unnest(day.hours) WITH ORDINALITY AS hours (count, number)) AS hour (start, count)
                     WHERE hour.start >= part.first AND hour.start < part.past",
                );
            }
            sql.union_all(&format!(
                "SELECT part.number, at, {sign}change{} FROM counter_changes CROSS JOIN ",
                version(", NULL")
            ));
            push_parts(&mut sql, &alls)
                .push(" WHERE at >= coalesce(part.first, '-infinity') AND at < coalesce(part.past, 'infinity')");
            push_term(&mut sql, term);
        }
        (!self.terms.is_empty()).then_some(sql)
    }

    /// How many there are in each cell, none of them empty.
    pub(crate) fn load(
        &self,
        connection: &mut PgConnection,
        tiling: &Tiling,
    ) -> QueryResult<BTreeMap<Cell, Matched>> {
        let Some(sql) = self.rows(std::slice::from_ref(tiling), true) else {
            return Ok(BTreeMap::new());
        };
        type Types = (BigInt, Timestamp, BigInt, Nullable<Text>);
        type Row = (i64, NaiveDateTime, i64, Option<Version>);
        let mut cells = BTreeMap::<Cell, (i64, Vec<Option<Version>>)>::new();
        for (_, start, count, version) in sql.of::<Types>().load::<Row>(connection)? {
            // Changes that are not folded yet come by hour or day.
            let (sum, versions) = cells.entry(tiling.cell(start)).or_default();
            *sum += count;
            versions.push(version);
        }
        let matched = |(sum, mut versions): (i64, Vec<Option<Version>>)| {
            versions.sort_unstable();
            let version = versions
                .into_iter()
                .collect::<Option<Vec<_>>>()
                .map(|versions| versions.join(" "));
            Matched {
                count: sum.max(0).unsigned_abs(),
                few: None,
                version,
            }
        };
        let cells = cells.into_iter().map(|(cell, rows)| (cell, matched(rows)));
        Ok(cells.filter(|(_, matched)| matched.count > 0).collect())
    }
}

/// Cells in a row.
struct Part {
    /// Of their tiling.
    number: i64,
    between: Between,
    /// `None` if they are not all the same.
    unit: Option<Unit>,
}

/// Appends the parts as a table.
fn push_parts<'s>(sql: &'s mut Sql, parts: &[Part]) -> &'s mut Sql {
    let (first, past) = parts.iter().map(|part| part.between).unzip();
    sql.push("unnest(")
        .bind(Bind::BigInts(
            parts.iter().map(|part| part.number).collect(),
        ))
        .push(", ");
    let spans = parts
        .iter()
        .map(|part| part.unit.map_or("", Unit::name).to_owned());
    sql.bind(Bind::Texts(spans.collect()))
        .push(", ")
        .bind(Bind::Bounds(first))
        .push(", ")
        .bind(Bind::Bounds(past));
    sql.push(") AS part (number, span, first, past)")
}

fn push_term(
    sql: &mut Sql,
    Term {
        kind,
        names,
        categories: [any, none],
        ..
    }: &Term,
) {
    sql.push(&format!(" AND kind = '{kind}' AND name = ANY ("))
        .bind(Bind::Texts(names.clone()))
        .push(")");
    if !any.is_empty() {
        sql.push(" AND category = ANY (")
            .bind(Bind::Texts(any.clone()))
            .push(")");
    }
    if !none.is_empty() {
        sql.push(" AND category <> ALL (")
            .bind(Bind::Texts(none.clone()))
            .push(")");
    }
}
