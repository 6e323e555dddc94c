//! How long ago something was, in words.

const MINUTE: i64 = 60;
const HOUR: i64 = 60 * MINUTE;
const DAY: i64 = 24 * HOUR;
const WEEK: i64 = 7 * DAY;
const MONTH: i64 = 30 * DAY + DAY / 2;
const YEAR: i64 = 365 * DAY;

/// `2 years ago` or `in 3 days`, for a moment so many seconds after now.
pub fn humanise(seconds_from_now: i64) -> String {
    let seconds = seconds_from_now.unsigned_abs().try_into().unwrap_or(i64::MAX);
    let several = |unit: i64, name: &str| format!("{} {name}s", (seconds / unit).max(2));
    let span = match seconds {
        ..10 => return "just now".to_owned(),
        10..45 => several(1, "second"),
        45..90 => "a minute".to_owned(),
        90..2_700 => several(MINUTE, "minute"),
        2_700..5_400 => "an hour".to_owned(),
        5_400..79_200 => several(HOUR, "hour"),
        79_200..129_600 => "a day".to_owned(),
        129_600..554_400 => several(DAY, "day"),
        554_400..907_200 => "a week".to_owned(),
        907_200..2_419_200 => several(WEEK, "week"),
        2_419_200..3_888_000 => "a month".to_owned(),
        3_888_000..29_808_000 => several(MONTH, "month"),
        29_808_000..47_304_000 => "a year".to_owned(),
        _ => several(YEAR, "year"),
    };
    if seconds_from_now < 0 { format!("{span} ago") } else { format!("in {span}") }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn spans_in_words() {
        for (seconds, expected) in [
            (0, "just now"),
            (-9, "just now"),
            (-30, "30 seconds ago"),
            (-60, "a minute ago"),
            (-100, "2 minutes ago"),
            (3 * HOUR, "in 3 hours"),
            (-DAY, "a day ago"),
            (-3 * DAY, "3 days ago"),
            (-8 * DAY, "a week ago"),
            (-20 * DAY, "2 weeks ago"),
            (-35 * DAY, "a month ago"),
            (-100 * DAY, "3 months ago"),
            (-400 * DAY, "a year ago"),
            (-2 * YEAR, "2 years ago"),
            (72 * YEAR + DAY, "in 72 years"),
            (i64::MIN, "292471208677 years ago"),
        ] {
            assert_eq!(humanise(seconds), expected, "{seconds}");
        }
    }
}
