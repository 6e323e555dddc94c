//! How ingestion fares: what it has done, and whether it moves.

mod backups;
mod heard;
mod metrics;
pub mod queues;
mod redeliveries;
pub mod report;
mod server;
mod tasks;

use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, OnceLock, PoisonError};
use std::time::Duration;

use archive::{Condition, Durability, StoreError};
use chrono::{DateTime, Utc};
use prometheus_client::registry::Registry;
use service::error_chain;
use service::tasks::TaskStatuses;
use tokio::time::Instant;

use crate::expected::age::Age;
use crate::vitals::metrics::Metrics;
pub use crate::vitals::metrics::{Done, Fate, Stage};
use crate::vitals::queues::{AllDelivered, Delivered, Queues};
use crate::vitals::report::{LastBatch, ProgramReport, QueueReport, TaskReport, Totals};
use crate::vitals::tasks::Tasks;

/// What is held for longer than this without any batch being done stands still.
const STANDSTILL: Duration = Duration::from_secs(30);

/// Who waits so long for an answer of the database does better to begin anew.
pub const STUCK: Duration = Duration::from_secs(120);

/// What is known of ingestion. Clones are one.
#[derive(Clone, Debug)]
pub struct Vitals(Arc<Inner>);

#[derive(Debug)]
struct Inner {
    started: DateTime<Utc>,
    metrics: Metrics,
    /// Deliveries since the start.
    received: AtomicU64,
    taken: AllDelivered,
    queues: Queues,
    motion: Mutex<Motion>,
    tasks: Arc<OnceLock<TaskStatuses>>,
}

/// Whether it moves.
#[derive(Clone, Debug)]
struct Motion {
    consuming: bool,
    has_consumed: bool,
    /// When a batch was done, or else the first delivery came.
    moved: Instant,
    /// When the database last answered to a batch, if only with an error that came in time; or what `moved` is.
    answered: Instant,
    /// Why the database took nothing when it was asked last.
    refusal: Option<String>,
    totals: Totals,
    last_batch: Option<LastBatch>,
}

/// Deliveries are asked for, until this is dropped.
#[derive(Debug)]
pub struct Consuming(Vitals);

impl Drop for Consuming {
    fn drop(&mut self) {
        self.0.set_consuming(false);
    }
}

impl Vitals {
    /// Nothing has come yet.
    pub fn new() -> Self {
        let motion = Motion {
            consuming: false,
            has_consumed: false,
            moved: Instant::now(),
            answered: Instant::now(),
            refusal: None,
            totals: Totals::default(),
            last_batch: None,
        };
        Self(Arc::new(Inner {
            started: Utc::now(),
            metrics: Metrics::default(),
            received: AtomicU64::new(0),
            taken: AllDelivered::default(),
            queues: Queues::default(),
            motion: Mutex::new(motion),
            tasks: Arc::default(),
        }))
    }

    /// Adds the metrics to those that are told.
    pub fn register(&self, registry: &mut Registry) {
        self.0.metrics.register(registry);
        registry.register_collector(Box::new(Tasks(self.0.tasks.clone())));
        registry.register_collector(Box::new(self.0.queues.clone()));
    }

    /// These are the recurring tasks.
    pub fn has_tasks(&self, tasks: TaskStatuses) {
        // There is one start of tasks in a program.
        let _ = self.0.tasks.set(tasks);
    }

    /// The archive was found in this condition.
    pub fn archive_is(&self, condition: &Condition) {
        self.0.metrics.archive_is(condition);
    }

    /// The server of the archive was found like this, and commits should wait for so many standbys.
    pub fn server_is(&self, durability: &Durability, standbys: u32) {
        self.0.metrics.server.is(durability, standbys);
    }

    /// The last backup was made then, if there is one, and may be so old.
    pub fn backup_is(&self, last: Option<DateTime<Utc>>, age: &Age) {
        self.0.metrics.backups.is(last, age);
    }

    /// So many sequences are behind their tables.
    pub fn sequences_behind(&self, count: usize) {
        self.0.metrics.server.sequences_behind(count);
    }

    /// The certificate of this owner is valid until then.
    pub fn runs_out(&self, owner: &'static str, end: DateTime<Utc>) {
        self.0.metrics.runs_out(owner, end);
    }

