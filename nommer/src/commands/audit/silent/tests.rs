//! Ages as they are read, and which rhythms are silent.

use chrono::{NaiveDate, TimeDelta};

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

#[test]
fn ages_are_numbers_with_a_unit() {
    let read = |text: &str| toml::from_str::<Expected>(text).map_err(|error| error.to_string());
    let expected = read("[categories]\ngit = \"3h\"\n[topics]\n\"a.b\" = \"270d\"").expect("read");
    assert_eq!(expected.categories["git"].length, TimeDelta::hours(3));
    assert_eq!(expected.topics["a.b"].length, TimeDelta::days(270));
    for (text, wrong) in [
        ("[categories]\ngit = \"3\"", "\"3\" is no length of time"),
        ("[categories]\ngit = \"-3h\"", "is no length of time"),
        ("[categories]\ngit = \"\"", "is no length of time"),
        ("[users]\nx = \"3h\"", "unknown field `users`"),
    ] {
        let error = read(text).expect_err(text);
        assert!(error.contains(wrong), "{text}: {error}");
    }
}

#[test]
fn the_sample_of_what_is_expected_is_valid() {
    let documented = include_str!("../../../../../docs/nommer.md");
    let sample = documented
        .split("```toml\n")
        .find(|block| block.starts_with("[categories]"))
        .and_then(|block| block.split("```").next())
        .expect("there is one");
    let expected: Expected = toml::from_str(sample).expect(sample);
    assert!(!expected.categories.is_empty() && !expected.topics.is_empty());
}
