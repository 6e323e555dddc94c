//! Where the service is mounted: base path, slashes and absolute links.

use actix_web::body::{EitherBody, MessageBody};
use actix_web::dev::{ServiceRequest, ServiceResponse};
use actix_web::http::header::{CACHE_CONTROL, HOST, HeaderMap, LOCATION};
use actix_web::http::uri::PathAndQuery;
use actix_web::http::{StatusCode, Uri};
use actix_web::middleware::Next;
use actix_web::web::Data;
use actix_web::{Error, HttpRequest, HttpResponse, HttpResponseBuilder};

use crate::config::Config;
use crate::connection::serve::Listening;
use crate::reply::error::ApiError;
use crate::reply::refusals::Refusals;
use crate::state::State;

/// What becomes of a path.
#[derive(Debug, Eq, PartialEq)]
enum Route {
    /// Serve this path, which is relative to the base path.
    Serve(String),
    /// It is elsewhere, relative to the base path.
    Redirect(String),
    /// Not ours.
    Outside,
}

/// Whether the path is served as it came: `route` would say so, too, but this is cheap.
fn is_plain(path: &str, base: &str) -> bool {
    base.is_empty() && path.starts_with('/') && !path.contains("//")
}

/// `base` is empty, or starts with a slash and does not end in one.
fn route(path: &str, base: &str) -> Route {
    // Clients join a base URL that ends in a slash with a path that starts with one.
    let path = format!("/{}", path.trim_start_matches('/'));
    let rest = match path.strip_prefix(base) {
        Some("") => return Route::Redirect("/".to_owned()),
        Some(rest) if rest.starts_with('/') => rest,
        _ => return Route::Outside,
    };
    let rest = format!("/{}", rest.trim_start_matches('/'));
    if rest.contains("//") {
        let mut merged = rest;
        let mut last = ' ';
        merged.retain(|char| !(std::mem::replace(&mut last, char) == '/' && char == '/'));
        return Route::Redirect(merged);
    }
    Route::Serve(rest)
}

/// The middleware: handlers see paths relative to the base path.
pub async fn strip_base_path<B: MessageBody>(
    state: Data<State>,
    mut request: ServiceRequest,
    next: Next<B>,
) -> Result<ServiceResponse<EitherBody<B>>, Error> {
    if is_plain(request.uri().path(), &state.config.base_path) {
        return Ok(next.call(request).await?.map_into_left_body());
    }
    let query = request.query_string().to_owned();
    match route(request.uri().path(), &state.config.base_path) {
        Route::Serve(path) => {
            let target = if query.is_empty() {
                path
            } else {
                format!("{path}?{query}")
            };
            if let Ok(target) = PathAndQuery::try_from(target) {
                let uri = Uri::from(target);
                request.match_info_mut().get_mut().update(&uri);
                request.head_mut().uri = uri;
            }
            Ok(next.call(request).await?.map_into_left_body())
        }
        Route::Redirect(path) => {
            let response = redirect(&state.config, &path, &query);
            Ok(request.into_response(response).map_into_right_body())
        }
        Route::Outside => {
            let base = &state.config.base_path;
            let refused =
                Refusals::Incumbent.answer_to(request.request(), &ApiError::NotFound, base);
            Ok(request.into_response(refused).map_into_right_body())
        }
    }
}

/// A permanent redirect that keeps method and query. `path` is relative to the base path.
///
/// Caches keep it for good, so no header of a request may decide where it leads: without a base URL
/// it names no host at all.
pub fn redirect(config: &Config, path: &str, query: &str) -> HttpResponse {
    let root = config.base_url.as_ref().unwrap_or(&config.base_path);
    // Browsers take a backslash for a slash, and two slashes for the start of a host.
    let path = path.replace('\\', "%5C");
    let mark = if query.is_empty() { "" } else { "?" };
    let mut response = HttpResponse::build(StatusCode::PERMANENT_REDIRECT);
    response.insert_header((LOCATION, format!("{root}{path}{mark}{query}")));
    forbid_keeping(config, &mut response);
    response.content_type("text/html; charset=utf-8").body(
        "<!doctype html>\n<html lang=en>\n<title>Redirecting...</title>\n<h1>Redirecting...</h1>\n\
         <p>The address of this page ends in a slash.</p>\n",
    )
}

/// Forbids caches to keep an answer that leads to where a request came to ([`root`]), unless that
/// is a setting: it must not reach clients who came another way.
pub fn forbid_keeping(config: &Config, response: &mut HttpResponseBuilder) {
    if config.base_url.is_none() {
        response.insert_header((CACHE_CONTROL, "no-store"));
    }
}

/// The absolute address of the service, without a slash at its end.
///
/// A proxy in front says with `X-Forwarded-Proto` and `X-Forwarded-Host` how clients address it.
/// `Forwarded` says nothing here: proxies that set those two let it pass as the client wrote it.
pub fn root(config: &Config, request: &HttpRequest) -> String {
    if let Some(url) = &config.base_url {
        return url.clone();
    }
    let headers = request.headers();
    let is_https = first(headers, "x-forwarded-proto")
        .is_some_and(|scheme| scheme.eq_ignore_ascii_case("https"));
    let scheme = if is_https { "https" } else { "http" };
    let listening = request
        .conn_data()
        .map(|Listening(address)| address.to_string());
    let named = ["x-forwarded-host", HOST.as_str()]
        .into_iter()
        .filter_map(|name| first(headers, name));
    let host = named
        .chain(listening.as_deref())
        .find(|host| is_plain_host(host))
        .unwrap_or("localhost");
    format!("{scheme}://{host}{}", config.base_path)
}

/// The first of the values in a header that lists what each proxy saw: the outermost one's.
fn first<'a>(headers: &'a HeaderMap, name: &str) -> Option<&'a str> {
    let values = headers.get(name)?.to_str().ok()?;
    values.split(',').next().map(str::trim)
}

/// Whether this may be a host with its port. It comes from the client and goes into pages and scripts.
fn is_plain_host(host: &str) -> bool {
    let plain =
        |c: char| c.is_ascii_alphanumeric() || matches!(c, '.' | '-' | '_' | ':' | '[' | ']');
    host.starts_with(|c: char| c.is_ascii_alphanumeric() || c == '[') && host.chars().all(plain)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn paths_are_found_under_the_base() {
        let serve = |path: &str| Route::Serve(path.to_owned());
        let redirect = |path: &str| Route::Redirect(path.to_owned());
        for (base, path, expected) in [
            ("", "/raw", serve("/raw")),
            ("", "//raw", serve("/raw")),
            ("", "///v2/id", serve("/v2/id")),
            ("", "/", serve("/")),
            ("", "//", serve("/")),
            ("", "/raw//", redirect("/raw/")),
            ("", "/v2///search", redirect("/v2/search")),
            ("/datagrepper", "/datagrepper/raw", serve("/raw")),
            ("/datagrepper", "/datagrepper//raw", serve("/raw")),
            ("/datagrepper", "//datagrepper/raw/", serve("/raw/")),
            ("/datagrepper", "/datagrepper/", serve("/")),
            ("/datagrepper", "/datagrepper", redirect("/")),
            ("/datagrepper", "/datagrepperx", Route::Outside),
            ("/datagrepper", "/raw", Route::Outside),
            ("/datagrepper", "/", Route::Outside),
        ] {
            assert_eq!(route(path, base), expected, "{base} {path}");
            let as_it_came = base.is_empty() && expected == serve(path);
            assert_eq!(is_plain(path, base), as_it_came, "{base} {path}");
        }
    }
}
