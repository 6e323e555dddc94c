//! Totals without counting rows.
//!
//! The database keeps exact counters of whole days, months and years, for all messages and by category,
//! topic, agent, user and package (see the migration that makes them), of the hours of a day for all
//! messages and by category, and with most of them the ids of the messages that they count. A total
//! is a sum of counters ([`Sum`]) or the size of sets of such ids ([`Combination`]) over the range,
//! rounded to the nearest midnights or hours, with or without what lies between these and its ends,
//! counted row by row: at most one day's worth, or an hour's, however large the archive. Only where
//! sets end, all of the last day is counted so: it may be today.
//! What looks into bodies is counted row by row, once for each past day ([`Bodies`]).

use std::collections::BTreeMap;
use std::sync::Arc;

use chrono::{NaiveDateTime, TimeDelta};
use diesel::pg::PgConnection;
use diesel::prelude::*;
use diesel::sql_types::BigInt;

use crate::counts::bodies::Bodies;
use crate::counts::bucket::{Cell, TICK, Unit};
use crate::counts::cover::{Moment, Ragged, Round, Rounded, Tiling};
use crate::counts::memory::{Asked, Cache, Question};
use crate::counts::rollups::Sum;
use crate::counts::sets::{Combination, Found, Matched};
use crate::counts::small_result::Few;
use crate::counts::small_result::Key;

use crate::database::sql::Sql;
use crate::query::plan::Plan;
use crate::query::row::Row;
use crate::search::{Order, TimeRange};

/// Skipping so many rows costs less than asking the counters how to skip them.
const NEAR: u64 = 500;
/// A span of time that touches few partitions, whatever lies in it.
const SHORT: TimeDelta = TimeDelta::days(366);
/// Spans of a histogram that are rather months than days.
const LONG: TimeDelta = TimeDelta::days(28);

/// The first page and the total in one statement, if they can be told by one.
pub(crate) fn first_page(
    connection: &mut PgConnection,
    plan: &Plan,
    limit: u32,
) -> QueryResult<Option<(Vec<Row>, u64)>> {
    let TimeRange {
        start: Some(start),
        end: Some(end),
    } = plan.time
    else {
        return Ok(None);
    };
    if end - start > SHORT {
        return Ok(None);
    }
    let Some(total) = total(plan) else {
        return Ok(None);
    };
    Ok(Some(
        plan.first_rows(connection, limit, total)?
            .unwrap_or_default(),
    ))
}

/// How many match, if one statement can tell.
pub(crate) fn count(connection: &mut PgConnection, plan: &Plan) -> QueryResult<Option<u64>> {
    let Some(total) = total(plan) else {
        return Ok(None);
    };
    Ok(Some(
        total
            .of::<BigInt>()
            .get_result::<i64>(connection)?
            .unsigned_abs(),
    ))
}

/// A statement of the total, if it is a sum: what precedes the end without what precedes the start.
fn total(plan: &Plan) -> Option<Sql> {
    let sum = Sum::of(plan)?;
    let units = (sum.smallest(), Unit::Year);
    let Some(rounded) = Rounded::of(units.0, plan.time, Round::Nearest) else {
        return Some(plan.counting());
    };
    let (from, to) = rounded.edges();
    let Some(mut parts) = sum.select(&[Tiling::of(units, from, to)]) else {
        return Some(Sql::new("SELECT 0::bigint"));
    };
    for Ragged {
        first,
        last,
        is_inside,
    } in rounded.ragged()
    {
        let sign = if is_inside { "" } else { "-" };
        parts.union_all(&format!("SELECT 0, NULL, {sign}count FROM ("));
        parts
            .append(plan.within(range(first, last)).counting())
            .push(") AS ragged");
    }
    let mut sql = Sql::new("SELECT coalesce(sum(count), 0)::bigint FROM (");
    sql.append(parts).push(") AS parts (number, start, count)");
    Some(sql)
}

/// Where the messages that a plan matches lie in time, as far as can be told without looking.
pub(crate) struct Overview<'a> {
    plan: Plan<'a>,
    cache: &'a Cache,
    total: u64,
    known: Option<Known>,
}

struct Known {
    terms: Terms,
    /// In the order of the answer, none of them empty.
    spans: Vec<Span>,
}

/// What tells how many messages match.
enum Terms {
    Bodies(Bodies),
    Sum(Sum),
    Combination(Combination),
}

