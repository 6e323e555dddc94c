//! Dates and times as people write them: ISO 8601, e-mail style, `ctime` style and some common others.
//!
//! A date must be whole: what misses a year, month or day is refused rather than filled from today.
//! Without a zone a time is UTC. A `+` that the sender forgot to escape arrives as a blank; a number
//! after a complete time is therefore an offset to the east.

use chrono::{Datelike, NaiveDate, NaiveDateTime, NaiveTime, TimeDelta};

use crate::clock::{self, Clock};

const MONTHS: [&str; 12] = [
    "january",
    "february",
    "march",
    "april",
    "may",
    "june",
    "july",
    "august",
    "september",
    "october",
    "november",
    "december",
];
const WEEKDAYS: [&str; 7] = [
    "monday",
    "tuesday",
    "wednesday",
    "thursday",
    "friday",
    "saturday",
    "sunday",
];

/// The moment in UTC that `text` names; `today` decides the century of two-digit years.
pub fn parse(text: &str, today: NaiveDate) -> Option<NaiveDateTime> {
    let mut reading = Reading::default();
    for token in text.split_whitespace() {
        reading.token(token.trim_end_matches(','))?;
    }
    reading.finish(today)
}

#[derive(Default)]
struct Reading {
    date: Vec<DatePart>,
    time: Option<NaiveTime>,
    /// To the east of Greenwich.
    offset: Option<TimeDelta>,
    /// Whether the last token was the time: only then may a bare number be its offset.
    after_time: bool,
}

#[derive(Clone, Copy)]
enum DatePart {
    Month(u32),
    Number { value: u32, digits: usize },
}

impl Reading {
    fn token(&mut self, token: &str) -> Option<()> {
        let after_time = std::mem::take(&mut self.after_time);
        let first = token.chars().next()?;
        if first.is_ascii_alphabetic() {
            // `May-01-2024` is a date, `UTC-3` a zone.
            return match token.split_once(['-', '/', '.']) {
                Some((name, rest))
                    if !rest.is_empty() && month(&name.to_ascii_lowercase()).is_some() =>
                {
                    self.date_token(token)
                }
                _ => self.word(token),
            };
        }
        if matches!(first, '+' | '-') {
            return if self.time.is_some() {
                self.set_offset(parse_offset(token)?)
            } else {
                None
            };
        }
        if let Some((date, time)) = split_at_t(token) {
            self.date_token(date)?;
            return self.time_token(time, true);
        }
        if after_time && self.offset.is_none() && self.date.len() == 3 {
            return self.set_offset(parse_offset(&format!("+{token}"))?);
        }
        if token.contains(':') {
            self.time_token(token, false)
        } else {
            self.date_token(token)
        }
    }

    fn word(&mut self, word: &str) -> Option<()> {
        let word = word.to_ascii_lowercase();
        let word = word.trim_end_matches('.');
        if let Some(month) = month(word) {
            self.date.push(DatePart::Month(month));
            return Some(());
        }
        if WEEKDAYS.iter().any(|weekday| abbreviates(word, weekday)) {
            return Some(());
        }
        match word {
            "am" | "pm" => self.half_of_day(word == "pm"),
            _ if self.time.is_some() => self.set_offset(parse_zone(word)?),
            _ => None,
        }
    }

    fn half_of_day(&mut self, afternoon: bool) -> Option<()> {
        use chrono::Timelike;
        let time = self.time?;
        let hour = match (time.hour(), afternoon) {
            (12, _) => 0,
            (hour @ 1..=11, _) => hour,
            _ => return None,
        };
        self.time = time.with_hour(if afternoon { hour + 12 } else { hour });
        Some(())
    }

    fn set_offset(&mut self, east: TimeDelta) -> Option<()> {
        self.offset.replace(east).is_none().then_some(())
    }

    fn date_token(&mut self, token: &str) -> Option<()> {
        if token.len() == 8 && token.bytes().all(|b| b.is_ascii_digit()) {
            for (part, digits) in [(&token[..4], 4), (&token[4..6], 2), (&token[6..], 2)] {
                self.date.push(DatePart::Number {
                    value: part.parse().ok()?,
                    digits,
                });
            }
            return Some(());
        }
        for part in token.split(['-', '/', '.']) {
            self.date.push(match month(&part.to_ascii_lowercase()) {
                Some(month) => DatePart::Month(month),
                None => DatePart::Number {
                    value: short_number(part)?,
                    digits: part.len(),
                },
            });
        }
        Some(())
    }

