//! Times of day and offsets from UTC in digits, as ISO 8601 writes them.

use chrono::{NaiveTime, TimeDelta};

/// A time of day, and how much of it was written.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct Clock {
    /// The time, to the microsecond: further digits of a fraction are cut.
    pub time: NaiveTime,
    /// How many of hour, minute and second were written.
    pub parts: usize,
}

impl Clock {
    /// Reads `HH:MM`, `HH:MM:SS` or `HH:MM:SS.F`, each part of `shortest` to two digits.
    pub fn with_colons(text: &str, shortest: usize) -> Option<Self> {
        let (whole, fraction) = split_fraction(text);
        let parts: Vec<&str> = whole.split(':').collect();
        let fits = |part: &&str| (shortest..=2).contains(&part.len());
        if parts.len() == 1 || !parts.iter().all(fits) {
            return None;
        }
        Self::of(&parts, fraction)
    }

    /// Reads `HH`, `HHMM`, `HHMMSS` or `HHMMSS.F`.
    pub fn compact(text: &str) -> Option<Self> {
        let (whole, fraction) = split_fraction(text);
        let parts: Option<Vec<&str>> = (0..whole.len())
            .step_by(2)
            .map(|at| whole.get(at..at + 2))
            .collect();
        Self::of(&parts?, fraction)
    }

    /// Reads a time with or without colons, each part of two digits.
    pub fn parse(text: &str) -> Option<Self> {
        if text.contains(':') {
            Self::with_colons(text, 2)
        } else {
            Self::compact(text)
        }
    }

    fn of(parts: &[&str], fraction: Option<&str>) -> Option<Self> {
        let numbers: Vec<u32> = parts
            .iter()
            .map(|part| number(part))
            .collect::<Option<_>>()?;
        let (hour, minute, second) = match numbers[..] {
            [hour] => (hour, 0, 0),
            [hour, minute] => (hour, minute, 0),
            [hour, minute, second] => (hour, minute, second),
            _ => return None,
        };
        let microsecond = match fraction {
            None => 0,
            Some(_) if parts.len() < 3 => return None,
            Some(digits) => microseconds(digits)?,
        };
        Some(Self {
            time: NaiveTime::from_hms_micro_opt(hour, minute, second, microsecond)?,
            parts: parts.len(),
        })
    }
}

/// Reads an offset from UTC: a sign and what [`Clock::parse`] takes. East is positive.
pub fn parse_offset(text: &str) -> Option<TimeDelta> {
    let (is_west, clock) = match text.split_at_checked(1)? {
        ("+", clock) => (false, clock),
        ("-", clock) => (true, clock),
        _ => return None,
    };
    let offset = Clock::parse(clock)?.time - NaiveTime::MIN;
    Some(if is_west { -offset } else { offset })
}

fn split_fraction(text: &str) -> (&str, Option<&str>) {
    match text.split_once(['.', ',']) {
        Some((whole, fraction)) => (whole, Some(fraction)),
        None => (text, None),
    }
}

/// A fraction of a second, cut after six digits.
fn microseconds(digits: &str) -> Option<u32> {
    if !is_number(digits) {
        return None;
    }
    format!("{digits:0<6}")[..6].parse().ok()
}

/// Digits only, where `parse` alone would take a sign.
pub(crate) fn number(text: &str) -> Option<u32> {
    if !is_number(text) {
        return None;
    }
    text.parse().ok()
}

fn is_number(text: &str) -> bool {
    !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn shown(clock: Option<Clock>) -> Option<String> {
        clock.map(|clock| format!("{} {}", clock.time, clock.parts))
    }

    #[test]
    fn clocks_with_colons() {
        for (text, shortest, expected) in [
            ("10:11", 2, Some("10:11:00 2")),
            ("10:11:12", 2, Some("10:11:12 3")),
            ("10:11:12.5", 2, Some("10:11:12.500 3")),
            ("10:11:12,1234567890123", 2, Some("10:11:12.123456 3")),
            ("1:2:3", 1, Some("01:02:03 3")),
            ("1:2:3", 2, None),
            ("10", 1, None),
            ("10:11.5", 2, None),
            ("10:11:12.", 2, None),
            ("10:11:12.5x", 2, None),
            ("10:11:12:13", 2, None),
            ("10:", 1, None),
            ("24:00", 2, None),
            ("10:11:60", 2, None),
            ("+1:00", 2, None),
        ] {
            let found = shown(Clock::with_colons(text, shortest));
            assert_eq!(found.as_deref(), expected, "{text}");
        }
    }

    #[test]
    fn clocks_without_colons() {
        for (text, expected) in [
            ("10", Some("10:00:00 1")),
            ("1011", Some("10:11:00 2")),
            ("101112.25", Some("10:11:12.250 3")),
            ("1", None),
            ("101", None),
            ("10111213", None),
            ("1011.5", None),
            ("1é1", None),
            ("", None),
        ] {
            assert_eq!(shown(Clock::compact(text)).as_deref(), expected, "{text}");
        }
    }

    #[test]
    fn offsets_have_a_sign() {
        for (text, seconds) in [
            ("+02:00", Some(7200)),
            ("-0530", Some(-19800)),
            ("+05:30:15", Some(19815)),
            ("-00", Some(0)),
            ("02:00", None),
            ("+24", None),
            ("+2", None),
            ("+", None),
            ("", None),
            ("é", None),
        ] {
            let found = parse_offset(text).map(|offset| offset.num_seconds());
            assert_eq!(found, seconds, "{text}");
        }
    }
}