impl Terms {
    fn of(plan: &Plan) -> Option<Self> {
        let combination = || Combination::of(plan).map(Self::Combination);
        Bodies::of(plan)
            .map(Self::Bodies)
            .or_else(|| Sum::of(plan).map(Self::Sum))
            .or_else(combination)
    }

    /// The smallest and the largest cells that it can tell of.
    fn units(&self) -> (Unit, Unit) {
        match self {
            Self::Bodies(_) => (Unit::Hour, Unit::Day),
            Self::Sum(sum) => (sum.smallest(), Unit::Year),
            Self::Combination(combination) => (Unit::Day, combination.largest()),
        }
    }

    /// Where a search ends in its last cell. Nothing keeps the ids of the present one: to look for
    /// those that match in all of it takes longer than to count them in a part.
    fn round_last(&self) -> Round {
        match self {
            Self::Bodies(_) | Self::Sum(_) => Round::Nearest,
            Self::Combination(_) => Round::Down,
        }
    }

    /// What the parts of a cell hold, as a question whose answer may be remembered: those of a sum
    /// change with its counters of the cell.
    fn question(&self, cell: Cell, matched: &Matched) -> Option<Question> {
        let Self::Sum(sum) = self else { return None };
        matched
            .version
            .clone()
            .map(|version| (Arc::new(Asked::Sum(sum.clone())), cell, vec![version]))
    }

    /// What matches in the cells; `plan` is that of the search.
    fn load(
        &self,
        connection: &mut PgConnection,
        cache: &Cache,
        plan: &Plan,
        tiling: &Tiling,
    ) -> QueryResult<Found> {
        let of_all = |cells| Found {
            rarest: None,
            cells: Some(cells),
        };
        match self {
            Self::Bodies(bodies) => bodies.load(connection, cache, plan, tiling).map(of_all),
            Self::Sum(sum) => sum.load(connection, tiling).map(of_all),
            Self::Combination(combination) => combination.load(connection, cache, tiling),
        }
    }
}

/// Some messages in a row.
#[derive(Default)]
struct Span {
    time: TimeRange,
    /// If it is a whole one.
    cell: Option<Cell>,
    matched: Matched,
}

