//! Searches whose totals are sums of counters: everything, one value, topics and categories.
//!
//! Here is what is summed; `rollup_rows` has the statement, and `rollup_search` the strategy.

use crate::counts::bucket::Unit;
use crate::counts::kind::Kind;
use crate::dimension::{Dimension, Match};
use crate::query::asked::{Asked, Filter};

/// A search as a sum of counters.
#[derive(Clone, Debug, Eq, PartialEq)]
pub(super) struct Rollups {
    pub(super) addends: Vec<Addend>,
}

/// Counters of a kind that are added or taken away.
#[derive(Clone, Debug, Eq, PartialEq)]
pub(super) struct Addend {
    subtract: bool,
    pub(super) kind: Kind,
    pub(super) names: Vec<String>,
    /// For topics: in which categories.
    pub(super) categories: Match,
}

impl Addend {
    fn of(kind: Kind, names: Vec<String>) -> Self {
        Self {
            subtract: false,
            kind,
            names,
            categories: Match::default(),
        }
    }

    fn subtracted(self) -> Self {
        Self {
            subtract: true,
            ..self
        }
    }

    /// What stands before a count in SQL.
    pub(super) fn sign(&self) -> &'static str {
        if self.subtract { "-" } else { "" }
    }
}

impl Rollups {
    /// `None` if sums of counters cannot tell.
    pub(super) fn of(asked: &Asked) -> Option<Self> {
        if asked.reads_bodies() || asked.without_agent {
            return None;
        }
        // Each message counts once for its only value.
        if let [only] = asked.filters.as_slice()
            && only.none.is_empty()
            && only.any.only().is_some()
        {
            let addend = Addend::of(Kind::Of(only.dimension), only.any.counter_names());
            return Some(Self {
                addends: vec![addend],
            });
        }
        let is_of_topics = asked
            .filters
            .iter()
            .all(|filter| matches!(filter.dimension, Dimension::Topics | Dimension::Categories));
        if is_of_topics {
            let topics = asked_of(asked, Dimension::Topics);
            let categories = asked_of(asked, Dimension::Categories);
            Some(Self::of_topics(topics, categories))
        } else {
            None
        }
    }

    /// Topics have a counter for each category, so these sums know of both.
    fn of_topics(topics: Match, categories: Match) -> Self {
        let of_topics = |names| Addend {
            categories: categories.clone(),
            ..Addend::of(Kind::Of(Dimension::Topics), names)
        };
        let of_categories = |names| Addend::of(Kind::Of(Dimension::Categories), names);
        let mut addends = Vec::new();
        if !topics.any.is_empty() {
            addends.push(of_topics(without(&topics)));
        } else if !categories.any.is_empty() {
            addends.push(of_categories(without(&categories)));
            addends.push(of_topics(topics.none).subtracted());
        } else {
            addends.push(Addend::of(Kind::All, vec![String::new()]));
            addends.push(of_categories(categories.none.clone()).subtracted());
            addends.push(of_topics(topics.none).subtracted());
        }
        addends.retain(|addend| !addend.names.is_empty());
        Self { addends }
    }

    /// The smallest buckets that all counters of the sum know.
    pub(super) fn smallest(&self) -> Unit {
        if self.addends.iter().all(|addend| addend.kind.has_hours()) {
            Unit::Hour
        } else {
            Unit::Day
        }
    }

    /// The largest.
    pub(super) fn largest(&self) -> Unit {
        if self.addends.iter().all(|addend| addend.kind.has_years()) {
            Unit::Year
        } else {
            Unit::Month
        }
    }
}

/// What is asked of a dimension, by the names of counters.
fn asked_of(asked: &Asked, dimension: Dimension) -> Match {
    let names = |filter: &Filter| Match {
        any: filter.any.counter_names(),
        none: filter.none.counter_names(),
    };
    asked.filter(dimension).map(names).unwrap_or_default()
}

/// The names that are wanted and not left out.
fn without(Match { any, none }: &Match) -> Vec<String> {
    any.iter()
        .filter(|name| !none.contains(name))
        .cloned()
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::query::asked::Values;

    fn texts(texts: &[&str]) -> Values {
        Values::Texts(texts.iter().map(|text| (*text).to_owned()).collect())
    }

    fn asked(filters: &[(Dimension, &[&str], &[&str])]) -> Asked {
        let filters = filters.iter().map(|(dimension, any, none)| Filter {
            dimension: *dimension,
            any: texts(any),
            none: texts(none),
        });
        Asked {
            filters: filters.collect(),
            ..Asked::default()
        }
    }

    /// Each addend as `+t a b in c not d`.
    fn addends(asked: &Asked) -> Option<Vec<String>> {
        let written = |addend: &Addend| {
            let sign = if addend.subtract { '-' } else { '+' };
            let mut text = format!("{sign}{} {}", addend.kind.letter(), addend.names.join(" "));
            for (word, names) in [
                ("in", &addend.categories.any),
                ("not", &addend.categories.none),
            ] {
                if !names.is_empty() {
                    text += &format!(" {word} {}", names.join(" "));
                }
            }
            text
        };
        Some(Rollups::of(asked)?.addends.iter().map(written).collect())
    }

    #[test]
    fn searches_become_sums() {
        use Dimension::{Agents, Categories, Topics, Users};
        type Case = (
            &'static [(Dimension, &'static [&'static str], &'static [&'static str])],
            Option<&'static [&'static str]>,
        );
        let cases: [Case; 9] = [
            (&[], Some(&["+m "])),
            (&[(Agents, &["x"], &[])], Some(&["+a x"])),
            (&[(Topics, &["a", "b"], &["b"])], Some(&["+t a"])),
            (&[(Categories, &[], &["c"])], Some(&["+m ", "-c c"])),
            (
                &[(Topics, &[], &["a"]), (Categories, &["c"], &[])],
                Some(&["+c c", "-t a in c"]),
            ),
            (
                &[(Topics, &["a"], &[]), (Categories, &[], &["c"])],
                Some(&["+t a not c"]),
            ),
            // Nothing can match, and nothing is added.
            (&[(Topics, &["a"], &["a"])], Some(&[])),
            (&[(Users, &["1", "2"], &[])], None),
            (&[(Users, &["1"], &[]), (Topics, &["a"], &[])], None),
        ];
        for (filters, expected) in cases {
            let expected = expected.map(|addends| addends.iter().map(|&a| a.to_owned()).collect());
            assert_eq!(addends(&asked(filters)), expected, "{filters:?}");
        }
        let without_agent = Asked {
            without_agent: true,
            ..Asked::default()
        };
        assert_eq!(addends(&without_agent), None);
    }

    #[test]
    fn hours_are_known_only_where_all_addends_have_them() {
        let smallest = |asked: &Asked| Rollups::of(asked).map(|sum| sum.smallest());
        assert_eq!(smallest(&asked(&[])), Some(Unit::Hour));
        let topic = asked(&[(Dimension::Topics, &["a"], &[])]);
        assert_eq!(smallest(&topic), Some(Unit::Day));
    }

    #[test]
    fn months_are_the_largest_of_subjects() {
        let largest = |asked: &Asked| Rollups::of(asked).map(|sum| sum.largest());
        assert_eq!(largest(&asked(&[])), Some(Unit::Year));
        let of = |dimension| asked(&[(dimension, &["1"], &[])]);
        assert_eq!(largest(&of(Dimension::Packages)), Some(Unit::Year));
        assert_eq!(largest(&of(Dimension::Subjects)), Some(Unit::Month));
    }
}
