//! What all endpoints have in common: methods, and refusals in the form that the table of routes says.

use std::pin::Pin;
use std::time::Instant;

use actix_web::guard::{self, Guard};
use actix_web::http::Method;
use actix_web::http::header::ALLOW;
use actix_web::web::Data;
use actix_web::{FromRequest, Handler, HttpRequest, HttpResponse, Resource, web};

use crate::reply::error::ApiError;
use crate::reply::refusals::Refusals;
use crate::state::State;
use crate::state::client_address::client_address;

/// Answers GET and HEAD by `handler`, OPTIONS by the list of methods, and refuses all others.
/// Whatever is refused, the handler's errors included, is refused in the form of `refusals`.
pub fn endpoint<F, Args>(
    path: &str,
    methods: &'static str,
    refusals: Refusals,
    handler: F,
) -> Resource
where
    F: Handler<Args, Output = Result<HttpResponse, ApiError>>,
    F::Future: 'static,
    Args: FromRequest + 'static,
{
    let options = move || async move {
        HttpResponse::Ok()
            .insert_header((ALLOW, methods))
            .content_type("text/html; charset=utf-8")
            .finish()
    };
    let others = move |request: HttpRequest| async move {
        refuse(refusals, &request, &ApiError::MethodNotAllowed(methods))
    };
    web::resource(path)
        .route(
            web::route()
                .guard(reading())
                .to(Refusing { handler, refusals }),
        )
        .route(web::method(Method::OPTIONS).to(options))
        .default_service(web::to(others))
}

fn reading() -> impl Guard {
    guard::Any(guard::Get()).or(guard::Head())
}

/// A handler with its errors answered in a form.
#[derive(Clone)]
struct Refusing<F> {
    handler: F,
    refusals: Refusals,
}

/// The handler takes the request beside its own arguments, as that says who is refused.
impl<F, Args> Handler<(HttpRequest, Args)> for Refusing<F>
where
    F: Handler<Args, Output = Result<HttpResponse, ApiError>>,
    F::Future: 'static,
{
    type Output = HttpResponse;
    type Future = Pin<Box<dyn Future<Output = HttpResponse>>>;

    fn call(&self, (request, arguments): (HttpRequest, Args)) -> Self::Future {
        let answer = in_time(&request).map(|()| self.handler.call(arguments));
        let refusals = self.refusals;
        Box::pin(async move {
            let answer = match answer {
                Ok(answer) => answer.await,
                Err(error) => Err(error),
            };
            match answer {
                Ok(response) => response,
                Err(error) => refuse(refusals, &request, &error),
            }
        })
    }
}

/// The answer to a request that is refused for `error`.
pub fn refuse(refusals: Refusals, request: &HttpRequest, error: &ApiError) -> HttpResponse {
    match request.app_data::<Data<State>>() {
        Some(state) => refusals.answer_to(request, error, &state.config.base_path),
        None => refusals.answer(error),
    }
}

/// Fails for a client that asks more often than it may. Whether all is well may be asked at any time.
pub fn in_time(request: &HttpRequest) -> Result<(), ApiError> {
    let Some(state) = request.app_data::<Data<State>>() else {
        return Ok(());
    };
    let Some(rates) = &state.rates else {
        return Ok(());
    };
    let client = client_address(request, state.config.client_header.as_deref());
    let is_limited = !request.path().starts_with("/healthz/");
    let Some(client) = client.filter(|_| is_limited) else {
        return Ok(());
    };
    let taken = rates.take(client, Instant::now());
    // A part of a second is waited for as a whole one.
    taken.map_err(|wait| ApiError::TooOften(wait.as_secs() + 1))
}

#[cfg(test)]
mod tests {
    use actix_web::App;
    use actix_web::body::to_bytes;
    use actix_web::http::header::{CACHE_CONTROL, CONTENT_TYPE, HeaderName, RETRY_AFTER};
    use actix_web::test::{TestRequest, call_service, init_service};

    use super::*;
    use crate::request::query::Query;
    use crate::request::refusal::BadRequest;

    const METHODS: &str = "GET, HEAD, OPTIONS";

    /// Fails as its query says.
    async fn failing(request: HttpRequest) -> Result<HttpResponse, ApiError> {
        let query = Query::parse(request.query_string())?;
        Err(match query.first("how") {
            Some("bad") => BadRequest::new("page", "<0>", "an integer of at least 1")
                .known_as("page must be > 0")
                .into(),
            Some("away") => ApiError::Unavailable,
            Some("slow") => ApiError::Timeout,
            Some("none") => ApiError::NotFound,
            _ => ApiError::Internal,
        })
    }

