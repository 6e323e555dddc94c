//! The rule files that are built into the program.

/// File names and texts.
pub(crate) const FILES: &[(&str, &str)] = &[("anitya.toml", include_str!("../rules/anitya.toml"))];
