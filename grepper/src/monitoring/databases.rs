//! Whether a database answers, and how far it is behind the one that it follows: asked again and again while somebody
//! may look.

use std::fmt;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use actix_web::web::Data;
use prometheus_client::collector::Collector;
use prometheus_client::encoding::{DescriptorEncoder, EncodeMetric as _};
use prometheus_client::metrics::MetricType;
use prometheus_client::metrics::gauge::ConstGauge;

use crate::state::{State, probe, replica_lag};

/// As often as those who watch look.
const BETWEEN_QUESTIONS: Duration = Duration::from_secs(15);

/// What is known of the database and its replicas. Clones are one.
#[derive(Clone)]
pub struct Databases {
    state: Data<State>,
    told: Arc<Mutex<LastWord>>,
}

/// What was found when the database was asked last.
#[derive(Clone, Copy, Default)]
struct LastWord {
    /// Whether requests can be answered; nothing before that was asked.
    is_up: Option<bool>,
    /// How far the only database is behind; nothing of one that follows none.
    lag: Option<Duration>,
}

impl fmt::Debug for Databases {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("databases")
    }
}

impl Databases {
    /// Has not asked yet.
    pub fn of(state: Data<State>) -> Self {
        Self {
            state,
            told: Arc::default(),
        }
    }

    /// Asks for as long as the program runs.
    pub async fn watch(self) {
        let has_replicas = self.state.replicas().next().is_some();
        loop {
            let told = LastWord {
                is_up: Some(probe(&self.state).await.is_ok()),
                lag: match has_replicas {
                    true => None,
                    false => replica_lag(&self.state).await,
                },
            };
            *self.told.lock().unwrap_or_else(PoisonError::into_inner) = told;
            tokio::time::sleep(BETWEEN_QUESTIONS).await;
        }
    }
}

impl Collector for Databases {
    fn encode(&self, mut encoder: DescriptorEncoder<'_>) -> fmt::Result {
        let told = *self.told.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(is_up) = told.is_up {
            let (name, help) = (
                "grepper_database_up",
                "Whether a database answers, and is as it should be",
            );
            let gauge = ConstGauge::new(i64::from(is_up));
            let metric = encoder.encode_descriptor(name, help, None, gauge.metric_type())?;
            gauge.encode(metric)?;
        }
        let (name, help) = (
            "grepper_replica_lag_seconds",
            "How far the database is behind the one that it follows",
        );
        let mut family = encoder.encode_descriptor(name, help, None, MetricType::Gauge)?;
        let of_database = told.lag.map(|lag| (self.state.database(), lag));
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
