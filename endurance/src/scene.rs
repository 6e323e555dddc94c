//! What all parts of a soak share.

use std::path::Path;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread;
use std::time::Duration;

use anyhow::Result;

use crate::journal::Journal;
use crate::ledger::Ledger;
use crate::stack::Stack;

/// How often a thread that waits looks whether all is over.
const TICK: Duration = Duration::from_millis(100);

/// The stack, what is done to it and what was published.
pub struct Scene {
    pub stack: Stack,
    pub journal: Journal,
    pub ledger: Ledger,
    /// Set when no more is to be done to it.
    pub over: AtomicBool,
}

impl Scene {
    /// Starts the stack, and then the clock. Logs go to `folder`.
    ///
    /// # Errors
    /// When a server or a program does not start.
    pub fn start(folder: &Path) -> Result<Self> {
        Ok(Self {
            stack: Stack::start(folder)?,
            journal: Journal::start(),
            ledger: Ledger::default(),
            over: AtomicBool::new(false),
        })
    }

    /// Waits until this time since the start, or until all is over.
    pub fn wait_until(&self, time: Duration) {
        while self.journal.now() < time && !self.over.load(Ordering::Relaxed) {
            thread::sleep(TICK);
        }
    }
}
