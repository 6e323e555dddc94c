//! The numbers of ingestion, as Prometheus has them.

use std::sync::atomic::AtomicU64;
use std::time::Duration;

use archive::Condition;
use chrono::{DateTime, NaiveDateTime, Utc};
use prometheus_client::encoding::EncodeLabelSet;
use prometheus_client::metrics::counter::Counter;
use prometheus_client::metrics::family::Family;
use prometheus_client::metrics::gauge::Gauge;
use prometheus_client::metrics::histogram::{Histogram, exponential_buckets};
use prometheus_client::registry::Registry;

use crate::vitals::backups::Backups;
use crate::vitals::heard::Heard;
use crate::vitals::redeliveries::Redeliveries;
use crate::vitals::server::Server;

/// What became of a delivery.
#[derive(Clone, Copy, Debug, Eq, Hash, PartialEq)]
pub enum Fate {
    /// Its message is new in the archive.
    Stored,
    /// The archive had its message.
    Duplicate,
    /// It is among the dead letters.
    PutAside,
}

/// A part of a batch's time.
#[derive(Clone, Copy, Debug)]
pub enum Stage {
    /// Its first delivery waits for it to be full.
    Wait,
    /// It is stored.
    Store,
    /// The broker is told.
    Settle,
}

impl Fate {
    fn word(self) -> &'static str {
        match self {
            Self::Stored => "stored",
            Self::Duplicate => "duplicate",
            Self::PutAside => "put_aside",
        }
    }
}

impl Stage {
    /// In their order.
    #[cfg(test)]
    pub const ALL: [Self; 3] = [Self::Wait, Self::Store, Self::Settle];

    fn word(self) -> &'static str {
        match self {
            Self::Wait => "wait",
            Self::Store => "store",
            Self::Settle => "settle",
        }
    }
}

/// A batch that is done.
pub struct Done<'a> {
    /// How many deliveries of each queue have which fate.
    pub fates: &'a [(String, Fate, u64)],
    /// When the newest of its messages was sent.
    pub newest: Option<NaiveDateTime>,
    /// How long its first delivery waited for it to be full, and it took to store and to settle.
    pub stages: [(Stage, Duration); 3],
    /// What its deliveries counted for in memory, in bytes.
    pub weight: usize,
}

impl Done<'_> {
    /// How many there are.
    pub fn deliveries(&self) -> u64 {
        self.fates.iter().map(|(.., count)| count).sum()
    }
}

/// Queues are those of the configuration: few.
#[derive(Clone, Debug, EncodeLabelSet, Eq, Hash, PartialEq)]
struct OfDelivery {
    queue: String,
    outcome: &'static str,
}

#[derive(Clone, Debug, EncodeLabelSet, Eq, Hash, PartialEq)]
struct OfStage {
    stage: &'static str,
}

#[derive(Clone, Debug, EncodeLabelSet, Eq, Hash, PartialEq)]
struct OfCertificate {
    owner: &'static str,
}

/// Seconds since 1970.
type TimeGauge = Gauge<f64, AtomicU64>;

/// All of them.
#[derive(Debug)]
pub struct Metrics {
    pub(super) consuming: Gauge,
    deliveries: Family<OfDelivery, Counter>,
    batch_messages: Histogram,
    batch_seconds: Family<OfStage, Histogram, fn() -> Histogram>,
    held_messages: Gauge,
    held_bytes: Gauge,
    newest_sent_at: TimeGauge,
    last_commit: TimeGauge,
    dead_letters: Gauge,
    last_dead_letter: TimeGauge,
    unfolded_notes: Gauge,
    partition_until: TimeGauge,
    oldest_snapshot: TimeGauge,
    certificate_ends: Family<OfCertificate, TimeGauge>,
    redeliveries: Redeliveries,
    pub(super) backups: Backups,
    pub(super) heard: Heard,
    pub(super) server: Server,
}

impl Default for Metrics {
    fn default() -> Self {
        Self {
            consuming: Gauge::default(),
            deliveries: Family::default(),
            // From one to 16,384, more than a batch ever has.
            batch_messages: Histogram::new(exponential_buckets(1.0, 4.0, 8)),
            // From a millisecond to half a minute.
            batch_seconds: Family::new_with_constructor(|| {
                Histogram::new(exponential_buckets(0.001, 2.0, 16))
            }),
            held_messages: Gauge::default(),
            held_bytes: Gauge::default(),
            newest_sent_at: TimeGauge::default(),
            last_commit: TimeGauge::default(),
            dead_letters: Gauge::default(),
            last_dead_letter: TimeGauge::default(),
            unfolded_notes: Gauge::default(),
            partition_until: TimeGauge::default(),
            oldest_snapshot: TimeGauge::default(),
            certificate_ends: Family::default(),
            redeliveries: Redeliveries::default(),
            backups: Backups::default(),
            heard: Heard::default(),
            server: Server::default(),
        }
    }
}

impl Metrics {
    /// Adds them to those that are told.
    pub fn register(&self, registry: &mut Registry) {
        let ours = registry.sub_registry_with_prefix("nommer");
        ours.register(
            "deliveries",
            "Deliveries that were settled, by what became of them",
            self.deliveries.clone(),
        );
        ours.register(
            "batch_messages",
            "Deliveries in a batch",
            self.batch_messages.clone(),
        );
        ours.register(
            "batch_seconds",
            "How long a batch takes: waiting to be full, being stored, being settled",
            self.batch_seconds.clone(),
        );
        ours.register(
            "certificate_expiry_timestamp_seconds",
            "When a certificate of the connection to the broker runs out",
            self.certificate_ends.clone(),
        );
        self.register_gauges(ours);
        self.backups.register(ours);
        self.heard.register(ours);
        self.server.register(ours);
        registry.register_collector(Box::new(self.redeliveries.clone()));
    }