    /// `10:11`, `10:11:12.5`, and if `compact` also `10`, `1011`, `101112`; then perhaps a zone or am/pm.
    fn time_token(&mut self, token: &str, compact: bool) -> Option<()> {
        let end = token
            .find(|c: char| !c.is_ascii_digit() && !matches!(c, ':' | '.' | ','))
            .unwrap_or(token.len());
        let (clock, suffix) = token.split_at(end);
        let time = if compact && !clock.contains(':') {
            Clock::compact(clock)?.time
        } else {
            Clock::with_colons(clock, 1)?.time
        };
        if self.time.replace(time).is_some() {
            return None;
        }
        self.after_time = suffix.is_empty();
        match suffix.to_ascii_lowercase().as_str() {
            "" => Some(()),
            half @ ("am" | "pm") => self.half_of_day(half == "pm"),
            zone if zone.starts_with(['+', '-']) => self.set_offset(parse_offset(zone)?),
            zone => self.set_offset(parse_zone(zone)?),
        }
    }

    fn finish(self, today: NaiveDate) -> Option<NaiveDateTime> {
        use DatePart::{Month, Number};
        let &[first, second, third] = self.date.as_slice() else {
            return None;
        };
        let is_year =
            |part: DatePart| matches!(part, Number { value, digits } if digits > 2 || value > 31);
        let (year, month, day) = match (first, second, third) {
            (Number { .. }, Month(month), Number { .. }) if is_year(first) => (first, month, third),
            (Number { .. }, Month(month), Number { .. }) => (third, month, first),
            (Month(month), Number { .. }, Number { .. }) => (third, month, second),
            (Number { .. }, Number { value, .. }, Number { .. }) if is_year(first) => {
                (first, value, third)
            }
            // Day first only where it cannot be a month.
            (Number { value: 13.., .. }, Number { value, .. }, Number { .. }) => {
                (third, value, first)
            }
            (Number { value, .. }, Number { .. }, Number { .. }) => (third, value, second),
            _ => return None,
        };
        let (
            Number {
                value: year,
                digits,
            },
            Number {
                value: day,
                digits: 1..=2,
            },
        ) = (year, day)
        else {
            return None;
        };
        let year = if digits > 2 {
            i32::try_from(year).ok()?
        } else {
            full_year(i32::try_from(year).ok()?, today)
        };
        let date = NaiveDate::from_ymd_opt(year, month, day)
            .filter(|date| (1..=9999).contains(&date.year()))?;
        let local = date.and_time(self.time.unwrap_or_default());
        local.checked_sub_signed(self.offset.unwrap_or_default())
    }
}

/// The year that ends in these two digits and is nearest to today.
fn full_year(two_digits: i32, today: NaiveDate) -> i32 {
    let year = today.year() / 100 * 100 + two_digits;
    match year - today.year() {
        50.. => year - 100,
        ..-50 => year + 100,
        _ => year,
    }
}

/// Splits at the `T` between a date and a time of ISO 8601.
fn split_at_t(token: &str) -> Option<(&str, &str)> {
    let (date, time) = token.split_once(['T', 't'])?;
    let whole = date.ends_with(|c: char| c.is_ascii_digit())
        && time.starts_with(|c: char| c.is_ascii_digit());
    whole.then_some((date, time))
}

fn month(word: &str) -> Option<u32> {
    if word == "sept" {
        return Some(9);
    }
    (1..)
        .zip(MONTHS)
        .find(|(_, name)| abbreviates(word, name))
        .map(|(number, _)| number)
}

fn abbreviates(word: &str, name: &str) -> bool {
    word == name || word == &name[..3]
}

fn short_number(text: &str) -> Option<u32> {
    if text.len() > 4 {
        return None;
    }
    clock::number(text)
}

/// Reads `+02:00`, `+0200`, `+02`, `+2`, `-05:30`.
fn parse_offset(text: &str) -> Option<TimeDelta> {
    match text.len() {
        2 => {
            let (sign, hour) = text.split_at_checked(1)?;
            clock::parse_offset(&format!("{sign}0{hour}"))
        }
        3 | 5 | 6 => clock::parse_offset(text),
        _ => None,
    }
}

