//! The time in a `sent-at` header.
//!
//! Publishers are Python programs, and so was the only reader for a long time:
//! what Python's `datetime.fromisoformat` takes (since 3.11) is what may come.
//! That is most of ISO 8601, with any character between date and time. A
//! capital `Z` is an offset of zero; a time without an offset is UTC.

use chrono::{Datelike, Days, NaiveDate, NaiveDateTime, NaiveTime, TimeDelta, Weekday};

use crate::clock::{Clock, number, parse_offset};

/// Reads the time and turns it into UTC; `None` if it is not readable or its UTC year is not
/// within 1 to 9999.
pub fn parse(text: &str) -> Option<NaiveDateTime> {
    // The incumbent replaces each of them, so that two of them are no time.
    let text = text.replace('Z', "+00:00");
    let (date, time) = split(&text)?;
    let date = parse_date(date)?;
    let (time, offset) = if time.is_empty() {
        (NaiveTime::MIN, TimeDelta::zero())
    } else {
        parse_time(time)?
    };
    let utc = date.and_time(time).checked_sub_signed(offset)?;
    (date.year() >= 1 && (1..=9999).contains(&utc.year())).then_some(utc)
}

/// Splits into date and time, between which stands any one character.
fn split(text: &str) -> Option<(&str, &str)> {
    let (date, rest) = text.split_at_checked(date_length(text.as_bytes())?)?;
    let mut rest = rest.chars();
    rest.next();
    Some((date, rest.as_str()))
}

/// How many characters of the text are its date: each form of it has another length.
fn date_length(text: &[u8]) -> Option<usize> {
    let digit = |at: usize| text.get(at).is_some_and(u8::is_ascii_digit);
    let is = |at: usize, byte: u8| text.get(at) == Some(&byte);
    let length = match (is(4, b'-'), is(4, b'W'), is(5, b'W')) {
        // 2024-W01-1, unless what follows the hyphen is a time: 2024-W01-10:00.
        (true, _, true) if is(8, b'-') && !digit(10) => 10,
        (true, _, true) => 8,
        (true, _, false) => 10,
        // 2024W01 and 2024W011: an even number of digits after the week is a time.
        (false, true, _) => {
            let digits = (7..).take_while(|at| digit(*at)).count();
            match digits {
                0 => 7,
                1 => 8,
                more if more % 2 == 1 => 7,
                _ => 8,
            }
        }
        (false, false, _) => 8,
    };
    (text.len() >= length).then_some(length)
}

fn parse_date(text: &str) -> Option<NaiveDate> {
    let year = number(text.get(..4)?)?;
    let rest = &text[4..];
    let (rest, hyphens) = rest
        .strip_prefix('-')
        .map_or((rest, false), |rest| (rest, true));
    if let Some(rest) = rest.strip_prefix('W') {
        let week = number(rest.get(..2)?)?;
        let day = match &rest[2..] {
            "" => 1,
            day => number(if hyphens { day.strip_prefix('-')? } else { day })?,
        };
        let day = day.checked_sub(1).filter(|day| *day < 7)?;
        let monday = NaiveDate::from_isoywd_opt(i32::try_from(year).ok()?, week, Weekday::Mon)?;
        return monday.checked_add_days(Days::new(day.into()));
    }
    let month = number(rest.get(..2)?)?;
    let day = &rest[2..];
    let day = number(if hyphens { day.strip_prefix('-')? } else { day })?;
    NaiveDate::from_ymd_opt(i32::try_from(year).ok()?, month, day)
}

