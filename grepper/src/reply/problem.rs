//! Refusals as problem details (RFC 9457): what endpoints that the incumbent never had answer with.

use actix_web::HttpResponse;
use pythonic::json::to_text;
use serde::Serialize;

use crate::reply::error::ApiError;

/// The members of a problem.
#[derive(Serialize)]
struct Problem<'a> {
    /// What kind of problem it is; `about:blank` where the status says all.
    r#type: &'static str,
    title: &'static str,
    status: u16,
    detail: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    parameter: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    given: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    allowed: Option<&'a str>,
}

/// The answer to a request that is refused for `error`.
pub fn refusal(error: &ApiError) -> HttpResponse {
    let bad = error.parameter();
    let (kind, title) = kind_and_title(error);
    error
        .head()
        .content_type("application/problem+json")
        .body(to_text(&Problem {
            r#type: kind,
            title,
            status: error.status().as_u16(),
            detail: error.to_string(),
            parameter: bad.map(|bad| bad.parameter.as_ref()),
            given: bad.map(|bad| bad.given.as_str()),
            allowed: bad.map(|bad| bad.allowed.as_str()),
        }))
}

/// What must not change between two problems of one kind.
fn kind_and_title(error: &ApiError) -> (&'static str, &'static str) {
    match error {
        ApiError::BadRequest(_) => ("urn:grepper:bad_parameter", "Bad parameter"),
        ApiError::NoToken | ApiError::WrongToken => ("urn:grepper:unauthorized", "Not admitted"),
        ApiError::Unavailable | ApiError::Unfit(_) => {
            ("urn:grepper:unavailable", "Archive not available")
        }
        ApiError::Crowded(_) => ("urn:grepper:too_many_waiting", "Too many requests wait"),
        ApiError::TooOften(_) => ("urn:grepper:too_many_requests", "Too many requests"),
        ApiError::Timeout => ("urn:grepper:timeout", "Query took too long"),
        ApiError::NotFound | ApiError::NoSuch(_) => ("about:blank", "Not Found"),
        ApiError::MethodNotAllowed(_) => ("about:blank", "Method Not Allowed"),
        ApiError::Internal => ("about:blank", "Internal Server Error"),
    }
}