    fn register_gauges(&self, ours: &mut Registry) {
        for (name, help, gauge) in self.levels() {
            ours.register(name, help, gauge.clone());
        }
        for (name, help, gauge) in self.times() {
            ours.register(name, help, gauge.clone());
        }
    }

    fn levels(&self) -> [(&'static str, &'static str, &Gauge); 5] {
        [
            (
                "consuming",
                "Whether deliveries are asked for",
                &self.consuming,
            ),
            (
                "held_messages",
                "Deliveries that came and are not settled",
                &self.held_messages,
            ),
            (
                "held_bytes",
                "What these take in memory, about",
                &self.held_bytes,
            ),
            (
                "dead_letters",
                "Deliveries that are put aside, and were not discarded",
                &self.dead_letters,
            ),
            (
                "unfolded_notes",
                "Notes that are not folded into the counters yet",
                &self.unfolded_notes,
            ),
        ]
    }

    /// Seconds since 1970; 0 is never.
    fn times(&self) -> [(&'static str, &'static str, &TimeGauge); 5] {
        [
            (
                "newest_sent_at_timestamp_seconds",
                "When the newest message was sent that was settled since the start",
                &self.newest_sent_at,
            ),
            (
                "last_commit_timestamp_seconds",
                "When a batch was stored last",
                &self.last_commit,
            ),
            (
                "last_dead_letter_timestamp_seconds",
                "When the last delivery came that is put aside",
                &self.last_dead_letter,
            ),
            (
                "partition_until_timestamp_seconds",
                "Until when there are partitions of years",
                &self.partition_until,
            ),
            (
                "oldest_snapshot_timestamp_seconds",
                "Since when the oldest open snapshot keeps dead rows from being cleaned",
                &self.oldest_snapshot,
            ),
        ]
    }

    /// How many deliveries came and are not settled.
    pub(super) fn held(&self) -> u64 {
        self.held_messages.get().max(0).unsigned_abs()
    }

    /// A delivery has come.
    pub(super) fn came(&self, weight: usize, deliveries_before: Option<i64>) {
        self.held_messages.inc();
        self.held_bytes.inc_by(weight as i64);
        self.redeliveries
            .note(deliveries_before.unwrap_or_default());
    }

    /// The archive was found in this condition.
    pub(super) fn archive_is(&self, condition: &Condition) {
        self.dead_letters.set(condition.dead_letters as i64);
        self.unfolded_notes.set(condition.notes as i64);
        if let Some(last) = condition.last_dead_letter {
            self.last_dead_letter.set(seconds(last.and_utc()));
        }
        let snapshot = condition.oldest_snapshot;
        self.oldest_snapshot
            .set(snapshot.map_or(0.0, |since| seconds(since.and_utc())));
        let until = condition.partitioned_until;
        let until = until.and_then(|day| day.and_hms_opt(0, 0, 0));
        self.partition_until
            .set(until.map_or(0.0, |until| seconds(until.and_utc())));
    }

    /// The certificate of this owner is valid until then.
    pub(super) fn runs_out(&self, owner: &'static str, end: DateTime<Utc>) {
        self.certificate_ends
            .get_or_create(&OfCertificate { owner })
            .set(seconds(end));
    }

    /// What is held takes so much memory, about.
    pub(super) fn held_bytes(&self) -> u64 {
        self.held_bytes.get().max(0).unsigned_abs()
    }

    /// When a batch was stored last.
    pub(super) fn last_commit(&self) -> Option<DateTime<Utc>> {
        time(&self.last_commit)
    }

    /// When the newest message was sent that was settled.
    pub(super) fn newest_sent_at(&self) -> Option<DateTime<Utc>> {
        time(&self.newest_sent_at)
    }

    /// A batch is stored and settled at this time.
    pub(super) fn done(&self, batch: &Done<'_>, now: DateTime<Utc>) {
        for (queue, fate, count) in batch.fates {
            let labels = OfDelivery {
                queue: queue.clone(),
                outcome: fate.word(),
            };
            self.deliveries.get_or_create(&labels).inc_by(*count);
        }
        let count = batch.deliveries();
        self.batch_messages.observe(count as f64);
        for (stage, took) in batch.stages {
            let labels = OfStage {
                stage: stage.word(),
            };
            self.batch_seconds
                .get_or_create(&labels)
                .observe(took.as_secs_f64());
        }
        self.held_messages.dec_by(count as i64);
        self.held_bytes.dec_by(batch.weight as i64);
        self.last_commit.set(seconds(now));
        // What claims to be of the future is of now.
        let newest = batch.newest.map(|newest| newest.and_utc().min(now));
        if let Some(newest) = newest
            .map(seconds)
            .filter(|newest| *newest > self.newest_sent_at.get())
        {
            self.newest_sent_at.set(newest);
        }
    }
}

fn seconds(time: DateTime<Utc>) -> f64 {
    time.timestamp_micros() as f64 / 1e6
}

/// The time of a gauge that was set.
fn time(gauge: &TimeGauge) -> Option<DateTime<Utc>> {
    let seconds = gauge.get();
    (seconds != 0.0)
        .then(|| DateTime::from_timestamp_micros((seconds * 1e6) as i64))
        .flatten()
}
