//! Ranges of time as whole hours, days, months and years, and what lies between.

use std::cmp::Ordering;

use chrono::{NaiveDateTime, TimeDelta};

use crate::counts::bucket::{Cell, TICK, Unit};
use crate::database::sql::{Bind, Sql};
use crate::search::TimeRange;

/// From the first to before the second; `None` is open.
pub(crate) type Between = (Option<NaiveDateTime>, Option<NaiveDateTime>);

/// A row of whole cells.
#[derive(Clone, Debug)]
pub(crate) struct Tiling {
    all: Between,
    smallest: Unit,
    ranges: Vec<(Unit, Between)>,
}

impl Tiling {
    /// As few cells as possible, none of them larger than the `largest`. The ends must be those of
    /// cells of the `smallest` unit.
    pub(crate) fn of(
        (smallest, largest): (Unit, Unit),
        from: Option<NaiveDateTime>,
        to: Option<NaiveDateTime>,
    ) -> Self {
        let mut tiling = Self {
            all: (from, to),
            smallest,
            ranges: Vec::new(),
        };
        tiling.push(largest, (from, to));
        tiling
    }

    /// What a cell is divided into; `None` if that is smaller than the `smallest`.
    pub(crate) fn dividing(cell: Cell, smallest: Unit) -> Option<Self> {
        let unit = cell.unit.smaller().filter(|unit| *unit >= smallest)?;
        Some(Self::of((unit, unit), Some(cell.start), cell.end()))
    }

    /// Appends the cells of the smallest unit that lie between its ends and these.
    fn widen(&mut self, (from, to): Between) {
        if from < self.all.0 {
            match self.ranges.first_mut() {
                Some((unit, between)) if *unit == self.smallest => between.0 = from,
                _ => self.ranges.insert(0, (self.smallest, (from, self.all.0))),
            }
        }
        if to > self.all.1 {
            match self.ranges.last_mut() {
                Some((unit, between)) if *unit == self.smallest => between.1 = to,
                _ => self.ranges.push((self.smallest, (self.all.1, to))),
            }
        }
        self.all = (from, to);
    }

    fn push(&mut self, unit: Unit, (from, to): Between) {
        let Some(smaller) = unit.smaller().filter(|_| unit > self.smallest) else {
            return self.ranges.push((unit, (from, to)));
        };
        // The first whole one, and the one after the last.
        let first = from.map(|from| {
            if from == unit.start(from) {
                Some(from)
            } else {
                unit.end(from)
            }
        });
        let last = to.map(|to| unit.start(to));
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

    /// The time that it covers.
    pub(crate) fn all(&self) -> Between {
        self.all
    }

    /// The days that it covers or touches.
    pub(crate) fn days(&self) -> Between {
        let (from, to) = self.all;
        let after = |to| {
            Some(to)
                .filter(|to| *to == Unit::Day.start(*to))
                .or_else(|| Unit::Day.end(to))
        };
        (from.map(|from| Unit::Day.start(from)), to.and_then(after))
    }

    /// Whether it covers a moment.
    pub(crate) fn covers(&self, at: NaiveDateTime) -> bool {
        holds(self.all, at)
    }

    /// The cell that holds a moment of it.
    pub(crate) fn cell(&self, at: NaiveDateTime) -> Cell {
        let holds = |(first, last): &Between| {
            first.is_none_or(|first| first <= at) && last.is_none_or(|last| at < last)
        };
        let unit = self
            .ranges
            .iter()
            .find(|(_, between)| holds(between))
            .map_or(self.smallest, |(unit, _)| *unit);
        Cell::holding(at, unit)
    }

    /// Its cells, as rows of cells of one unit each.
    pub(crate) fn ranges(&self) -> &[(Unit, Between)] {
        &self.ranges
    }
}

fn holds((first, past): Between, at: NaiveDateTime) -> bool {
    first.is_none_or(|first| first <= at) && past.is_none_or(|past| at < past)
}

/// Appends that the day in `column` lies between the two ends, which are midnights.
pub(crate) fn push_between(sql: &mut Sql, column: &str, (from, to): Between) {
    for (bound, comparison) in [(from, ">="), (to, "<")] {
        if let Some(bound) = bound {
            sql.push(&format!(" AND {column} {comparison} "))
                .bind(Bind::Date(bound.date()));
        }
    }
}

/// A range of times as whole cells: each of its ends is rounded to the nearest end of a cell.
pub(crate) struct Rounded {
    time: TimeRange,
    unit: Unit,
    /// The start, and the moment after the end.
    ends: [Option<Moment>; 2],
}

/// What lies between an end of a range and the end of a cell next to it.
pub(crate) struct Ragged {
    /// Both ends belong to it.
    pub(crate) first: NaiveDateTime,
    pub(crate) last: NaiveDateTime,
    /// Whether it belongs to the range, but not to the cells; else it is the other way round.
    pub(crate) is_inside: bool,
}

impl Rounded {
    /// The last cell may be the present one: `round_last` is where the range ends therein.
    /// `None` if as much lies between the ends of the range and those of cells as in the range.
    pub(crate) fn of(unit: Unit, time: TimeRange, round_last: Round) -> Option<Self> {
        let past = time.end.and_then(|end| end.checked_add_signed(TICK));
        let start = time.start.map(|at| Moment::of(unit, at, Round::Nearest));
        let rounded = Self {
            time,
            unit,
            ends: [start, past.map(|at| Moment::of(unit, at, round_last))],
        };
        let (Some(start), Some(past)) = (time.start, past) else {
            return Some(rounded);
        };
        let ragged = rounded
            .ragged()
            .map(|ragged| ragged.last - ragged.first + TICK)
            .sum::<TimeDelta>();
        (ragged < past - start).then_some(rounded)
    }

