//! Lists of texts as they are given.

/// What was given, without the empty text that an option with no list in it is; else the default.
pub(super) fn listed(given: Option<Vec<String>>, default: &[&str]) -> Vec<String> {
    let mut all = given.unwrap_or_else(|| default.iter().map(|one| (*one).to_owned()).collect());
    all.retain(|one| !one.is_empty());
    all
}
