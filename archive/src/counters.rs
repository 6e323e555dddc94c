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

/// How many match.
pub(crate) fn total(connection: &mut PgConnection, plan: &Plan) -> QueryResult<u64> {
    let (Some(counted), Some(split)) = (Counted::by(plan), Split::of(plan.time)) else {
        return plan.count(connection);
    };
    let mut total = Cells::load(connection, &counted, split.from, split.to)?.total();
    for end in [split.before, split.after].into_iter().flatten() {
        total += plan.within(end).count(connection)?;
    }
    Ok(total)
}

/// How many match in each span between two `edges`, its end excluded.
pub(crate) fn histogram(connection: &mut PgConnection, plan: &Plan, edges: &[NaiveDateTime]) -> QueryResult<Vec<u64>> {
    if Counted::by(plan).is_none() {
        return plan.histogram(connection, edges);
    }
    let spans = edges.windows(2).map(|edge| TimeRange { start: Some(edge[0]), end: Some(edge[1] - TICK) });
    spans.map(|span| total(connection, &plan.within(span))).collect()
}

/// A plan that starts nearer to the `offset`-th message than `plan` does, and the offset in it.
pub(crate) fn approach<'a>(
    connection: &mut PgConnection,
    plan: &Plan<'a>,
    offset: u64,
) -> QueryResult<(Plan<'a>, u64)> {
    let unchanged = (plan.clone(), offset);
    if offset < NEAR {
        return Ok(unchanged);
    }
    let (Some(counted), Some(split)) = (Counted::by(plan), Split::of(plan.time)) else { return Ok(unchanged) };
    let (first, last) = match plan.order() {
        Order::Ascending => (split.before, split.from),
        Order::Descending => (split.after, split.to),
    };
    let mut left = offset;
    if let Some(ragged) = first {
        let count = plan.within(ragged).count(connection)?;
        if left < count {
            return Ok(unchanged);
        }
        left -= count;
    }
    // The border that was passed last: of the ragged end, then of a month, then of a day.
    let mut border = last;
    for days_only in [false, true] {
        let (from, to) = match (days_only, plan.order()) {
            (false, _) => (split.from, split.to),
            (true, Order::Ascending) => (border, border.and_then(month_after).min_some(split.to)),
            (true, Order::Descending) => (border.and_then(month_before).max_some(split.from), border),
        };
        let cells = if days_only {
            Cells::load_days(connection, &counted, from, to)?
        } else {
            Cells::load(connection, &counted, from, to)?
        };
        for (start, end, count) in cells.in_order(plan.order()) {
            if left < count {
                border = Some(if plan.order() == Order::Ascending { start } else { end });
                break;
            }
            left -= count;
            border = Some(if plan.order() == Order::Ascending { end } else { start });
        }
    }
    let Some(border) = border.map(midnight) else { return Ok(unchanged) };
    let time = match plan.order() {
        Order::Ascending => TimeRange { start: Some(border), ..plan.time },
        Order::Descending => TimeRange { end: Some(border - TICK), ..plan.time },
    };
    Ok((plan.within(time), left))
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

/// The first day of the month that holds the day before `day`.
fn month_before(day: NaiveDate) -> Option<NaiveDate> {
    day.pred_opt().map(month_of)
}

/// The nearer of two bounds, of which `None` is infinite.
trait Bound {
    fn min_some(self, other: Self) -> Self;
    fn max_some(self, other: Self) -> Self;
}

impl Bound for Option<NaiveDate> {
    fn min_some(self, other: Self) -> Self {
        self.into_iter().chain(other).min()
    }

    fn max_some(self, other: Self) -> Self {
        self.into_iter().chain(other).max()
    }
}