    /// The whole cells.
    pub(crate) fn edges(&self) -> Between {
        let [start, past] = &self.ends;
        (
            start.as_ref().map(|start| start.edge),
            past.as_ref().map(|past| past.edge),
        )
    }

    /// What lies between the ends and the edges.
    pub(crate) fn ragged(&self) -> impl Iterator<Item = Ragged> {
        let ends = self.ends.iter().zip([true, false]);
        ends.filter_map(|(end, is_start)| {
            let Moment {
                between, is_before, ..
            } = end.as_ref()?;
            between.map(|(first, last)| Ragged {
                first,
                last,
                is_inside: *is_before == is_start,
            })
        })
    }

    /// As few cells as possible, none of them larger than the `largest`, and those apart which lie
    /// only partly in the range.
    pub(crate) fn tiling(&self, largest: Unit) -> Tiling {
        let edges = self.edges();
        let whole = |at| Cell::holding(at, self.unit);
        let from = edges.0.map(|from| {
            if self.time.start > Some(from) {
                whole(from).end().unwrap_or(from)
            } else {
                from
            }
        });
        let to = edges.1.map(|to| {
            if self.time.end < Some(to - TICK) {
                whole(to - TICK).start
            } else {
                to
            }
        });
        if from.is_some() && to.is_some() && from >= to {
            return Tiling::of((self.unit, self.unit), edges.0, edges.1);
        }
        let mut tiling = Tiling::of((self.unit, largest), from, to);
        tiling.widen(edges);
        tiling
    }
}

/// Which end of a cell is taken for a moment in it.
#[derive(Clone, Copy, Eq, PartialEq)]
pub(crate) enum Round {
    Nearest,
    Down,
}

/// A moment as the end of a cell next to it, and what lies between the two.
pub(crate) struct Moment {
    /// Where one cell ends and the next starts.
    pub(crate) edge: NaiveDateTime,
    /// Both ends belong to it; `None` if the moment is the edge.
    pub(crate) between: Option<(NaiveDateTime, NaiveDateTime)>,
    /// Whether the moment comes first.
    pub(crate) is_before: bool,
}

impl Moment {
    pub(crate) fn of(unit: Unit, at: NaiveDateTime, round: Round) -> Self {
        let (start, end) = (unit.start(at), unit.end(at).unwrap_or(at));
        let edge = if round == Round::Down || at - start < end - at {
            start
        } else {
            end
        };
        let between = match at.cmp(&edge) {
            Ordering::Less => Some((at, edge - TICK)),
            Ordering::Equal => None,
            Ordering::Greater => Some((edge, at - TICK)),
        };
        Self {
            edge,
            between,
            is_before: at < edge,
        }
    }
}

#[cfg(test)]
mod tests {
    use chrono::NaiveDate;

    use super::*;

    fn day(year: i32, month: u32, day: u32) -> Option<NaiveDateTime> {
        hour(year, month, day, 0)
    }

    fn hour(year: i32, month: u32, day: u32, hour: u32) -> Option<NaiveDateTime> {
        NaiveDate::from_ymd_opt(year, month, day)?.and_hms_opt(hour, 0, 0)
    }

    const DAYS: (Unit, Unit) = (Unit::Day, Unit::Year);
    const HOURS: (Unit, Unit) = (Unit::Hour, Unit::Year);

