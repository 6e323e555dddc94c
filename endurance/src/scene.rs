//! What all parts of a soak share.

use std::path::Path;
use std::sync::atomic::AtomicBool;

use anyhow::Result;

use crate::journal::Journal;
use crate::ledger::Ledger;
use crate::stack::Stack;

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
}
