//! `/v2/pulse`: how lively the archive is.

use actix_web::http::header::CACHE_CONTROL;
use actix_web::web::Data;
use actix_web::{HttpRequest, HttpResponse};
use chrono::{NaiveDateTime, Utc};
use pythonic::json::to_text;
use serde::Serialize;

use crate::reply::error::ApiError;
use crate::state::admission::Cost;
use crate::state::pulse::Pulse;
use crate::state::{State, ask};

#[derive(Serialize)]
struct PulseView {
    /// When the newest message was sent.
    newest: Option<String>,
    /// How many seconds ago.
    age: Option<f64>,
    last_hour: u64,
}

/// The handler.
pub async fn tell(_: HttpRequest, state: Data<State>) -> Result<HttpResponse, ApiError> {
    let find = ask(&state, Cost::Ordinary, |_, reader| Pulse::of(reader));
    let pulse = state.pulse.or(find).await?;
    let now = Utc::now().naive_utc();
    let age = |newest: NaiveDateTime| (now - newest).as_seconds_f64();
    let told = PulseView {
        newest: pulse.newest.map(|newest| newest.and_utc().to_rfc3339()),
        age: pulse.newest.map(age),
        last_hour: pulse.last_hour,
    };
    Ok(HttpResponse::Ok()
        .insert_header((CACHE_CONTROL, "private, max-age=5"))
        .content_type("application/json")
        .body(to_text(&told)))
}
