//! How long ago something was, in words.

const MINUTE: u64 = 60;
const HOUR: u64 = 60 * MINUTE;
const DAY: u64 = 24 * HOUR;
const YEAR: u64 = 365 * DAY + DAY / 4;

/// Units in seconds, the longest first, and how one of each is called.
const UNITS: [(u64, &str, &str); 7] = [
    (YEAR, "year", "a year"),
    (YEAR / 12, "month", "a month"),
    (7 * DAY, "week", "a week"),
    (DAY, "day", "a day"),
    (HOUR, "hour", "an hour"),
    (MINUTE, "minute", "a minute"),
    (1, "second", "a second"),
];

/// `2 years ago` or `in 3 days`, for a moment so many seconds after now.
pub fn humanise(seconds_from_now: i64) -> String {
    let seconds = seconds_from_now.unsigned_abs();
    let fitting = UNITS
        .iter()
        .find(|(unit, ..)| seconds >= *unit)
        .filter(|_| seconds >= 10);
    let Some((unit, name, one)) = fitting else {
        return "just now".to_owned();
    };
    let span = match seconds / unit {
        1 => (*one).to_owned(),
        count => format!("{count} {name}s"),
    };
    if seconds_from_now < 0 {
        format!("{span} ago")
    } else {
        format!("in {span}")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn spans_in_words() {
        let day = DAY as i64;
        for (seconds, expected) in [
            (0, "just now"),
            (-9, "just now"),
            (-59, "59 seconds ago"),
            (-60, "a minute ago"),
            (-119, "a minute ago"),
            (-120, "2 minutes ago"),
            (3 * 3600, "in 3 hours"),
            (-day, "a day ago"),
            (-6 * day, "6 days ago"),
            (-8 * day, "a week ago"),
            (-20 * day, "2 weeks ago"),
            (-35 * day, "a month ago"),
            (-100 * day, "3 months ago"),
            (-400 * day, "a year ago"),
            (-800 * day, "2 years ago"),
            (26_300 * day, "in 72 years"),
            (i64::MIN, "292271023045 years ago"),
        ] {
            assert_eq!(humanise(seconds), expected, "{seconds}");
        }
    }
}
