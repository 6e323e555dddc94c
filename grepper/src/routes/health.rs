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
        "live" => answer(StatusCode::OK, "OK", None),
        "ready" => match probe(&state).await {
            Ok(()) => answer(StatusCode::OK, "OK", None),
            Err(error) => not_ready(&error),
        },
        other => answer(
            StatusCode::NOT_FOUND,
            &format!("The {other} check endpoint is not setup"),
            None,
        ),
    })
}

/// Whoever watches is told what operators have to do, and nothing of what the database said.
fn not_ready(error: &ApiError) -> HttpResponse {
    let (title, detail) = match error {
        ApiError::Unfit(reason) => ("The database is not as it should be", Some(reason.as_str())),
        ApiError::Internal => ("The database refuses to answer", None),
        _ => ("Can't connect to the database", None),
    };
    answer(StatusCode::SERVICE_UNAVAILABLE, title, detail)
}

#[derive(Serialize)]
struct Health<'a> {
    status: u16,
    title: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    detail: Option<&'a str>,
}

fn answer(status: StatusCode, title: &str, detail: Option<&str>) -> HttpResponse {
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
        detail,
    }))
}
