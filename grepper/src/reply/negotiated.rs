//! Answers in the form that was asked for.

use actix_web::HttpRequest;
use actix_web::HttpResponse;
use actix_web::http::header::{ACCEPT, HeaderMap, VARY};

use crate::reply::jsonp;
use crate::reply::negotiation::{self, Format};
use crate::request::query::Query;
use crate::request::refusal::BadRequest;

/// How many messages an answer holds. Handlers put it into the extensions of the response.
#[derive(Clone, Copy, Debug)]
pub struct Rows(pub u64);

/// The form that was asked for.
pub fn format(request: &HttpRequest, query: &Query) -> Result<Format, BadRequest> {
    negotiation::format(query, accept(request.headers()).as_deref())
}

/// All `Accept` headers as one.
fn accept(headers: &HeaderMap) -> Option<String> {
    let values: Vec<&str> = headers
        .get_all(ACCEPT)
        .filter_map(|value| value.to_str().ok())
        .collect();
    if values.is_empty() {
        None
    } else {
        Some(values.join(","))
    }
}

/// A negotiated answer, `text` being JSON or HTML as `format` says, with the messages it holds.
pub fn negotiated(format: &Format, text: String, rows: u64) -> HttpResponse {
    let mut response = HttpResponse::Ok();
    response.insert_header((VARY, "Accept"));
    let mut response = match format {
        Format::Json => response.content_type("application/json").body(text),
        Format::Jsonp(callback) => response
            .content_type("application/javascript; charset=utf-8")
            .body(jsonp::wrap(callback, &text)),
        Format::Html => response.content_type("text/html; charset=utf-8").body(text),
    };
    response.extensions_mut().insert(Rows(rows));
    response
}
