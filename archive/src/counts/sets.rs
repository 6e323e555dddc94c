//! Searches whose totals are those of sets: several users, a user and a package, all but an agent.
//!
//! Here is the algebra, which needs no database; `set_counts` reads what it is done with, and
//! `set_search` puts the two together.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use roaring::{MultiOps, RoaringTreemap};

use crate::counts::bucket::{Bucket, Unit};
use crate::counts::found::Hits;
use crate::counts::kind::Kind;
use crate::counts::memory;
use crate::counts::postings::{Counter, Term};
use crate::counts::small_result::SmallResult;
use crate::database::version::RowVersion;
use crate::dimension::Dimension;
use crate::position::Position;
use crate::query::asked::{Asked, Values};

/// A search as a set: one of the terms of each group holds, and none of `none`.
#[derive(Clone, Debug, Eq, PartialEq)]
pub(super) struct Sets {
    groups: Vec<Wanted>,
    none: Vec<Term>,
    /// The messages of subjects that are not counted, all of them, by terms that stand for these.
    known: BTreeMap<Term, Vec<Position>>,
}

/// The values that are wanted of a dimension.
#[derive(Clone, Debug, Eq, PartialEq)]
struct Wanted {
    dimension: Dimension,
    terms: Vec<Term>,
}

/// What a counter says of a term in a bucket.
#[derive(Clone, Debug, Eq, PartialEq)]
pub(super) struct Counted {
    pub(super) count: i64,
    /// The version of the counter and of its notes.
    pub(super) version: RowVersion,
    /// Whether the counter has postings which hold all that it counts.
    pub(super) has_postings: bool,
}

/// What counters say of the terms in a bucket.
#[derive(Clone, Debug, Default, Eq, PartialEq)]
pub(super) struct TermCounts(BTreeMap<Term, Counted>);

/// The ids of messages, by counter.
pub(super) type Postings = BTreeMap<Counter, Arc<RoaringTreemap>>;

impl TermCounts {
    /// Adds what another row says of a term.
    pub(super) fn add(&mut self, term: Term, row: Counted) {
        let Some(known) = self.0.get_mut(&term) else {
            self.0.insert(term, row);
            return;
        };
        // A topic has a counter for each of its categories. A change is in no postings.
        known.count += row.count;
        known.has_postings &= row.has_postings;
        // In whatever order they came: another one only costs a look.
        known.version.push(' ');
        known.version.push_str(&row.version);
    }

    fn count(&self, term: &Term) -> i64 {
        self.0.get(term).map_or(0, |counted| counted.count)
    }

    fn sum(&self, terms: &[Term]) -> i64 {
        terms.iter().map(|term| self.count(term)).sum()
    }

    /// The version of what there is of a term, empty where there is no message.
    fn version(&self, term: &Term) -> RowVersion {
        match self.0.get(term) {
            Some(counted) if counted.count > 0 => memory::short(&counted.version),
            _ => RowVersion::new(),
        }
    }
}

impl Sets {
    /// What is asked as sets. Bodies and missing agents are none.
    pub(super) fn of(asked: &Asked) -> Self {
        let mut sets = Self {
            groups: Vec::new(),
            none: Vec::new(),
            known: BTreeMap::new(),
        };
        for filter in &asked.filters {
            let dimension = filter.dimension;
            let none = sets.terms_of(dimension, &filter.none, "none");
            sets.none.extend(none);
            if !filter.any.is_empty() {
                let terms = sets.terms_of(dimension, &filter.any, "any");
                sets.groups.push(Wanted { dimension, terms });
            }
        }
        sets
    }

    /// The terms of values; `known` is the name of one for messages that are known.
    fn terms_of(&mut self, dimension: Dimension, values: &Values, known: &str) -> Vec<Term> {
        let kind = Kind::Of(dimension);
        let names = values.counter_names().into_iter();
        let mut terms: Vec<Term> = names.map(|name| Term { kind, name }).collect();
        if let Some(about) = values.known() {
            let name = known.to_owned();
            let term = Term { kind, name };
            self.known.insert(term.clone(), about.messages.clone());
            terms.push(term);
        }
        terms
    }

