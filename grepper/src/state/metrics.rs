//! The numbers of requests, as Prometheus has them.

use std::time::Duration;

use actix_web::http::Method;
use prometheus_client::encoding::EncodeLabelSet;
use prometheus_client::metrics::counter::Counter;
use prometheus_client::metrics::family::Family;
use prometheus_client::metrics::histogram::{Histogram, exponential_buckets};
use prometheus_client::registry::Registry;

/// The route of what has none.
const NO_ROUTE: &str = "none";

/// Routes are those of the table: what clients write stands in no label.
#[derive(Clone, Debug, EncodeLabelSet, Eq, Hash, PartialEq)]
struct OfRequest {
    route: String,
    method: &'static str,
    status: u16,
}

#[derive(Clone, Debug, EncodeLabelSet, Eq, Hash, PartialEq)]
struct OfRoute {
    route: String,
}

/// All of them. Clones are one.
#[derive(Clone, Debug)]
pub struct Metrics {
    requests: Family<OfRequest, Counter>,
    seconds: Family<OfRoute, Histogram, fn() -> Histogram>,
}

impl Default for Metrics {
    fn default() -> Self {
        Self {
            requests: Family::default(),
            // From a millisecond to half a minute.
            seconds: Family::new_with_constructor(|| {
                Histogram::new(exponential_buckets(0.001, 2.0, 16))
            }),
        }
    }
}

impl Metrics {
    /// Adds them to those that are told.
    pub fn register(&self, registry: &mut Registry) {
        let ours = registry.sub_registry_with_prefix("grepper");
        ours.register(
            "http_requests",
            "Requests that were answered",
            self.requests.clone(),
        );
        ours.register(
            "http_request_seconds",
            "How long it took until an answer began, but for those that were to be held back",
            self.seconds.clone(),
        );
    }

    /// Counts a request. `took` is how long the client waited, if it had not asked to.
    pub fn answered(
        &self,
        route: Option<String>,
        method: &Method,
        status: u16,
        took: Option<Duration>,
    ) {
        let route = route.unwrap_or_else(|| NO_ROUTE.to_owned());
        if let Some(took) = took {
            let labels = OfRoute {
                route: route.clone(),
            };
            self.seconds
                .get_or_create(&labels)
                .observe(took.as_secs_f64());
        }
        let labels = OfRequest {
            route,
            method: word(method),
            status,
        };
        self.requests.get_or_create(&labels).inc();
    }
}

/// Clients make up methods of their own.
fn word(method: &Method) -> &'static str {
    match *method {
        Method::GET => "GET",
        Method::HEAD => "HEAD",
        Method::OPTIONS => "OPTIONS",
        Method::POST => "POST",
        _ => "other",
    }
}
