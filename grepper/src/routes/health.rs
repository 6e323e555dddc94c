//! `/healthz/live` and `/healthz/ready`: for whatever watches over the service.

use actix_web::HttpResponse;
use actix_web::http::StatusCode;
use actix_web::http::header::{CACHE_CONTROL, RETRY_AFTER};
use actix_web::web::{Data, Path};
use pythonic::json::to_text;
use serde::Serialize;

use crate::state::{State, ask};

/// The handler.
pub async fn health(check: Path<String>, state: Data<State>) -> HttpResponse {
    match check.as_str() {
        "live" => problem(StatusCode::OK, "OK"),
        "ready" => match ask(&state, |_, reader| reader.ping()).await {
            Ok(()) => problem(StatusCode::OK, "OK"),
            Err(_) => problem(
                StatusCode::SERVICE_UNAVAILABLE,
                "Can't connect to the database",
            ),
        },
        other => problem(
            StatusCode::NOT_FOUND,
            &format!("The {other} check endpoint is not setup"),
        ),
    }
}

#[derive(Serialize)]
struct Problem<'a> {
    status: u16,
    title: &'a str,
}

fn problem(status: StatusCode, title: &str) -> HttpResponse {
    let mut response = HttpResponse::build(status);
    response
        .content_type("application/problem+json")
        .insert_header((CACHE_CONTROL, "no-store"));
    if status == StatusCode::SERVICE_UNAVAILABLE {
        response.insert_header((RETRY_AFTER, "5"));
    }
    response.body(to_text(&Problem {
        status: status.as_u16(),
        title,
    }))
}
