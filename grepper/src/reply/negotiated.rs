//! Answers in the form that was asked for.

use std::future::ready;

use actix_web::http::header::{ACCEPT, HeaderMap, VARY};

use actix_web::web::Bytes;
use actix_web::{HttpRequest, HttpResponse, HttpResponseBuilder};
use futures_util::stream::{Stream, StreamExt as _, once};

use crate::reply::error::ApiError;
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

/// Whether a request that cannot be answered came from somebody who wants pages.
pub fn prefers_page(request: &HttpRequest) -> bool {
    let query = Query::parse(request.query_string()).unwrap_or_default();
    matches!(format(request, &query), Ok(Format::Html))
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
    let text = match format {
        Format::Json | Format::Html => text,
        Format::Jsonp(callback) => {
            let (before, after) = jsonp::around(callback);
            before + &text + after
        }
    };
    noting(rows, head(format).body(text))
}

/// A negotiated answer whose JSON text is made while it is sent, in `pieces`.
pub fn streamed(
    format: &Format,
    pieces: impl Stream<Item = Result<Bytes, ApiError>> + 'static,
    rows: u64,
) -> HttpResponse {
    let mut response = head(format);
    let response = match format {
        Format::Json | Format::Html => response.streaming(pieces),
        Format::Jsonp(callback) => {
            let (before, after) = jsonp::around(callback);
            let piece = |text: Bytes| once(ready(Ok(text)));
            let pieces = piece(before.into()).chain(pieces);
            response.streaming(pieces.chain(piece(after.into())))
        }
    };
    noting(rows, response)
}

fn head(format: &Format) -> HttpResponseBuilder {
    let mut response = HttpResponse::Ok();
    response.insert_header((VARY, "Accept"));
    response.content_type(match format {
        Format::Json => "application/json",
        Format::Jsonp(_) => "application/javascript; charset=utf-8",
        Format::Html => "text/html; charset=utf-8",
    });
    response
}

fn noting(rows: u64, mut response: HttpResponse) -> HttpResponse {
    response.extensions_mut().insert(Rows(rows));
    response
}