impl<'a> Overview<'a> {
    pub(crate) fn of(
        connection: &mut PgConnection,
        cache: &'a Cache,
        plan: &Plan<'a>,
    ) -> QueryResult<Self> {
        let counted = |connection: &mut PgConnection, plan: Plan<'a>| -> QueryResult<Self> {
            Ok(Self {
                total: plan.count(connection)?,
                plan,
                cache,
                known: None,
            })
        };
        let Some(terms) = Terms::of(plan) else {
            return counted(connection, plan.clone());
        };
        let units = terms.units();
        let Some(rounded) = Rounded::of(units.0, plan.time, terms.round_last()) else {
            return counted(connection, plan.clone());
        };
        let tiling = rounded.tiling(units.1);
        let Found { rarest, cells } = terms.load(connection, cache, plan, &tiling)?;
        let plan = rarest.map_or_else(|| plan.clone(), |dimension| plan.driven_by(dimension));
        let Some(cells) = cells else {
            return counted(connection, plan);
        };
        let mut spans = in_order(cells, Order::Ascending);
        // What lies outside need not be counted where its cell is empty.
        let ragged = rounded
            .ragged()
            .filter(|part| part.is_inside || spans.iter().any(|span| span.time.covers(part.first)));
        let ragged: Vec<_> = ragged.collect();
        let parts: Vec<_> = ragged.iter().map(|part| (part.first, part.last)).collect();
        for (count, part) in plan.counts(connection, &parts)?.into_iter().zip(ragged) {
            add(&mut spans, &part, count, plan.time);
        }
        spans.retain(|span| span.matched.count > 0);
        if plan.order == Order::Descending {
            spans.reverse();
        }
        let total = spans.iter().map(|span| span.matched.count).sum();
        Ok(Self {
            plan,
            cache,
            total,
            known: Some(Known { terms, spans }),
        })
    }

    /// How many match.
    pub(crate) fn total(&self) -> u64 {
        self.total
    }

    /// The messages from `offset` on, at most `limit` of them, sought in as little time as holds
    /// them: less time is fewer partitions to plan for, and fewer messages to skip.
    pub(crate) fn page(
        &self,
        connection: &mut PgConnection,
        offset: u64,
        limit: u32,
    ) -> QueryResult<Vec<Row>> {
        let end = offset.saturating_add(limit.into()).min(self.total);
        if offset >= end {
            return Ok(Vec::new());
        }
        let Some(Known { terms, spans }) = &self.known else {
            return self.plan.rows(connection, offset, limit);
        };
        let Some((first, mut skip)) = holding(spans, offset) else {
            return self.plan.rows(connection, offset, limit);
        };
        // A year is divided into months, one of them into days, and one of these into hours.
        let mut divisions: Vec<Vec<Span>> = Vec::new();
        loop {
            let nearest = divisions.last().map_or(&spans[first], |parts| &parts[0]);
            let Some((parts, rest)) = self.divided(connection, terms, nearest, skip)? else {
                break;
            };
            divisions.push(parts);
            skip = rest;
        }
        // Each division stands for the first span of what it divides.
        let mut levels: Vec<&[Span]> = divisions.iter().rev().map(Vec::as_slice).collect();
        levels.push(&spans[first..]);
        let (finest, others) = levels.split_first().expect("one was pushed");
        let mut held: Vec<&Span> = finest
            .iter()
            .chain(others.iter().flat_map(|spans| &spans[1..]))
            .collect();
        let mut missing = skip + (end - offset);
        let enough = held.iter().position(|span| {
            missing = missing.saturating_sub(span.matched.count);
            missing == 0
        });
        held.truncate(enough.map_or(held.len(), |last| last + 1));
        let (near, far) = (held[0].time, held[held.len() - 1].time);
        let plan = self.plan.within(match self.plan.order {
            Order::Ascending => TimeRange {
                start: near.start,
                end: far.end,
            },
            Order::Descending => TimeRange {
                start: far.start,
                end: near.end,
            },
        });
        if let Some(few) = few(&held) {
            let keys = Few::keys(connection, &plan, &few)?;
            let first = usize::try_from(skip).unwrap_or(usize::MAX);
            let keys: Vec<Key> = keys.into_iter().skip(first).take(limit as usize).collect();
            return plan.rows_at(connection, &keys);
        }
        // From the end of a day or hour that is nearer.
        let behind = held[0].matched.count.saturating_sub(skip + (end - offset));
        if held.len() == 1 && behind + NEAR < skip {
            let limit = u32::try_from(end - offset).unwrap_or(limit);
            let mut rows = plan.reversed().rows(connection, behind, limit)?;
            rows.reverse();
            return Ok(rows);
        }
        plan.rows(connection, skip, limit)
    }

    /// What a span consists of, if it is long to skip so much of it: from the part on which holds
    /// the message with this number, and the number therein.
    fn divided(
        &self,
        connection: &mut PgConnection,
        terms: &Terms,
        span: &Span,
        skip: u64,
    ) -> QueryResult<Option<(Vec<Span>, u64)>> {
        let smallest = terms.units().0;
        let cell = span.cell.filter(|_| skip >= NEAR);
        let Some(tiling) = cell.and_then(|cell| Tiling::dividing(cell, smallest)) else {
            return Ok(None);
        };
        let question = cell.and_then(|cell| terms.question(cell, &span.matched));
        let cells = match question
            .as_ref()
            .and_then(|question| self.cache.matched(question))
        {
            Some(parts) => parts.iter().cloned().collect(),
            None => {
                let cells = terms
                    .load(connection, self.cache, &self.plan, &tiling)?
                    .cells
                    .unwrap_or_default();
                if let Some(question) = question {
                    self.cache.remember(question, cells.clone());
                }
                cells
            }
        };
        let mut spans = in_order(cells, self.plan.order);
        Ok(holding(&spans, skip).map(|(first, rest)| (spans.split_off(first), rest)))
    }
}

