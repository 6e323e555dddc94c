//! What those who watch are told, on a listener of its own: metrics, health, and what the Python client's
//! own monitoring tells.

use std::fmt;
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::UNIX_EPOCH;

use metadata::CurrentRules;
use monitor::{Exposition, Health, Listener, Page, Pages, health};
use prometheus_client::collector::Collector;
use prometheus_client::encoding::{DescriptorEncoder, EncodeMetric as _};
use prometheus_client::metrics::gauge::ConstGauge;
use prometheus_client::registry::Registry;
use pythonic::json::to_text;
use serde::Serialize;

use crate::bus::intake::Intake;
use crate::exit::Exit;
use crate::vitals::report::Totals;
use crate::vitals::{STUCK, Vitals};

/// The path of the metrics.
pub const METRICS: &str = "/metrics";
/// The path of a [`ProgramReport`](crate::vitals::report::ProgramReport).
pub const STATUS: &str = "/status";

/// What the Python client says of the kind of its answers, the blank included.
const AS_CLIENT: &str = "application/json ";

/// Serves until the program ends. Fails if the address cannot be bound.
pub async fn serve(
    address: SocketAddr,
    vitals: &Vitals,
    intake: &Intake,
    rules: &Arc<CurrentRules>,
) -> Result<(), Exit> {
    let failed = |error| Exit::Failed(format!("monitoring at {address}: {error}"));
    let listener = Listener::bind(address).await.map_err(failed)?;
    let address = listener.address().map_err(failed)?;
    tracing::info!(%address, "monitoring");
    tokio::spawn(listener.serve(pages(vitals, intake, rules)));
    Ok(())
}

fn pages(vitals: &Vitals, intake: &Intake, rules: &Arc<CurrentRules>) -> Pages {
    let mut registry = Registry::default();
    vitals.register(&mut registry);
    registry.register_collector(Box::new(DatabaseUp(intake.clone())));
    registry.register_collector(Box::new(RulesLoaded(rules.clone())));
    let metrics = Exposition::new(registry, "nommer", env!("CARGO_PKG_VERSION"));
    let metrics = Arc::new(metrics);
    let (alive, started, of_client) = (vitals.clone(), vitals.clone(), vitals.clone());
    let (told, taken) = (vitals.clone(), intake.clone());
    let (vitals, intake) = (vitals.clone(), intake.clone());
    Pages::default()
        .with(METRICS, move |headers| metrics.page(headers))
        .with("/healthz/live", move |_| health(&is_alive(&alive)))
        .with("/healthz/started", move |_| health(&has_started(&started)))
        .with("/healthz/ready", move |_| {
            health(&is_ready(&vitals, &intake))
        })
        .with(STATUS, move |_| status_page(&told, &taken))
        .with("/live", |_| client_page(&ClientLive { status: "OK" }))
        .with("/live/", |_| client_page(&ClientLive { status: "OK" }))
        .with("/ready", move |_| client_page(&ClientReady::of(&of_client)))
}

/// What `nommer status` reads.
fn status_page(vitals: &Vitals, intake: &Intake) -> Page {
    let report = vitals.report(!intake.watch().is_database_away());
    Page {
        status: 200,
        content_type: "application/json",
        body: to_text(&report) + "\n",
    }
}

/// That there is an answer says that deliveries are taken; a batch may be stuck even so.
fn is_alive(vitals: &Vitals) -> Health {
    let stuck = vitals.stuck();
    if stuck < STUCK {
        Ok(())
    } else {
        let seconds = stuck.as_secs();
        Err(format!(
            "the database has said nothing to a batch for {seconds} s"
        ))
    }
}

/// Whether the database takes messages, read when it is asked for.
#[derive(Debug)]
struct DatabaseUp(Intake);

impl Collector for DatabaseUp {
    fn encode(&self, mut encoder: DescriptorEncoder<'_>) -> fmt::Result {
        let is_up = !self.0.watch().is_database_away();
        let (name, help) = (
            "nommer_database_up",
            "Whether the database takes messages, and is late with none",
        );
        let gauge = ConstGauge::new(i64::from(is_up));
        let metric = encoder.encode_descriptor(name, help, None, gauge.metric_type())?;
        gauge.encode(metric)
    }
}

/// When the rules in effect were read.
#[derive(Debug)]
struct RulesLoaded(Arc<CurrentRules>);

impl Collector for RulesLoaded {
    fn encode(&self, mut encoder: DescriptorEncoder<'_>) -> fmt::Result {
        let since = self.0.loaded().duration_since(UNIX_EPOCH);
        let (name, help) = (
            "nommer_rules_loaded_timestamp_seconds",
            "When the rules in effect were read",
        );
        let gauge = ConstGauge::new(since.unwrap_or_default().as_secs_f64());
        let metric = encoder.encode_descriptor(name, help, None, gauge.metric_type())?;
        gauge.encode(metric)
    }
}

fn has_started(vitals: &Vitals) -> Health {
    if vitals.has_consumed() {
        Ok(())
    } else {
        Err("it has not begun to consume".to_owned())
    }
}

/// Whether it does its work: it consumes, and what came is stored within a while.
fn is_ready(vitals: &Vitals, intake: &Intake) -> Health {
    if intake.watch().is_database_away() {
        Err(vitals.refusal().map_or_else(
            || "the database takes no messages, or is late with a batch".to_owned(),
            |error| format!("the database takes no messages: {error}"),
        ))
    } else if let Some(since) = vitals.standstill() {
        let since = since.as_secs();
        Err(format!(
            "deliveries are held, and none was settled for {since} s"
        ))
    } else if vitals.is_consuming() {
        Ok(())
    } else {
        Err("it is not consuming".to_owned())
    }
}

/// What the Python client says of itself.
#[derive(Serialize)]
struct ClientLive {
    status: &'static str,
}

#[derive(Serialize)]
struct ClientReady {
    consuming: bool,
    published: u64,
    consumed: ClientCounts,
}

#[derive(Serialize)]
struct ClientCounts {
    received: u64,
    processed: u64,
    dropped: u64,
    rejected: u64,
    failed: u64,
}

impl ClientReady {
    fn of(vitals: &Vitals) -> Self {
        let Totals {
            received,
            archived,
            put_aside,
        } = vitals.totals();
        Self {
            consuming: vitals.is_consuming(),
            published: 0,
            consumed: ClientCounts {
                received,
                processed: archived,
                dropped: 0,
                rejected: put_aside,
                failed: 0,
            },
        }
    }
}

/// JSON as Python writes it, and a line's end.
fn client_page(told: &impl Serialize) -> Page {
    Page {
        status: 200,
        content_type: AS_CLIENT,
        body: to_text(told) + "\n",
    }
}
