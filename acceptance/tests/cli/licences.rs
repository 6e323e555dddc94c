//! The notices of third parties are gathered for just the licences that dependencies may have.

use std::collections::BTreeSet;

const ALLOWED: &str = include_str!("../../../deny.toml");
const GATHERED: &str = include_str!("../../../deploy/packages/about.toml");

/// The texts of the list that begins with this line.
fn list<'a>(file: &'a str, begin: &str) -> BTreeSet<&'a str> {
    let mut lines = file.lines().skip_while(|line| *line != begin);
    assert_eq!(lines.next(), Some(begin));
    let items = lines.take_while(|line| *line != "]");
    items
        .map(|item| item.trim().trim_matches(['"', ',']))
        .collect()
}

#[test]
fn licences_that_are_allowed_are_gathered_for_packages() {
    let allowed = list(ALLOWED, "allow = [");
    assert!(allowed.contains("MIT"), "{allowed:?}");
    assert_eq!(list(GATHERED, "accepted = ["), allowed);
}
