//! Which rhythms are silent.

use chrono::NaiveDate;

use super::*;

fn day(ordinal: u32) -> NaiveDate {
    NaiveDate::from_yo_opt(2025, ordinal).expect("a day")
}

#[test]
fn silence_is_told_beyond_three_times_the_longest_gap_of_what_has_a_rhythm() {
    let now = day(200).and_hms_opt(12, 0, 0).expect("a time");
    let told = |days, longest_gap, last| {
        let rhythm = Rhythm {
            name: "git".to_owned(),
            days,
            longest_gap,
            last: day(last),
        };
        silent(&rhythm, now)
    };
    assert_eq!(told(100, 1, 197), None);
    assert_eq!(
        told(100, 1, 196).as_deref(),
        Some(
            "since 2025-07-15: it was heard of on 100 days of a year, and never longer than 1 d apart"
        )
    );
    assert_eq!(told(10, 7, 179), None);
    assert!(told(10, 7, 178).is_some());
    assert_eq!(told(9, 7, 1), None);
    assert_eq!(told(10, 0, 197), None);
}
