//! `/healthz/live` and `/healthz/ready`: for whatever watches over the service.

use actix_web::HttpResponse;
use actix_web::http::StatusCode;
use actix_web::http::header::{CACHE_CONTROL, RETRY_AFTER};
use actix_web::web::{Data, Path};
use pythonic::json::to_text;
use serde::Serialize;

use crate::reply::error::ApiError;
use crate::state::{State, probe};

/// The handler.
pub async fn health(check: Path<String>, state: Data<State>) -> Result<HttpResponse, ApiError> {
    Ok(match check.as_str() {
        "live" => answer(StatusCode::OK, "OK"),
        "ready" => match probe(&state).await {
            Ok(()) => answer(StatusCode::OK, "OK"),
            Err(_) => answer(
                StatusCode::SERVICE_UNAVAILABLE,
                "Can't connect to the database",
            ),
        },
        other => answer(
            StatusCode::NOT_FOUND,
            &format!("The {other} check endpoint is not setup"),
        ),
    })
}

#[derive(Serialize)]
struct Health<'a> {
    status: u16,
    title: &'a str,
}

fn answer(status: StatusCode, title: &str) -> HttpResponse {
    let mut response = HttpResponse::build(status);
    response
        .content_type("application/problem+json")
        .insert_header((CACHE_CONTROL, "no-store"));
    if status == StatusCode::SERVICE_UNAVAILABLE {
        response.insert_header((RETRY_AFTER, "5"));
    }
    response.body(to_text(&Health {
        status: status.as_u16(),
        title,
    }))
}
