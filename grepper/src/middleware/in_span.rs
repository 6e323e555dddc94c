//! A body that is made while it is sent, as a part of the request that it answers.

use std::error::Error as StdError;
use std::pin::Pin;
use std::task::{Context, Poll};

use actix_web::body::{BodySize, BoxBody, MessageBody};
use actix_web::web::Bytes;
use tracing::Span;

/// A body, and the request in whose name the log tells what happens while it is made.
pub struct InSpan {
    body: BoxBody,
    span: Span,
}

impl InSpan {
    pub fn new(body: impl MessageBody + 'static, span: Span) -> Self {
        Self {
            body: body.boxed(),
            span,
        }
    }
}

impl MessageBody for InSpan {
    type Error = Box<dyn StdError>;

    fn size(&self) -> BodySize {
        self.body.size()
    }

    fn poll_next(
        self: Pin<&mut Self>,
        cx: &mut Context<'_>,
    ) -> Poll<Option<Result<Bytes, Self::Error>>> {
        let Self { body, span } = self.get_mut();
        let _entered = span.enter();
        Pin::new(body).poll_next(cx)
    }

    fn try_into_bytes(self) -> Result<Bytes, Self> {
        let Self { body, span } = self;
        body.try_into_bytes().map_err(|body| Self { body, span })
    }
}
