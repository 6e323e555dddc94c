//! Covers: a span of time as few whole buckets.
//!
//! From 29 November 2023 to 2 March 2026, both midnights, by days and larger:
//!
//! ```text
//! day   29  30                                        1
//! month       Dec                        Jan  Feb
//! year             2024        2025
//! ```

use std::collections::BTreeMap;

use chrono::NaiveDateTime;

use crate::counts::bucket::{Bucket, Unit};
use crate::database::sql::{Bind, Sql};
use crate::span::Span;

/// Buckets that follow each other without a gap.
#[derive(Clone, Debug, Eq, PartialEq)]
pub(crate) struct Cover {
    span: Span,
    smallest: Unit,
    runs: Vec<Run>,
}

/// Buckets of one unit that follow each other.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) struct Run {
    pub(crate) unit: Unit,
    pub(crate) span: Span,
}

/// The smallest and the largest buckets of a cover.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) struct Units {
    pub(crate) smallest: Unit,
    pub(crate) largest: Unit,
}

impl Cover {
    /// As few buckets as possible. The ends of the span must be those of buckets of the smallest
    /// unit.
    pub(super) fn of(units: Units, span: Span) -> Self {
        let mut cover = Self {
            span,
            smallest: units.smallest,
            runs: Vec::new(),
        };
        cover.push(units.largest, span);
        cover
    }

    /// Covers that follow each other without a gap as one; `None` where there is none.
    pub(super) fn joined(covers: impl IntoIterator<Item = Self>) -> Option<Self> {
        covers.into_iter().reduce(|mut joined, next| {
            joined.span.to = next.span.to;
            for run in next.runs {
                match joined.runs.last_mut() {
                    Some(last) if last.unit == run.unit => last.span.to = run.span.to,
                    _ => joined.runs.push(run),
                }
            }
            joined
        })
    }

    /// What a bucket is divided into; `None` if that is smaller than the `smallest`.
    pub(super) fn dividing(bucket: Bucket, smallest: Unit) -> Option<Self> {
        let unit = bucket.unit.smaller()?;
        if unit < smallest {
            return None;
        }
        let units = Units {
            smallest: unit,
            largest: unit,
        };
        Some(Self::of(units, bucket.span()))
    }

    /// Covers `span`, in which this lies: buckets of the smallest unit fill what lies between the
    /// ends of the two.
    pub(super) fn widen(&mut self, span: Span) {
        let unit = self.smallest;
        if span.from < self.span.from {
            let before = Span {
                from: span.from,
                to: self.span.from,
            };
            match self.runs.first_mut() {
                Some(run) if run.unit == unit => run.span.from = span.from,
                _ => self.runs.insert(0, Run { unit, span: before }),
            }
        }
        if span.to > self.span.to {
            let after = Span {
                from: self.span.to,
                to: span.to,
            };
            match self.runs.last_mut() {
                Some(run) if run.unit == unit => run.span.to = span.to,
                _ => self.runs.push(Run { unit, span: after }),
            }
        }
        self.span = span;
    }

    /// Appends whole buckets of the unit, with smaller ones before and behind them.
    fn push(&mut self, unit: Unit, span: Span) {
        let smaller = match unit.smaller() {
            Some(smaller) if unit > self.smallest => smaller,
            _ => return self.runs.push(Run { unit, span }),
        };
        // Of the whole buckets, the start of the first and the end of the last.
        let first = span.from.map(|from| unit.next_start(from));
        let past = span.to.map(|to| unit.start(to));
        if let (Some(first), Some(past)) = (first, past)
            && first.is_none_or(|first| first >= past)
        {
            return self.push(smaller, span);
        }
        let whole = Span {
            from: first.flatten(),
            to: past,
        };
        if span.from.is_some() && span.from != whole.from {
            let before = Span {
                from: span.from,
                to: whole.from,
            };
            self.push(smaller, before);
        }
        self.runs.push(Run { unit, span: whole });
        if span.to.is_some() && span.to != whole.to {
            let after = Span {
                from: whole.to,
                to: span.to,
            };
            self.push(smaller, after);
        }
    }

    /// The time that is covered.
    pub(super) fn span(&self) -> Span {
        self.span
    }

    /// The days that are covered or touched.
    pub(super) fn days(&self) -> Span {
        Span {
            from: self.span.from.map(|from| Unit::Day.start(from)),
            to: self.span.to.and_then(|to| Unit::Day.next_start(to)),
        }
    }

    /// The bucket that holds a moment of the time that is covered.
    pub(super) fn bucket(&self, at: NaiveDateTime) -> Bucket {
        let run = self.runs.iter().find(|run| run.span.holds(at));
        Bucket::holding(at, run.map_or(self.smallest, |run| run.unit))
    }

    /// The spans of whose buckets of each unit this consists.
    pub(super) fn by_unit(&self) -> BTreeMap<Unit, Vec<Span>> {
        let mut units = BTreeMap::<Unit, Vec<Span>>::new();
        for run in &self.runs {
            units.entry(run.unit).or_default().push(run.span);
        }
        units
    }

    /// The buckets, as runs of one unit each.
    pub(super) fn runs(&self) -> &[Run] {
        &self.runs
    }
}

