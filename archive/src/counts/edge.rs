//! Edges: where a span of time ends within buckets.
//!
//! An end is rounded to the end of a bucket, and what lies between the two, the remainder, is
//! counted row by row and added or taken away. By days, both ends to the nearest:
//!
//! ```text
//!   span            14:20 ├─────────────────── … ────────────────┤ 17:30
//!   days     00:00 ┬──────────────┬ 24:00      00:00 ┬──────────────┬ 24:00
//!   rounded                       ├─────────── … ───────────────────┤
//!   counted         14:20 ├───────┤ added              taken away ├──┤ 17:30
//! ```

use std::cmp::Ordering;

use chrono::{NaiveDateTime, TimeDelta};

use crate::counts::bucket::{Bucket, Unit};
use crate::counts::cover::{Cover, Units};
use crate::span::Span;

/// Which end of a bucket stands for a moment in it.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) enum Rounding {
    Nearest,
    Down,
}

/// A moment as the end of a bucket.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) struct Edge {
    /// Where one bucket ends and the next starts.
    pub(crate) rounded: NaiveDateTime,
    /// What lies between the moment and the rounded one; `None` if they are the same.
    pub(crate) between: Option<Span>,
    /// Whether the moment comes before the rounded one.
    pub(crate) is_before: bool,
}

impl Edge {
    pub(crate) fn of(unit: Unit, at: NaiveDateTime, rounding: Rounding) -> Self {
        let start = unit.start(at);
        let end = unit.end(at).unwrap_or(at);
        let is_down = rounding == Rounding::Down || at - start < end - at;
        let rounded = if is_down { start } else { end };
        let between = match at.cmp(&rounded) {
            Ordering::Less => Some(Span::between(at, rounded)),
            Ordering::Equal => None,
            Ordering::Greater => Some(Span::between(rounded, at)),
        };
        Self {
            rounded,
            between,
            is_before: at < rounded,
        }
    }
}

/// A span of time as whole buckets, and what lies between its ends and theirs.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) struct Rounded {
    span: Span,
    unit: Unit,
    start: Option<Edge>,
    end: Option<Edge>,
}

/// What lies between an end of a span and the end of a bucket.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) struct Remainder {
    pub(crate) span: Span,
    /// Whether it belongs to the span that was rounded, and not to the buckets: then what is there
    /// is to be added. Else it is the other way round, and to be taken away.
    pub(crate) is_inside: bool,
}

impl Rounded {
    /// `last` is the rounding of the end: the last bucket may be the present one.
    ///
    /// `None` if there is as much to count row by row as in the whole span.
    pub(crate) fn of(unit: Unit, span: Span, last: Rounding) -> Option<Self> {
        let rounded = Self {
            span,
            unit,
            start: span
                .from
                .map(|from| Edge::of(unit, from, Rounding::Nearest)),
            end: span.to.map(|to| Edge::of(unit, to, last)),
        };
        let remaining: TimeDelta = rounded
            .remainders()
            .into_iter()
            .filter_map(|remainder| remainder.span.length())
            .sum();
        match span.length() {
            Some(length) if remaining >= length => None,
            _ => Some(rounded),
        }
    }

    /// The time of the whole buckets.
    pub(crate) fn span(&self) -> Span {
        Span {
            from: self.start.map(|edge| edge.rounded),
            to: self.end.map(|edge| edge.rounded),
        }
    }

    /// What lies between the ends of the span and those of the buckets.
    pub(crate) fn remainders(&self) -> Vec<Remainder> {
        let mut remainders = Vec::new();
        for (edge, is_start) in [(self.start, true), (self.end, false)] {
            if let Some(edge) = edge
                && let Some(span) = edge.between
            {
                remainders.push(Remainder {
                    span,
                    is_inside: edge.is_before == is_start,
                });
            }
        }
        remainders
    }

