//! Work that is done again and again beside the program's own.
//!
//! A program has a table of [`Task`]s: a name, how long to rest between two runs, and what to do.
//! Each has a loop of its own, so that a slow one delays no other and never runs twice at once.
//! A task is idempotent and takes no input: it finds out by itself what there is to do. So a run
//! that failed, or panicked, is not tried again: the next one, which may come sooner, does what it left
//! undone.
//!
//! Nobody waits for a task, so its failures would pass in silence: they are warnings or errors,
//! told at once, then ever more seldom, and it is told when the task works again. How all tasks fare is
//! in [`TaskStatuses`].

mod complaint;
mod status;

use std::error::Error;
use std::sync::Arc;
use std::time::Duration;

use chrono::{DateTime, SecondsFormat, Utc};
use tokio::sync::watch;
use tokio::time::Instant;

use crate::error_chain::error_chain;
use complaint::Complaint;
pub use status::{Failing, TaskStatus, TaskStatuses};

type Work = dyn Fn() -> Result<(), Box<dyn Error + Send + Sync>> + Send + Sync;

/// Work that is done again and again.
pub struct Task {
    name: &'static str,
    period: Duration,
    first: Duration,
    after_failure: Duration,
    are_errors: bool,
    work: Arc<Work>,
}

impl Task {
    /// Rests for a `period`, does `work`, which may block, and so on. The `name` is what the log
    /// and [`TaskStatus`] have.
    pub fn new<E: Into<Box<dyn Error + Send + Sync>>>(
        name: &'static str,
        period: Duration,
        work: impl Fn() -> Result<(), E> + Send + Sync + 'static,
    ) -> Self {
        Self {
            name,
            period,
            first: period,
            after_failure: period,
            are_errors: false,
            work: Arc::new(move || work().map_err(Into::into)),
        }
    }

    /// Has failures of the task told as errors and not as warnings.
    pub fn failures_are_errors(self) -> Self {
        Self {
            are_errors: true,
            ..self
        }
    }

    /// Has the task rest for so long after a run that failed, and not for the period.
    pub fn after_failure(self, after_failure: Duration) -> Self {
        Self {
            after_failure,
            ..self
        }
    }

    /// Has the task begin with a run and not with a rest.
    pub fn at_once(self) -> Self {
        Self {
            first: Duration::ZERO,
            ..self
        }
    }
}

/// Begins with all tasks, which end with the runtime, and answers how they fare.
pub fn start(tasks: Vec<Task>) -> TaskStatuses {
    let statuses = tasks
        .iter()
        .map(|task| TaskStatus::new(task.name, task.period));
    let (board, statuses) = watch::channel(statuses.collect());
    let board = Arc::new(board);
    for (place, task) in tasks.into_iter().enumerate() {
        tokio::spawn(repeat(task, board.clone(), place));
    }
    TaskStatuses::new(statuses)
}

/// Runs a task for ever; its status is at `place` on the `board`.
async fn repeat(task: Task, board: Arc<watch::Sender<Vec<TaskStatus>>>, place: usize) {
    let mut complaint = Complaint::default();
    tokio::time::sleep(task.first).await;
    loop {
        let work = task.work.clone();
        let failure = match tokio::task::spawn_blocking(move || work()).await {
            Ok(Ok(())) => None,
            Ok(Err(error)) => Some(error_chain(&*error)),
            Err(panic) => Some(error_chain(&panic)),
        };
        let rest = match failure {
            None => task.period,
            Some(_) => task.after_failure,
        };
        let before = board.borrow()[place].clone();
        board.send_modify(|statuses| statuses[place].note(failure, Utc::now()));
        tell(&task, &before, &board.borrow()[place], &mut complaint);
        tokio::time::sleep(rest).await;
    }
}

/// Says what a run has changed, if that is worth a line.
fn tell(task: &Task, before: &TaskStatus, now: &TaskStatus, complaint: &mut Complaint) {
    // The level of an event is part of its place in the program.
    macro_rules! fails {
        ($level:ident, $failing:ident) => {
            tracing::$level!(
                task = task.name,
                since = text($failing.since),
                failures = now.failures,
                in_a_row = $failing.in_a_row,
                error = $failing.error,
                "a recurring task fails"
            )
        };
    }
    match (&now.failing, &before.failing) {
        (Some(failing), _) => {
            if complaint.is_due(Instant::now()) {
                if task.are_errors {
                    fails!(error, failing);
                } else {
                    fails!(warn, failing);
                }
            }
        }
        (None, Some(failing)) => {
            complaint.settle();
            tracing::info!(
                task = task.name,
                since = text(failing.since),
                failures = now.failures,
                "a recurring task works again"
            );
        }
        (None, None) => {}
    }
}

fn text(time: DateTime<Utc>) -> String {
    time.to_rfc3339_opts(SecondsFormat::Secs, true)
}

#[cfg(test)]
mod tests;
