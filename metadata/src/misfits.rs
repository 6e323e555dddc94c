//! Keeping count of rules that do not fit their messages.

use std::sync::atomic::{AtomicU64, Ordering::Relaxed};
use std::sync::{LazyLock, Mutex};
use std::time::{Duration, Instant};

/// At most one line is logged in this time: a bad rule meets many messages.
const QUIET: Duration = Duration::from_secs(60);

/// When a line was last logged, for all rules that are or were loaded.
static LOGGED: LazyLock<Mutex<Option<Instant>>> = LazyLock::new(Mutex::default);

#[derive(Debug, Default)]
pub(crate) struct Misfits(AtomicU64);

impl Misfits {
    pub fn count(&self) -> u64 {
        self.0.load(Relaxed)
    }

    /// Counts a part of the rule or table that starts at this line of a file, and perhaps logs it.
    pub fn note(
        &self,
        (file, line): (&str, usize),
        part: &str,
        topic: &str,
        error: &minijinja::Error,
    ) {
        let count = self.0.fetch_add(1, Relaxed) + 1;
        // Whoever finds the lock taken leaves the logging to its holder.
        let Ok(mut logged) = LOGGED.try_lock() else {
            return;
        };
        if logged.is_some_and(|last| last.elapsed() < QUIET) {
            return;
        }
        *logged = Some(Instant::now());
        tracing::warn!(rule = %format_args!("{file}:{line}"), part, topic, %error, count, "a rule does not fit its message");
    }
}
