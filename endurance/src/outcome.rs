//! What a soak found.

use std::collections::BTreeMap;
use std::time::Duration;

use crate::background::dump::Dumps;
use crate::background::memory::Memory;
use crate::background::quiet::Asked;
use crate::checks::logs::Findings;
use crate::journal::Event;
use crate::latencies::Minute;

/// All that the report tells.
pub struct Outcome {
    /// Facts in a line each: what, and how much.
    pub facts: Vec<(String, String)>,
    /// What is wrong; nothing if it held.
    pub faults: Vec<String>,
    pub events: Vec<Event>,
    /// Confirmed messages by kind.
    pub published: BTreeMap<&'static str, usize>,
    /// What the quiet client saw.
    pub minutes: Vec<Minute>,
    /// Its longest waits that nothing excused, the longest first.
    pub slowest: Vec<Asked>,
    /// By kind of process.
    pub memory: BTreeMap<String, Memory>,
    /// By log.
    pub logs: BTreeMap<String, Findings>,
}

/// What was seen while it was disturbed.
#[derive(Default)]
pub struct Seen {
    pub asked: Vec<Asked>,
    pub memory: BTreeMap<String, Memory>,
    pub dumps: Dumps,
    pub snapshots: u32,
    /// How long it lasted.
    pub length: Duration,
}
