//! What is known of a request beside its answer: its id, its place in the metrics, and its line in the log.

use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, Instant};

use actix_web::Error;
use actix_web::body::{BodySize, MessageBody};
use actix_web::dev::{ServiceRequest, ServiceResponse};
use actix_web::middleware::Next;
use actix_web::web::Data;
use tracing::Instrument as _;

use crate::middleware::in_span::InSpan;
use crate::middleware::request_id::{RequestId, X_REQUEST_ID, trace_id};
use crate::reply::negotiated::Rows;
use crate::state::State;
use crate::state::client_address::client_address;

/// The middleware. Whatever is logged for the request's sake names its id; the answer tells it.
pub async fn log(
    state: Data<State>,
    request: ServiceRequest,
    next: Next<impl MessageBody + 'static>,
) -> Result<ServiceResponse<InSpan>, Error> {
    let started = Instant::now();
    let id = RequestId::of(request.headers());
    // An error's level, so that lines of each level have it.
    let span = tracing::error_span!(
        "request",
        id = id.as_str(),
        trace = trace_id(request.headers())
    );
    let path = request.uri().path().to_owned();
    let waits = waits(request.query_string());
    let answered = next.call(request).instrument(span.clone()).await?;
    let took = started.elapsed();
    let route = answered.request().match_pattern();
    let status = answered.status().as_u16();
    if state.config.access_log.tells(status, number()) {
        tell(&state, &answered, &id, route.as_deref(), &path, took);
    }
    let method = answered.request().method();
    let waited = (!waits).then_some(took);
    state.metrics.answered(route, method, status, waited);
    let mut response = answered.map_body(|_, body| InSpan::new(body, span));
    response
        .headers_mut()
        .insert(X_REQUEST_ID, id.into_header());
    Ok(response)
}

/// How many requests were answered before.
fn number() -> u64 {
    static NEXT: AtomicU64 = AtomicU64::new(0);
    NEXT.fetch_add(1, Ordering::Relaxed)
}

/// Writes the line. Query strings are left out of it: they may be long, and belong to the client.
fn tell(
    state: &State,
    answered: &ServiceResponse<impl MessageBody>,
    id: &RequestId,
    route: Option<&str>,
    path: &str,
    took: Duration,
) {
    let (request, response) = (answered.request(), answered.response());
    let client = client_address(request, state.config.client_header.as_deref());
    let bytes = match response.body().size() {
        BodySize::None => Some(0),
        BodySize::Sized(bytes) => Some(bytes),
        BodySize::Stream => None,
    };
    tracing::info!(
        target: "grepper::access",
        request = id.as_str(),
        trace = trace_id(request.headers()),
        client = client.map(tracing::field::display),
        method = request.method().as_str(),
        path,
        route,
        status = response.status().as_u16(),
        ms = took.as_millis() as u64,
        rows = response.extensions().get::<Rows>().map(|rows| rows.0),
        bytes,
    );
}

/// Whether the client asks to have its answer held back.
fn waits(query: &str) -> bool {
    query.split('&').any(|part| part.starts_with("wait="))
}
