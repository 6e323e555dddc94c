//! Where the bars of a page's histogram begin and end: aligned to minutes, hours, days, weeks, months or years.

use archive::Span;
use chrono::{DateTime, Datelike, NaiveDate, NaiveDateTime, TimeDelta};
use chrono_tz::Tz;

use crate::request::calendar::CalendarUnit;

/// So many bars at most.
const MOST: usize = 120;

/// How long a bar is.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
enum BarLength {
    Minutes(i64),
    Calendar(CalendarUnit),
}

use BarLength::{Calendar, Minutes};

/// Lengths of bars, the shortest first, and what they are called.
const LENGTHS: [(BarLength, &str); 16] = [
    (Minutes(1), "minute"),
    (Minutes(2), "2 minutes"),
    (Minutes(5), "5 minutes"),
    (Minutes(10), "10 minutes"),
    (Minutes(15), "quarter of an hour"),
    (Minutes(30), "half an hour"),
    (Minutes(60), "hour"),
    (Minutes(120), "2 hours"),
    (Minutes(180), "3 hours"),
    (Minutes(360), "6 hours"),
    (Minutes(720), "12 hours"),
    (Calendar(CalendarUnit::Day), "day"),
    (Calendar(CalendarUnit::Week), "week"),
    (Calendar(CalendarUnit::Month), "month"),
    (Calendar(CalendarUnit::Quarter), "quarter"),
    (Calendar(CalendarUnit::Year), "year"),
];

/// The edges of as many bars as there may be over a time, or the last part of it, and how long each is. Where counters do not know hours
/// (`by_days`), bars of more than two days' time are no shorter than days.
pub fn bar_edges(
    first: NaiveDateTime,
    past: NaiveDateTime,
    by_days: bool,
) -> (Vec<NaiveDateTime>, &'static str) {
    let coarse = by_days && past - first > TimeDelta::days(2);
    for (length, word) in LENGTHS {
        if coarse && matches!(length, Minutes(_)) {
            continue;
        }
        if let Some(edges) = length.edges(first, past) {
            return (edges, word);
        }
    }
    let years = i32::try_from(MOST).unwrap_or_default() - 1;
    let first = NaiveDate::from_ymd_opt(past.year() - years, 1, 1).map(NaiveDateTime::from);
    let edges = first.and_then(|first| Calendar(CalendarUnit::Year).edges(first, past));
    (edges.unwrap_or_default(), "year")
}

/// The edges within the searched time: so far bars count, also the first and the last, and so far they lead.
pub fn within(time: Span, edges: &[NaiveDateTime]) -> Vec<NaiveDateTime> {
    let clipped = |edge: &NaiveDateTime| {
        let edge = time.from.map_or(*edge, |from| from.max(*edge));
        time.to.map_or(edge, |to| to.min(edge))
    };
    edges.iter().map(clipped).collect()
}

impl BarLength {
    /// The edges of bars of this length; `None` if they are too many.
    fn edges(self, first: NaiveDateTime, past: NaiveDateTime) -> Option<Vec<NaiveDateTime>> {
        let minutes = match self {
            Minutes(minutes) => minutes,
            Calendar(unit) => {
                let last = past.checked_sub_signed(TimeDelta::microseconds(1))?;
                let edges = unit.edges(Tz::UTC, first, last, MOST)?;
                return Some(edges.into_iter().map(|edge| edge.naive_utc()).collect());
            }
        };
        let seconds = minutes * 60;
        let start = first.and_utc().timestamp().div_euclid(seconds) * seconds;
        let mut edges = vec![DateTime::from_timestamp(start, 0)?.naive_utc()];
        while let Some(&last) = edges.last()
            && last < past
        {
            if edges.len() > MOST {
                return None;
            }
            edges.push(last.checked_add_signed(TimeDelta::minutes(minutes))?);
        }
        Some(edges)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn bars_are_aligned_and_neither_too_many_nor_too_few() {
        let day = NaiveDate::from_ymd_opt(2026, 11, 27).expect("a day");
        let now = day.and_hms_opt(17, 40, 9).expect("a time");
        for (hours, by_days, word, first, bars) in [
            (1, false, "minute", "2026-11-27T16:40:00", 61),
            (24, true, "quarter of an hour", "2026-11-26T17:30:00", 97),
            (24 * 7, false, "2 hours", "2026-11-20T16:00:00", 85),
            (24 * 30, false, "12 hours", "2026-10-28T12:00:00", 61),
            (24 * 7, true, "day", "2026-11-20T00:00:00", 8),
            (24 * 90, false, "day", "2026-08-29T00:00:00", 91),
            (24 * 365, false, "week", "2025-11-24T00:00:00", 53),
            (24 * 365 * 9, true, "month", "2017-11-01T00:00:00", 109),
            (24 * 365 * 15, true, "quarter", "2011-10-01T00:00:00", 61),
        ] {
            let (edges, unit) = bar_edges(now - TimeDelta::hours(hours), now, by_days);
            let start = edges[0].format("%Y-%m-%dT%H:%M:%S").to_string();
            assert_eq!((unit, start.as_str(), edges.len() - 1), (word, first, bars));
            assert!(edges[edges.len() - 1] >= now);
        }
        assert_eq!(bar_edges(now, now, false).0.len(), 2);
        let (edges, unit) = bar_edges(now - TimeDelta::days(366 * 200), now, false);
        assert_eq!((unit, edges.len() - 1), ("year", MOST));
    }
}
