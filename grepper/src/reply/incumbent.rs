//! Refusals as the incumbent's clients know them: JSON, or a small page.

use actix_web::HttpResponse;
use pythonic::json::to_text;
use serde::Serialize;

use crate::escape::escape_into;
use crate::reply::error::ApiError;
use crate::request::refusal::BadRequest;

/// The members of a refusal in JSON.
#[derive(Serialize)]
struct Members<'a> {
    error: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    parameter: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    given: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    allowed: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    detail: Option<String>,
}

/// The answer to a request that is refused for `error`.
pub fn refusal(error: &ApiError) -> HttpResponse {
    match error {
        ApiError::BadRequest(BadRequest {
            known_sentence: Some(sentence),
            ..
        }) => page(error, "Bad Request", sentence),
        ApiError::MethodNotAllowed(_) => page(
            error,
            "Method Not Allowed",
            "The method is not allowed for the requested URL.",
        ),
        ApiError::BadRequest(_)
        | ApiError::NoToken
        | ApiError::WrongToken
        | ApiError::NotFound
        | ApiError::NoSuch(_)
        | ApiError::Unavailable
        | ApiError::Unfit(_)
        | ApiError::Crowded(_)
        | ApiError::TooOften(_)
        | ApiError::Timeout
        | ApiError::Internal => json(error),
    }
}

fn json(error: &ApiError) -> HttpResponse {
    let bad = error.parameter();
    let detail = match error {
        ApiError::NotFound => None,
        _ => Some(error.to_string()),
    };
    error
        .head()
        .content_type("application/json")
        .body(to_text(&Members {
            error: error.code(),
            parameter: bad.map(|bad| bad.parameter.as_ref()),
            given: bad.map(|bad| bad.given.as_str()),
            allowed: bad.map(|bad| bad.allowed.as_str()),
            detail,
        }))
}

/// A page of which clients may know every byte.
fn page(error: &ApiError, heading: &str, sentence: &str) -> HttpResponse {
    let status = error.status().as_u16();
    let mut html = format!(
        "<!doctype html>\n<html lang=en>\n<title>{status} {heading}</title>\n<h1>{heading}</h1>\n<p>"
    );
    escape_into(&mut html, sentence);
    html.push_str("</p>\n");
    error
        .head()
        .content_type("text/html; charset=utf-8")
        .body(html)
}
