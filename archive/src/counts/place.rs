//! Where a page lies among the segments of an answer. Pure: what a segment consists of is loaded by
//! whoever asks.
//!
//! The page before which 120,000 of 300,000 messages lie, newest first:
//!
//! ```text
//! segments   2026: 50,000 │ 2025: 90,000 │ 2024: 160,000
//! place                     2025: 90,000 │ 2024: 160,000                 skip 70,000
//! zoom       December 2025: 8,000 │ … │ May: 7,500 │ April │ …
//! place                                 May: 7,500 │ April │ … │ 2024    skip 3,200
//! zoom       31 May: 250 │ … │ 18 May: 240 │ 17 May │ …
//! place                        18 May: 240 │ 17 May │ … │ April │ …      skip 90
//! trim                         18 May: 240                               skip 90
//! ```

use std::sync::Arc;

use crate::counts::segment::Segment;
use crate::counts::small_result::{self, SmallResult};
use crate::search::Order;
use crate::span::Span;

/// Skipping so many rows costs less than asking the counters how to skip them.
pub(super) const NEAR_ROWS: u64 = 500;

/// The segments from the one on that holds the first message of a page.
#[derive(Debug)]
pub(super) struct Place {
    /// Never empty.
    segments: Vec<Segment>,
    /// How many messages of the first segment lie before the page.
    skip: u64,
}

impl Place {
    /// The place of a page before which `offset` messages lie; `None` if that is behind the end.
    pub(super) fn of(segments: &[Segment], offset: u64) -> Option<Self> {
        let mut skip = offset;
        for (n, segment) in segments.iter().enumerate() {
            if skip < segment.hits.count {
                let segments = segments[n..].to_vec();
                return Some(Self { segments, skip });
            }
            skip -= segment.hits.count;
        }
        None
    }

    pub(super) fn skip(&self) -> u64 {
        self.skip
    }

    /// The segment that holds the first message of the page.
    pub(super) fn first(&self) -> &Segment {
        &self.segments[0]
    }

    /// Puts the parts of the first segment, in the order of the answer, into its place. Answers
    /// whether they hold the page's first message; if not, nothing changes.
    pub(super) fn zoom(&mut self, parts: &[Segment]) -> bool {
        let Some(mut place) = Self::of(parts, self.skip) else {
            return false;
        };
        place.segments.extend(self.segments.drain(1..));
        *self = place;
        true
    }

    /// Leaves only the segments that hold the `wanted` messages of the page.
    pub(super) fn trim(&mut self, wanted: u64) {
        let mut missing = self.skip.saturating_add(wanted);
        let mut needed = 0;
        for segment in &self.segments {
            if missing == 0 {
                break;
            }
            missing = missing.saturating_sub(segment.hits.count);
            needed += 1;
        }
        self.segments.truncate(needed.max(1));
    }

    /// The time from the first segment to the last.
    pub(super) fn span(&self, order: Order) -> Span {
        let near = self.segments[0].span;
        let far = self.segments[self.segments.len() - 1].span;
        match order {
            Order::Ascending => Span {
                from: near.from,
                to: far.to,
            },
            Order::Descending => Span {
                from: far.from,
                to: near.to,
            },
        }
    }

    /// The ids of all messages of the segments, if they are known and few.
    pub(super) fn ids(&self) -> Option<Vec<Arc<SmallResult>>> {
        let total: u64 = self.segments.iter().map(|segment| segment.hits.count).sum();
        if total > small_result::MOST_IDS {
            return None;
        }
        self.segments
            .iter()
            .map(|segment| segment.hits.ids.clone())
            .collect()
    }

    /// How many messages of the segment lie behind the page, if it is the only one and they are so
    /// many fewer than those before it that the page is better sought from behind.
    pub(super) fn behind(&self, wanted: u64) -> Option<u64> {
        let [only] = self.segments.as_slice() else {
            return None;
        };
        let behind = only.hits.count.saturating_sub(self.skip + wanted);
        if behind + NEAR_ROWS < self.skip {
            Some(behind)
        } else {
            None
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::counts::bucket::{Bucket, Unit};
    use crate::counts::found::Hits;
    use crate::counts::test_times::day;

    /// Segments of days in ascending order, of these counts.
    fn days(counts: &[u64]) -> Vec<Segment> {
        let segment = |(number, count): (u32, &u64)| {
            let bucket = Bucket::holding(day(2024, 5, number), Unit::Day);
            Segment {
                span: bucket.span(),
                bucket: Some(bucket),
                hits: Hits::counted(*count),
            }
        };
        (1..).zip(counts).map(segment).collect()
    }

    fn counts(place: &Place) -> Vec<u64> {
        let segments = place.segments.iter();
        segments.map(|segment| segment.hits.count).collect()
    }

    #[test]
    fn a_page_starts_in_the_segment_that_holds_its_first_message() {
        let segments = days(&[10, 20, 30]);
        let cases = [
            (0, Some((vec![10, 20, 30], 0))),
            (9, Some((vec![10, 20, 30], 9))),
            (10, Some((vec![20, 30], 0))),
            (45, Some((vec![30], 15))),
            (59, Some((vec![30], 29))),
            (60, None),
        ];
        for (offset, expected) in cases {
            let place = Place::of(&segments, offset);
            let place = place.map(|place| (counts(&place), place.skip));
            assert_eq!(place, expected, "offset {offset}");
        }
    }

    #[test]
    fn parts_take_the_place_of_the_first_segment() {
        let mut place = Place::of(&days(&[10, 20, 30]), 25).unwrap();
        assert!(place.zoom(&days(&[12, 8])));
        assert_eq!((counts(&place), place.skip), (vec![8, 30], 3));
        assert!(!place.zoom(&days(&[3])), "they do not hold the message");
        assert_eq!((counts(&place), place.skip), (vec![8, 30], 3));
    }

    #[test]
    fn only_the_segments_of_the_page_are_left() {
        for (offset, wanted, expected) in [
            (0, 10, vec![10]),
            (0, 11, vec![10, 20]),
            (15, 15, vec![20]),
            (15, 16, vec![20, 30]),
            (15, 500, vec![20, 30]),
        ] {
            let mut place = Place::of(&days(&[10, 20, 30]), offset).unwrap();
            place.trim(wanted);
            assert_eq!(counts(&place), expected, "{wanted} from {offset} on");
        }
    }

    #[test]
    fn the_span_reaches_from_the_earliest_to_the_latest() {
        let place = Place::of(&days(&[10, 20]), 0).unwrap();
        let both = Span::between(day(2024, 5, 1), day(2024, 5, 3));
        assert_eq!(place.span(Order::Ascending), both);
        let mut newest_first = days(&[10, 20]);
        newest_first.reverse();
        let place = Place::of(&newest_first, 0).unwrap();
        assert_eq!(place.span(Order::Descending), both);
    }

    #[test]
    fn the_end_that_is_much_nearer_is_the_start() {
        let place = |offset| Place::of(&days(&[10_000]), offset).unwrap();
        assert_eq!(place(9_000).behind(25), Some(975));
        assert_eq!(place(1_000).behind(25), None);
        let several = Place::of(&days(&[10_000, 10]), 9_000).unwrap();
        assert_eq!(several.behind(25), None);
    }
}
