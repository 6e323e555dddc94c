//! One line per request.

use std::time::Instant;

use actix_web::Error;
use actix_web::body::MessageBody;
use actix_web::dev::{ServiceRequest, ServiceResponse};
use actix_web::middleware::Next;

use crate::reply::negotiated::Rows;

/// The middleware. Query strings are left out of the line: they may be long, and belong to the client.
pub async fn log(
    request: ServiceRequest,
    next: Next<impl MessageBody>,
) -> Result<ServiceResponse<impl MessageBody>, Error> {
    let started = Instant::now();
    let method = request.method().clone();
    let path = request.uri().path().to_owned();
    let response = next.call(request).await?;
    let rows = response
        .response()
        .extensions()
        .get::<Rows>()
        .map(|rows| rows.0);
    tracing::info!(
        target: "grepper::access",
        method = method.as_str(),
        path,
        status = response.status().as_u16(),
        ms = started.elapsed().as_millis() as u64,
        rows,
    );
    Ok(response)
}
