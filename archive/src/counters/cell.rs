//! Days, months and years: the spans of time of which counters know how many messages they hold.

use chrono::{Datelike, Days, Months, NaiveDate, NaiveDateTime, NaiveTime, TimeDelta};

use crate::TimeRange;

/// Both ends belong to a range of times, and the database has no finer ones.
pub(super) const TICK: TimeDelta = TimeDelta::microseconds(1);

/// How long a cell is.
#[derive(Clone, Copy, Debug, Eq, Hash, Ord, PartialEq, PartialOrd)]
pub(super) enum Unit {
    Day,
    Month,
    Year,
}

impl Unit {
    /// As the counters name it, in their column `span`.
    pub(super) fn name(self) -> &'static str {
        match self {
            Self::Day => "d",
            Self::Month => "m",
            Self::Year => "y",
        }
    }

    fn named(name: &str) -> Self {
        [Self::Month, Self::Year].into_iter().find(|unit| unit.name() == name).unwrap_or(Self::Day)
    }

    /// What it is divided into.
    pub(super) fn smaller(self) -> Option<Self> {
        match self {
            Self::Day => None,
            Self::Month => Some(Self::Day),
            Self::Year => Some(Self::Month),
        }
    }

    /// The first day of the one that holds `day`.
    pub(super) fn first(self, day: NaiveDate) -> NaiveDate {
        let first = match self {
            Self::Day => Some(day),
            Self::Month => day.with_day(1),
            Self::Year => day.with_ordinal(1),
        };
        first.unwrap_or(day)
    }

    /// The first day after the one that holds `day`; `None` at the end of time.
    pub(super) fn after(self, day: NaiveDate) -> Option<NaiveDate> {
        let first = self.first(day);
        match self {
            Self::Day => first.checked_add_days(Days::new(1)),
            Self::Month => first.checked_add_months(Months::new(1)),
            Self::Year => first.checked_add_months(Months::new(12)),
        }
    }
}

/// A day, a month or a year.
#[derive(Clone, Copy, Debug, Eq, Hash, Ord, PartialEq, PartialOrd)]
pub(super) struct Cell {
    /// Its first day.
    pub(super) start: NaiveDate,
    pub(super) unit: Unit,
}

impl Cell {
    /// The one that holds `day`.
    pub(super) fn holding(day: NaiveDate, unit: Unit) -> Self {
        Self { start: unit.first(day), unit }
    }

    /// As the counters name it.
    pub(super) fn of(span: &str, start: NaiveDate) -> Self {
        Self { start, unit: Unit::named(span) }
    }

    /// The day after it; `None` at the end of time.
    pub(super) fn end(self) -> Option<NaiveDate> {
        self.unit.after(self.start)
    }

    pub(super) fn time(self) -> TimeRange {
        TimeRange { start: Some(midnight(self.start)), end: self.end().map(|end| midnight(end) - TICK) }
    }
}

pub(super) fn midnight(day: NaiveDate) -> NaiveDateTime {
    day.and_time(NaiveTime::MIN)
}
