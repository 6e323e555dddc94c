//! What the compression of answers leaves to say: to caches that it depends on the request, and to
//! clients who take no encoding that there is, their answer all the same.

use actix_web::body::MessageBody;
use actix_web::dev::{ServiceRequest, ServiceResponse};
use actix_web::http::Method;
use actix_web::http::header::{
    ACCEPT_ENCODING, AcceptEncoding, CACHE_CONTROL, CONTENT_TYPE, Encoding, HeaderMap, HeaderValue,
    VARY,
};
use actix_web::middleware::Next;
use actix_web::{Error, HttpMessage};

/// The middleware; it stands outside of what compresses.
pub async fn negotiate(
    mut request: ServiceRequest,
    next: Next<impl MessageBody>,
) -> Result<ServiceResponse<impl MessageBody>, Error> {
    let reads = matches!(*request.method(), Method::GET | Method::HEAD);
    if refuses_all(&request) {
        // As with `Accept`: who wants what there is not gets the default, here the plain answer.
        request.headers_mut().remove(ACCEPT_ENCODING);
    }
    let mut response = next.call(request).await?;
    let headers = response.headers_mut();
    if reads && depends_on_encoding(headers) {
        headers.append(VARY, HeaderValue::from_static("Accept-Encoding"));
    }
    Ok(response)
}

/// Whether the request takes no encoding that answers can have, not even none.
fn refuses_all(request: &ServiceRequest) -> bool {
    let offered = [Encoding::identity(), Encoding::gzip(), Encoding::deflate()];
    request
        .get_header::<AcceptEncoding>()
        .is_some_and(|wanted| wanted.negotiate(offered.iter()).is_none())
}

/// Whether an answer with these headers may be kept by caches, would be another for clients that
/// take another encoding, and does not say so yet.
fn depends_on_encoding(headers: &HeaderMap) -> bool {
    let text = |value: &HeaderValue| value.to_str().unwrap_or_default().to_ascii_lowercase();
    let kind = headers.get(CONTENT_TYPE).map(text).unwrap_or_default();
    // Pictures are compressed already, but for those that are text.
    let is_compressible = !kind.starts_with("image/") || kind.starts_with("image/svg");
    let is_kept = headers
        .get(CACHE_CONTROL)
        .is_none_or(|value| value != "no-store");
    let is_said = headers
        .get_all(VARY)
        .any(|value| text(value).contains("accept-encoding"));
    is_compressible && is_kept && !is_said
}
