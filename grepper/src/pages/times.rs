//! Times in pages.

/// A time as machines read it, from `2013-03-28 17:25:38 UTC`.
pub fn datetime(exact: &str) -> String {
    exact.replacen(' ', "T", 1).replace(" UTC", "Z")
}
