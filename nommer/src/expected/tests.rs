//! Ages as they are read.

use chrono::TimeDelta;

use super::*;

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
    let documented = include_str!("../../../docs/nommer.md");
    let sample = documented
        .split("```toml\n")
        .find(|block| block.starts_with("[categories]"))
        .and_then(|block| block.split("```").next())
        .expect("there is one");
    let expected: Expected = toml::from_str(sample).expect(sample);
    assert!(!expected.categories.is_empty() && !expected.topics.is_empty());
}
