//! Times for tests.

use chrono::{NaiveDate, NaiveDateTime};

/// The start of a day.
pub(crate) fn day(year: i32, month: u32, day: u32) -> NaiveDateTime {
    hour(year, month, day, 0)
}

/// The start of an hour.
pub(crate) fn hour(year: i32, month: u32, day: u32, hour: u32) -> NaiveDateTime {
    NaiveDate::from_ymd_opt(year, month, day)
        .and_then(|date| date.and_hms_opt(hour, 0, 0))
        .expect("a time")
}
