//! Searches whose totals are those of sets: several users, a user and a package, all but an agent.

use std::collections::btree_map::Entry;
use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use chrono::{NaiveDate, NaiveDateTime};
use diesel::pg::PgConnection;
use diesel::prelude::*;
use diesel::sql_types::{BigInt, Bool, Date, Nullable, Text};
use roaring::{MultiOps, RoaringTreemap};

use crate::counts::bucket::{Cell, Unit, midnight};
use crate::counts::cover::{Tiling, push_between};
use crate::counts::memory::{Asked, Cache, Version};
use crate::counts::postings::{self as ids, Counter};
use crate::counts::small_result::Few;
use crate::database::sql::{Bind, Sql};
use crate::query::dimension::Dimension;
use crate::query::plan::Plan;

/// Looking into so many messages costs no more than sets do.
const FEW: i64 = 50;
/// Reading so many ids from an index costs no more than looking for those of their days.
const SHORT: i64 = 200;
/// A search as a set: in each of the groups one of the terms holds, and none of `none`.
#[derive(Clone, Debug, Eq, Hash, PartialEq)]
pub(crate) struct Combination {
    groups: Vec<(Dimension, Vec<Term>)>,
    none: Vec<Term>,
}

/// The kind and name of a counter.
type Term = (&'static str, String);

/// What matches in a cell.
#[derive(Clone, Default)]
pub(crate) struct Matched {
    pub(crate) count: u64,
    /// Which, if that had to be known and they are few.
    pub(crate) few: Option<Arc<Few>>,
    /// That of the counters that tell it, if all that lies in the cell is the same as long as they are.
    pub(crate) version: Option<Version>,
}

/// What matches.
pub(crate) struct Found {
    /// The dimension of which there are the fewest messages, where that is a question.
    pub(crate) rarest: Option<Dimension>,
    /// By cell, none of them empty; `None` if there are so few messages that they are better counted.
    pub(crate) cells: Option<BTreeMap<Cell, Matched>>,
}

/// How many messages a counter counts.
struct Count {
    count: i64,
    /// `None` if notes are to be added.
    version: Option<Version>,
    /// Whether it has their ids.
    has_ids: bool,
}

/// Those of a cell.
type Counts = BTreeMap<Term, Count>;

const ALL: (&str, &str) = ("m", "");

impl Combination {
    /// `None` if bodies must be read.
    pub(crate) fn of(plan: &Plan) -> Option<Self> {
        if plan.reads_bodies() {
            return None;
        }
        let terms = |kind, names: Vec<String>| -> Vec<Term> {
            names.into_iter().map(|name| (kind, name)).collect()
        };
        let mut combination = Self {
            groups: Vec::new(),
            none: Vec::new(),
        };
        for filter in &plan.filters {
            let kind = filter.dimension.kind();
            combination.none.extend(terms(kind, filter.none.counters()));
            if !filter.any.is_empty() {
                combination
                    .groups
                    .push((filter.dimension, terms(kind, filter.any.counters())));
            }
        }
        Some(combination)
    }

    /// The largest cells of use. A year takes the place of its months if what matched in it is
    /// remembered, which it is not where only something is left out of all.
    pub(crate) fn largest(&self) -> Unit {
        if self.groups.is_empty() {
            Unit::Month
        } else {
            Unit::Year
        }
    }

    /// Looks for what matches.
    pub(crate) fn load(
        &self,
        connection: &mut PgConnection,
        cache: &Cache,
        tiling: &Tiling,
    ) -> QueryResult<Found> {
        let mut counts = self.counts(connection, tiling)?;
        counts.retain(|_, counts| self.may_match(counts));
        let (rarest, count) = self.rarest(&counts).unzip();
        if count.is_some_and(|count| count <= FEW) {
            return Ok(Found {
                rarest,
                cells: None,
            });
        }
        let asked = Arc::new(Asked::Combination(self.clone()));
        let mut cells = self.take_remembered(cache, &asked, &mut counts);
        let is_divided =
            |cell: &Cell, counts: &Counts| cell.unit == Unit::Year && self.alone(counts).is_none();
        let (years, mut counts): (BTreeMap<_, _>, BTreeMap<_, _>) = counts
            .into_iter()
            .partition(|(cell, counts)| is_divided(cell, counts));
        if let (Some((first, _)), Some((last, _))) =
            (years.first_key_value(), years.last_key_value())
        {
            let months = Tiling::of((Unit::Month, Unit::Month), Some(first.start), last.end());
            let mut parts = self.counts(connection, &months)?;
            parts.retain(|cell, counts| years.contains_key(&cell.year()) && self.may_match(counts));
            cells.extend(self.take_remembered(cache, &asked, &mut parts));
            counts.append(&mut parts);
        }
        cells.extend(self.look(connection, cache, &asked, counts)?);
        for (year, counts) in years {
            if let Some(versions) = self.versions(&counts) {
                let parts = cells.iter().filter(|(cell, _)| cell.year() == year);
                cache.remember(
                    (asked.clone(), year, versions),
                    parts.map(|(cell, matched)| (*cell, matched.clone())),
                );
            }
        }
        cells.retain(|_, matched| matched.count > 0);
        Ok(Found {
            rarest,
            cells: Some(cells),
        })
    }

    /// What matched where nothing changed since; leaves the counts of the other cells.
    fn take_remembered(
        &self,
        cache: &Cache,
        asked: &Arc<Asked>,
        counts: &mut BTreeMap<Cell, Counts>,
    ) -> BTreeMap<Cell, Matched> {
        let mut cells = BTreeMap::new();
        counts.retain(|cell, counts| {
            let versions = self.versions(counts);
            let known =
                versions.and_then(|versions| cache.matched(&(asked.clone(), *cell, versions)));
            known
                .map(|parts| cells.extend(parts.iter().cloned()))
                .is_none()
        });
        cells
    }

    /// Looks into the cells, and remembers what matches.
    fn look(
        &self,
        connection: &mut PgConnection,
        cache: &Cache,
        asked: &Arc<Asked>,
        counts: BTreeMap<Cell, Counts>,
    ) -> QueryResult<BTreeMap<Cell, Matched>> {
        let sets = self.ids(connection, cache, &counts)?;
        let look = |(cell, counts): (Cell, Counts)| {
            let matched = self.matched(cell, &counts, &sets);
            if let Some(versions) = self.versions(&counts) {
                cache.remember((asked.clone(), cell, versions), [(cell, matched.clone())]);
            }
            (cell, matched)
        };
        Ok(counts.into_iter().map(look).collect())
    }

    /// The dimension of which the fewest messages match, and how many.
    fn rarest(&self, counts: &BTreeMap<Cell, Counts>) -> Option<(Dimension, i64)> {
        let total = |terms: &[Term]| counts.values().map(|cell| sum(cell, terms)).sum::<i64>();
        self.groups
            .iter()
            .map(|(dimension, terms)| (*dimension, total(terms)))
            .min_by_key(|(_, count)| *count)
    }

    fn may_match(&self, counts: &Counts) -> bool {
        if self.groups.is_empty() {
            return count_of(counts, &(ALL.0, ALL.1.to_owned())) > 0;
        }
        self.groups.iter().all(|(_, terms)| sum(counts, terms) > 0)
    }

    fn counts(
        &self,
        connection: &mut PgConnection,
        tiling: &Tiling,
    ) -> QueryResult<BTreeMap<Cell, Counts>> {
        let mut terms: BTreeSet<Term> = self
            .groups
            .iter()
            .flat_map(|(_, terms)| terms)
            .chain(&self.none)
            .cloned()
            .collect();
        if self.groups.is_empty() {
            terms.insert((ALL.0, ALL.1.to_owned()));
        }
        let (kinds, names): (Vec<_>, Vec<_>) = terms
            .iter()
            .map(|(kind, name)| ((*kind).to_owned(), name.clone()))
            .unzip();
        let mut sql = Sql::new("WITH wanted AS (SELECT * FROM unnest(");
        sql.bind(Bind::Texts(kinds))
            .push(", ")
            .bind(Bind::Texts(names))
            .push(") AS wanted (kind, name)), counted AS (");
        for (n, (unit, between)) in tiling.ranges().iter().enumerate() {
            sql.push(if n == 0 { "" } else { " UNION ALL " });
            // A row's transaction is another one each time that it changes.
            sql.push(&format!(
                "SELECT kind, name, span, start, count, counters.xmin::text AS version, ids IS NOT NULL AS has_ids
                 FROM wanted JOIN counters USING (kind, name) WHERE span = '{}'",
                unit.name()
            ));
            push_between(&mut sql, "start", *between);
        }
        // Where a month's ids are not kept, perhaps those of its days are.
        sql.push(&format!(
            "), divided AS (
               SELECT DISTINCT start FROM counted
               WHERE span = 'm' AND kind <> '{}' AND count > {SHORT} AND NOT has_ids)
             SELECT * FROM counted UNION ALL
             SELECT kind, name, span, counters.start, count, counters.xmin::text, ids IS NOT NULL
             FROM divided CROSS JOIN wanted JOIN counters USING (kind, name)
             WHERE span = 'd' AND counters.start >= divided.start
               AND counters.start < (divided.start + interval '1 month')::date
             UNION ALL SELECT kind, name, '', at::date, change, NULL, false FROM wanted JOIN counter_changes USING (kind, name)
             WHERE true",
            ALL.0
        ));
        push_between(&mut sql, "at", tiling.all());
        type Types = (Text, Text, Text, Date, BigInt, Nullable<Text>, Bool);
        type Row = (
            String,
            String,
            String,
            NaiveDate,
            i64,
            Option<Version>,
            bool,
        );
        let rows = sql.of::<Types>().load::<Row>(connection)?;
        let days = rows
            .iter()
            .filter(|(_, _, span, ..)| span == "d")
            .map(|(_, _, _, start, ..)| midnight(*start));
        let divided: BTreeSet<NaiveDateTime> = days
            .filter(|day| tiling.cell(*day).unit == Unit::Month)
            .map(|day| Unit::Month.start(day))
            .collect();
        let mut counts = BTreeMap::<Cell, Counts>::new();
        for (kind, name, span, start, count, version, has_ids) in rows {
            let Some((kind, _)) = terms.iter().find(|term| term.0 == kind && term.1 == name) else {
                continue;
            };
            let start = midnight(start);
            let is_divided = divided.contains(&Unit::Month.start(start));
            let cell = match span.as_str() {
                "m" if is_divided => continue,
                _ if is_divided => Cell::holding(start, Unit::Day),
                _ => tiling.cell(start),
            };
            match counts.entry(cell).or_default().entry((kind, name)) {
                Entry::Vacant(vacant) => drop(vacant.insert(Count {
                    count,
                    version,
                    has_ids,
                })),
                Entry::Occupied(mut known) => {
                    // A topic has a counter for each of its categories. A note is in no ids.
                    let known = known.get_mut();
                    known.count += count;
                    known.version = known
                        .version
                        .take()
                        .zip(version)
                        .map(|(one, other)| one + " " + &other);
                    known.has_ids &= has_ids;
                }
            }
        }
        Ok(counts)
    }

    fn ids(
        &self,
        connection: &mut PgConnection,
        cache: &Cache,
        counts: &BTreeMap<Cell, Counts>,
    ) -> QueryResult<BTreeMap<Counter, Arc<RoaringTreemap>>> {
        let (mut kept, mut others) = (Vec::new(), Vec::new());
        for (cell, counts) in counts {
            if self.alone(counts).is_some() {
                continue;
            }
            for ((kind, name), count) in counts {
                if count.count > 0 && *kind != ALL.0 {
                    let counter = Counter {
                        kind,
                        name: name.clone(),
                        cell: *cell,
                    };
                    match &count.version {
                        Some(version) if count.has_ids => kept.push((counter, version.clone())),
                        _ => others.push(counter),
                    }
                }
            }
        }
        let mut sets = cache.kept(connection, kept)?;
        sets.extend(
            ids::indexed(connection, &others)?
                .into_iter()
                .map(|(counter, ids)| (counter, Arc::new(ids))),
        );
        Ok(sets)
    }

    /// How many match, where one counter alone can tell.
    fn alone(&self, counts: &Counts) -> Option<i64> {
        if self.none.iter().any(|term| count_of(counts, term) > 0) {
            return None;
        }
        match self.groups.as_slice() {
            [] => Some(count_of(counts, &(ALL.0, ALL.1.to_owned()))),
            [(_, terms)] => {
                let mut there = terms
                    .iter()
                    .map(|term| count_of(counts, term))
                    .filter(|count| *count > 0);
                let only = there.next();
                only.filter(|_| there.next().is_none())
            }
            _ => None,
        }
    }

    /// The versions of the counters whose messages decide what matches, by term, if no notes are to be
    /// added to any; empty where there are none.
    fn versions(&self, counts: &Counts) -> Option<Vec<Version>> {
        if self.groups.is_empty() || self.alone(counts).is_some() {
            return None;
        }
        let terms = self
            .groups
            .iter()
            .flat_map(|(_, terms)| terms)
            .chain(&self.none);
        let version = |term| match counts.get(term) {
            Some(Count { count, version, .. }) if *count > 0 => version.clone(),
            _ => Some(Version::new()),
        };
        terms.map(version).collect()
    }

    fn matched(
        &self,
        cell: Cell,
        counts: &Counts,
        sets: &BTreeMap<Counter, Arc<RoaringTreemap>>,
    ) -> Matched {
        if let Some(count) = self.alone(counts) {
            return Matched {
                count: count.max(0).unsigned_abs(),
                ..Matched::default()
            };
        }
        let union = |terms: &[Term]| {
            let key = |(kind, name): &Term| Counter {
                kind,
                name: name.clone(),
                cell,
            };
            let there: Vec<_> = terms
                .iter()
                .filter_map(|term| sets.get(&key(term)))
                .collect();
            match there.as_slice() {
                [only] => Arc::clone(only),
                several => Arc::new(several.iter().map(|ids| ids.as_ref()).union()),
            }
        };
        let none = union(&self.none);
        if self.groups.is_empty() {
            let all = count_of(counts, &(ALL.0, ALL.1.to_owned()))
                .max(0)
                .unsigned_abs();
            return Matched {
                count: all.saturating_sub(none.len()),
                ..Matched::default()
            };
        }
        let mut groups: Vec<_> = self.groups.iter().map(|(_, terms)| union(terms)).collect();
        groups.sort_by_key(|ids| ids.len());
        // From the smallest on, so that no step has more to do than that has ids.
        let ids = groups.into_iter().reduce(|mut ids, other| {
            *Arc::make_mut(&mut ids) &= other.as_ref();
            ids
        });
        let mut ids = ids.map(Arc::unwrap_or_clone).unwrap_or_default();
        ids -= none.as_ref();
        Matched {
            count: ids.len(),
            few: Few::of(cell, &ids).map(Arc::new),
            version: None,
        }
    }
}

fn count_of(counts: &Counts, term: &Term) -> i64 {
    counts.get(term).map_or(0, |count| count.count)
}

fn sum(counts: &Counts, terms: &[Term]) -> i64 {
    terms.iter().map(|term| count_of(counts, term)).sum()
}