/// Appends that the day in `column` lies in a span of whole days.
pub(super) fn push_days(sql: &mut Sql, column: &str, days: Span) {
    for (bound, comparison) in [(days.from, ">="), (days.to, "<")] {
        if let Some(bound) = bound {
            sql.push(&format!(" AND {column} {comparison} "))
                .bind(Bind::Date(bound.date()));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::counts::test_times::{day, hour};

    const DAYS: Units = Units {
        smallest: Unit::Day,
        largest: Unit::Year,
    };
    const HOURS: Units = Units {
        smallest: Unit::Hour,
        largest: Unit::Year,
    };

    fn runs(cover: &Cover) -> Vec<(Unit, Span)> {
        cover.runs.iter().map(|run| (run.unit, run.span)).collect()
    }

    #[test]
    fn the_largest_that_fit_are_taken() {
        let cover = Cover::of(DAYS, Span::between(day(2023, 11, 29), day(2026, 3, 2)));
        let expected = [
            (
                Unit::Day,
                Span::between(day(2023, 11, 29), day(2023, 12, 1)),
            ),
            (
                Unit::Month,
                Span::between(day(2023, 12, 1), day(2024, 1, 1)),
            ),
            (Unit::Year, Span::between(day(2024, 1, 1), day(2026, 1, 1))),
            (Unit::Month, Span::between(day(2026, 1, 1), day(2026, 3, 1))),
            (Unit::Day, Span::between(day(2026, 3, 1), day(2026, 3, 2))),
        ];
        assert_eq!(runs(&cover), expected);
        assert_eq!(cover.bucket(day(2025, 5, 5)).start, day(2025, 1, 1));
        assert_eq!(cover.bucket(day(2026, 2, 28)).start, day(2026, 2, 1));
        assert_eq!(cover.bucket(day(2026, 3, 1)).unit, Unit::Day);
    }

    #[test]
    fn joined_covers_have_buckets_of_one_of_them_each() {
        let edges = [
            day(2023, 12, 30),
            day(2024, 2, 2),
            day(2024, 2, 9),
            day(2025, 1, 1),
        ];
        let spans = edges.windows(2).map(|pair| Span::between(pair[0], pair[1]));
        let joined = Cover::joined(spans.map(|span| Cover::of(DAYS, span))).unwrap();
        let expected = [
            (Unit::Day, Span::between(day(2023, 12, 30), day(2024, 1, 1))),
            (Unit::Month, Span::between(day(2024, 1, 1), day(2024, 2, 1))),
            (Unit::Day, Span::between(day(2024, 2, 1), day(2024, 3, 1))),
            (Unit::Month, Span::between(day(2024, 3, 1), day(2025, 1, 1))),
        ];
        assert_eq!(runs(&joined), expected);
        assert_eq!(joined.span(), Span::between(edges[0], edges[3]));
        assert_eq!(joined.by_unit()[&Unit::Day], [expected[0].1, expected[2].1]);
        assert_eq!(Cover::joined([]), None);
    }

    #[test]
    fn hours_fill_what_days_leave() {
        let span = Span::between(hour(2023, 12, 30, 22), hour(2024, 1, 1, 3));
        let last = Span::between(day(2023, 12, 31), day(2024, 1, 1));
        let expected = [
            (
                Unit::Hour,
                Span::between(hour(2023, 12, 30, 22), day(2023, 12, 31)),
            ),
            (Unit::Day, last),
            (
                Unit::Hour,
                Span::between(day(2024, 1, 1), hour(2024, 1, 1, 3)),
            ),
        ];
        assert_eq!(runs(&Cover::of(HOURS, span)), expected);
        let night = Span::between(hour(2023, 12, 31, 22), hour(2024, 1, 1, 3));
        assert_eq!(runs(&Cover::of(HOURS, night)), [(Unit::Hour, night)]);
        let dividing = |unit, smallest| {
            let bucket = Bucket::holding(hour(2023, 12, 31, 22), unit);
            Cover::dividing(bucket, smallest).map(|cover| runs(&cover))
        };
        assert_eq!(
            dividing(Unit::Day, Unit::Hour),
            Some(vec![(Unit::Hour, last)])
        );
        assert_eq!(dividing(Unit::Day, Unit::Day), None);
        assert_eq!(dividing(Unit::Hour, Unit::Hour), None);
    }

    #[test]
    fn open_ends_and_exact_ones_need_nothing_smaller() {
        let (from, to) = (Span::since, Span::before);
        for span in [
            Span::ALL,
            from(day(2024, 1, 1)),
            to(day(2025, 1, 1)),
            Span::between(day(2024, 1, 1), day(2025, 1, 1)),
        ] {
            assert_eq!(runs(&Cover::of(HOURS, span)), [(Unit::Year, span)]);
        }
        let month = Span::between(day(2024, 2, 1), day(2024, 3, 1));
        assert_eq!(runs(&Cover::of(HOURS, month)), [(Unit::Month, month)]);
        let days = Span::between(day(2024, 2, 2), day(2024, 3, 1));
        assert_eq!(runs(&Cover::of(HOURS, days)), [(Unit::Day, days)]);
        let only_days = Units {
            smallest: Unit::Day,
            largest: Unit::Day,
        };
        let before = to(day(2024, 3, 1));
        assert_eq!(runs(&Cover::of(only_days, before)), [(Unit::Day, before)]);
    }
}
