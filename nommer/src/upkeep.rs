//! What the archive needs again and again while messages come: a table of recurring tasks.
//!
//! Nothing here is needed for right answers, only for quick or fresh ones. While the database is
//! away nothing is missed, as the next run does all that is left.

use std::sync::Arc;
use std::time::Duration;

use archive::{StoreError, Upkeep};
use chrono::Utc;
use service::tasks::Task;

/// Makes partitions ahead. Should it fail, there is a partition for strays.
pub const ADD_PARTITIONS: &str = "add_partitions";

/// A refresh reads a year of messages, of which a large archive has a hundred million.
const BETWEEN_REFRESHES: Duration = Duration::from_secs(6 * 60 * 60);
const DAY: Duration = Duration::from_secs(24 * 60 * 60);
/// Searches read every note that is not folded yet, so there should be few.
const BETWEEN_FOLDS: Duration = Duration::from_secs(5);

/// The recurring tasks of `nommer consume`.
///
/// The view of topics is not refreshed at the start, so that a program which restarts again and
/// again does nothing else.
pub fn table(archive: &Arc<Upkeep>) -> Vec<Task> {
    let task = |name, period, work: fn(&Upkeep) -> Result<(), StoreError>| {
        let archive = archive.clone();
        Task::new(name, period, move || work(&archive))
    };
    vec![
        task(ADD_PARTITIONS, DAY, add_partitions)
            .at_once()
            .failures_are_errors(),
        task("keep_counters", BETWEEN_FOLDS, keep_counters),
        task(
            "refresh_recent_topics",
            BETWEEN_REFRESHES,
            refresh_recent_topics,
        ),
    ]
}

fn add_partitions(archive: &Upkeep) -> Result<(), StoreError> {
    match archive.add_partitions(Utc::now().naive_utc())? {
        0 => tracing::debug!("all partitions are there"),
        added => tracing::info!(added, "partitions added"),
    }
    Ok(())
}

/// Folds into the counters what writers noted, and gives ids to those of past days.
fn keep_counters(archive: &Upkeep) -> Result<(), StoreError> {
    let notes = archive.fold_counters()?;
    let indexed = archive.index_counters(Utc::now().naive_utc())?;
    tracing::debug!(notes, indexed, "counters folded");
    Ok(())
}

fn refresh_recent_topics(archive: &Upkeep) -> Result<(), StoreError> {
    let refreshed = archive.refresh_recent_topics()?;
    tracing::debug!(refreshed, "view of recent topics");
    Ok(())
}

#[cfg(test)]
mod tests {
    use archive::ConnectionOptions;
    use service::tasks;

    use super::*;

    /// A database that nobody listens for.
    fn away() -> Arc<Upkeep> {
        Arc::new(Upkeep::new(&ConnectionOptions {
            url: "postgresql://127.0.0.1:1/none".to_owned(),
            application_name: "test",
            pool_size: 3,
            checkout_timeout: Duration::from_millis(20),
            statement_timeout: None,
            read_only: false,
        }))
    }

    #[test]
    fn each_task_finds_a_connection() {
        assert_eq!(table(&away()).len(), crate::database::UPKEEP as usize);
    }

    #[tokio::test(start_paused = true)]
    async fn a_failing_fold_is_seen() {
        let mut statuses = tasks::start(table(&away()));
        statuses.first_run("keep_counters").await;
        let all = statuses.snapshot();
        let counters = all.iter().find(|status| status.name == "keep_counters");
        let failing = counters.and_then(|status| status.failing.as_ref());
        let error = &failing.expect("failing").error;
        assert!(error.contains("the database is not available"), "{error}");
    }
}
