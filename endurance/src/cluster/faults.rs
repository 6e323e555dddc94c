//! Where faults happen, and how they are noted.

use std::thread;
use std::time::{Duration, Instant};

use anyhow::{Result, ensure};

use crate::cluster::setting::Setting;
use crate::cluster::writes::stored_by;
use crate::journal::Journal;

/// How long it may take until messages are stored again.
const PATIENCE: Duration = Duration::from_secs(120);

/// Where faults happen.
pub struct Field<'a> {
    pub journal: &'a Journal,
    /// Once each, and briefly.
    pub short: bool,
    pub setting: &'a mut Setting,
}

impl<'a> Field<'a> {
    /// A field.
    pub fn new(journal: &'a Journal, short: bool, setting: &'a mut Setting) -> Self {
        Self {
            journal,
            short,
            setting,
        }
    }

    /// The short or the long one.
    pub fn seconds(&self, short: u64, long: u64) -> Duration {
        Duration::from_secs(if self.short { short } else { long })
    }

    /// Waits until so many more messages are stored.
    ///
    /// # Errors
    /// When they are not for a long while.
    pub fn wait_for_stored(&self, more: u64) -> Result<()> {
        wait_for_stored(&self.setting.watched, more)
    }
}

/// Waits until so many more messages are stored than now.
pub fn wait_for_stored(watched: &[String], more: u64) -> Result<()> {
    let stored = || -> u64 {
        watched
            .iter()
            .filter_map(|address| stored_by(address))
            .sum()
    };
    let (start, before) = (Instant::now(), stored());
    while stored() < before + more {
        ensure!(start.elapsed() < PATIENCE, "nothing is stored");
        thread::sleep(Duration::from_millis(100));
    }
    Ok(())
}

/// Notes what is done, from its begin until messages are stored again.
pub fn note(
    journal: &Journal,
    watched: &[String],
    what: &str,
    work: impl FnOnce() -> Result<String>,
) -> Result<()> {
    let event = journal.begin(what, true);
    let outcome = work().and_then(|outcome| {
        wait_for_stored(watched, 100)?;
        Ok(outcome)
    });
    match outcome {
        Ok(outcome) => {
            journal.end(event, &outcome);
            Ok(())
        }
        Err(error) => {
            journal.end(event, "failed");
            Err(error.context(what.to_owned()))
        }
    }
}
