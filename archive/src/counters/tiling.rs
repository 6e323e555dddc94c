//! Ranges of time as whole days, months and years, and what lies between.

use std::cmp::Ordering;

use chrono::{Days, NaiveDate, NaiveDateTime, NaiveTime, Timelike};

use super::cell::{Cell, TICK, Unit, midnight};
use crate::TimeRange;
use crate::sql::{Bind, Sql};

/// Days from the first to before the second; `None` is open.
pub(super) type Between = (Option<NaiveDate>, Option<NaiveDate>);

/// A row of days as the cells that hold them.
#[derive(Clone, Debug)]
pub(super) struct Tiling {
    all: Between,
    ranges: Vec<(Unit, Between)>,
}

impl Tiling {
    /// As few cells as possible, none of them larger than `largest`.
    pub(super) fn of(largest: Unit, from: Option<NaiveDate>, to: Option<NaiveDate>) -> Self {
        let mut tiling = Self { all: (from, to), ranges: Vec::new() };
        tiling.push(largest, (from, to));
        tiling
    }

    /// What a cell is divided into; `None` if it is a day.
    pub(super) fn dividing(cell: Cell) -> Option<Self> {
        cell.unit.smaller().map(|unit| Self::of(unit, Some(cell.start), cell.end()))
    }

    fn push(&mut self, unit: Unit, (from, to): Between) {
        let Some(smaller) = unit.smaller() else { return self.ranges.push((unit, (from, to))) };
        // The first whole one, and the one after the last.
        let first = from.map(|from| if from == unit.first(from) { Some(from) } else { unit.after(from) });
        let last = to.map(|to| unit.first(to));
        if let (Some(first), Some(last)) = (first, last)
            && first.is_none_or(|first| first >= last)
        {
            return self.push(smaller, (from, to));
        }
        let first = first.flatten();
        if from.is_some() && from != first {
            self.push(smaller, (from, first));
        }
        self.ranges.push((unit, (first, last)));
        if to.is_some() && to != last {
            self.push(smaller, (last, to));
        }
    }

    /// The days that it covers.
    pub(super) fn all(&self) -> Between {
        self.all
    }

    /// The cell that holds a day of it.
    pub(super) fn cell(&self, day: NaiveDate) -> Cell {
        let holds =
            |(first, last): &Between| first.is_none_or(|first| first <= day) && last.is_none_or(|last| day < last);
        let unit = self.ranges.iter().find(|(_, between)| holds(between)).map_or(Unit::Day, |(unit, _)| *unit);
        Cell::holding(day, unit)
    }

    /// Its cells, as rows of counters of one unit each.
    pub(super) fn ranges(&self) -> &[(Unit, Between)] {
        &self.ranges
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

#[cfg(test)]
mod tests {
    use super::*;

    fn day(year: i32, month: u32, day: u32) -> Option<NaiveDate> {
        NaiveDate::from_ymd_opt(year, month, day)
    }

    #[test]
    fn the_largest_that_fit_are_taken() {
        let tiling = Tiling::of(Unit::Year, day(2023, 11, 29), day(2026, 3, 2));
        let expected = [
            (Unit::Day, (day(2023, 11, 29), day(2023, 12, 1))),
            (Unit::Month, (day(2023, 12, 1), day(2024, 1, 1))),
            (Unit::Year, (day(2024, 1, 1), day(2026, 1, 1))),
            (Unit::Month, (day(2026, 1, 1), day(2026, 3, 1))),
            (Unit::Day, (day(2026, 3, 1), day(2026, 3, 2))),
        ];
        assert_eq!(tiling.ranges(), expected);
        let cell = |at: Option<NaiveDate>| tiling.cell(at.unwrap());
        assert_eq!(Some(cell(day(2025, 5, 5)).start), day(2025, 1, 1));
        assert_eq!(Some(cell(day(2026, 2, 28)).start), day(2026, 2, 1));
        assert_eq!(cell(day(2026, 3, 1)).unit, Unit::Day);
    }

    #[test]
    fn open_ends_and_exact_ones_need_nothing_smaller() {
        for (from, to) in
            [(None, None), (day(2024, 1, 1), None), (None, day(2025, 1, 1)), (day(2024, 1, 1), day(2025, 1, 1))]
        {
            assert_eq!(Tiling::of(Unit::Year, from, to).ranges(), [(Unit::Year, (from, to))]);
        }
        let whole = (day(2024, 2, 1), day(2024, 3, 1));
        assert_eq!(Tiling::of(Unit::Year, whole.0, whole.1).ranges(), [(Unit::Month, whole)]);
        assert_eq!(Tiling::of(Unit::Day, None, whole.1).ranges(), [(Unit::Day, (None, whole.1))]);
        let days = (day(2024, 2, 2), day(2024, 3, 1));
        assert_eq!(Tiling::of(Unit::Year, days.0, days.1).ranges(), [(Unit::Day, days)]);
    }
}
