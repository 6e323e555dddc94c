//! When what is expected was heard of last, as metrics.

use std::sync::atomic::AtomicU64;

use chrono::{DateTime, Utc};
use prometheus_client::encoding::EncodeLabelSet;
use prometheus_client::metrics::family::Family;
use prometheus_client::metrics::gauge::Gauge;
use prometheus_client::registry::Registry;

use crate::expected::age::Age;

/// Names are those that the operator expects something of: few.
#[derive(Clone, Debug, EncodeLabelSet, Eq, Hash, PartialEq)]
struct OfExpected {
    dimension: &'static str,
    name: String,
}

/// All of them; nothing where nothing is expected.
#[derive(Debug, Default)]
pub struct Heard {
    newest: Family<OfExpected, Gauge<f64, AtomicU64>>,
    age: Family<OfExpected, Gauge>,
}

impl Heard {
    /// Adds them to those that are told.
    pub fn register(&self, ours: &mut Registry) {
        ours.register(
            "expected_newest_timestamp_seconds",
            "When the newest message was sent of a category or topic of which some are expected",
            self.newest.clone(),
        );
        ours.register(
            "expected_age_seconds",
            "How old that message may be",
            self.age.clone(),
        );
    }

    /// The newest message of this name was sent then, if there ever was one, and may be so old.
    pub fn of(
        &self,
        dimension: &'static str,
        name: &str,
        newest: Option<DateTime<Utc>>,
        age: &Age,
    ) {
        let labels = OfExpected {
            dimension,
            name: name.to_owned(),
        };
        let seconds = newest.map_or(0.0, |time| time.timestamp_micros() as f64 / 1e6);
        self.newest.get_or_create(&labels).set(seconds);
        self.age
            .get_or_create(&labels)
            .set(age.length.num_seconds());
    }
}