/// A time of day and its offset from UTC.
fn parse_time(text: &str) -> Option<(NaiveTime, TimeDelta)> {
    let Some(at) = text.find(['+', '-']) else {
        return Some((Clock::parse(text)?.time, TimeDelta::zero()));
    };
    let (time, offset) = text.split_at(at);
    // One stray character may stand before the offset: mostly a blank.
    let time = time
        .strip_suffix(|stray: char| !stray.is_ascii_digit())
        .unwrap_or(time);
    Some((Clock::parse(time)?.time, parse_offset(offset)?))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(text: &str, expected: &str) {
        let found = parse(text).map(|time| time.format("%Y-%m-%d %H:%M:%S%.f").to_string());
        assert_eq!(found.as_deref(), Some(expected), "{text:?}");
    }

    fn check_refused(text: &str) {
        assert_eq!(parse(text), None, "{text:?}");
    }

    #[test]
    fn offsets_are_turned_into_utc() {
        check("2024-01-01T00:00:00Z", "2024-01-01 00:00:00");
        check("2024-01-01T00:00:00+00:00", "2024-01-01 00:00:00");
        check("2024-01-01T00:00:00-00:00", "2024-01-01 00:00:00");
        check("2024-01-01T12:00:00+02:00", "2024-01-01 10:00:00");
        check("2024-01-01T00:00:00+05:30", "2023-12-31 18:30:00");
        check("2024-01-01T00:00:00.5-11:00", "2024-01-01 11:00:00.500");
        check("2024-01-01T00:00:00+0530", "2023-12-31 18:30:00");
        check("2024-01-01T00:00:00+05", "2023-12-31 19:00:00");
        check("2024-01-01T00:00:00+05:30:15", "2023-12-31 18:29:45");
        check("2024-01-01T00:00:00+00:00:00.25", "2023-12-31 23:59:59.750");
        check("2024-01-01T00:00:00 +00:00", "2024-01-01 00:00:00");
        check("2024-01-01T00:00:00", "2024-01-01 00:00:00");
    }

    #[test]
    fn forms_of_iso_8601_are_taken() {
        check("2024-01-01", "2024-01-01 00:00:00");
        check("20240102", "2024-01-02 00:00:00");
        check("2024-01-01T", "2024-01-01 00:00:00");
        check("2024-01-01 01:02:03", "2024-01-01 01:02:03");
        check("2024-01-01x01:02:03", "2024-01-01 01:02:03");
        check("2024-01-01\u{2603}01:02:03", "2024-01-01 01:02:03");
        check("20240101T101112Z", "2024-01-01 10:11:12");
        check("2024-01-01T101112", "2024-01-01 10:11:12");
        check("2024-01-01T10", "2024-01-01 10:00:00");
        check("2024-01-01T00Z", "2024-01-01 00:00:00");
        check("2024-01-01T10:11", "2024-01-01 10:11:00");
        check("2024-W01-1T10:00", "2024-01-01 10:00:00");
        check("2024-W01", "2024-01-01 00:00:00");
        check("2024-W01T10:00", "2024-01-01 10:00:00");
        check("2020-W53-7", "2021-01-03 00:00:00");
        check("2024W01", "2024-01-01 00:00:00");
        check("2024W012", "2024-01-02 00:00:00");
        check("2024W012T10", "2024-01-02 10:00:00");
    }

    #[test]
    fn fractions_are_cut_after_six_digits() {
        check(
            "2024-01-01 00:00:00.123456+00:00",
            "2024-01-01 00:00:00.123456",
        );
        check("2024-01-01T00:00:00,5", "2024-01-01 00:00:00.500");
        check(
            "2024-01-01T00:00:00.123456789Z",
            "2024-01-01 00:00:00.123456",
        );
        check("2024-01-01T00:00:00.9999999Z", "2024-01-01 00:00:00.999999");
        check_refused("2024-01-01T00:00:00.");
        check_refused("2024-01-01T00:00:00.12x");
        check_refused("2024-01-01T00:00.5");
    }

    #[test]
    fn what_is_no_time_is_refused() {
        for text in [
            "",
            "2024",
            "2024-01",
            "1704067200",
            "Mon, 01 Jan 2024 00:00:00 GMT",
            "2024-01-01T00:00:00z",
            "2024-01-01T00:00:00ZZ",
            "2024-01-01T00:00:00Z ",
            " 2024-01-01T00:00:00Z",
            "2024-01-01T24:00:00",
            "2024-01-01T00:60:00",
            "2024-01-01T00:00:60",
            "2024-02-30T00:00:00Z",
            "2023-02-29",
            "2024-13-01",
            "2024-1-1",
            "2024-0101",
            "202401-01",
            "2024-W54-1",
            "2024-W00-1",
            "2024-W01-0",
            "2024-W01-8",
            "2021-W53-1",
            "2024-01-01T1:00",
            "2024-01-01T10:1",
            "2024-01-01T10:00:",
            "2024-01-01T1000:00",
            "2024-01-01T00:00:00+",
            "2024-01-01T00:00:00+0",
            "2024-01-01T00:00:00+24:00",
            "2024-01-01T00:00:00+00:00+00:00",
            "2024-01-01T-1:00",
            "+024-01-01",
            "２０２４-01-01",
            "2024-01-\u{661}\u{661}",
            "now",
            "ééééééé",
        ] {
            check_refused(text);
        }
    }

    #[test]
    fn years_beyond_four_digits_are_refused() {
        check("9999-12-31T23:59:59Z", "9999-12-31 23:59:59");
        check("0001-01-01T00:00:00", "0001-01-01 00:00:00");
        check_refused("9999-12-31T23:59:59-01:00");
        check_refused("0001-01-01T00:00:00+01:00");
        check_refused("0000-12-31T23:00:00-02:00");
    }
}
