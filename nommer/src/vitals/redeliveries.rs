//! How often deliveries come again.

use std::fmt;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use prometheus_client::collector::Collector;
use prometheus_client::encoding::{DescriptorEncoder, EncodeMetric as _};
use prometheus_client::metrics::gauge::ConstGauge;
use tokio::time::Instant;

/// How long a turn lasts.
const TURN: Duration = Duration::from_secs(300);

/// The most often that a delivery had come before, lately. Clones are one.
#[derive(Clone, Debug)]
pub struct Redeliveries(Arc<Mutex<Turns>>);

/// The most of this turn and of the one before.
#[derive(Debug)]
struct Turns {
    began: Instant,
    most: [i64; 2],
}

impl Default for Redeliveries {
    fn default() -> Self {
        Self(Arc::new(Mutex::new(Turns {
            began: Instant::now(),
            most: [0; 2],
        })))
    }
}

impl Redeliveries {
    /// A delivery had come so many times before: most had not, and cost nothing.
    pub fn note(&self, count: i64) {
        if count > 0 {
            let mut turns = self.turns();
            turns.most[0] = turns.most[0].max(count);
        }
    }

    /// The most of the last five minutes, or up to ten.
    fn most(&self) -> i64 {
        self.turns().most.into_iter().max().unwrap_or_default()
    }

    /// The turns of now, whether or not anything has come since.
    fn turns(&self) -> MutexGuard<'_, Turns> {
        let mut turns = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let over = turns.began.elapsed();
        if over >= TURN {
            let last = if over < 2 * TURN { turns.most[0] } else { 0 };
            *turns = Turns {
                began: Instant::now(),
                most: [0, last],
            };
        }
        turns
    }
}

impl Collector for Redeliveries {
    fn encode(&self, mut encoder: DescriptorEncoder<'_>) -> fmt::Result {
        let (name, help) = (
            "nommer_redelivery_count_max",
            "The most often that a delivery of the last five minutes or more had come before",
        );
        let gauge = ConstGauge::new(self.most());
        let metric = encoder.encode_descriptor(name, help, None, gauge.metric_type())?;
        gauge.encode(metric)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test(start_paused = true)]
    async fn what_came_back_is_forgotten_on_an_idle_bus() {
        let redeliveries = Redeliveries::default();
        redeliveries.note(7);
        redeliveries.note(3);
        redeliveries.note(0);
        assert_eq!(redeliveries.most(), 7);
        tokio::time::advance(TURN).await;
        assert_eq!(redeliveries.most(), 7, "of the turn before");
        redeliveries.note(2);
        tokio::time::advance(TURN).await;
        assert_eq!(redeliveries.most(), 2);
        tokio::time::advance(2 * TURN).await;
        assert_eq!(redeliveries.most(), 0);
    }
}
