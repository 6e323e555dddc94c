//! What a running nommer says of itself to `nommer status`.

use std::time::Duration;

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};
use service::tasks::TaskStatus;

/// How a nommer fares.
#[derive(Clone, Debug, Deserialize, Serialize)]
pub struct ProgramReport {
    /// Its version.
    pub version: String,
    /// Since when it runs.
    pub started: DateTime<Utc>,
    /// Whether deliveries are asked for.
    pub consuming: bool,
    /// Whether the database takes messages and is late with none.
    pub database: bool,
    /// Whether the database has said that it has no room; older programs do not tell.
    #[serde(default)]
    pub database_full: bool,
    /// Why it took nothing when it was asked last; older programs do not tell.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub database_error: Option<String>,
    /// Deliveries since the start.
    pub totals: Totals,
    /// Deliveries that came and are not settled.
    pub held_messages: u64,
    /// What these take in memory, about.
    pub held_bytes: u64,
    /// The batch that was done last.
    pub last_batch: Option<LastBatch>,
    /// When it was done.
    pub last_commit: Option<DateTime<Utc>>,
    /// When the newest message was sent that was settled since the start.
    pub newest_sent_at: Option<DateTime<Utc>>,
    /// The queues that it looks at; older programs do not tell.
    #[serde(default)]
    pub queues: Vec<QueueReport>,
    /// The recurring tasks.
    pub tasks: Vec<TaskReport>,
}

/// How full a queue is.
#[derive(Clone, Debug, Deserialize, Serialize)]
pub struct QueueReport {
    /// Its name.
    pub name: String,
    /// How many messages are ready to be delivered.
    pub ready: u64,
    /// What it holds of what it may: 1 is all. Not there where no limit is known.
    pub fullness: Option<f64>,
    /// In how many seconds it drops messages if it goes on growing as it does.
    pub loss_in_seconds: Option<f64>,
}

/// Deliveries since the start.
#[derive(Clone, Copy, Debug, Default, Deserialize, Eq, PartialEq, Serialize)]
pub struct Totals {
    /// All that came.
    pub received: u64,
    /// Messages that are in the archive, by them or before.
    pub archived: u64,
    /// Deliveries among the dead letters.
    pub put_aside: u64,
}

/// A batch that is done: how large it was, and how long each part took, in milliseconds.
#[derive(Clone, Copy, Debug, Deserialize, Serialize)]
pub struct LastBatch {
    /// How many deliveries it had.
    pub deliveries: u64,
    /// Its first delivery waited for it to be full.
    pub wait_ms: u64,
    /// It was stored.
    pub store_ms: u64,
    /// The broker was told.
    pub settle_ms: u64,
}

/// How a recurring task fares.
#[derive(Clone, Debug, Deserialize, Serialize)]
pub struct TaskReport {
    /// Its name.
    pub name: String,
    /// When a run ended well last.
    pub last_success: Option<DateTime<Utc>>,
    /// What is wrong, if the last run has failed.
    pub failing: Option<TaskTrouble>,
}

/// What is wrong with a task.
#[derive(Clone, Debug, Deserialize, Serialize)]
pub struct TaskTrouble {
    /// Since when.
    pub since: DateTime<Utc>,
    /// How many runs have failed since.
    pub in_a_row: u64,
    /// Why the last one did.
    pub error: String,
}

impl Totals {
    /// All that were settled.
    pub fn settled(self) -> u64 {
        self.archived + self.put_aside
    }
}

impl LastBatch {
    pub(super) fn of(deliveries: u64, [wait, store, settle]: [Duration; 3]) -> Self {
        let ms = |took: Duration| u64::try_from(took.as_millis()).unwrap_or(u64::MAX);
        Self {
            deliveries,
            wait_ms: ms(wait),
            store_ms: ms(store),
            settle_ms: ms(settle),
        }
    }
}

impl From<TaskStatus> for TaskReport {
    fn from(status: TaskStatus) -> Self {
        let failing = status.failing.map(|failing| TaskTrouble {
            since: failing.since,
            in_a_row: failing.in_a_row,
            error: failing.error,
        });
        Self {
            name: status.name.to_owned(),
            last_success: status.last_success,
            failing,
        }
    }
}
