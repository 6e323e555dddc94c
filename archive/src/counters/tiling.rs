//! Whole days and months between two times.

use std::cmp::Ordering;

use chrono::{Datelike, Days, Months, NaiveDate, NaiveDateTime, NaiveTime, TimeDelta, Timelike};

use crate::TimeRange;
use crate::sql::{Bind, Sql};

/// Both ends belong to a range of times, and the database has no finer ones.
pub(super) const TICK: TimeDelta = TimeDelta::microseconds(1);

/// A day or a month.
#[derive(Clone, Copy, Debug, Eq, Hash, Ord, PartialEq, PartialOrd)]
pub(super) struct Cell {
    pub(super) start: NaiveDate,
    pub(super) is_month: bool,
}

impl Cell {
    pub(super) fn day(start: NaiveDate) -> Self {
        Self { start, is_month: false }
    }

    pub(super) fn month(start: NaiveDate) -> Self {
        Self { start, is_month: true }
    }

    /// As the counters name it.
    pub(super) fn of(span: &str, start: NaiveDate) -> Self {
        Self { start, is_month: span == "m" }
    }

    pub(super) fn span(self) -> &'static str {
        if self.is_month { "m" } else { "d" }
    }

    /// The day after it; `None` at the end of time.
    pub(super) fn end(self) -> Option<NaiveDate> {
        if self.is_month { month_after(self.start) } else { self.start.succ_opt() }
    }

    pub(super) fn time(self) -> TimeRange {
        TimeRange { start: Some(midnight(self.start)), end: self.end().map(|end| midnight(end) - TICK) }
    }
}

/// Days from the first to before the second; `None` is open.
pub(super) type Between = (Option<NaiveDate>, Option<NaiveDate>);

/// A row of days as the cells that hold them: months where whole ones are wanted, and days.
#[derive(Clone, Debug)]
pub(super) struct Tiling {
    all: Between,
    months: Option<Between>,
}

impl Tiling {
    /// As few cells as possible.
    pub(super) fn coarse(from: Option<NaiveDate>, to: Option<NaiveDate>) -> Self {
        // The first whole month, and the one after the last.
        let first = from.map(|from| if from == month_of(from) { Some(from) } else { month_after(from) });
        let last = to.map(month_of);
        let months = match (first, last) {
            (Some(first), Some(last)) if first.is_none_or(|first| first >= last) => None,
            _ => Some((first.flatten(), last)),
        };
        Self { all: (from, to), months }
    }

    /// Days only.
    pub(super) fn fine(from: Option<NaiveDate>, to: Option<NaiveDate>) -> Self {
        Self { all: (from, to), months: None }
    }

    /// The days that it covers.
    pub(super) fn all(&self) -> Between {
        self.all
    }

    /// The cell that holds a day of it.
    pub(super) fn cell(&self, day: NaiveDate) -> Cell {
        let in_months = self
            .months
            .is_some_and(|(first, last)| first.is_none_or(|first| first <= day) && last.is_none_or(|last| day < last));
        if in_months { Cell::month(month_of(day)) } else { Cell::day(day) }
    }

    /// Its cells, as rows of counters of one span each.
    pub(super) fn ranges(&self) -> Vec<(&'static str, Between)> {
        let (from, to) = self.all;
        let Some((first, last)) = self.months else { return vec![("d", self.all)] };
        let mut ranges = Vec::with_capacity(3);
        if from.is_some() && from != first {
            ranges.push(("d", (from, first)));
        }
        ranges.push(("m", (first, last)));
        if to.is_some() && to != last {
            ranges.push(("d", (last, to)));
        }
        ranges
    }
}

/// Appends that the day in `column` lies between two others.
pub(super) fn push_between(sql: &mut Sql, column: &str, (from, to): Between) {
    for (bound, comparison) in [(from, ">="), (to, "<")] {
        if let Some(bound) = bound {
            sql.push(&format!(" AND {column} {comparison} ")).bind(Bind::Date(bound));
        }
    }
}

/// A range of times as whole days between two ragged ends.
pub(super) struct Split {
    /// What lies before the first whole day, and what lies after the last one.
    pub(super) ragged: [Option<(NaiveDateTime, NaiveDateTime)>; 2],
    /// The whole days.
    pub(super) days: Between,
}

impl Split {
    /// `None` if no whole day lies in it.
    pub(super) fn of(time: TimeRange) -> Option<Self> {
        let (mut before, mut from) = (None, None);
        if let Some(start) = time.start {
            let day = start.date();
            let first = if start.time() == NaiveTime::MIN { day } else { day.checked_add_days(Days::new(1))? };
            from = Some(first);
            before = (midnight(first) > start).then(|| (start, midnight(first) - TICK));
        }
        let to = time.end.map(|end| end.date());
        let after = time.end.map(|end| (midnight(end.date()), end));
        match (from, to) {
            (Some(from), Some(to)) if from >= to => None,
            _ => Some(Self { ragged: [before, after], days: (from, to) }),
        }
    }
}

/// A moment as the midnight next to it, and what lies between the two: at most half a day.
pub(super) struct Moment {
    /// The day that starts at that midnight.
    pub(super) day: NaiveDate,
    /// Both ends belong to it; `None` if the moment is a midnight.
    pub(super) between: Option<(NaiveDateTime, NaiveDateTime)>,
    /// Whether the moment comes first.
    pub(super) is_before: bool,
}

impl Moment {
    pub(super) fn of(at: NaiveDateTime) -> Self {
        let today = at.date();
        let day = if at.hour() < 12 { today } else { today.succ_opt().unwrap_or(today) };
        let midnight = midnight(day);
        let between = match at.cmp(&midnight) {
            Ordering::Less => Some((at, midnight - TICK)),
            Ordering::Equal => None,
            Ordering::Greater => Some((midnight, at - TICK)),
        };
        Self { day, between, is_before: at < midnight }
    }
}

pub(super) fn midnight(day: NaiveDate) -> NaiveDateTime {
    day.and_time(NaiveTime::MIN)
}

/// The first day of the month that holds `day`.
pub(super) fn month_of(day: NaiveDate) -> NaiveDate {
    day.with_day(1).unwrap_or(day)
}

/// The first day of the month after the one that holds `day`.
pub(super) fn month_after(day: NaiveDate) -> Option<NaiveDate> {
    month_of(day).checked_add_months(Months::new(1))
}
