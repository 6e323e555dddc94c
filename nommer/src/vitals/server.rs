//! What the database server does so that what is committed stays, as metrics.

use std::sync::atomic::AtomicU64;

use archive::Durability;
use prometheus_client::metrics::family::Family;
use prometheus_client::metrics::gauge::Gauge;
use prometheus_client::registry::Registry;

use crate::vitals::backups::NoLabels;

/// All of them; 0 until it was asked once.
#[derive(Debug, Default)]
pub struct Server {
    full: Gauge,
    lacks_standby: Gauge,
    standby_lag: Gauge,
    archiving_fails: Gauge,
    /// Nothing where the log is not archived.
    log_archived: Family<NoLabels, Gauge<f64, AtomicU64>>,
    transactions_used: Gauge,
    sequences_behind: Gauge,
}

impl Server {
    /// Adds them to those that are told.
    pub fn register(&self, ours: &mut Registry) {
        for (name, help, gauge) in [
            (
                "database_full",
                "Whether the database said last that it has no room for messages",
                &self.full,
            ),
            (
                "standby_missing",
                "Whether commits wait for fewer standbys than they should",
                &self.lacks_standby,
            ),
            (
                "standby_lag_bytes",
                "What the standby that is farthest behind has not replayed of the log",
                &self.standby_lag,
            ),
            (
                "archiving_fails",
                "Whether the last try to archive the log failed",
                &self.archiving_fails,
            ),
            (
                "unfrozen_transactions",
                "Transactions since the oldest that is not frozen, of which the server takes about 2,147,000,000",
                &self.transactions_used,
            ),
            (
                "sequences_behind",
                "Sequences that are behind the keys of their tables",
                &self.sequences_behind,
            ),
        ] {
            ours.register(name, help, gauge.clone());
        }
        ours.register(
            "log_archived_timestamp_seconds",
            "When the server archived a file of its log last",
            self.log_archived.clone(),
        );
    }

    /// When the log was archived last, where it is.
    fn archived(&self, durability: &Durability) {
        let last = durability.last_archived;
        let seconds = last.map_or(0.0, |time| time.and_utc().timestamp_micros() as f64 / 1e6);
        match durability.archives {
            true => drop(self.log_archived.get_or_create(&[]).set(seconds)),
            false => self.log_archived.clear(),
        }
    }

    /// The server said last that it has no room, or did not.
    pub fn is_full(&self, is_full: bool) {
        self.full.set(is_full.into());
    }

    /// Whether it did.
    pub fn full(&self) -> bool {
        self.full.get() != 0
    }

    /// So many sequences are behind their tables.
    pub fn sequences_behind(&self, count: usize) {
        self.sequences_behind.set(count as i64);
    }

    /// The server was found like this, and commits should wait for so many standbys.
    pub fn is(&self, durability: &Durability, standbys: u32) {
        let is_missing = durability.lacks_standby() || durability.has_fewer_than(standbys);
        self.lacks_standby.set(is_missing.into());
        self.standby_lag.set(durability.standby_lag);
        self.archiving_fails.set(durability.archiving_fails.into());
        self.archived(durability);
        let left = durability.transactions_left;
        self.transactions_used.set(i64::from(i32::MAX) - left);
    }
}
