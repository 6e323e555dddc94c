//! Segments: the messages that match, as counted pieces in the order of the answer.

use crate::counts::bucket::Bucket;
use crate::counts::edge::Remainder;
use crate::counts::found::{Hits, HitsByBucket};
use crate::search::Order;
use crate::span::Span;

/// Some messages that follow each other in the answer.
#[derive(Clone, Debug, Default)]
pub(super) struct Segment {
    /// The time in which they lie.
    pub(super) span: Span,
    /// The bucket of which they are all that matches, if that is what they are.
    pub(super) bucket: Option<Bucket>,
    pub(super) hits: Hits,
}

/// Buckets as segments in this order.
pub(super) fn of_buckets(buckets: HitsByBucket, order: Order) -> Vec<Segment> {
    let segments = buckets.into_iter().map(|(bucket, hits)| Segment {
        span: bucket.span(),
        bucket: Some(bucket),
        hits,
    });
    match order {
        Order::Ascending => segments.collect(),
        Order::Descending => segments.rev().collect(),
    }
}

/// Adds or takes away what was counted in each remainder of `search`, the span that is asked for.
/// The segments are in ascending order.
pub(super) fn settle(
    segments: &mut Vec<Segment>,
    counted: impl IntoIterator<Item = (Remainder, u64)>,
    search: Span,
) {
    for (remainder, count) in counted {
        settle_one(segments, remainder, count);
    }
    // Not before: both remainders may lie in one bucket.
    for segment in segments {
        segment.span = segment.span.intersection(search);
    }
}

fn settle_one(segments: &mut Vec<Segment>, remainder: Remainder, count: u64) {
    if remainder.is_inside {
        let place = segments.partition_point(|other| other.span.from < remainder.span.from);
        let segment = Segment {
            span: remainder.span,
            bucket: None,
            hits: Hits::counted(count),
        };
        segments.insert(place, segment);
    } else if let Some(segment) = holding(segments, remainder) {
        segment.hits.count = segment.hits.count.saturating_sub(count);
        segment.bucket = None;
    }
}

/// The segment that holds a remainder.
pub(super) fn holding(segments: &mut [Segment], remainder: Remainder) -> Option<&mut Segment> {
    let from = remainder.span.from?;
    segments.iter_mut().find(|segment| segment.span.holds(from))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::counts::bucket::Unit;
    use crate::counts::test_times::{day, hour};

    fn days(counts: &[(u32, u64)]) -> Vec<Segment> {
        let bucket = |number| Bucket::holding(day(2024, 5, number), Unit::Day);
        let buckets = counts
            .iter()
            .map(|(number, count)| (bucket(*number), Hits::counted(*count)));
        of_buckets(buckets.collect(), Order::Ascending)
    }

    #[test]
    fn what_lies_inside_becomes_a_segment_in_its_place() {
        let mut segments = days(&[(1, 10), (2, 20)]);
        let remainder = Remainder {
            span: Span::between(day(2024, 5, 3), hour(2024, 5, 3, 9)),
            is_inside: true,
        };
        settle(&mut segments, [(remainder, 5)], Span::ALL);
        let earlier = Remainder {
            span: Span::between(hour(2024, 4, 30, 20), day(2024, 5, 1)),
            is_inside: true,
        };
        settle(&mut segments, [(earlier, 7)], Span::ALL);
        let counts: Vec<u64> = segments.iter().map(|segment| segment.hits.count).collect();
        assert_eq!(counts, [7, 10, 20, 5]);
        assert_eq!(segments[3].bucket, None);
    }

    #[test]
    fn what_lies_outside_is_taken_away_and_its_bucket_is_none_any_more() {
        let search = Span::between(hour(2024, 5, 1, 5), hour(2024, 5, 2, 20));
        let mut segments = days(&[(1, 10), (2, 20)]);
        let remainder = Remainder {
            span: Span::between(day(2024, 5, 1), hour(2024, 5, 1, 5)),
            is_inside: false,
        };
        settle(&mut segments, [(remainder, 4)], search);
        assert_eq!(segments[0].hits.count, 6);
        assert_eq!(segments[0].span.from, search.from);
        assert_eq!(segments[0].bucket, None);
        assert!(segments[1].bucket.is_some());
    }
    #[test]
    fn both_remainders_may_be_taken_away_from_one_bucket() {
        let (from, to) = (hour(2024, 5, 1, 2), hour(2024, 5, 1, 19));
        let outside = |span| Remainder {
            span,
            is_inside: false,
        };
        let first = outside(Span::between(day(2024, 5, 1), from));
        let last = outside(Span::between(to, day(2024, 5, 2)));
        let mut segments = days(&[(1, 10)]);
        let search = Span::between(from, to);
        settle(&mut segments, [(first, 3), (last, 4)], search);
        assert_eq!((segments[0].hits.count, segments[0].span), (3, search));
    }
}
