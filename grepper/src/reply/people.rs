//! Refusals for people: a page that says what was wrong, and leads on.

use actix_web::http::header::{ACCEPT, REFRESH};
use actix_web::http::{Method, StatusCode};
use actix_web::{HttpRequest, HttpResponse};
use chrono::Utc;

use crate::pages::links;
use crate::pages::refusal_page::{RefusalPage, refusal_page};
use crate::pages::search_form::{Wrong, search_form};
use crate::reply::error::ApiError;
use crate::reply::negotiated::{self, prefers_page};
use crate::reply::negotiation::prefers_html;
use crate::request::mend::{self, Mend, has_place};
use crate::request::query::Query;
use crate::request::refusal::BadRequest;
use crate::request::road_params::is_kind;

/// Whether somebody opens a page: a browser says so, and what scripts and programs load is something else.
pub fn navigates(request: &HttpRequest) -> bool {
    let mode = request.headers().get("sec-fetch-mode");
    let is_navigation = mode.is_some_and(|mode| mode.as_bytes() == b"navigate");
    is_navigation && (prefers_page(request) || asks_for_no_form(request))
}

/// Whether a form of the answer is asked for that there is not, by somebody whose program takes pages.
fn asks_for_no_form(request: &HttpRequest) -> bool {
    let query = Query::parse(request.query_string()).unwrap_or_default();
    let accept = request.headers().get(ACCEPT);
    let accept = accept.and_then(|value| value.to_str().ok());
    negotiated::format(request, &query).is_err() && prefers_html(accept.unwrap_or_default())
}

/// The page for whoever sent `request`, which is refused for `error`; pages lie below `root`.
pub fn page(error: &ApiError, request: &HttpRequest, root: &str) -> HttpResponse {
    let query = Query::salvaged(request.query_string());
    let bad = error.parameter();
    let path = request.path().trim_end_matches('/');
    let search = ["/raw", "/v2/search"].into_iter().find(|own| *own == path);
    let status = error.status();
    let asks_again = is_away(error) && *request.method() == Method::GET;
    let page = RefusalPage {
        title: title(error, path),
        detail: &detail(error),
        parameter: bad.map(|bad| bad.parameter.as_ref()),
        given: bad.map(|bad| bad.given.as_str()),
        sought: sought(error, path, &query),
        mends: mends(error, path, search.is_some(), &query),
        form: search.map(|path| form(root, path, &query, bad)),
        is_passing: status.is_server_error() || status == StatusCode::TOO_MANY_REQUESTS,
        asks_again,
    };
    let mut head = error.head();
    if asks_again {
        head.insert_header((REFRESH, "10"));
    }
    head.content_type("text/html; charset=utf-8")
        .body(refusal_page(root, &page))
}

/// Whether the archive is away for all, and back before long.
fn is_away(error: &ApiError) -> bool {
    let is_busy = matches!(error, ApiError::Crowded(crowded) if !crowded.is_client);
    is_busy || error.is_passing()
}

fn title(error: &ApiError, path: &str) -> &'static str {
    match error {
        ApiError::BadRequest(_) => "This cannot be asked",
        ApiError::NoToken | ApiError::WrongToken => "Not admitted",
        ApiError::Unavailable | ApiError::Unfit(_) => "Archive not available",
        ApiError::Crowded(_) => "Too many requests wait",
        ApiError::TooOften(_) => "Too many requests",
        ApiError::Timeout => "Query took too long",
        ApiError::NotFound if is_message(path) => "No message has this id",
        ApiError::NotFound => "There is no such page",
        ApiError::NoSuch(_) => "There is no such thing",
        ApiError::MethodNotAllowed(_) => "Method not allowed",
        ApiError::Internal => "A mistake of the server",
    }
}

/// What is wrong, where the title does not say all of it.
fn detail(error: &ApiError) -> String {
    match error {
        ApiError::NotFound => String::new(),
        error => error.to_string(),
    }
}

fn is_message(path: &str) -> bool {
    ["/id", "/v2/id"].contains(&path)
}

/// What may be found otherwise.
fn sought<'a>(error: &'a ApiError, path: &str, query: &'a Query) -> Option<&'a str> {
    let given = match error {
        ApiError::NotFound if is_message(path) => query.first("id")?,
        _ => {
            let bad = error.parameter().filter(|bad| is_kind(&bad.parameter))?;
            bad.given.as_str()
        }
    };
    Some(given).filter(|given| !given.is_empty())
}

/// Other requests, each with its path.
fn mends(error: &ApiError, path: &str, is_search: bool, query: &Query) -> Vec<(String, String)> {
    let mends = match error {
        ApiError::BadRequest(bad) => mend::mends(query, bad, Utc::now()),
        ApiError::Timeout if is_search => mend::narrower(query),
        _ => Vec::new(),
    };
    let link = |Mend { text, query }| (text, links::search(path, &query));
    mends.into_iter().map(link).collect()
}

fn form(root: &str, path: &str, query: &Query, bad: Option<&BadRequest>) -> String {
    let wrong = bad.map(|bad| match bad.parameter.as_ref() {
        // What is lacking is to be given, and not what was given to be changed.
        "contains" if !has_place(query) => Wrong {
            name: "category",
            allowed: "given, or a topic, where bodies are looked through",
        },
        name => Wrong {
            name,
            allowed: &bad.allowed,
        },
    });
    search_form(root, path, query.pairs(), wrong)
}
