//! What the archive needs again and again while messages come: a table of recurring tasks.
//!
//! Nothing here is needed for right answers, only for quick or fresh ones. While the database is
//! away nothing is missed, as the next run does all that is left.

pub mod backup;
pub mod silence;

use std::error::Error;
use std::sync::Arc;
use std::time::Duration;

use archive::{HeldBack, Kept, StoreError, Upkeep};
use chrono::Utc;
use service::tasks::Task;

use crate::vitals::Vitals;

/// Makes partitions ahead. Should it fail, there is a partition for strays.
pub const ADD_PARTITIONS: &str = "add_partitions";

/// A refresh reads a year of messages, of which a large archive has a hundred million.
const BETWEEN_REFRESHES: Duration = Duration::from_secs(6 * 60 * 60);
/// After strays could not be moved for the writers' sake, say, they should not wait for a day.
const BEFORE_NEXT_TRY: Duration = Duration::from_secs(60);
const DAY: Duration = Duration::from_secs(24 * 60 * 60);
const BETWEEN_LOOKS: Duration = Duration::from_secs(60);
/// What has not moved at several of them in half a minute is frozen.
const BETWEEN_GLANCES: Duration = Duration::from_secs(5);
/// As often as those who watch look.
const BETWEEN_QUESTIONS: Duration = Duration::from_secs(15);
/// Searches read every note that is not folded yet, so there should be few.
const BETWEEN_FOLDS: Duration = Duration::from_secs(5);

/// The recurring tasks of `nommer consume`, whose commits should wait for so many standbys.
///
/// The view of topics is not refreshed at the start, so that a program which restarts again and
/// again does nothing else.
pub fn table(archive: &Arc<Upkeep>, vitals: &Vitals, standbys: u32) -> Vec<Task> {
    fn task<E: Into<Box<dyn Error + Send + Sync>> + 'static>(
        archive: &Arc<Upkeep>,
        name: &'static str,
        period: Duration,
        work: fn(&Upkeep) -> Result<(), E>,
    ) -> Task {
        let archive = archive.clone();
        Task::new(name, period, move || work(&archive))
    }
    vec![
        task(archive, ADD_PARTITIONS, DAY, add_partitions)
            .at_once()
            .after_failure(BEFORE_NEXT_TRY)
            .failures_are_errors(),
        task(archive, "keep_counters", BETWEEN_FOLDS, keep_counters),
        task(
            archive,
            "refresh_recent_topics",
            BETWEEN_REFRESHES,
            refresh_recent_topics,
        ),
        task(archive, "watch_snapshots", BETWEEN_LOOKS, watch_snapshots),
        task(archive, "end_frozen", BETWEEN_GLANCES, end_frozen),
        tell_condition(archive.clone(), vitals.clone(), standbys),
        watch_sequences(archive.clone(), vitals.clone()),
    ]
}

/// Apart from the condition, as it reads the tables of messages, which may be locked.
fn watch_sequences(archive: Arc<Upkeep>, vitals: Vitals) -> Task {
    Task::new("watch_sequences", BETWEEN_LOOKS, move || {
        vitals.sequences_behind(archive.sequences_behind()?.len());
        Ok::<_, StoreError>(())
    })
}

/// Tells those who watch how the archive and its server fare.
fn tell_condition(archive: Arc<Upkeep>, vitals: Vitals, standbys: u32) -> Task {
    Task::new("tell_condition", BETWEEN_QUESTIONS, move || {
        vitals.archive_is(&archive.condition()?);
        vitals.server_is(&archive.durability()?, standbys);
        Ok::<_, StoreError>(())
    })
    .at_once()
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
    let Kept { notes, indexed } = archive.keep_counters(Utc::now().naive_utc())?;
    tracing::debug!(notes, indexed, "counters folded");
    Ok(())
}

/// Fails while something keeps dead rows from being cleaned for long, which is told as any failure.
fn watch_snapshots(archive: &Upkeep) -> Result<(), Box<dyn Error + Send + Sync>> {
    match archive.held_back(Utc::now().naive_utc())? {
        None => Ok(()),
        Some(HeldBack { holder, dead_notes }) => Err(format!(
            "rows that are deleted stay on disk and slow everything down: {holder} keeps them, among them about {dead_notes} notes"
        )
        .into()),
    }
}

/// Ends transactions of nommers that stopped within one, as other nommers wait for their locks.
fn end_frozen(archive: &Upkeep) -> Result<(), StoreError> {
    archive.end_frozen().map(drop)
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
        assert_eq!(
            table(&away(), &Vitals::new(), 0).len(),
            crate::database::UPKEEP as usize
        );
    }

    #[tokio::test(start_paused = true)]
    async fn a_failing_fold_is_seen() {
        let mut statuses = tasks::start(table(&away(), &Vitals::new(), 0));
        statuses.first_run("keep_counters").await;
        let all = statuses.snapshot();
        let counters = all.iter().find(|status| status.name == "keep_counters");
        let failing = counters.and_then(|status| status.failing.as_ref());
        let error = &failing.expect("failing").error;
        assert!(error.contains("the database is not available"), "{error}");
    }
}