/// `z`, `utc`, `gmt`; `utc+3` has the sign of POSIX, as the incumbent reads it: three hours *behind*.
///
/// Other names are ambiguous and refused.
fn parse_zone(name: &str) -> Option<TimeDelta> {
    match name {
        "z" | "utc" | "gmt" => Some(TimeDelta::zero()),
        _ => name
            .strip_prefix("utc")
            .or_else(|| name.strip_prefix("gmt"))
            .and_then(parse_offset)
            .map(|east| -east),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(text: &str) -> Option<String> {
        let today = NaiveDate::from_ymd_opt(2026, 6, 1).unwrap();
        parse(text, today).map(|time| time.format("%Y-%m-%dT%H:%M:%S%.f").to_string())
    }

    #[test]
    fn whole_dates_are_read() {
        for (text, expected) in [
            ("2024-05-01", "2024-05-01T00:00:00"),
            ("2024-05-01T10:11", "2024-05-01T10:11:00"),
            ("2024-05-01t10:11:12", "2024-05-01T10:11:12"),
            (" 2024-05-01 10:11:12 ", "2024-05-01T10:11:12"),
            ("2024-05-01T10:11:12Z", "2024-05-01T10:11:12"),
            ("2024-05-01T10:11:12z", "2024-05-01T10:11:12"),
            ("2024-05-01T10:11:12.5", "2024-05-01T10:11:12.500"),
            (
                "2024-05-01T10:11:12,123456789",
                "2024-05-01T10:11:12.123456",
            ),
            ("2024-05-01T10:11:12+02:00", "2024-05-01T08:11:12"),
            ("2024-05-01T10:11:12+0200", "2024-05-01T08:11:12"),
            ("2024-05-01T10:11:12+02", "2024-05-01T08:11:12"),
            ("2024-05-01T10:11:12-05:30", "2024-05-01T15:41:12"),
            ("2024-05-01T10:11:12.25-0530", "2024-05-01T15:41:12.250"),
            ("2024-05-01 10:11:12 +02:00", "2024-05-01T08:11:12"),
            ("2024-05-01T10:11:12 UTC", "2024-05-01T10:11:12"),
            ("2024-05-01T10:11:12 GMT", "2024-05-01T10:11:12"),
            ("2024-05-01 10:11 UTC+3", "2024-05-01T13:11:00"),
            ("2024-05-01 10:11 GMT-3", "2024-05-01T07:11:00"),
            // A `+` that was not escaped.
            ("2024-05-01T10:11:12 02:00", "2024-05-01T08:11:12"),
            ("2024-05-01T10:11:12 0200", "2024-05-01T08:11:12"),
            ("2024-05-01T10:11:12 00:00", "2024-05-01T10:11:12"),
            ("20240501T10", "2024-05-01T10:00:00"),
            ("20240501T1011", "2024-05-01T10:11:00"),
            ("20240501T101112Z", "2024-05-01T10:11:12"),
            ("2024/05/01", "2024-05-01T00:00:00"),
            ("2024.05.01", "2024-05-01T00:00:00"),
            ("2024 05 01", "2024-05-01T00:00:00"),
            ("2024-5-1", "2024-05-01T00:00:00"),
            ("Wed, 01 May 2024 10:11:12 GMT", "2024-05-01T10:11:12"),
            ("Wed, 01 May 2024 10:11:12 -0400", "2024-05-01T14:11:12"),
            ("Wed May  1 10:11:12 2024", "2024-05-01T10:11:12"),
            ("May 1 2024", "2024-05-01T00:00:00"),
            ("1 May 2024", "2024-05-01T00:00:00"),
            ("May-01-2024", "2024-05-01T00:00:00"),
            ("Sept. 1 2024", "2024-09-01T00:00:00"),
            ("01-Sep-2024", "2024-09-01T00:00:00"),
            ("May 1, 2024 10:30 PM", "2024-05-01T22:30:00"),
            ("May 1, 2024 12:30am", "2024-05-01T00:30:00"),
            ("5/6/2024", "2024-05-06T00:00:00"),
            ("25/12/2024", "2024-12-25T00:00:00"),
            ("01-05-2024", "2024-01-05T00:00:00"),
            ("24-05-01", "2001-05-24T00:00:00"),
            ("99-05-01", "1999-05-01T00:00:00"),
            ("0001-01-01", "0001-01-01T00:00:00"),
            ("9999-12-31T23:59:59", "9999-12-31T23:59:59"),
        ] {
            assert_eq!(read(text).as_deref(), Some(expected), "{text}");
        }
    }

    #[test]
    fn everything_else_is_refused() {
        for text in [
            "",
            "abc",
            "now",
            "today",
            "2024-05",
            "May 2024",
            "May",
            "Wednesday",
            "10:11",
            "10am",
            "2024-W18-3",
            "2024-122",
            "2024-13-01",
            "2024-02-30",
            "2024-05-01T24:00:00",
            "2024-05-01T10:11:60",
            "10000-01-01",
            "@1714557600",
            "0x10",
            "2024-05-01 nonsense",
            "2024-05-01T10:11:12 EST",
            "2024-05-01T10:11 Europe/Berlin",
            "2024-05-01T10:11:12+24:00",
            "2024-05-01T10:11:12+02:00 +02:00",
            "2024-05-01 10:11 11:12 13:14",
            "2024-05-01T",
            "2024-05-01T10:11.5",
            "2024-05-01T10:11:12.",
            "2024-05-01T1:1:1:1",
            "May 1 2024 13:00 PM",
            "2024-05-01-02",
            "١-٢-٣",
            "2024-05-0é",
        ] {
            assert_eq!(read(text), None, "{text}");
        }
    }

    proptest::proptest! {
        #[test]
        fn no_text_panics(text in "[0-9TZ:+,. /a-zé-]{0,30}", any in ".*") {
            read(&text);
            read(&any);
        }
    }
}
