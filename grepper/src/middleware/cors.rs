//! The middleware that tells browsers which pages of other sites may read an answer.

use actix_web::Error;
use actix_web::body::MessageBody;
use actix_web::dev::{ServiceRequest, ServiceResponse};
use actix_web::http::Method;
use actix_web::http::header::{CACHE_CONTROL, HeaderValue, ORIGIN, VARY};
use actix_web::middleware::Next;
use actix_web::web::Data;

use crate::cors_rules::Added;
use crate::state::State;

/// Marks an answer that pages of other sites may not read, whatever the settings admit.
pub struct ForNoOtherSite;

/// The middleware.
pub async fn add_headers(
    state: Data<State>,
    request: ServiceRequest,
    next: Next<impl MessageBody>,
) -> Result<ServiceResponse<impl MessageBody>, Error> {
    let added = state.cors.answer(request.method(), request.headers());
    let of_a_site = request.headers().contains_key(ORIGIN);
    let preflight = request.method() == Method::OPTIONS;
    let mut response = next.call(request).await?;
    let cacheable = response.status().is_success() && !preflight;
    let is_kept = response
        .response()
        .extensions()
        .contains::<ForNoOtherSite>();
    let added = if is_kept { Added::new() } else { added };
    let headers = response.headers_mut();
    match (of_a_site, preflight) {
        (true, true) if !added.is_empty() => {
            headers.insert(VARY, HeaderValue::from_static("Origin"));
        }
        // An answer for one site must not reach another through a cache. The incumbent sends no
        // `Vary` with it, so it is not cached at all; an answer for no site says that others exist.
        (true, false) => {
            headers.remove(VARY);
            headers.insert(CACHE_CONTROL, HeaderValue::from_static("no-store"));
        }
        (false, _) if cacheable => {
            let vary = match headers.get(VARY).and_then(|value| value.to_str().ok()) {
                Some(others) => HeaderValue::from_str(&format!("{others}, Origin")).ok(),
                None => Some(HeaderValue::from_static("Origin")),
            };
            if let Some(vary) = vary {
                headers.insert(VARY, vary);
            }
        }
        _ => {}
    }
    for (name, value) in added {
        headers.insert(name, value);
    }
    Ok(response)
}
