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

/// What is known of replicas, or what the only database told last; nothing of one that follows none. Clones are one.
#[derive(Clone)]
pub struct Replica {
    state: Data<State>,
    told: Arc<Mutex<Option<Duration>>>,
}

impl fmt::Debug for Replica {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("replica")
    }
}

impl Replica {
    /// Has not asked yet.
    pub fn of(state: Data<State>) -> Self {
        Self {
            state,
            told: Arc::default(),
        }
    }

    /// Asks for as long as the program runs.
    pub async fn watch(self) {
        loop {
            let lag = replica_lag(&self.state).await;
            *self.told.lock().unwrap_or_else(PoisonError::into_inner) = lag;
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
        let mut family = encoder.encode_descriptor(name, help, None, MetricType::Gauge)?;
        let told = *self.told.lock().unwrap_or_else(PoisonError::into_inner);
        let of_database = told.map(|lag| (self.state.database(), lag));
        let replicas = self.state.replicas();
        let lags = replicas.map(|server| (server.name.clone(), server.lag()));
        for (server, lag) in of_database.into_iter().chain(lags) {
            let labels = [("server", server.as_str())];
            ConstGauge::new(lag.as_secs_f64()).encode(family.encode_family(&labels)?)?;
        }
        let (name, help) = (
            "grepper_replica_fit",
            "Whether a replica is asked, or left out",
        );
        let mut family = encoder.encode_descriptor(name, help, None, MetricType::Gauge)?;
        for server in self.state.replicas() {
            let labels = [("server", server.name.as_str())];
            ConstGauge::new(i64::from(server.is_fit())).encode(family.encode_family(&labels)?)?;
        }
        Ok(())
    }
}
