//! `/v2/digest`: which messages there are in a short time, told in few bytes, so that two archives can compare.

use actix_web::http::header::CACHE_CONTROL;
use actix_web::web::Data;
use actix_web::{HttpRequest, HttpResponse};
use archive::{Digest, Dimension, Match, Search};
use chrono::{TimeDelta, Utc};
use pythonic::json::to_text;
use serde::Serialize;

use crate::reply::error::ApiError;
use crate::request::params::{filters, window};
use crate::request::query::Query;
use crate::request::refusal::BadRequest;
use crate::state::admission::Cost;
use crate::state::{State, ask};

/// Each message of the span is read.
const LONGEST: TimeDelta = TimeDelta::days(1);
/// What may be asked for besides a time.
const COMPARED: [Dimension; 2] = [Dimension::Categories, Dimension::Topics];

#[derive(Serialize)]
struct DigestTold {
    total: u64,
    digest: String,
}

/// The handler.
pub async fn digest(request: HttpRequest, state: Data<State>) -> Result<HttpResponse, ApiError> {
    let query = Query::parse(request.query_string())?;
    let mut search = filters(&query)?;
    check_filters(&search)?;
    search.time = window(&query, &state.limits(), Utc::now())?.span();
    if search.time.length().is_none_or(|length| length > LONGEST) {
        let given = query.first("end").unwrap_or_default();
        let allowed = "at most a day after start, both given";
        return Err(BadRequest::new("end", given, allowed).into());
    }
    let found = ask(&state, Cost::Dear, move |_, reader| reader.digest(&search)).await?;
    let Digest { messages, digest } = found;
    let told = DigestTold {
        total: messages,
        digest,
    };
    Ok(HttpResponse::Ok()
        .content_type("application/json")
        .insert_header((CACHE_CONTROL, "no-store"))
        .body(to_text(&told)))
}

/// Two archives need not agree on what else there is.
fn check_filters(search: &Search) -> Result<(), BadRequest> {
    let mut others = search
        .filters
        .iter()
        .filter(|(dimension, asked)| !COMPARED.contains(dimension) && **asked != Match::default());
    if others.next().is_none() && search.contains.is_empty() {
        return Ok(());
    }
    let allowed = "category, topic, not_category and not_topic alone";
    Err(BadRequest::new("(filters)", "others", allowed))
}
