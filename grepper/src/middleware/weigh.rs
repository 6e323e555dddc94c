//! Lets no more bytes of answers be in memory than there is room for, and hands large ones to the
//! connection in pieces, which it would copy as a whole.

use std::error::Error as StdError;
use std::pin::Pin;
use std::task::{Context, Poll};

use actix_web::Error;
use actix_web::body::{BodySize, BoxBody, MessageBody};
use actix_web::dev::{ServiceRequest, ServiceResponse};
use actix_web::http::Method;
use actix_web::middleware::Next;
use actix_web::web::{Bytes, Data};

use crate::reply::refusals::Refusals;
use crate::state::State;
use crate::state::budget::{Held, PIECE};
use crate::state::recipient::Recipient;
use crate::state::room::LentRoom;

/// Bytes of an answer that are not counted: so much is in buffers anyway, and small answers must go
/// through when large ones take all there is.
const SMALL: u64 = PIECE as u64;

/// The middleware; it stands inside of what compresses.
pub async fn weigh(
    state: Data<State>,
    request: ServiceRequest,
    next: Next<impl MessageBody + 'static>,
) -> Result<ServiceResponse<Weighed>, Error> {
    let head_only = *request.method() == Method::HEAD;
    let response = next.call(request).await?;
    let size = response.response().body().size();
    if head_only {
        // What is not sent is not made, if it was not yet.
        return Ok(response.map_body(|_, _| Weighed::Nothing(size)));
    }
    let bytes = match size {
        BodySize::Sized(bytes) if bytes > SMALL => bytes,
        _ => return Ok(response.map_body(|_, body| Weighed::Whole(body.boxed()))),
    };
    let recipient = Recipient::of(response.request());
    match state.budget.at_once(bytes, &recipient) {
        Some(room) => Ok(response.map_body(|_, body| Weighed::counted(body, room))),
        None => {
            let error = state.budget.refuse(bytes);
            let base = &state.config.base_path;
            let refusal = Refusals::Incumbent.answer_to(response.request(), &error, base);
            Ok(response
                .into_response(refusal.map_into_boxed_body())
                .map_body(|_, body| Weighed::Whole(body)))
        }
    }
}

/// A body that is weighed.
pub enum Weighed {
    /// Small, or made while it is sent.
    Whole(BoxBody),
    /// Large: sent in pieces.
    Counted(Held),
    /// The body of an answer to HEAD.
    Nothing(BodySize),
}

impl Weighed {
    fn counted(body: impl MessageBody + 'static, room: LentRoom) -> Self {
        match body.try_into_bytes() {
            Ok(bytes) => Self::Counted(Held::new(bytes, room)),
            Err(body) => Self::Whole(body.boxed()),
        }
    }
}

impl MessageBody for Weighed {
    type Error = Box<dyn StdError>;

    fn size(&self) -> BodySize {
        match self {
            Self::Whole(body) => body.size(),
            Self::Counted(held) => BodySize::Sized(held.waiting() as u64),
            Self::Nothing(size) => *size,
        }
    }

    fn poll_next(
        self: Pin<&mut Self>,
        cx: &mut Context<'_>,
    ) -> Poll<Option<Result<Bytes, Self::Error>>> {
        match self.get_mut() {
            Self::Whole(body) => Pin::new(body).poll_next(cx),
            Self::Counted(held) => Poll::Ready(held.next_piece().map(Ok)),
            Self::Nothing(_) => Poll::Ready(None),
        }
    }

    fn try_into_bytes(self) -> Result<Bytes, Self> {
        match self {
            Self::Whole(body) => body.try_into_bytes().map_err(Self::Whole),
            other => Err(other),
        }
    }
}
