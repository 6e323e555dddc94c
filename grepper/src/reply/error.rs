//! What a client is told when it gets no answer. Nothing internal ever is.

use actix_web::http::{StatusCode, header};
use actix_web::{HttpResponse, ResponseError};
use archive::StoreError;
use pythonic::json;
use serde::Serialize;

use crate::request::refusal::BadRequest;

/// Why a request gets no answer.
#[derive(Debug, thiserror::Error)]
pub enum ApiError {
    /// 400.
    #[error(transparent)]
    BadRequest(#[from] BadRequest),
    /// 404.
    #[error("there is nothing here")]
    NotFound,
    /// 405, with the methods that are allowed.
    #[error("this method is not allowed here")]
    MethodNotAllowed(&'static str),
    /// 503: the database is away, or too much is asked of it.
    #[error("the archive is not available at the moment")]
    Unavailable,
    /// 503: the query had to be given up.
    #[error("the query took too long: ask for a shorter span of time or fewer values")]
    Timeout,
    /// 500.
    #[error("the server made a mistake")]
    Internal,
}

/// Logs what the client is not told.
impl From<StoreError> for ApiError {
    fn from(error: StoreError) -> Self {
        let chain = chain(&error);
        match error {
            StoreError::Timeout(_) => {
                tracing::warn!(error = chain, "a query was given up");
                Self::Timeout
            }
            StoreError::Unavailable(_) => {
                tracing::error!(error = chain, "the database is not available");
                Self::Unavailable
            }
            StoreError::Schema(_) | StoreError::Refused(_) => {
                tracing::error!(error = chain, "a query failed");
                Self::Internal
            }
        }
    }
}

fn chain(error: &dyn std::error::Error) -> String {
    let causes = std::iter::successors(error.source(), |cause| cause.source());
    causes.fold(error.to_string(), |text, cause| format!("{text}: {cause}"))
}

#[derive(Serialize)]
struct Body<'a> {
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

impl ResponseError for ApiError {
    fn status_code(&self) -> StatusCode {
        match self {
            Self::BadRequest(_) => StatusCode::BAD_REQUEST,
            Self::NotFound => StatusCode::NOT_FOUND,
            Self::MethodNotAllowed(_) => StatusCode::METHOD_NOT_ALLOWED,
            Self::Unavailable | Self::Timeout => StatusCode::SERVICE_UNAVAILABLE,
            Self::Internal => StatusCode::INTERNAL_SERVER_ERROR,
        }
    }

    fn error_response(&self) -> HttpResponse {
        let mut response = HttpResponse::build(self.status_code());
        response.insert_header((header::CACHE_CONTROL, "no-store"));
        let mut body = Body {
            error: "",
            parameter: None,
            given: None,
            allowed: None,
            detail: Some(self.to_string()),
        };
        match self {
            Self::BadRequest(BadRequest {
                page: Some(sentence),
                ..
            }) => {
                return html(&mut response, "400 Bad Request", sentence);
            }
            Self::BadRequest(bad) => {
                body.error = "bad_request";
                body.parameter = Some(&bad.parameter);
                body.given = Some(&bad.given);
                body.allowed = Some(&bad.allowed);
            }
            Self::NotFound => {
                body.error = "not_found";
                body.detail = None;
            }
            Self::MethodNotAllowed(methods) => {
                response.insert_header((header::ALLOW, *methods));
                let sentence = "The method is not allowed for the requested URL.";
                return html(&mut response, "405 Method Not Allowed", sentence);
            }
            Self::Unavailable => {
                response.insert_header((header::RETRY_AFTER, "5"));
                body.error = "unavailable";
            }
            Self::Timeout => {
                response.insert_header((header::RETRY_AFTER, "60"));
                body.error = "timeout";
            }
            Self::Internal => body.error = "internal_error",
        }
        response
            .content_type("application/json")
            .body(json::to_text(&body))
    }
}

/// A page of which clients may know every byte.
fn html(
    response: &mut actix_web::HttpResponseBuilder,
    title: &str,
    sentence: &str,
) -> HttpResponse {
    let heading = title.split_once(' ').map_or(title, |(_, heading)| heading);
    let sentence = escape(sentence);
    response.content_type("text/html; charset=utf-8").body(format!(
        "<!doctype html>\n<html lang=en>\n<title>{title}</title>\n<h1>{heading}</h1>\n<p>{sentence}</p>\n"
    ))
}

fn escape(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for char in text.chars() {
        match char {
            '&' => out.push_str("&amp;"),
            '<' => out.push_str("&lt;"),
            '>' => out.push_str("&gt;"),
            '"' => out.push_str("&#34;"),
            '\'' => out.push_str("&#39;"),
            _ => out.push(char),
        }
    }
    out
}
