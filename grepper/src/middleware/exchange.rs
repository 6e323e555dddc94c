//! Tells the connection from when to when a request is being answered.

use std::error::Error as StdError;
use std::pin::Pin;
use std::task::{Context, Poll};

use actix_web::Error;
use actix_web::body::{BodySize, BoxBody, MessageBody};
use actix_web::dev::{ServiceRequest, ServiceResponse};
use actix_web::http::header::{HOST, HeaderValue};
use actix_web::http::{ConnectionType, Version};
use actix_web::middleware::Next;
use actix_web::web::{Bytes, Data};

use crate::connection::exchange::{Exchange, Underway};
use crate::connection::serve::Listening;
use crate::state::views::Views;

/// The outermost middleware.
pub async fn note(
    views: Data<Views>,
    mut request: ServiceRequest,
    next: Next<impl MessageBody + 'static>,
) -> Result<ServiceResponse<Noted>, Error> {
    let underway = request.conn_data::<Exchange>().map(Exchange::begin);
    // HTTP/1.0 needs no Host, but links and redirects do.
    if !request.headers().contains_key(HOST)
        && let Some(Listening(address)) = request.conn_data()
        && let Ok(host) = HeaderValue::from_str(&address.to_string())
    {
        request.headers_mut().insert(HOST, host);
    }
    let mut response = next.call(request).await?;
    let is_streamed = response.response().body().size() == BodySize::Stream;
    // HTTP/1.0 knows no chunks: the end of the connection is that of the answer.
    let is_unchunked = is_streamed && response.request().version() == Version::HTTP_10;
    let head = response.response_mut().head_mut();
    if is_unchunked {
        head.no_chunking(true);
    }
    // Whoever is told connects again for the next request, in place of finding the connection closed.
    if is_unchunked || views.is_stopping() {
        head.set_connection_type(ConnectionType::Close);
    }
    if let Some(underway) = &underway {
        underway.answered();
    }
    Ok(response.map_body(|_, body| Noted {
        body: body.boxed(),
        _underway: underway,
    }))
}

/// A body that is sent.
pub struct Noted {
    body: BoxBody,
    _underway: Option<Underway>,
}

impl MessageBody for Noted {
    type Error = Box<dyn StdError>;

    fn size(&self) -> BodySize {
        self.body.size()
    }

    fn poll_next(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
    ) -> Poll<Option<Result<Bytes, Self::Error>>> {
        Pin::new(&mut self.body).poll_next(cx)
    }
}
