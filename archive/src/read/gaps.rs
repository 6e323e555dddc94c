//! Ids below the newest one of which a message may still come.
//!
//! Ids are given out before their messages can be seen, and messages are seen when their transactions end, in any
//! order. So every id that was passed over is looked for, until all transactions have ended that may have taken it:
//! those that had begun some time after it was passed over. The time is for writers that take an id before their
//! transaction has a number.

use std::ops::RangeInclusive;
use std::time::{Duration, Instant};

use crate::query::arrivals::Horizon;

/// For how long a transaction may have an id and no number.
const UNNUMBERED: Duration = Duration::from_secs(2);
/// Gaps that are looked into: each takes some microseconds of a look.
const MOST: usize = 500;
/// How often those are told who wait for what is not looked for.
const DOUBTFUL: Duration = Duration::from_secs(30);

/// What may still come below the newest id.
#[derive(Debug)]
pub(crate) struct Gaps {
    newest: i64,
    gaps: Vec<Gap>,
    /// Ids that are not looked for: all below the first one known, and gaps beyond those that are looked into.
    doubt: Option<(Pending, Instant)>,
}

/// Ids without messages.
#[derive(Clone, Debug)]
struct Gap {
    ids: RangeInclusive<i64>,
    pending: Pending,
}

/// Until when a message may come.
#[derive(Clone, Copy, Debug)]
struct Pending {
    since: Instant,
    /// Which transaction, and all before it, must have ended; `None` while others may have taken the ids.
    transaction: Option<i64>,
}

impl Pending {
    fn new(since: Instant) -> Self {
        Self {
            since,
            transaction: None,
        }
    }

    /// Whether nothing can come any more that could not be seen at the last look.
    fn is_over(&mut self, now: Instant, horizon: Horizon) -> bool {
        if self.transaction.is_none() && now - self.since >= UNNUMBERED {
            self.transaction = Some(horizon.begun);
        }
        self.transaction
            .is_some_and(|transaction| transaction <= horizon.ended)
    }
}

impl Gaps {
    /// Begins with the ids that are there beyond `newest`, in order.
    pub(crate) fn new(newest: i64, ids: &[i64], now: Instant) -> Self {
        let mut gaps = Self {
            newest,
            gaps: Vec::new(),
            doubt: Some((Pending::new(now), now)),
        };
        for id in ids {
            gaps.pass(*id, now);
        }
        gaps
    }

    /// The ids to look for, in order: gaps, and all that is newer.
    pub(crate) fn wanted(&self) -> Vec<RangeInclusive<i64>> {
        let gaps = self.gaps.iter().map(|gap| gap.ids.clone());
        gaps.chain([self.newest + 1..=i64::MAX]).collect()
    }

    /// Whether all ids are wanted of which a message may come.
    pub(crate) fn are_all(&self) -> bool {
        self.doubt.is_none()
    }

    /// Takes the ids that were found, in order, among those that are wanted. Answers whether others may have come that
    /// were not looked for.
    pub(crate) fn take(&mut self, found: &[i64], now: Instant, horizon: Horizon) -> bool {
        let new = found.partition_point(|id| *id <= self.newest);
        self.fill(&found[..new]);
        self.gaps
            .retain_mut(|gap| !gap.pending.is_over(now, horizon));
        for id in &found[new..] {
            self.pass(*id, now);
        }
        let beyond = self.gaps.len().saturating_sub(MOST);
        if beyond > 0 {
            self.gaps.drain(..beyond);
            let told = self.doubt.map_or(now, |(_, told)| told);
            self.doubt = Some((Pending::new(now), told));
        }
        self.doubts(now, horizon)
    }

    /// Makes `id` the newest one.
    fn pass(&mut self, id: i64, now: Instant) {
        if self.newest + 1 < id {
            self.gaps.push(Gap {
                ids: self.newest + 1..=id - 1,
                pending: Pending::new(now),
            });
        }
        self.newest = id;
    }

    /// Takes what was found out of gaps.
    fn fill(&mut self, found: &[i64]) {
        if found.is_empty() {
            return;
        }
        let mut rest = Vec::with_capacity(self.gaps.len());
        for Gap { ids, pending } in self.gaps.drain(..) {
            let from = found.partition_point(|id| id < ids.start());
            let to = found.partition_point(|id| id <= ids.end());
            let mut first = *ids.start();
            for id in &found[from..to] {
                if first < *id {
                    let ids = first..=id - 1;
                    rest.push(Gap { ids, pending });
                }
                first = id + 1;
            }
            if first <= *ids.end() {
                let ids = first..=*ids.end();
                rest.push(Gap { ids, pending });
            }
        }
        self.gaps = rest;
    }

