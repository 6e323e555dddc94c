//! Hours, days, months and years: the spans of time of which counters know how many messages they hold.

use chrono::{Datelike, Months, NaiveDate, NaiveDateTime, NaiveTime, TimeDelta, Timelike};

use crate::search::TimeRange;

/// Both ends belong to a range of times, and the database has no finer ones.
pub(crate) const TICK: TimeDelta = TimeDelta::microseconds(1);

/// How long a cell is.
#[derive(Clone, Copy, Debug, Eq, Hash, Ord, PartialEq, PartialOrd)]
pub(crate) enum Unit {
    /// Only of all messages and of categories.
    Hour,
    Day,
    Month,
    Year,
}

impl Unit {
    /// As the counters name it, in their column `span`. Hours stand in the counters of their days.
    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::Hour => "h",
            Self::Day => "d",
            Self::Month => "m",
            Self::Year => "y",
        }
    }

    fn named(name: &str) -> Self {
        [Self::Month, Self::Year]
            .into_iter()
            .find(|unit| unit.name() == name)
            .unwrap_or(Self::Day)
    }

    /// What it is divided into.
    pub(crate) fn smaller(self) -> Option<Self> {
        match self {
            Self::Hour => None,
            Self::Day => Some(Self::Hour),
            Self::Month => Some(Self::Day),
            Self::Year => Some(Self::Month),
        }
    }

    /// The start of the one that holds `at`.
    pub(crate) fn start(self, at: NaiveDateTime) -> NaiveDateTime {
        let first = match self {
            Self::Hour => return at.date().and_hms_opt(at.hour(), 0, 0).unwrap_or(at),
            Self::Day => Some(at.date()),
            Self::Month => at.date().with_day(1),
            Self::Year => at.date().with_ordinal(1),
        };
        first.map_or(at, midnight)
    }

    /// The end of the one that holds `at`: the start of the next; `None` at the end of time.
    pub(crate) fn end(self, at: NaiveDateTime) -> Option<NaiveDateTime> {
        let start = self.start(at);
        match self {
            Self::Hour => start.checked_add_signed(TimeDelta::hours(1)),
            Self::Day => start.checked_add_signed(TimeDelta::days(1)),
            Self::Month => start.checked_add_months(Months::new(1)),
            Self::Year => start.checked_add_months(Months::new(12)),
        }
    }
}

/// An hour, a day, a month or a year.
#[derive(Clone, Copy, Debug, Eq, Hash, Ord, PartialEq, PartialOrd)]
pub(crate) struct Cell {
    pub(crate) start: NaiveDateTime,
    pub(crate) unit: Unit,
}

impl Cell {
    /// The one that holds `at`.
    pub(crate) fn holding(at: NaiveDateTime, unit: Unit) -> Self {
        Self {
            start: unit.start(at),
            unit,
        }
    }

    /// As the counters name it.
    pub(crate) fn of(span: &str, start: NaiveDate) -> Self {
        Self {
            start: midnight(start),
            unit: Unit::named(span),
        }
    }

    /// The year that it is part of.
    pub(crate) fn year(self) -> Self {
        Self::holding(self.start, Unit::Year)
    }

    /// Its end, which is not in it; `None` at the end of time.
    pub(crate) fn end(self) -> Option<NaiveDateTime> {
        self.unit.end(self.start)
    }

    /// The last moment of it.
    pub(crate) fn last(self) -> NaiveDateTime {
        self.end().map_or(NaiveDateTime::MAX, |end| end - TICK)
    }

    pub(crate) fn time(self) -> TimeRange {
        TimeRange {
            start: Some(self.start),
            end: self.end().map(|end| end - TICK),
        }
    }
}

pub(crate) fn midnight(day: NaiveDate) -> NaiveDateTime {
    day.and_time(NaiveTime::MIN)
}