    /// The newest message of a category or topic of which some are expected was sent then, if there ever was one, and
    /// may be so old.
    pub fn heard(
        &self,
        dimension: &'static str,
        name: &str,
        newest: Option<DateTime<Utc>>,
        age: &Age,
    ) {
        self.0.metrics.heard.of(dimension, name, newest, age);
    }

    /// Deliveries are asked for from now on.
    pub fn consuming(&self) -> Consuming {
        self.set_consuming(true);
        Consuming(self.clone())
    }

    /// A delivery has come from a queue. Its body has so many bytes, it counts for so many, and was delivered so many
    /// times before.
    pub fn came(&self, queue: &str, size: usize, weight: usize, deliveries_before: Option<i64>) {
        self.0.taken.note(queue, size);
        // Who looks sees what is held with when it began to be.
        let first = (self.held() == 0).then(|| {
            let mut motion = self.motion();
            motion.moved = Instant::now();
            motion.answered = motion.moved;
            motion
        });
        self.0.metrics.came(weight, deliveries_before);
        drop(first);
        self.0.received.fetch_add(1, Ordering::Relaxed);
    }

    /// What a queue has had delivered since the start.
    pub fn taken(&self, queue: &str) -> Delivered {
        self.0.taken.of(queue)
    }

    /// The queues are found like this.
    pub fn queues_are(&self, found: Vec<QueueReport>) {
        self.0.queues.are(found);
    }

    /// A batch is stored and settled.
    pub fn done(&self, batch: &Done<'_>) {
        self.0.metrics.done(batch, Utc::now());
        let put_aside = batch
            .fates
            .iter()
            .filter(|(_, fate, _)| *fate == Fate::PutAside);
        let (all, put_aside) = (
            batch.deliveries(),
            put_aside.map(|(.., count)| count).sum::<u64>(),
        );
        let mut motion = self.motion();
        motion.moved = Instant::now();
        motion.answered = motion.moved;
        motion.totals.archived += all - put_aside;
        motion.totals.put_aside += put_aside;
        motion.last_batch = Some(LastBatch::of(all, batch.stages.map(|(_, took)| took)));
    }

    /// How it fares; whether the database takes messages is known elsewhere.
    pub fn report(&self, database: bool) -> ProgramReport {
        let motion = self.motion().clone();
        let metrics = &self.0.metrics;
        let tasks = self.0.tasks.get().map(TaskStatuses::snapshot);
        ProgramReport {
            version: env!("CARGO_PKG_VERSION").to_owned(),
            started: self.0.started,
            consuming: motion.consuming,
            database,
            database_full: metrics.server.full(),
            database_error: self.refusal(),
            totals: self.totals(),
            held_messages: self.held(),
            held_bytes: metrics.held_bytes(),
            last_batch: motion.last_batch,
            last_commit: metrics.last_commit(),
            newest_sent_at: metrics.newest_sent_at(),
            queues: self.0.queues.report(),
            tasks: tasks
                .unwrap_or_default()
                .into_iter()
                .map(TaskReport::from)
                .collect(),
        }
    }

    /// Deliveries since the start.
    pub fn totals(&self) -> Totals {
        // What is settled first: it had come before.
        let settled = self.motion().totals;
        Totals {
            received: self.0.received.load(Ordering::Relaxed),
            ..settled
        }
    }

    fn held(&self) -> u64 {
        self.0.metrics.held()
    }

    /// Whether deliveries are asked for.
    pub fn is_consuming(&self) -> bool {
        self.motion().consuming
    }

    /// Why the database took nothing when it was asked last; nothing if it did.
    pub fn refusal(&self) -> Option<String> {
        self.motion().refusal.clone()
    }

    /// Whether it has begun to consume once.
    pub fn has_consumed(&self) -> bool {
        self.motion().has_consumed
    }

    /// The database has taken a batch, or this is why not.
    pub fn database_said(&self, error: Option<&StoreError>) {
        let mut motion = self.motion();
        // What is given up after so long waits for the same when it is tried again: only a commit is progress then.
        if error.is_none() || motion.answered.elapsed() < STUCK {
            motion.answered = Instant::now();
        }
        motion.refusal = error.map(|error| error_chain(error));
        drop(motion);
        // One that is away has said nothing of its room.
        if !matches!(error, Some(StoreError::Unavailable(_))) {
            let is_full = matches!(error, Some(StoreError::Full(_)));
            self.0.metrics.server.is_full(is_full);
        }
    }

