//! Totals by lookup.
//!
//! The database keeps exact counters of whole days and months, for all messages and by category,
//! topic, user and package (see the migration that makes them). A total is the sum over the whole
//! days and months of the range, plus the messages at its two ragged ends, counted row by row: at
//! most two days' worth, however large the archive. What counters cannot tell is counted.

mod cells;
mod upkeep;

use chrono::{Datelike, Days, Months, NaiveDate, NaiveDateTime, NaiveTime, TimeDelta};
use diesel::pg::PgConnection;
use diesel::prelude::*;

use cells::{Cells, Counted};
pub use upkeep::WrongCounter;

use crate::plan::Plan;
use crate::{Order, TimeRange};

/// Skipping so many rows costs less than asking the counters how to skip them.
const NEAR: u64 = 500;
/// Both ends belong to a range of times, and the database has no finer ones.
const TICK: TimeDelta = TimeDelta::microseconds(1);

/// Where the messages that a plan matches lie in time, as far as the counters tell.
pub(crate) struct Overview<'p, 'a> {
    plan: &'p Plan<'a>,
    total: u64,
    known: Option<Known>,
}

struct Known {
    counted: Counted,
    /// Spans in the order of the answer, none of them empty.
    spans: Vec<Span>,
}

/// Some messages in a row.
#[derive(Clone, Copy)]
struct Span {
    time: TimeRange,
    /// The first day, if it is a whole month of days.
    month: Option<NaiveDate>,
    count: u64,
}

/// How many match in each span between two `edges`, its end excluded: the difference of what
/// precedes them, which is whole days and a part of one.
pub(crate) fn histogram(connection: &mut PgConnection, plan: &Plan, edges: &[NaiveDateTime]) -> QueryResult<Vec<u64>> {
    let Some(counted) = Counted::by(plan) else { return plan.histogram(connection, edges) };
    let [from, to] = [edges.first(), edges.last()].map(|edge| edge.map(NaiveDateTime::date));
    let days = Cells::load_days(connection, &counted, from, to)?.in_order(Order::Ascending);
    let mut preceding = Vec::with_capacity(edges.len());
    for edge in edges {
        let midnight = midnight(edge.date());
        let whole_days = days.iter().take_while(|day| day.time.start < Some(midnight));
        let mut count: u64 = whole_days.map(|day| day.count).sum();
        if *edge > midnight {
            let time = TimeRange { start: Some(midnight), end: Some(*edge - TICK) };
            count += plan.within(time).count(connection)?;
        }
        preceding.push(count);
    }
    Ok(preceding.windows(2).map(|pair| pair[1].saturating_sub(pair[0])).collect())
}

impl<'p, 'a> Overview<'p, 'a> {
    pub(crate) fn of(connection: &mut PgConnection, plan: &'p Plan<'a>) -> QueryResult<Self> {
        let (Some(counted), Some(split)) = (Counted::by(plan), Split::of(plan.time)) else {
            return Ok(Self { plan, total: plan.count(connection)?, known: None });
        };
        let cells = Cells::load(connection, &counted, split.from, split.to)?;
        let mut spans = Vec::new();
        let mut ends = [split.before, split.after];
        if plan.order() == Order::Descending {
            ends.reverse();
        }
        let mut ragged = |end: Option<TimeRange>| -> QueryResult<Option<Span>> {
            let Some(time) = end else { return Ok(None) };
            let count = plan.within(time).count(connection)?;
            Ok((count > 0).then_some(Span { time, month: None, count }))
        };
        spans.extend(ragged(ends[0])?);
        spans.extend(cells.in_order(plan.order()));
        spans.extend(ragged(ends[1])?);
        let total = spans.iter().map(|span| span.count).sum();
        Ok(Self { plan, total, known: Some(Known { counted, spans }) })
    }

    /// How many match.
    pub(crate) fn total(&self) -> u64 {
        self.total
    }

    /// A plan for as little time as holds the messages from `offset` on, `limit` of them, and the
    /// offset in it. Less time is fewer partitions to plan for, and fewer messages to skip.
    pub(crate) fn around(
        &self,
        connection: &mut PgConnection,
        offset: u64,
        limit: u32,
    ) -> QueryResult<(Plan<'a>, u64)> {
        let Some(Known { counted, spans }) = &self.known else { return Ok((self.plan.clone(), offset)) };
        let order = self.plan.order();
        let Some((first, mut skip)) = holding(spans, offset) else { return Ok((self.plan.clone(), offset)) };
        let Some((last, _)) = holding(spans, (offset + u64::from(limit)).min(self.total).saturating_sub(1)) else {
            return Ok((self.plan.clone(), offset));
        };
        let mut near = first.time;
        if let Some(month) = first.month.filter(|_| skip >= NEAR) {
            let days = Cells::load_days(connection, counted, Some(month), month_after(month))?.in_order(order);
            if let Some((day, rest)) = holding(&days, skip) {
                (near, skip) = (day.time, rest);
            }
        }
        let time = match order {
            Order::Ascending => TimeRange { start: near.start, end: last.time.end },
            Order::Descending => TimeRange { start: last.time.start, end: near.end },
        };
        Ok((self.plan.within(time), skip))
    }
}

/// The span that holds the message with this number, and its number therein.
fn holding(spans: &[Span], number: u64) -> Option<(Span, u64)> {
    let mut left = number;
    for span in spans {
        if left < span.count {
            return Some((*span, left));
        }
        left -= span.count;
    }
    None
}

/// A range of times as whole days between two ragged ends.
struct Split {
    /// What lies before the first whole day.
    before: Option<TimeRange>,
    /// The first whole day; `None` is the beginning of time.
    from: Option<NaiveDate>,
    /// The day after the last whole one; `None` is the end of time.
    to: Option<NaiveDate>,
    /// What lies after the last whole day.
    after: Option<TimeRange>,
}

impl Split {
    /// `None` if no whole day lies in it.
    fn of(time: TimeRange) -> Option<Self> {
        let (mut before, mut from) = (None, None);
        if let Some(start) = time.start {
            let day = start.date();
            let first = if start.time() == NaiveTime::MIN { day } else { day.checked_add_days(Days::new(1))? };
            from = Some(first);
            before =
                (midnight(first) > start).then(|| TimeRange { start: Some(start), end: Some(midnight(first) - TICK) });
        }
        let to = time.end.map(|end| end.date());
        let after = time.end.map(|end| TimeRange { start: Some(midnight(end.date())), end: Some(end) });
        match (from, to) {
            (Some(from), Some(to)) if from >= to => None,
            _ => Some(Self { before, from, to, after }),
        }
    }
}

fn midnight(day: NaiveDate) -> NaiveDateTime {
    day.and_time(NaiveTime::MIN)
}

/// The first day of the month that holds `day`.
fn month_of(day: NaiveDate) -> NaiveDate {
    day.with_day(1).unwrap_or(day)
}

/// The first day of the month after the one that holds `day`.
fn month_after(day: NaiveDate) -> Option<NaiveDate> {
    month_of(day).checked_add_months(Months::new(1))
}
