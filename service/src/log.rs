//! The log: one line per event, on standard error.

use std::io::IsTerminal as _;
use std::sync::{Mutex, OnceLock, PoisonError};

use tracing::level_filters::LevelFilter;
use tracing_subscriber::EnvFilter;
use tracing_subscriber::reload::Error;

/// The log of this process, once it is started.
static LOG: OnceLock<Started> = OnceLock::new();

struct Started {
    /// The levels where nobody says others.
    usual: &'static str,
    /// Whether `RUST_LOG` says them, over which nothing goes.
    is_fixed: bool,
    now: Mutex<String>,
    replace: Box<dyn Fn(EnvFilter) -> Result<(), Error> + Send + Sync>,
}

/// Starts the log. `RUST_LOG` sets levels, for which `usual` stands in where it is not set, empty, or not understood,
/// which is logged. `LOG_FORMAT=json` makes each line a JSON object.
///
/// # Panics
///
/// If there is a log already.
pub fn start(usual: &'static str) {
    let levels = std::env::var_os(EnvFilter::DEFAULT_ENV).unwrap_or_default();
    let levels = levels.to_string_lossy();
    let (filter, fault) = filter(&levels, usual);
    let now = filter.to_string();
    let log = tracing_subscriber::fmt()
        // They would go where the line could not, and end the thread that had something to say.
        .log_internal_errors(false)
        .with_env_filter(filter)
        .with_writer(std::io::stderr);
    let replace: Box<dyn Fn(EnvFilter) -> _ + Send + Sync> = if is_json() {
        // The one span that there is, a request, need not be told twice.
        let log = log.json().flatten_event(true).with_span_list(false);
        let log = log.with_filter_reloading();
        let handle = log.reload_handle();
        log.init();
        Box::new(move |filter| handle.reload(filter))
    } else {
        let log = log.with_ansi(std::io::stderr().is_terminal());
        let log = log.with_filter_reloading();
        let handle = log.reload_handle();
        log.init();
        Box::new(move |filter| handle.reload(filter))
    };
    let _ = LOG.set(Started {
        usual,
        is_fixed: !levels.is_empty() && fault.is_none(),
        now: Mutex::new(now),
        replace,
    });
    if let Some(fault) = fault {
        tracing::warn!(
            error = fault,
            "RUST_LOG is not understood: the log has its usual levels"
        );
    }
}

fn is_json() -> bool {
    std::env::var_os("LOG_FORMAT").is_some_and(|format| format == "json")
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

/// Whether a setting may have these levels; the error says what is allowed. A lone word is a level there, and one of
/// all must be: as the name of a place in the program, a level with a typing mistake would silence all the rest, and so
/// would levels of places alone.
pub fn check(levels: &str) -> Result<(), String> {
    let is_level = |part: &str| !part.is_empty() && part.parse::<LevelFilter>().is_ok();
    let is_known = |part: &str| part.contains('=') || is_level(part);
    let mut parts = levels.split(',');
    match EnvFilter::try_new(levels) {
        Ok(_) if parts.clone().all(is_known) && parts.any(is_level) => Ok(()),
        _ => Err(format!(
            "must be error, warn, info, debug, trace or off, perhaps with others for parts such as info,archive=debug, not {levels:?}"
        )),
    }
}

/// Gives the log the levels that the settings have, or its usual ones, unless `RUST_LOG` says them.
pub fn set(levels: Option<&str>) {
    if let Some(log) = LOG.get()
        && !log.is_fixed
    {
        log.set(levels.unwrap_or(log.usual));
    }
}

/// Gives the log the levels that the settings have now that they were read again, and says so; what is wrong with
/// them is logged, and the levels stay.
pub fn read_again(levels: Result<Option<String>, String>) {
    let checked = levels.and_then(|levels| {
        let fault = levels.as_deref().map_or(Ok(()), check);
        fault.map(|()| levels)
    });
    let Some(log) = LOG.get() else { return };
    match checked {
        Err(error) => {
            tracing::error!(error, "levels of the log not read again: the old ones stay");
        }
        Ok(levels) if log.is_fixed => {
            if levels.is_some() {
                tracing::warn!("RUST_LOG is set: levels of the log stay as it says");
            }
        }
        Ok(levels) => {
            if let Some(before) = log.set(levels.as_deref().unwrap_or(log.usual)) {
                let now = log.now();
                // A warning: it is to be seen by most levels, before and after.
                tracing::warn!(levels = now, before, "the log has other levels");
            }
        }
    }
}

impl Started {
    /// Answers which levels there were before, if they were other ones.
    fn set(&self, levels: &str) -> Option<String> {
        let filter = EnvFilter::new(levels);
        let mut now = self.now.lock().unwrap_or_else(PoisonError::into_inner);
        let new = filter.to_string();
        // It fails only if the log has gone, which lasts as long as the process.
        if new == *now || (self.replace)(filter).is_err() {
            return None;
        }
        Some(std::mem::replace(&mut now, new))
    }

    fn now(&self) -> String {
        let now = self.now.lock().unwrap_or_else(PoisonError::into_inner);
        now.clone()
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

    #[test]
    fn settings_have_levels_that_are_understood_as_they_were_meant() {
        for levels in [
            "info",
            "WARN",
            "off",
            "info,lapin=off",
            "debug,grepper::access=off",
        ] {
            assert_eq!(check(levels), Ok(()), "{levels}");
        }
        for levels in [
            "",
            "verbose",
            "inf",
            "info,",
            "archive=loud",
            "info;debug",
            "archive=debug",
        ] {
            let fault = check(levels).expect_err(levels);
            assert!(fault.contains("info,archive=debug"), "{fault}");
        }
    }
}
