//! Spans of time. The archive knows one form: half open, in UTC.

use chrono::{NaiveDateTime, TimeDelta};

/// The finest difference of times that the database knows.
const TICK: TimeDelta = TimeDelta::microseconds(1);

/// The time from `from` on and before `to`; `None` is open. UTC.
#[derive(Clone, Copy, Debug, Default, Eq, Hash, PartialEq)]
pub struct Span {
    /// The earliest time that belongs to it.
    pub from: Option<NaiveDateTime>,
    /// The earliest time that no longer belongs to it.
    pub to: Option<NaiveDateTime>,
}

impl Span {
    /// All time.
    pub const ALL: Self = Self {
        from: None,
        to: None,
    };

    /// The span from one time to before another.
    pub fn between(from: NaiveDateTime, to: NaiveDateTime) -> Self {
        Self {
            from: Some(from),
            to: Some(to),
        }
    }

    /// All time before a moment.
    pub fn before(to: NaiveDateTime) -> Self {
        Self {
            from: None,
            to: Some(to),
        }
    }

    /// A moment and all time after it.
    pub fn since(from: NaiveDateTime) -> Self {
        Self {
            from: Some(from),
            to: None,
        }
    }

    /// The span to which both of these times belong, as the contract of searches has it. Here, and
    /// nowhere else, an inclusive end becomes an exclusive one.
    pub fn inclusive(first: Option<NaiveDateTime>, last: Option<NaiveDateTime>) -> Self {
        Self {
            from: first,
            // What ends with time itself is open.
            to: last.and_then(|last| last.checked_add_signed(TICK)),
        }
    }

    /// Whether a time belongs to the span.
    pub fn holds(&self, at: NaiveDateTime) -> bool {
        self.from.is_none_or(|from| from <= at) && self.to.is_none_or(|to| at < to)
    }

    /// How long the span is; `None` if it is open.
    pub fn length(&self) -> Option<TimeDelta> {
        Some(self.to? - self.from?)
    }

    /// These edges, such that nothing outside of this span lies between two of them.
    pub(crate) fn cut(&self, edges: &[NaiveDateTime]) -> Vec<NaiveDateTime> {
        let cut = |edge: &NaiveDateTime| {
            let edge = self.from.map_or(*edge, |from| from.max(*edge));
            self.to.map_or(edge, |to| to.min(edge))
        };
        edges.iter().map(cut).collect()
    }

    /// What two spans have in common.
    pub(crate) fn intersection(&self, other: Self) -> Self {
        Self {
            from: self.from.max(other.from),
            // `None` is the latest end, but the least option.
            to: self.to.into_iter().chain(other.to).min(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(second: i64) -> NaiveDateTime {
        NaiveDateTime::default() + TimeDelta::seconds(second)
    }

    #[test]
    fn an_inclusive_end_still_belongs_and_the_next_moment_does_not() {
        let span = Span::inclusive(Some(at(1)), Some(at(2)));
        assert!(span.holds(at(1)) && span.holds(at(2)));
        assert!(!span.holds(at(2) + TICK) && !span.holds(at(1) - TICK));
        assert_eq!(span.length(), Some(TimeDelta::seconds(1) + TICK));
        assert_eq!(Span::inclusive(None, Some(NaiveDateTime::MAX)), Span::ALL);
    }

    #[test]
    fn open_ends_bound_nothing_of_an_intersection() {
        let span = Span::between(at(1), at(5));
        assert_eq!(span.intersection(Span::ALL), span);
        let later = Span {
            from: Some(at(3)),
            to: None,
        };
        assert_eq!(span.intersection(later), Span::between(at(3), at(5)));
        assert_eq!(later.intersection(span), Span::between(at(3), at(5)));
    }
}