/// How many match in each span between two `edges`, its end excluded: what is there between the
/// ends of cells next to them, and with or without what lies between these and the edges.
pub(crate) fn histogram(
    connection: &mut PgConnection,
    plan: &Plan,
    edges: &[NaiveDateTime],
) -> QueryResult<Vec<u64>> {
    let Some(sum) = Sum::of(plan) else {
        return plan.histogram(connection, edges);
    };
    let units = (sum.smallest(), Unit::Year);
    let moments: Vec<Moment> = edges
        .iter()
        .map(|edge| Moment::of(units.0, *edge, Round::Nearest))
        .collect();
    // Long spans are months, and the days at their ends, which are read once for both sides.
    let is_long = edges.windows(2).all(|pair| pair[1] - pair[0] >= LONG);
    let unit = if is_long { Unit::Month } else { units.0 };
    let rounded = moments
        .iter()
        .map(|moment| Moment::of(unit, moment.edge, Round::Nearest));
    let rounded: Vec<Moment> = rounded.collect();
    let (shared, days) = between(&rounded);
    let (ragged, rows) = between(&moments);
    let mut tilings: Vec<_> = rounded
        .windows(2)
        .map(|pair| Tiling::of(units, Some(pair[0].edge), Some(pair[1].edge)))
        .collect();
    tilings.extend(
        days.iter()
            .map(|(first, last)| Tiling::of(units, Some(*first), Some(*last + TICK))),
    );
    let mut counts = vec![0_i64; edges.len().saturating_sub(1)];
    let Some(counters) = sum.select(&tilings) else {
        return Ok(vec![0; counts.len()]);
    };
    let mut sql = Sql::new("SELECT number, sum(count)::bigint FROM (");
    sql.append(counters)
        .push(") AS parts (number, start, count) GROUP BY 1");
    if !rows.is_empty() {
        // Negative numbers, to tell these rows from the others.
        sql.union_all("SELECT -number, count FROM (")
            .append(plan.counting_parts(&rows))
            .push(") AS ragged");
    }
    for (number, count) in sql
        .of::<(BigInt, BigInt)>()
        .load::<(i64, i64)>(connection)?
    {
        let (moments, edge) = match usize::try_from(number) {
            Ok(span) if span < counts.len() => {
                counts[span] += count;
                continue;
            }
            Ok(place) => (&rounded, shared.get(place - counts.len())),
            Err(_) => (
                &moments,
                usize::try_from(-number - 1)
                    .ok()
                    .and_then(|place| ragged.get(place)),
            ),
        };
        let Some(edge) = edge else { continue };
        // What precedes the edge is not after it.
        let more = if moments[*edge].is_before {
            -count
        } else {
            count
        };
        counts[..*edge]
            .iter_mut()
            .last()
            .into_iter()
            .for_each(|before| *before += more);
        counts[*edge..]
            .iter_mut()
            .next()
            .into_iter()
            .for_each(|after| *after -= more);
    }
    Ok(counts
        .into_iter()
        .map(|count| count.max(0).unsigned_abs())
        .collect())
}

/// Adds what matches in a ragged end of the time.
fn add(spans: &mut Vec<Span>, part: &Ragged, count: u64, time: TimeRange) {
    if part.is_inside {
        let span = Span {
            time: range(part.first, part.last),
            cell: None,
            matched: Matched {
                count,
                ..Matched::default()
            },
        };
        let place = spans.partition_point(|other| other.time.start < span.time.start);
        return spans.insert(place, span);
    }
    let Some(span) = spans.iter_mut().find(|span| span.time.covers(part.first)) else {
        return;
    };
    let TimeRange { start, end } = span.time;
    span.matched.count = span.matched.count.saturating_sub(count);
    span.time = TimeRange {
        start: start.max(time.start),
        end: end.into_iter().chain(time.end).min(),
    };
    span.cell = None;
}

/// What lies between moments and the edges next to them, and the moments' places.
fn between(moments: &[Moment]) -> (Vec<usize>, Vec<(NaiveDateTime, NaiveDateTime)>) {
    (0..)
        .zip(moments)
        .filter_map(|(place, moment)| Some((place, moment.between?)))
        .unzip()
}

fn range(first: NaiveDateTime, last: NaiveDateTime) -> TimeRange {
    TimeRange {
        start: Some(first),
        end: Some(last),
    }
}

fn in_order(cells: BTreeMap<Cell, Matched>, order: Order) -> Vec<Span> {
    let span = |(cell, matched): (Cell, Matched)| Span {
        time: cell.time(),
        cell: Some(cell),
        matched,
    };
    match order {
        Order::Ascending => cells.into_iter().map(span).collect(),
        Order::Descending => cells.into_iter().rev().map(span).collect(),
    }
}

/// Which of the spans holds the message with this number, and its number therein.
fn holding(spans: &[Span], number: u64) -> Option<(usize, u64)> {
    let mut left = number;
    for (n, span) in spans.iter().enumerate() {
        if left < span.matched.count {
            return Some((n, left));
        }
        left -= span.matched.count;
    }
    None
}

/// The messages of these spans, if they are known and few.
fn few(spans: &[&Span]) -> Option<Vec<Arc<Few>>> {
    let are_few = spans.iter().map(|span| span.matched.count).sum::<u64>()
        <= crate::counts::small_result::MOST;
    are_few
        .then(|| spans.iter().map(|span| span.matched.few.clone()).collect())
        .flatten()
}