    /// The terms of which all messages are known, and these.
    pub(super) fn known(&self) -> impl Iterator<Item = (&Term, &[Position])> {
        self.known
            .iter()
            .map(|(term, messages)| (term, messages.as_slice()))
    }

    /// The messages that are known of a counter's term in its bucket.
    pub(super) fn known_ids(&self, counter: &Counter) -> Option<RoaringTreemap> {
        let messages = self.known.get(&counter.term)?.iter();
        let span = counter.bucket.span();
        let there = messages.filter(|message| span.holds(message.timestamp));
        Some(there.map(|message| message.id.cast_unsigned()).collect())
    }

    /// The largest buckets of use. A year takes the place of its months if what matched in it is
    /// remembered, which it is not where only something is left out of all; and if all have counters of years.
    pub(super) fn largest(&self) -> Unit {
        let have_years = self.deciding().all(|term| term.kind.has_years());
        if have_years && !self.groups.is_empty() {
            Unit::Year
        } else {
            Unit::Month
        }
    }

    /// The terms of which anything must be known.
    pub(super) fn terms(&self) -> BTreeSet<Term> {
        let mut terms: BTreeSet<Term> = self.deciding().cloned().collect();
        if self.groups.is_empty() {
            terms.insert(Term::all());
        }
        terms
    }

    /// The terms whose messages decide what matches.
    fn deciding(&self) -> impl Iterator<Item = &Term> {
        let wanted = self.groups.iter().flat_map(|group| &group.terms);
        wanted.chain(&self.none)
    }

    /// Whether anything can match in a bucket with these counts.
    pub(super) fn may_match(&self, counts: &TermCounts) -> bool {
        if self.groups.is_empty() {
            return counts.count(&Term::all()) > 0;
        }
        self.groups.iter().all(|group| counts.sum(&group.terms) > 0)
    }

    /// The dimension of which the fewest messages may match, and how many.
    pub(super) fn rarest(
        &self,
        buckets: &BTreeMap<Bucket, TermCounts>,
    ) -> Option<(Dimension, i64)> {
        let total = |group: &Wanted| {
            let of_buckets = buckets.values().map(|counts| counts.sum(&group.terms));
            (group.dimension, of_buckets.sum())
        };
        self.groups
            .iter()
            .map(total)
            .min_by_key(|(_, count)| *count)
    }

    /// How many match, where one counter alone can tell.
    pub(super) fn alone(&self, counts: &TermCounts) -> Option<u64> {
        if self.none.iter().any(|term| counts.count(term) > 0) {
            return None;
        }
        let count = match self.groups.as_slice() {
            [] => counts.count(&Term::all()),
            [group] => {
                let mut there = group
                    .terms
                    .iter()
                    .map(|term| counts.count(term))
                    .filter(|count| *count > 0);
                let only = there.next()?;
                if there.next().is_some() {
                    return None;
                }
                only
            }
            _ => return None,
        };
        Some(count.max(0).unsigned_abs())
    }

    /// Whether a bucket is a year of which not even its counters tell what matches.
    pub(super) fn is_divided(&self, bucket: Bucket, counts: &TermCounts) -> bool {
        bucket.unit == Unit::Year && self.alone(counts).is_none()
    }

    /// The versions of the counters whose messages decide what matches, by term; `None` if there is
    /// nothing to remember.
    pub(super) fn versions(&self, counts: &TermCounts) -> Option<Vec<RowVersion>> {
        if self.groups.is_empty() || self.alone(counts).is_some() {
            return None;
        }
        Some(self.deciding().map(|term| counts.version(term)).collect())
    }

