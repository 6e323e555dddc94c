//! How tasks fare, for whoever asks.

use std::time::Duration;

use chrono::{DateTime, Utc};
use tokio::sync::watch;

/// How a task fares.
#[derive(Clone, Debug)]
pub struct TaskStatus {
    /// The task's name.
    pub name: &'static str,
    /// How long the task rests between two runs.
    pub period: Duration,
    /// How many runs have ended, one way or the other.
    pub runs: u64,
    /// How many of the runs have failed.
    pub failures: u64,
    /// When the last run ended that did not fail.
    pub last_success: Option<DateTime<Utc>>,
    /// What is wrong, if the last run has failed.
    pub failing: Option<Failing>,
}

/// What is wrong with a task.
#[derive(Clone, Debug)]
pub struct Failing {
    /// When the first run ended that failed, of those that no success came after.
    pub since: DateTime<Utc>,
    /// How many runs have failed since.
    pub in_a_row: u64,
    /// Why the last run failed, in one line.
    pub error: String,
}

impl TaskStatus {
    pub(super) fn new(name: &'static str, period: Duration) -> Self {
        Self {
            name,
            period,
            runs: 0,
            failures: 0,
            last_success: None,
            failing: None,
        }
    }

    /// A run has ended at `now`, and there may be a reason why it failed.
    pub(super) fn note(&mut self, failure: Option<String>, now: DateTime<Utc>) {
        self.runs += 1;
        match failure {
            None => {
                self.last_success = Some(now);
                self.failing = None;
            }
            Some(error) => {
                self.failures += 1;
                let before = self.failing.take();
                self.failing = Some(Failing {
                    since: before.as_ref().map_or(now, |failing| failing.since),
                    in_a_row: before.map_or(0, |failing| failing.in_a_row) + 1,
                    error,
                });
            }
        }
    }
}

/// How all tasks of a program fare. Cheap to clone and to ask.
#[derive(Clone, Debug)]
pub struct TaskStatuses(watch::Receiver<Vec<TaskStatus>>);

impl TaskStatuses {
    pub(super) fn new(statuses: watch::Receiver<Vec<TaskStatus>>) -> Self {
        Self(statuses)
    }

    /// How each task fares now, in the order of the program's table.
    pub fn snapshot(&self) -> Vec<TaskStatus> {
        self.0.borrow().clone()
    }

    /// Waits until the task with this name has run, whether it failed or not. Without such a task
    /// there is nothing to wait for.
    pub async fn first_run(&mut self, name: &str) {
        let has_run = |statuses: &Vec<TaskStatus>| {
            let status = statuses.iter().find(|status| status.name == name);
            status.is_none_or(|status| status.runs > 0)
        };
        // Fails where the tasks have ended.
        let _ = self.0.wait_for(has_run).await;
    }
}