    fn doubts(&mut self, now: Instant, horizon: Horizon) -> bool {
        let Some((pending, told)) = &mut self.doubt else {
            return false;
        };
        if pending.is_over(now, horizon) {
            self.doubt = None;
            return true;
        }
        let is_due = now - *told >= DOUBTFUL;
        if is_due {
            *told = now;
        }
        is_due
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn horizon(ended: i64, begun: i64) -> Horizon {
        Horizon { ended, begun }
    }

    /// The ids that are wanted, but for all that is newer.
    fn open(gaps: &Gaps) -> Vec<RangeInclusive<i64>> {
        let mut wanted = gaps.wanted();
        assert_eq!(wanted.pop(), Some(gaps.newest + 1..=i64::MAX));
        wanted
    }

    #[test]
    fn what_was_passed_over_is_wanted_until_it_came() {
        let now = Instant::now();
        let mut gaps = Gaps::new(6, &[7, 8, 10], now);
        assert_eq!(open(&gaps), [9..=9]);
        gaps.take(&[9, 15], now, horizon(100, 101));
        assert_eq!(open(&gaps), [11..=14]);
        gaps.take(&[12], now, horizon(100, 101));
        assert_eq!(open(&gaps), [11..=11, 13..=14]);
        gaps.take(&[11, 13, 14, 16], now, horizon(100, 101));
        assert_eq!(open(&gaps), []);
        assert_eq!(Gaps::new(0, &[], now).wanted(), [1..=i64::MAX]);
    }

    #[test]
    fn it_is_wanted_no_longer_once_all_have_ended_that_may_bring_it() {
        let start = Instant::now();
        let mut gaps = Gaps::new(0, &[1], start);
        gaps.take(&[3], start, horizon(100, 105));
        let later = start + UNNUMBERED;
        gaps.take(&[], later, horizon(100, 110));
        for (ended, wanted) in [(105, 1), (109, 1), (110, 0)] {
            gaps.take(&[], later, horizon(ended, 200));
            assert_eq!(open(&gaps).len(), wanted, "{ended}");
        }
    }

    #[test]
    fn what_is_not_looked_for_is_told_of_when_it_may_have_come() {
        let start = Instant::now();
        let mut gaps = Gaps::new(0, &[1], start);
        assert!(!gaps.take(&[], start, horizon(100, 110)));
        let later = start + UNNUMBERED;
        assert!(!gaps.take(&[], later, horizon(100, 110)));
        assert!(gaps.take(&[], later, horizon(110, 111)), "older ones");
        assert!(gaps.are_all());
        let odd: Vec<i64> = (1..3 * MOST as i64).map(|id| 2 * id + 1).collect();
        assert!(!gaps.take(&odd, later, horizon(110, 111)));
        assert!(!gaps.are_all());
        assert_eq!(open(&gaps).len(), MOST, "they are bounded");
        let seconds = |seconds| later + Duration::from_secs(seconds);
        assert!(!gaps.take(&[], seconds(29), horizon(110, 120)));
        assert!(
            gaps.take(&[], seconds(31), horizon(110, 130)),
            "now and then"
        );
        assert!(!gaps.take(&[], seconds(32), horizon(119, 130)));
        assert!(gaps.take(&[], seconds(33), horizon(120, 130)), "at the end");
        assert!(!gaps.take(&[], seconds(99), horizon(120, 130)));
    }

    proptest::proptest! {
        /// Whatever the order in which transactions end, each id is found once.
        #[test]
        fn nothing_is_skipped_or_told_twice(order in proptest::collection::vec(0..40_i64, 1..200)) {
            let start = Instant::now();
            let mut gaps = Gaps::new(0, &[], start);
            let (mut seen, mut told) = (std::collections::BTreeSet::new(), Vec::new());
            for (n, id) in order.iter().enumerate() {
                seen.insert(id + 1);
                if n % 3 == 0 {
                    let wanted = gaps.wanted();
                    let found: Vec<i64> = seen.iter().copied()
                        .filter(|id| wanted.iter().any(|ids| ids.contains(id))).collect();
                    gaps.take(&found, start, horizon(1, 2));
                    told.extend(found);
                    let distinct: std::collections::BTreeSet<i64> = told.iter().copied().collect();
                    proptest::prop_assert_eq!(&distinct, &seen);
                    proptest::prop_assert_eq!(distinct.len(), told.len());
                }
            }
        }
    }
}
