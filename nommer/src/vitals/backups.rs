//! When the last backup was made, as metrics.

use std::sync::atomic::AtomicU64;

use chrono::{DateTime, Utc};
use prometheus_client::metrics::family::Family;
use prometheus_client::metrics::gauge::Gauge;
use prometheus_client::registry::Registry;

use crate::expected::age::Age;

/// Of a metric that is there or not, and has no labels.
pub type NoLabels = [(&'static str, &'static str); 0];

/// All of them; nothing where no backup is known.
#[derive(Debug, Default)]
pub struct Backups {
    last: Family<NoLabels, Gauge<f64, AtomicU64>>,
    age: Family<NoLabels, Gauge>,
}

impl Backups {
    /// Adds them to those that are told.
    pub fn register(&self, ours: &mut Registry) {
        ours.register(
            "backup_timestamp_seconds",
            "When the last backup was made, as the file of the configuration says",
            self.last.clone(),
        );
        ours.register(
            "backup_age_seconds",
            "How old that may be",
            self.age.clone(),
        );
    }

    /// The last one was made then, if there is one, and may be so old.
    pub fn is(&self, last: Option<DateTime<Utc>>, age: &Age) {
        let seconds = last.map_or(0.0, |time| time.timestamp_micros() as f64 / 1e6);
        self.last.get_or_create(&[]).set(seconds);
        let age = age.length.num_seconds();
        self.age.get_or_create(&[]).set(age);
    }
}
