//! How the demo tells what it does.

/// Prints a line that is told from the programs' own.
pub fn say(what: &str) {
    service::say(format_args!("demo: {what}"));
}
