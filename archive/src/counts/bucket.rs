//! Buckets: the hours, days, months and years of which counters know how many messages they hold.

use chrono::{Datelike, Months, NaiveDate, NaiveDateTime, NaiveTime, TimeDelta, Timelike};

use crate::span::Span;

/// How long a bucket is.
#[derive(Clone, Copy, Debug, Eq, Hash, Ord, PartialEq, PartialOrd)]
pub(crate) enum Unit {
    /// Counted only of all messages and of categories, in the counters of days.
    Hour,
    Day,
    Month,
    Year,
}

impl Unit {
    const EACH: [Self; 4] = [Self::Hour, Self::Day, Self::Month, Self::Year];

    /// The unit's name in the column `span` of counters, and `h`, which wrong hours are told by.
    pub(crate) const fn letter(self) -> &'static str {
        match self {
            Self::Hour => "h",
            Self::Day => "d",
            Self::Month => "m",
            Self::Year => "y",
        }
    }

    /// The unit with this letter.
    pub(crate) fn of_letter(letter: &str) -> Option<Self> {
        Self::EACH.into_iter().find(|unit| unit.letter() == letter)
    }

    /// What a bucket of this unit is divided into.
    pub(super) fn smaller(self) -> Option<Self> {
        match self {
            Self::Hour => None,
            Self::Day => Some(Self::Hour),
            Self::Month => Some(Self::Day),
            Self::Year => Some(Self::Month),
        }
    }

    /// The start of the bucket that holds `at`.
    pub(super) fn start(self, at: NaiveDateTime) -> NaiveDateTime {
        let first = match self {
            Self::Hour => return at.date().and_hms_opt(at.hour(), 0, 0).unwrap_or(at),
            Self::Day => Some(at.date()),
            Self::Month => at.date().with_day(1),
            Self::Year => at.date().with_ordinal(1),
        };
        first.map_or(at, midnight)
    }

    /// The end of the bucket that holds `at`, which is the start of the next; `None` at the end of
    /// time.
    pub(super) fn end(self, at: NaiveDateTime) -> Option<NaiveDateTime> {
        let start = self.start(at);
        match self {
            Self::Hour => start.checked_add_signed(TimeDelta::hours(1)),
            Self::Day => start.checked_add_signed(TimeDelta::days(1)),
            Self::Month => start.checked_add_months(Months::new(1)),
            Self::Year => start.checked_add_months(Months::new(12)),
        }
    }

    /// The start of the first whole bucket from `at` on; `None` at the end of time.
    pub(super) fn next_start(self, at: NaiveDateTime) -> Option<NaiveDateTime> {
        if at == self.start(at) {
            Some(at)
        } else {
            self.end(at)
        }
    }
}

/// An hour, a day, a month or a year.
#[derive(Clone, Copy, Debug, Eq, Hash, Ord, PartialEq, PartialOrd)]
pub(crate) struct Bucket {
    pub(crate) start: NaiveDateTime,
    pub(crate) unit: Unit,
}

impl Bucket {
    /// The bucket that holds `at`.
    pub(crate) fn holding(at: NaiveDateTime, unit: Unit) -> Self {
        Self {
            start: unit.start(at),
            unit,
        }
    }

    /// The bucket that a counter names by the letter of its unit and its first day.
    pub(crate) fn named(letter: &str, day: NaiveDate) -> Option<Self> {
        Some(Self {
            start: midnight(day),
            unit: Unit::of_letter(letter)?,
        })
    }

    /// The year that the bucket is part of.
    pub(super) fn year(self) -> Self {
        Self::holding(self.start, Unit::Year)
    }

    /// The bucket's end, which is not part of it; `None` at the end of time.
    pub(crate) fn end(self) -> Option<NaiveDateTime> {
        self.unit.end(self.start)
    }

    /// The time of the bucket.
    pub(crate) fn span(self) -> Span {
        Span {
            from: Some(self.start),
            to: self.end(),
        }
    }
}

/// The start of a day.
pub(crate) fn midnight(day: NaiveDate) -> NaiveDateTime {
    day.and_time(NaiveTime::MIN)
}