    /// The counters whose postings tell what matches in a bucket, and what is known of them.
    pub(super) fn wanted<'a>(
        &self,
        bucket: Bucket,
        counts: &'a TermCounts,
    ) -> Vec<(Counter, &'a Counted)> {
        if self.alone(counts).is_some() {
            return Vec::new();
        }
        let mut wanted = Vec::new();
        for (term, counted) in &counts.0 {
            if counted.count > 0 && term.kind.has_postings() {
                let term = term.clone();
                wanted.push((Counter { term, bucket }, counted));
            }
        }
        wanted
    }

    /// What matches in a bucket. `postings` are those of the [`Sets::wanted`] counters.
    pub(super) fn hits(&self, bucket: Bucket, counts: &TermCounts, postings: &Postings) -> Hits {
        if let Some(count) = self.alone(counts) {
            return Hits::counted(count);
        }
        let left_out = union(bucket, &self.none, postings);
        if self.groups.is_empty() {
            let all = counts.count(&Term::all()).max(0).unsigned_abs();
            return Hits::counted(all.saturating_sub(left_out.len()));
        }
        let mut groups: Vec<_> = self
            .groups
            .iter()
            .map(|group| union(bucket, &group.terms, postings))
            .collect();
        groups.sort_by_key(|ids| ids.len());
        let ids = intersection(groups) - left_out.as_ref();
        Hits {
            ids: SmallResult::of(bucket, &ids).map(Arc::new),
            ..Hits::counted(ids.len())
        }
    }
}

/// The messages of any of the terms.
fn union(bucket: Bucket, terms: &[Term], postings: &Postings) -> Arc<RoaringTreemap> {
    let mut there = Vec::new();
    for term in terms {
        let term = term.clone();
        there.extend(postings.get(&Counter { term, bucket }));
    }
    match there.as_slice() {
        [only] => Arc::clone(only),
        several => Arc::new(several.iter().map(AsRef::as_ref).union()),
    }
}

