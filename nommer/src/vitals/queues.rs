//! What waits in the queues and how near they are to losing messages, as metrics.

use std::collections::BTreeMap;
use std::fmt;
use std::sync::atomic::AtomicU64;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use prometheus_client::collector::Collector;
use prometheus_client::encoding::{DescriptorEncoder, EncodeLabelSet, EncodeMetric as _};
use prometheus_client::metrics::family::Family;
use prometheus_client::metrics::gauge::Gauge;

use crate::vitals::report::QueueReport;

/// Those that are looked at. Clones are one.
#[derive(Clone, Debug, Default)]
pub struct Queues(Arc<Mutex<Vec<QueueReport>>>);

/// Queues are those of the configuration: few.
#[derive(Clone, Debug, EncodeLabelSet, Eq, Hash, PartialEq)]
struct OfQueue {
    queue: String,
}

/// Of some queues, the others having none.
type QueueGauges = Family<OfQueue, Gauge<f64, AtomicU64>>;

impl Queues {
    /// They are found like this; those that are not among them, nothing is known of.
    pub fn are(&self, found: Vec<QueueReport>) {
        *self.lock() = found;
    }

    /// What is known of them.
    pub fn report(&self) -> Vec<QueueReport> {
        self.lock().clone()
    }

    fn lock(&self) -> MutexGuard<'_, Vec<QueueReport>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn gauges(&self, value: impl Fn(&QueueReport) -> Option<f64>) -> QueueGauges {
        let gauges = QueueGauges::default();
        for queue in self.lock().iter() {
            if let Some(value) = value(queue) {
                let name = queue.name.clone();
                gauges.get_or_create(&OfQueue { queue: name }).set(value);
            }
        }
        gauges
    }
}

/// What a queue has had delivered to us.
#[derive(Clone, Copy, Debug, Default)]
pub struct Delivered {
    /// So many messages.
    pub messages: u64,
    /// So many bytes of bodies.
    pub bytes: u64,
}

/// What all queues have had delivered to us.
#[derive(Debug, Default)]
pub struct AllDelivered(Mutex<BTreeMap<String, Delivered>>);

impl AllDelivered {
    /// A message of so many bytes has come.
    pub fn note(&self, queue: &str, bytes: usize) {
        let mut all = self.lock();
        // Its name is there but for the first one.
        if !all.contains_key(queue) {
            all.insert(queue.to_owned(), Delivered::default());
        }
        if let Some(taken) = all.get_mut(queue) {
            taken.messages += 1;
            taken.bytes += bytes as u64;
        }
    }

    /// What this one has.
    pub fn of(&self, queue: &str) -> Delivered {
        self.lock().get(queue).copied().unwrap_or_default()
    }

    fn lock(&self) -> MutexGuard<'_, BTreeMap<String, Delivered>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Collector for Queues {
    fn encode(&self, mut encoder: DescriptorEncoder<'_>) -> fmt::Result {
        for (name, help, gauges) in [
            (
                "nommer_queue_ready_messages",
                "Messages that wait in a queue",
                self.gauges(|queue| Some(queue.ready as f64)),
            ),
            (
                "nommer_queue_fullness_ratio",
                "What a queue holds of what it may before messages are dropped: 1 is all",
                self.gauges(|queue| queue.fullness),
            ),
            (
                "nommer_queue_time_to_loss_seconds",
                "In what time a queue drops messages if it goes on growing as it does",
                self.gauges(|queue| queue.loss_in_seconds),
            ),
        ] {
            let metric = encoder.encode_descriptor(name, help, None, gauges.metric_type())?;
            gauges.encode(metric)?;
        }
        Ok(())
    }
}
