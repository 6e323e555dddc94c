//! Searches whose totals are those of sets: several users, a user and a package, all but an agent.

use std::collections::{BTreeMap, BTreeSet};

use chrono::NaiveDate;
use diesel::pg::PgConnection;
use diesel::prelude::*;
use diesel::sql_types::{BigInt, Bool, Date, Text};
use roaring::{MultiOps, RoaringTreemap};

use super::ids::{self, Counter};
use super::tiling::{Cell, Tiling, month_after, push_between};
use crate::dimension::Dimension;
use crate::plan::Plan;
use crate::sql::{Bind, Sql};

/// Reading so many ids from an index costs no more than looking for their days.
const FEW: i64 = 200;

/// A search as a set: in each of the groups one of the terms holds, and none of `none`.
#[derive(Debug)]
pub(super) struct Combination {
    groups: Vec<(Dimension, Vec<Term>)>,
    none: Vec<Term>,
}

/// The kind and name of a counter.
type Term = (&'static str, String);

/// How many messages match in a cell, and which, if that had to be known.
#[derive(Default)]
pub(super) struct Matched {
    pub(super) count: u64,
    pub(super) ids: Option<RoaringTreemap>,
}

/// What matches.
pub(super) struct Found {
    /// The dimension of which there are the fewest messages, where that is a question.
    pub(super) rarest: Option<Dimension>,
    /// By cell, none of them empty; `None` if there are so few messages that they are better counted.
    pub(super) cells: Option<BTreeMap<Cell, Matched>>,
}

/// Counts by cell and term. The second value says whether the ids are kept.
struct Counts(BTreeMap<Cell, BTreeMap<Term, (i64, bool)>>);

const ALL: (&str, &str) = ("m", "");

impl Combination {
    /// `None` if bodies must be read.
    pub(super) fn of(plan: &Plan) -> Option<Self> {
        if plan.reads_bodies() {
            return None;
        }
        let terms = |kind, names: Vec<String>| -> Vec<Term> { names.into_iter().map(|name| (kind, name)).collect() };
        let mut combination = Self { groups: Vec::new(), none: Vec::new() };
        for filter in &plan.filters {
            let kind = filter.dimension.kind();
            combination.none.extend(terms(kind, filter.none.counters()));
            if !filter.any.is_empty() {
                combination.groups.push((filter.dimension, terms(kind, filter.any.counters())));
            }
        }
        Some(combination)
    }

    /// Looks for what matches.
    pub(super) fn load(&self, connection: &mut PgConnection, tiling: &Tiling) -> QueryResult<Found> {
        let mut counts = self.counts(connection, tiling)?;
        counts.0.retain(|_, counts| self.may_match(counts));
        let (rarest, count) = self.rarest(&counts).unzip();
        if count.is_some_and(|count| count <= FEW) {
            return Ok(Found { rarest, cells: None });
        }
        self.divide_months(connection, &mut counts)?;
        let mut sets = self.ids(connection, &counts)?;
        let cells = counts.0.into_iter().filter_map(|(cell, counts)| {
            let matched = self.matched(cell, &counts, &mut sets);
            (matched.count > 0).then_some((cell, matched))
        });
        Ok(Found { rarest, cells: Some(cells.collect()) })
    }

    /// The dimension of which the fewest messages match, and how many.
    fn rarest(&self, counts: &Counts) -> Option<(Dimension, i64)> {
        let total = |terms: &[Term]| counts.0.values().map(|cell| sum(cell, terms)).sum::<i64>();
        self.groups.iter().map(|(dimension, terms)| (*dimension, total(terms))).min_by_key(|(_, count)| *count)
    }

    fn may_match(&self, counts: &BTreeMap<Term, (i64, bool)>) -> bool {
        if self.groups.is_empty() {
            return count_of(counts, &(ALL.0, ALL.1.to_owned())) > 0;
        }
        self.groups.iter().all(|(_, terms)| sum(counts, terms) > 0)
    }

    fn counts(&self, connection: &mut PgConnection, tiling: &Tiling) -> QueryResult<Counts> {
        let mut terms: BTreeSet<Term> =
            self.groups.iter().flat_map(|(_, terms)| terms).chain(&self.none).cloned().collect();
        if self.groups.is_empty() {
            terms.insert((ALL.0, ALL.1.to_owned()));
        }
        let (kinds, names): (Vec<_>, Vec<_>) =
            terms.iter().map(|(kind, name)| ((*kind).to_owned(), name.clone())).unzip();
        let mut sql = Sql::new("WITH wanted AS (SELECT * FROM unnest(");
        sql.bind(Bind::Texts(kinds)).push(", ").bind(Bind::Texts(names)).push(") AS wanted (kind, name)) ");
        for (n, (span, between)) in tiling.ranges().into_iter().enumerate() {
            sql.push(if n == 0 { "" } else { " UNION ALL " });
            sql.push(&format!(
                "SELECT kind, name, span, start, count, ids IS NOT NULL
                 FROM wanted JOIN counters USING (kind, name) WHERE span = '{span}'"
            ));
            push_between(&mut sql, "start", between);
        }
        sql.push(
            " UNION ALL SELECT kind, name, 'd', day, change, false
               FROM wanted JOIN counter_changes USING (kind, name) WHERE true",
        );
        push_between(&mut sql, "day", tiling.all());
        type Types = (Text, Text, Text, Date, BigInt, Bool);
        let rows = sql.of::<Types>().load::<(String, String, String, NaiveDate, i64, bool)>(connection)?;
        let mut counts = Counts(BTreeMap::new());
        for (kind, name, span, start, count, kept) in rows {
            let Some((kind, _)) = terms.iter().find(|term| term.0 == kind && term.1 == name) else { continue };
            let cell = if span == "m" { Cell::month(start) } else { tiling.cell(start) };
            let entry = counts.0.entry(cell).or_default().entry((kind, name)).or_insert((0, true));
            // What changed since is not in the ids.
            *entry = (entry.0 + count, entry.1 && kept);
        }
        Ok(counts)
    }

    /// Where a month's ids are not kept, perhaps those of its days are.
    fn divide_months(&self, connection: &mut PgConnection, counts: &mut Counts) -> QueryResult<()> {
        let is_worth_it = |(cell, counts): (&Cell, &BTreeMap<Term, (i64, bool)>)| {
            let mut missing =
                counts.iter().filter(|((kind, _), (count, kept))| *kind != ALL.0 && *count > FEW && !kept);
            (cell.is_month && missing.next().is_some() && self.alone(counts).is_none()).then_some(cell.start)
        };
        let months: Vec<NaiveDate> = counts.0.iter().filter_map(is_worth_it).collect();
        for month in months {
            let mut days = self.counts(connection, &Tiling::fine(Some(month), month_after(month)))?;
            days.0.retain(|_, counts| self.may_match(counts));
            counts.0.remove(&Cell::month(month));
            counts.0.append(&mut days.0);
        }
        Ok(())
    }

    fn ids(&self, connection: &mut PgConnection, counts: &Counts) -> QueryResult<BTreeMap<Counter, RoaringTreemap>> {
        let (mut kept, mut others) = (Vec::new(), Vec::new());
        for (cell, counts) in &counts.0 {
            if self.alone(counts).is_some() {
                continue;
            }
            for ((kind, name), (count, is_kept)) in counts {
                if *count > 0 && *kind != ALL.0 {
                    let counter = Counter { kind, name: name.clone(), cell: *cell };
                    if *is_kept { kept.push(counter) } else { others.push(counter) }
                }
            }
        }
        let mut sets = ids::kept(connection, &kept)?;
        sets.append(&mut ids::indexed(connection, &others)?);
        Ok(sets)
    }

    /// How many match, where one counter alone can tell.
    fn alone(&self, counts: &BTreeMap<Term, (i64, bool)>) -> Option<i64> {
        if self.none.iter().any(|term| count_of(counts, term) > 0) {
            return None;
        }
        match self.groups.as_slice() {
            [] => Some(count_of(counts, &(ALL.0, ALL.1.to_owned()))),
            [(_, terms)] => {
                let mut there = terms.iter().map(|term| count_of(counts, term)).filter(|count| *count > 0);
                let only = there.next();
                only.filter(|_| there.next().is_none())
            }
            _ => None,
        }
    }

    fn matched(
        &self,
        cell: Cell,
        counts: &BTreeMap<Term, (i64, bool)>,
        sets: &mut BTreeMap<Counter, RoaringTreemap>,
    ) -> Matched {
        if let Some(count) = self.alone(counts) {
            return Matched { count: count.max(0).unsigned_abs(), ids: None };
        }
        let mut union = |terms: &[Term]| {
            let key = |(kind, name): &Term| Counter { kind, name: name.clone(), cell };
            terms.iter().filter_map(|term| sets.remove(&key(term))).collect::<Vec<_>>().union()
        };
        let none = union(&self.none);
        if self.groups.is_empty() {
            let all = count_of(counts, &(ALL.0, ALL.1.to_owned())).max(0).unsigned_abs();
            return Matched { count: all.saturating_sub(none.len()), ids: None };
        }
        let mut groups: Vec<RoaringTreemap> = self.groups.iter().map(|(_, terms)| union(terms)).collect();
        groups.sort_by_key(RoaringTreemap::len);
        let ids = groups.intersection() - none;
        Matched { count: ids.len(), ids: Some(ids) }
    }
}

fn count_of(counts: &BTreeMap<Term, (i64, bool)>, term: &Term) -> i64 {
    counts.get(term).map_or(0, |(count, _)| *count)
}

fn sum(counts: &BTreeMap<Term, (i64, bool)>, terms: &[Term]) -> i64 {
    terms.iter().map(|term| count_of(counts, term)).sum()
}