    /// What is answered to a request of an endpoint with such refusals.
    async fn answer(refusals: Refusals, request: TestRequest) -> (HttpResponse, String) {
        let app = App::new().service(endpoint("/x", METHODS, refusals, failing));
        let service = init_service(app).await;
        let (_, response) = call_service(&service, request.to_request())
            .await
            .into_parts();
        let (head, body) = response.into_parts();
        let bytes = to_bytes(body).await.expect("a body in memory");
        (
            head.map_into_boxed_body(),
            String::from_utf8(bytes.to_vec()).expect("a text"),
        )
    }

    fn header(response: &HttpResponse, name: HeaderName) -> Option<&str> {
        response.headers().get(name)?.to_str().ok()
    }

    #[actix_web::test]
    async fn problems_tell_what_is_wrong() {
        for (how, status, retry, expected) in [
            (
                "bad",
                400,
                None,
                r#"{"type": "urn:grepper:bad_parameter", "title": "Bad parameter", "status": 400, "detail": "page must be an integer of at least 1", "parameter": "page", "given": "<0>", "allowed": "an integer of at least 1"}"#,
            ),
            (
                "none",
                404,
                None,
                r#"{"type": "about:blank", "title": "Not Found", "status": 404, "detail": "there is nothing here"}"#,
            ),
            (
                "away",
                503,
                Some("5"),
                r#"{"type": "urn:grepper:unavailable", "title": "Archive not available", "status": 503, "detail": "the archive is not available at the moment"}"#,
            ),
            (
                "slow",
                503,
                Some("60"),
                r#"{"type": "urn:grepper:timeout", "title": "Query took too long", "status": 503, "detail": "the query took too long: ask for a shorter span of time or fewer values"}"#,
            ),
            (
                "broken",
                500,
                None,
                r#"{"type": "about:blank", "title": "Internal Server Error", "status": 500, "detail": "the server made a mistake"}"#,
            ),
        ] {
            let request = TestRequest::get().uri(&format!("/x?how={how}"));
            let (response, body) = answer(Refusals::Problem, request).await;
            assert_eq!(response.status().as_u16(), status);
            assert_eq!(
                header(&response, CONTENT_TYPE),
                Some("application/problem+json")
            );
            assert_eq!(header(&response, CACHE_CONTROL), Some("no-store"));
            assert_eq!(header(&response, RETRY_AFTER), retry);
            assert_eq!(body, expected);
        }
    }

    #[actix_web::test]
    async fn other_methods_are_refused_in_the_same_form() {
        let (response, body) = answer(Refusals::Problem, TestRequest::post().uri("/x")).await;
        assert_eq!(response.status(), 405);
        assert_eq!(header(&response, ALLOW), Some(METHODS));
        assert_eq!(
            body,
            r#"{"type": "about:blank", "title": "Method Not Allowed", "status": 405, "detail": "this method is not allowed here"}"#
        );
        let (response, body) = answer(Refusals::Incumbent, TestRequest::post().uri("/x")).await;
        assert_eq!(response.status(), 405);
        assert_eq!(header(&response, ALLOW), Some(METHODS));
        assert!(
            body.contains("<title>405 Method Not Allowed</title>"),
            "{body}"
        );
    }

    #[actix_web::test]
    async fn the_incumbents_clients_get_what_they_know() {
        for (how, status, expected) in [
            (
                "bad",
                400,
                "<!doctype html>\n<html lang=en>\n<title>400 Bad Request</title>\n<h1>Bad Request</h1>\n<p>page must be &gt; 0</p>\n",
            ),
            ("none", 404, r#"{"error": "not_found"}"#),
            (
                "away",
                503,
                r#"{"error": "unavailable", "detail": "the archive is not available at the moment"}"#,
            ),
            (
                "broken",
                500,
                r#"{"error": "internal_error", "detail": "the server made a mistake"}"#,
            ),
        ] {
            let request = TestRequest::get().uri(&format!("/x?how={how}"));
            let (response, body) = answer(Refusals::Incumbent, request).await;
            assert_eq!(
                (response.status().as_u16(), body.as_str()),
                (status, expected)
            );
            assert_eq!(header(&response, CACHE_CONTROL), Some("no-store"));
        }
        let long = format!("/x?{}", "a".repeat(40_000));
        let (response, body) = answer(Refusals::Incumbent, TestRequest::get().uri(&long)).await;
        assert_eq!(response.status(), 400);
        let echo = "a".repeat(200);
        assert_eq!(
            body,
            format!(
                r#"{{"error": "bad_request", "parameter": "(query string)", "given": "{echo}", "allowed": "at most 32768 bytes long", "detail": "(query string) must be at most 32768 bytes long"}}"#
            )
        );
    }
}