    /// For how long deliveries are held and the database has said nothing to any batch: not how long it has been
    /// away, as who tries again and again is not stuck.
    pub fn stuck(&self) -> Duration {
        let motion = self.motion();
        if self.held() == 0 {
            return Duration::ZERO;
        }
        motion.answered.elapsed()
    }

    /// For how long deliveries are held without any batch being done, if that is too long. Where nothing is held,
    /// nothing stands still, however quiet the bus is.
    pub fn standstill(&self) -> Option<Duration> {
        let motion = self.motion();
        let since = motion.moved.elapsed();
        (self.held() > 0 && since > STANDSTILL).then_some(since)
    }

    fn set_consuming(&self, consuming: bool) {
        self.0.metrics.consuming.set(consuming.into());
        let mut motion = self.motion();
        motion.consuming = consuming;
        motion.has_consumed |= consuming;
    }

    fn motion(&self) -> MutexGuard<'_, Motion> {
        self.0.motion.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test(start_paused = true)]
    async fn what_is_held_stands_still_and_an_idle_hour_does_not() {
        let vitals = Vitals::new();
        let hour = Duration::from_secs(3600);
        tokio::time::advance(hour).await;
        assert_eq!(vitals.standstill(), None);
        assert_eq!(vitals.stuck(), Duration::ZERO);
        vitals.came("q", 9, 10, None);
        vitals.came("q", 9, 10, None);
        assert_eq!(vitals.standstill(), None, "it came a moment ago");
        tokio::time::advance(STANDSTILL * 2).await;
        assert_eq!(vitals.standstill(), Some(STANDSTILL * 2));
        assert_eq!(vitals.stuck(), STANDSTILL * 2);
        vitals.database_said(Some(&StoreError::Cancelled));
        assert_eq!(vitals.stuck(), Duration::ZERO, "the database said why not");
        assert!(vitals.refusal().is_some());
        assert!(vitals.standstill().is_some());
        let done = |fate| {
            vitals.done(&Done {
                fates: &[("q".to_owned(), fate, 1)],
                newest: None,
                stages: Stage::ALL.map(|stage| (stage, Duration::ZERO)),
                weight: 10,
            });
        };
        done(Fate::Stored);
        assert_eq!(vitals.standstill(), None, "a batch was done");
        tokio::time::advance(STANDSTILL * 2).await;
        assert!(vitals.standstill().is_some(), "another is held");
        done(Fate::PutAside);
        tokio::time::advance(hour).await;
        assert_eq!(vitals.standstill(), None);
        let totals = Totals {
            received: 2,
            archived: 1,
            put_aside: 1,
        };
        assert_eq!(vitals.totals(), totals);
    }

    #[tokio::test(start_paused = true)]
    async fn a_statement_given_up_against_the_same_lock_is_no_progress() {
        let vitals = Vitals::new();
        vitals.came("q", 9, 10, None);
        let given_up = StoreError::Unavailable("it did not answer within 305 s".into());
        for tries in 1..=3 {
            tokio::time::advance(Duration::from_secs(305)).await;
            vitals.database_said(Some(&given_up));
            assert_eq!(vitals.stuck(), tries * Duration::from_secs(305));
        }
        vitals.database_said(None);
        assert_eq!(vitals.refusal(), None);
        assert_eq!(vitals.stuck(), Duration::ZERO, "it has taken a batch");
        // Who is away says so every few seconds.
        for _ in 0..100 {
            tokio::time::advance(Duration::from_secs(9)).await;
            vitals.database_said(Some(&given_up));
        }
        assert_eq!(vitals.stuck(), Duration::ZERO);
    }

    #[tokio::test]
    async fn consuming_ends_with_its_session() {
        let vitals = Vitals::new();
        assert!(!vitals.is_consuming() && !vitals.has_consumed());
        let consuming = vitals.consuming();
        assert!(vitals.is_consuming());
        drop(consuming);
        assert!(!vitals.is_consuming() && vitals.has_consumed());
    }
}
