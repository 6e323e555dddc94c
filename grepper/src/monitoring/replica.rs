//! How far the database is behind the one that it follows, asked again and again while somebody may look.

use std::fmt;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use actix_web::web::Data;
use prometheus_client::collector::Collector;
use prometheus_client::encoding::{DescriptorEncoder, EncodeMetric as _};
use prometheus_client::metrics::MetricType;
use prometheus_client::metrics::gauge::ConstGauge;

use crate::state::{State, replica_lag};

/// As often as those who watch look.
const BETWEEN_QUESTIONS: Duration = Duration::from_secs(15);

/// What was told last; nothing of a database that follows none. Clones are one.
#[derive(Clone, Debug, Default)]
pub struct Replica(Arc<Mutex<Option<Duration>>>);

impl Replica {
    /// Asks for as long as the program runs.
    pub async fn watch(self, state: Data<State>) {
        loop {
            let lag = replica_lag(&state).await;
            *self.0.lock().unwrap_or_else(PoisonError::into_inner) = lag;
            tokio::time::sleep(BETWEEN_QUESTIONS).await;
        }
    }
}

impl Collector for Replica {
    fn encode(&self, mut encoder: DescriptorEncoder<'_>) -> fmt::Result {
        let (name, help) = (
            "grepper_replica_lag_seconds",
            "How far the database is behind the one that it follows",
        );
        let metric = encoder.encode_descriptor(name, help, None, MetricType::Gauge)?;
        let lag = *self.0.lock().unwrap_or_else(PoisonError::into_inner);
        match lag {
            Some(lag) => ConstGauge::new(lag.as_secs_f64()).encode(metric),
            None => Ok(()),
        }
    }
}
