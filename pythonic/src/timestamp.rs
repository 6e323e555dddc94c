//! Moments as seconds since 1970 in UTC, with a fraction: Python's timestamps.

use chrono::{DateTime, Datelike, NaiveDateTime, TimeDelta};

/// The seconds since 1970.
pub fn to_seconds(time: NaiveDateTime) -> f64 {
    time.and_utc().timestamp_micros() as f64 / 1e6
}

/// The moment, rounded to microseconds (half to even); `None` outside of the years 1 to 9999.
pub fn from_seconds(seconds: f64) -> Option<NaiveDateTime> {
    const YEAR_1: f64 = -62_135_596_800.0;
    const YEAR_10000: f64 = 253_402_300_800.0;
    if !(YEAR_1..YEAR_10000).contains(&seconds) {
        return None;
    }
    // Half a microsecond before the year 10000 rounds into it: take the last moment instead.
    let micros = to_micros(seconds).min(YEAR_10000 as i64 * 1_000_000 - 1);
    DateTime::from_timestamp_micros(micros).map(|time| time.naive_utc())
}

/// The moment so many seconds after `time`, rounded like [`from_seconds`]; `None` outside of the
/// years 1 to 9999.
pub fn add_seconds(time: NaiveDateTime, seconds: f64) -> Option<NaiveDateTime> {
    // More than there are between these years, and few enough for microseconds.
    const MOST: f64 = 1e12;
    if !(-MOST..MOST).contains(&seconds) {
        return None;
    }
    time.checked_add_signed(TimeDelta::microseconds(to_micros(seconds)))
        .filter(|time| (1..=9999).contains(&time.year()))
}

/// Microseconds; a fraction on its own keeps more of its digits than the product as a whole.
fn to_micros(seconds: f64) -> i64 {
    seconds.trunc() as i64 * 1_000_000 + (seconds.fract() * 1e6).round_ties_even() as i64
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn moments_are_rounded_to_microseconds() {
        for (seconds, micros) in [
            (1714608000.000001, 1_714_608_000_000_001),
            (1714608001.100001, 1_714_608_001_100_001),
            (1714557600.1234567, 1_714_557_600_123_457),
            (-0.5, -500_000),
            (-1.25, -1_250_000),
            (0.0000005, 0),
            (0.0000015, 2),
        ] {
            assert_eq!(
                from_seconds(seconds).unwrap().and_utc().timestamp_micros(),
                micros,
                "{seconds}"
            );
        }
    }

    #[test]
    fn only_years_of_four_digits_are_moments() {
        for (seconds, expected) in [
            (-62_135_596_800.0, Some("0001-01-01 00:00:00")),
            (-62_135_596_800.5, None),
            (253_402_300_799.999_97, Some("9999-12-31 23:59:59.999969")),
            (253_402_300_800.0, None),
            (f64::NAN, None),
        ] {
            let moment = from_seconds(seconds).map(|moment| moment.to_string());
            assert_eq!(moment.as_deref(), expected, "{seconds}");
        }
    }

    #[test]
    fn seconds_are_added_exactly() {
        let last = "9999-12-31T23:59:59.999999".parse().unwrap();
        let first = "0001-01-01T00:00:00".parse().unwrap();
        for (time, seconds, expected) in [
            (last, 0.0, Some("9999-12-31 23:59:59.999999")),
            (last, -0.000001, Some("9999-12-31 23:59:59.999998")),
            (last, 0.000001, None),
            (first, 0.5, Some("0001-01-01 00:00:00.500")),
            (first, -0.000001, None),
            (first, 315_537_897_599.0, Some("9999-12-31 23:59:59")),
            (first, 315_537_897_600.0, None),
            (first, 1e300, None),
            (last, f64::NEG_INFINITY, None),
            (last, f64::NAN, None),
        ] {
            let moment = add_seconds(time, seconds).map(|moment| moment.to_string());
            assert_eq!(moment.as_deref(), expected, "{time} {seconds}");
        }
    }
}
