//! Moments as seconds since 1970 in UTC, with a fraction: Python's timestamps.

use chrono::{DateTime, NaiveDateTime};

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
    // The fraction on its own keeps more of its digits than the product as a whole.
    let micros =
        seconds.trunc() as i64 * 1_000_000 + (seconds.fract() * 1e6).round_ties_even() as i64;
    // Half a microsecond before the year 10000 rounds into it: take the last moment instead.
    let micros = micros.min(YEAR_10000 as i64 * 1_000_000 - 1);
    DateTime::from_timestamp_micros(micros).map(|time| time.naive_utc())
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
}