/// The messages of all of the sets, which are in ascending order of size: so that no step has more
/// to do than the smallest has ids.
fn intersection(sets: Vec<Arc<RoaringTreemap>>) -> RoaringTreemap {
    let mut sets = sets.into_iter();
    let mut ids = sets.next().map(Arc::unwrap_or_clone).unwrap_or_default();
    for other in sets {
        ids &= other.as_ref();
    }
    ids
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::counts::test_times::day;
    use crate::query::asked::Filter;

    fn bucket() -> Bucket {
        Bucket::holding(day(2024, 5, 1), Unit::Day)
    }

    fn term(dimension: Dimension, name: &str) -> Term {
        Term {
            kind: Kind::Of(dimension),
            name: name.to_owned(),
        }
    }

    /// A search for users and packages, and not for these agents.
    fn sets(users: &[i32], packages: &[i32], not_agents: &[&str]) -> Sets {
        let filter = |dimension, any, none| Filter {
            dimension,
            any,
            none,
        };
        let not_agents = not_agents.iter().map(|name| (*name).to_owned());
        Sets::of(&Asked {
            filters: vec![
                filter(
                    Dimension::Packages,
                    Values::Keys(packages.to_vec()),
                    Values::Keys(Vec::new()),
                ),
                filter(
                    Dimension::Users,
                    Values::Keys(users.to_vec()),
                    Values::Keys(Vec::new()),
                ),
                filter(
                    Dimension::Agents,
                    Values::Texts(Vec::new()),
                    Values::Texts(not_agents.collect()),
                ),
            ],
            ..Asked::default()
        })
    }

    /// What is in a bucket, and the postings of it.
    fn there(messages: &[(Term, &[u64])]) -> (TermCounts, Postings) {
        let mut counts = TermCounts::default();
        let mut postings = Postings::new();
        for (term, ids) in messages {
            counts.add(
                term.clone(),
                Counted {
                    count: ids.len() as i64,
                    version: format!("of {}", term.name),
                    has_postings: true,
                },
            );
            let counter = Counter {
                term: term.clone(),
                bucket: bucket(),
            };
            postings.insert(counter, Arc::new(ids.iter().collect()));
        }
        (counts, postings)
    }

    #[test]
    fn sets_are_united_within_a_dimension_and_intersected_between_them() {
        use Dimension::{Agents, Packages, Users};
        let (counts, postings) = there(&[
            (Term::all(), &[1, 2, 3, 4, 5, 6]),
            (term(Users, "1"), &[1, 2, 3]),
            (term(Users, "2"), &[3, 4]),
            (term(Packages, "7"), &[2, 3, 4, 5]),
            (term(Agents, "bot"), &[3]),
        ]);
        let cases: [(Sets, u64); 7] = [
            (sets(&[1], &[], &[]), 3),
            (sets(&[1, 2], &[], &[]), 4),
            (sets(&[1, 2], &[7], &[]), 3),
            (sets(&[1, 2], &[7], &["bot"]), 2),
            (sets(&[], &[], &["bot"]), 5),
            (sets(&[], &[], &["nobody"]), 6),
            (sets(&[9], &[7], &[]), 0),
        ];
        for (sets, expected) in cases {
            let hits = sets.hits(bucket(), &counts, &postings);
            assert_eq!(hits.count, expected, "{sets:?}");
        }
    }

    #[test]
    fn one_counter_alone_tells_only_where_no_other_can_interfere() {
        use Dimension::{Agents, Users};
        let (counts, _) = there(&[
            (Term::all(), &[1, 2, 3]),
            (term(Users, "1"), &[1, 2]),
            (term(Agents, "bot"), &[2]),
        ]);
        assert_eq!(sets(&[1, 2], &[], &[]).alone(&counts), Some(2));
        assert_eq!(sets(&[1], &[], &["bot"]).alone(&counts), None);
        assert_eq!(sets(&[1], &[], &["nobody"]).alone(&counts), Some(2));
        assert_eq!(sets(&[1], &[7], &[]).alone(&counts), None);
        assert_eq!(sets(&[], &[], &["nobody"]).alone(&counts), Some(3));
    }

    #[test]
    fn what_is_remembered_is_of_these_notes() {
        use Dimension::Users;
        let (mut counts, _) = there(&[(term(Users, "1"), &[1, 2]), (term(Users, "2"), &[3])]);
        let both = sets(&[1, 2, 3], &[], &[]);
        let of = |text: &str| text.to_owned();
        assert_eq!(
            both.versions(&counts),
            Some(vec![of("of 1"), of("of 2"), of("")])
        );
        let note = Counted {
            count: 1,
            version: of("+7"),
            has_postings: false,
        };
        counts.add(term(Users, "2"), note);
        assert_eq!(
            both.versions(&counts),
            Some(vec![of("of 1"), of("of 2 +7"), of("")])
        );
        let wanted = both.wanted(bucket(), &counts);
        let has_postings: Vec<bool> = wanted.iter().map(|(_, c)| c.has_postings).collect();
        assert_eq!(has_postings, [true, false]);
    }

    #[test]
    fn the_rarest_dimension_is_that_of_the_fewest_messages_in_all_buckets() {
        use Dimension::{Packages, Users};
        let (one, _) = there(&[(term(Users, "1"), &[1, 2]), (term(Packages, "7"), &[1])]);
        let (other, _) = there(&[(term(Users, "1"), &[3]), (term(Packages, "7"), &[3, 4, 5])]);
        let next = Bucket::holding(day(2024, 5, 2), Unit::Day);
        let buckets = BTreeMap::from([(bucket(), one), (next, other)]);
        let rarest = sets(&[1], &[7], &[]).rarest(&buckets);
        assert_eq!(rarest, Some((Users, 3)));
        assert_eq!(sets(&[], &[], &["bot"]).rarest(&buckets), None);
    }
}
