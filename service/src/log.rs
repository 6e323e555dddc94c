//! The log: one line per event, on standard error.

use std::io::IsTerminal as _;

use tracing_subscriber::EnvFilter;

/// Starts the log. `RUST_LOG` sets levels, for which `default_filter` stands in where it is not set,
/// empty, or not understood, which is logged. `LOG_FORMAT=json` makes each line a JSON object.
///
/// # Panics
///
/// If there is a log already.
pub fn start(default_filter: &str) {
    let levels = std::env::var_os(EnvFilter::DEFAULT_ENV).unwrap_or_default();
    let (filter, fault) = filter(&levels.to_string_lossy(), default_filter);
    let log = tracing_subscriber::fmt()
        // They would go where the line could not, and end the thread that had something to say.
        .log_internal_errors(false)
        .with_env_filter(filter)
        .with_writer(std::io::stderr);
    if std::env::var_os("LOG_FORMAT").is_some_and(|format| format == "json") {
        log.json().flatten_event(true).init();
    } else {
        log.with_ansi(std::io::stderr().is_terminal()).init();
    }
    if let Some(fault) = fault {
        tracing::warn!(
            error = fault,
            "RUST_LOG is not understood: the log has its usual levels"
        );
    }
}

/// What is logged by these levels, or why these are those by default.
fn filter(levels: &str, default: &str) -> (EnvFilter, Option<String>) {
    if levels.is_empty() {
        return (EnvFilter::new(default), None);
    }
    match EnvFilter::try_new(levels) {
        Ok(filter) => (filter, None),
        Err(error) => (EnvFilter::new(default), Some(error.to_string())),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn levels_that_are_empty_or_not_understood_are_those_by_default() {
        for (levels, expected, is_fault) in [
            ("", "info", false),
            ("warn", "warn", false),
            ("info=loud", "info", true),
        ] {
            let (filter, fault) = filter(levels, "info");
            assert_eq!(
                (filter.to_string().as_str(), fault.is_some()),
                (expected, is_fault),
                "{levels}: {fault:?}"
            );
        }
    }
}
