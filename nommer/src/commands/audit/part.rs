//! A part of two archives that is compared: a span of time, and perhaps a category and a topic.

use archive::{Dimension, Filters, Match, Order, Search, Span};
use chrono::{Datelike, Months, NaiveDateTime, NaiveTime, TimeDelta};

/// What is compared at once.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Part {
    /// The first moment of it.
    pub from: NaiveDateTime,
    /// The first moment after it.
    pub to: NaiveDateTime,
    pub filters: Filters,
}

/// How long parts are.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Unit {
    Year,
    Month,
    Day,
    Hour,
}

impl Unit {
    /// The next smaller one.
    pub fn smaller(self) -> Option<Self> {
        match self {
            Self::Year => Some(Self::Month),
            Self::Month => Some(Self::Day),
            Self::Day => Some(Self::Hour),
            Self::Hour => None,
        }
    }

    /// The end of the unit that holds `at`; `None` where time ends.
    fn end(self, at: NaiveDateTime) -> Option<NaiveDateTime> {
        let day = at.date();
        let midnight = |day: chrono::NaiveDate| day.and_time(NaiveTime::MIN);
        match self {
            Self::Year => midnight(day.with_ordinal(1)?).checked_add_months(Months::new(12)),
            Self::Month => midnight(day.with_day(1)?).checked_add_months(Months::new(1)),
            Self::Day => midnight(day).checked_add_signed(TimeDelta::days(1)),
            Self::Hour => {
                let into = at.and_utc().timestamp().rem_euclid(3600);
                let nanos = at.and_utc().timestamp_subsec_nanos();
                let start = at - TimeDelta::seconds(into) - TimeDelta::nanoseconds(nanos.into());
                start.checked_add_signed(TimeDelta::hours(1))
            }
        }
    }
}

impl Part {
    /// All of a time.
    pub fn all(from: NaiveDateTime, to: NaiveDateTime) -> Self {
        let filters = Filters::default();
        Self { from, to, filters }
    }

    /// This part, cut where units end.
    pub fn pieces(&self, unit: Unit) -> Vec<Self> {
        let mut pieces = Vec::new();
        let mut from = self.from;
        while from < self.to {
            let to = unit.end(from).map_or(self.to, |end| end.min(self.to));
            pieces.push(self.between(from, to));
            from = to;
        }
        pieces
    }

    /// This part in two halves, at a second; `None` if it is not longer than one.
    pub fn halves(&self) -> Option<[Self; 2]> {
        let seconds = (self.to - self.from).num_seconds();
        (seconds > 1).then(|| {
            let middle = self.from + TimeDelta::seconds(seconds / 2);
            [
                self.between(self.from, middle),
                self.between(middle, self.to),
            ]
        })
    }

    /// The second from `at` on, of what this part matches.
    pub fn second(&self, at: NaiveDateTime) -> Self {
        self.between(at, at + TimeDelta::seconds(1))
    }

    fn between(&self, from: NaiveDateTime, to: NaiveDateTime) -> Self {
        let filters = self.filters.clone();
        Self { from, to, filters }
    }

    /// What of this part has a name.
    pub fn of(&self, dimension: Dimension, name: &str) -> Self {
        self.matching(dimension, vec![name.to_owned()], Vec::new())
    }

    /// What of this part has none of these names.
    pub fn without(&self, dimension: Dimension, names: Vec<String>) -> Self {
        self.matching(dimension, Vec::new(), names)
    }

    fn matching(&self, dimension: Dimension, any: Vec<String>, none: Vec<String>) -> Self {
        let mut part = self.clone();
        part.filters[dimension] = Match { any, none };
        part
    }

    /// What this part could be divided by next, if anything.
    pub fn divisible(&self) -> Option<Dimension> {
        [Dimension::Categories, Dimension::Topics]
            .into_iter()
            .find(|dimension| self.filters[*dimension] == Match::default())
            .filter(|_| self.filters.iter().all(|(_, asked)| asked.none.is_empty()))
    }

    /// Whether this part is all of its time.
    pub fn is_all(&self) -> bool {
        self.filters == Filters::default()
    }

    /// Whether this part is what others leave.
    pub fn is_of_others(&self) -> bool {
        self.filters.iter().any(|(_, asked)| !asked.none.is_empty())
    }

    /// The search that finds this part here, the oldest first.
    pub fn search(&self) -> Search {
        Search {
            time: Span::between(self.from, self.to),
            filters: self.filters.clone(),
            order: Order::Ascending,
            ..Search::default()
        }
    }

    /// The categories and topics of which this part is.
    pub fn names(&self) -> impl Iterator<Item = &str> {
        let of = |dimension| self.filters[dimension].any.iter().map(String::as_str);
        of(Dimension::Categories).chain(of(Dimension::Topics))
    }

    /// The parameters by which a peer finds this part.
    pub fn parameters(&self) -> Vec<(&'static str, String)> {
        let time = |time: NaiveDateTime| time.format("%Y-%m-%dT%H:%M:%S%.6f").to_string();
        // Its end is inclusive.
        let last = self.to - TimeDelta::microseconds(1);
        let mut parameters = vec![("start", time(self.from)), ("end", time(last))];
        for (name, not_name, dimension) in [
            ("category", "not_category", Dimension::Categories),
            ("topic", "not_topic", Dimension::Topics),
        ] {
            let Match { any, none } = &self.filters[dimension];
            parameters.extend(any.iter().map(|value| (name, value.clone())));
            parameters.extend(none.iter().map(|value| (not_name, value.clone())));
        }
        parameters
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(text: &str) -> NaiveDateTime {
        text.parse().expect("a time")
    }

    #[test]
    fn parts_are_cut_where_units_end() {
        let part = Part::all(at("2023-12-30T22:30:00.5"), at("2024-02-01T00:00:00"));
        let cut = |unit| -> Vec<String> {
            let pieces = part.pieces(unit).into_iter();
            pieces.map(|piece| piece.to.to_string()).collect()
        };
        assert_eq!(
            cut(Unit::Year),
            ["2024-01-01 00:00:00", "2024-02-01 00:00:00"]
        );
        assert_eq!(
            cut(Unit::Month),
            ["2024-01-01 00:00:00", "2024-02-01 00:00:00"]
        );
        let (days, hours) = (cut(Unit::Day), cut(Unit::Hour));
        assert_eq!((days.len(), days[0].as_str()), (33, "2023-12-31 00:00:00"));
        assert_eq!(
            (hours.len(), hours[0].as_str()),
            (32 * 24 + 2, "2023-12-30 23:00:00")
        );
        let [first, second] = part.halves().expect("halves");
        assert_eq!(
            (first.from, second.to, first.to),
            (part.from, part.to, second.from)
        );
        assert_eq!(
            Part::all(part.from, part.from + TimeDelta::milliseconds(1999)).halves(),
            None
        );
    }

    #[test]
    fn a_peer_is_asked_with_an_inclusive_end() {
        let part = Part::all(at("2024-05-01T10:00:00"), at("2024-05-01T11:00:00"))
            .of(Dimension::Categories, "git")
            .without(Dimension::Topics, vec!["a".to_owned(), "b".to_owned()]);
        let expected = [
            ("start", "2024-05-01T10:00:00.000000"),
            ("end", "2024-05-01T10:59:59.999999"),
            ("category", "git"),
            ("not_topic", "a"),
            ("not_topic", "b"),
        ];
        let parameters = part.parameters();
        let parameters: Vec<_> = parameters
            .iter()
            .map(|(name, value)| (*name, value.as_str()))
            .collect();
        assert_eq!(parameters, expected);
        assert_eq!(part.divisible(), None);
    }
}