    #[test]
    fn the_largest_that_fit_are_taken() {
        let tiling = Tiling::of(DAYS, day(2023, 11, 29), day(2026, 3, 2));
        let expected = [
            (Unit::Day, (day(2023, 11, 29), day(2023, 12, 1))),
            (Unit::Month, (day(2023, 12, 1), day(2024, 1, 1))),
            (Unit::Year, (day(2024, 1, 1), day(2026, 1, 1))),
            (Unit::Month, (day(2026, 1, 1), day(2026, 3, 1))),
            (Unit::Day, (day(2026, 3, 1), day(2026, 3, 2))),
        ];
        assert_eq!(tiling.ranges(), expected);
        let cell = |at: Option<NaiveDateTime>| tiling.cell(at.unwrap());
        assert_eq!(Some(cell(day(2025, 5, 5)).start), day(2025, 1, 1));
        assert_eq!(Some(cell(day(2026, 2, 28)).start), day(2026, 2, 1));
        assert_eq!(cell(day(2026, 3, 1)).unit, Unit::Day);
    }

    #[test]
    fn hours_fill_what_days_leave() {
        let tiling = Tiling::of(HOURS, hour(2023, 12, 30, 22), hour(2024, 1, 1, 3));
        let expected = [
            (Unit::Hour, (hour(2023, 12, 30, 22), day(2023, 12, 31))),
            (Unit::Day, (day(2023, 12, 31), day(2024, 1, 1))),
            (Unit::Hour, (day(2024, 1, 1), hour(2024, 1, 1, 3))),
        ];
        assert_eq!(tiling.ranges(), expected);
        let night = (hour(2023, 12, 31, 22), hour(2024, 1, 1, 3));
        assert_eq!(
            Tiling::of(HOURS, night.0, night.1).ranges(),
            [(Unit::Hour, night)]
        );
        let dividing = |unit, smallest| {
            Tiling::dividing(Cell::holding(night.0.unwrap(), unit), smallest)
                .map(|tiling| tiling.ranges().to_vec())
        };
        let last = (day(2023, 12, 31), day(2024, 1, 1));
        assert_eq!(
            dividing(Unit::Day, Unit::Hour),
            Some(vec![(Unit::Hour, last)])
        );
        assert_eq!(dividing(Unit::Day, Unit::Day), None);
        assert_eq!(dividing(Unit::Hour, Unit::Hour), None);
    }

    #[test]
    fn cells_that_lie_partly_in_a_range_stay_apart() {
        let time = TimeRange {
            start: hour(2023, 12, 1, 5),
            end: hour(2024, 3, 1, 13),
        };
        let rounded = |time, round_last| Rounded::of(Unit::Day, time, round_last).unwrap();
        let nearest = rounded(time, Round::Nearest);
        let expected = [
            (Unit::Day, (day(2023, 12, 1), day(2024, 1, 1))),
            (Unit::Month, (day(2024, 1, 1), day(2024, 3, 1))),
            (Unit::Day, (day(2024, 3, 1), day(2024, 3, 2))),
        ];
        assert_eq!(nearest.tiling(Unit::Month).ranges(), expected);
        let outside: Vec<_> = nearest
            .ragged()
            .map(|part| (part.is_inside, part.first))
            .collect();
        assert_eq!(
            outside,
            [
                (false, day(2023, 12, 1).unwrap()),
                (false, time.end.unwrap() + TICK)
            ]
        );
        let down = rounded(time, Round::Down);
        assert_eq!(down.tiling(Unit::Month).ranges(), &expected[..2]);
        assert_eq!(
            down.ragged().map(|part| part.is_inside).collect::<Vec<_>>(),
            [false, true]
        );
        let most_of_a_day = TimeRange {
            start: hour(2024, 3, 1, 1),
            end: hour(2024, 3, 1, 23),
        };
        let expected = [(Unit::Day, (day(2024, 3, 1), day(2024, 3, 2)))];
        assert_eq!(
            rounded(most_of_a_day, Round::Nearest)
                .tiling(Unit::Year)
                .ranges(),
            expected
        );
        let little = TimeRange {
            start: hour(2024, 3, 1, 11),
            end: hour(2024, 3, 1, 13),
        };
        assert!(Rounded::of(Unit::Day, little, Round::Nearest).is_none());
    }

    #[test]
    fn open_ends_and_exact_ones_need_nothing_smaller() {
        for (from, to) in [
            (None, None),
            (day(2024, 1, 1), None),
            (None, day(2025, 1, 1)),
            (day(2024, 1, 1), day(2025, 1, 1)),
        ] {
            assert_eq!(
                Tiling::of(HOURS, from, to).ranges(),
                [(Unit::Year, (from, to))]
            );
        }
        let whole = (day(2024, 2, 1), day(2024, 3, 1));
        assert_eq!(
            Tiling::of(HOURS, whole.0, whole.1).ranges(),
            [(Unit::Month, whole)]
        );
        assert_eq!(
            Tiling::of((Unit::Day, Unit::Day), None, whole.1).ranges(),
            [(Unit::Day, (None, whole.1))]
        );
        let days = (day(2024, 2, 2), day(2024, 3, 1));
        assert_eq!(
            Tiling::of(HOURS, days.0, days.1).ranges(),
            [(Unit::Day, days)]
        );
    }
}