    /// As few buckets as possible, none of them larger than the `largest`. Those which lie only
    /// partly in the span are apart, as what is found in them is not all that is asked for.
    pub(crate) fn cover(&self, largest: Unit) -> Cover {
        let all = self.span();
        let mut whole = all;
        if let Some(from) = all.from
            && self.span.from > Some(from)
        {
            whole.from = Bucket::holding(from, self.unit).end();
        }
        if let Some(to) = all.to
            && self.span.to < Some(to)
        {
            // The bucket that ends there.
            whole.to = self.span.to.map(|inside| self.unit.start(inside));
        }
        let only_smallest = Units {
            smallest: self.unit,
            largest: self.unit,
        };
        if whole.from.is_some() && whole.to.is_some() && whole.from >= whole.to {
            return Cover::of(only_smallest, all);
        }
        let units = Units {
            smallest: self.unit,
            largest,
        };
        let mut cover = Cover::of(units, whole);
        cover.widen(all);
        cover
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::counts::test_times::{day, hour};

    fn runs(cover: &Cover) -> Vec<(Unit, Span)> {
        cover
            .runs()
            .iter()
            .map(|run| (run.unit, run.span))
            .collect()
    }

    #[test]
    fn buckets_that_lie_partly_in_a_span_stay_apart() {
        let span = Span::between(hour(2023, 12, 1, 5), hour(2024, 3, 1, 13));
        let nearest = Rounded::of(Unit::Day, span, Rounding::Nearest).unwrap();
        let expected = [
            (Unit::Day, Span::between(day(2023, 12, 1), day(2024, 1, 1))),
            (Unit::Month, Span::between(day(2024, 1, 1), day(2024, 3, 1))),
            (Unit::Day, Span::between(day(2024, 3, 1), day(2024, 3, 2))),
        ];
        assert_eq!(runs(&nearest.cover(Unit::Month)), expected);
        let outside = |span| Remainder {
            span,
            is_inside: false,
        };
        let before = outside(Span::between(day(2023, 12, 1), hour(2023, 12, 1, 5)));
        assert_eq!(
            nearest.remainders(),
            [
                before,
                outside(Span::between(hour(2024, 3, 1, 13), day(2024, 3, 2)))
            ]
        );
        let down = Rounded::of(Unit::Day, span, Rounding::Down).unwrap();
        assert_eq!(runs(&down.cover(Unit::Month)), &expected[..2]);
        let inside = Remainder {
            span: Span::between(day(2024, 3, 1), hour(2024, 3, 1, 13)),
            is_inside: true,
        };
        assert_eq!(down.remainders(), [before, inside]);
    }

    #[test]
    fn most_of_a_day_is_a_day_and_little_of_it_is_none() {
        let most = Span::between(hour(2024, 3, 1, 1), hour(2024, 3, 1, 23));
        let rounded = Rounded::of(Unit::Day, most, Rounding::Nearest).unwrap();
        let whole = Span::between(day(2024, 3, 1), day(2024, 3, 2));
        assert_eq!(runs(&rounded.cover(Unit::Year)), [(Unit::Day, whole)]);
        let little = Span::between(hour(2024, 3, 1, 11), hour(2024, 3, 1, 13));
        assert_eq!(Rounded::of(Unit::Day, little, Rounding::Nearest), None);
    }

    #[test]
    fn the_middle_of_a_bucket_is_rounded_up_and_its_start_stays() {
        let noon = Edge::of(Unit::Day, hour(2024, 3, 1, 12), Rounding::Nearest);
        assert_eq!((noon.rounded, noon.is_before), (day(2024, 3, 2), true));
        let midnight = Edge::of(Unit::Day, day(2024, 3, 1), Rounding::Nearest);
        assert_eq!(
            (midnight.rounded, midnight.between),
            (day(2024, 3, 1), None)
        );
    }

    /// The example that introduces the folder.
    #[test]
    fn from_3_may_14_20_to_2_march_09_10() {
        let minutes = TimeDelta::minutes;
        let from = hour(2023, 5, 3, 14) + minutes(20);
        let to = hour(2026, 3, 2, 9) + minutes(10);
        let rounded = Rounded::of(Unit::Hour, Span::between(from, to), Rounding::Nearest).unwrap();
        let taken_away = Remainder {
            span: Span::between(hour(2023, 5, 3, 14), from),
            is_inside: false,
        };
        let added = Remainder {
            span: Span::between(hour(2026, 3, 2, 9), to),
            is_inside: true,
        };
        assert_eq!(rounded.remainders(), [taken_away, added]);
        let units = Units {
            smallest: Unit::Hour,
            largest: Unit::Year,
        };
        let expected = [
            (Unit::Hour, hour(2023, 5, 3, 14), day(2023, 5, 4)),
            (Unit::Day, day(2023, 5, 4), day(2023, 6, 1)),
            (Unit::Month, day(2023, 6, 1), day(2024, 1, 1)),
            (Unit::Year, day(2024, 1, 1), day(2026, 1, 1)),
            (Unit::Month, day(2026, 1, 1), day(2026, 3, 1)),
            (Unit::Day, day(2026, 3, 1), day(2026, 3, 2)),
            (Unit::Hour, day(2026, 3, 2), hour(2026, 3, 2, 9)),
        ];
        let expected = expected.map(|(unit, from, to)| (unit, Span::between(from, to)));
        assert_eq!(runs(&Cover::of(units, rounded.span())), expected);
    }
}
