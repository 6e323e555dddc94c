//! The log: one line per event, on standard error.

use std::io::IsTerminal as _;

use tracing_subscriber::EnvFilter;

/// The client library reports as errors what we report with what we do about it.
const DEFAULT_FILTER: &str = "info,lapin=off";

/// Starts it. `RUST_LOG` sets levels, `LOG_FORMAT=json` makes each line a JSON object.
pub fn start() {
    let filter =
        EnvFilter::try_from_default_env().unwrap_or_else(|_| EnvFilter::new(DEFAULT_FILTER));
    let log = tracing_subscriber::fmt()
        .with_env_filter(filter)
        .with_writer(std::io::stderr);
    if std::env::var_os("LOG_FORMAT").is_some_and(|format| format == "json") {
        log.json().flatten_event(true).init();
    } else {
        log.with_ansi(std::io::stderr().is_terminal()).init();
    }
}
