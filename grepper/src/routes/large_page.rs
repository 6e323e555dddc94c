//! A page with large messages, written while it is sent: one message at a time is in memory.

use std::sync::Arc;
use std::vec::IntoIter;

use actix_web::web::{Bytes, Data};
use archive::{Message, Page, StoredJson};
use chrono::{DateTime, Utc};
use futures_util::stream::{Stream, unfold};
use metadata::Rules;
use pythonic::json::{LONGEST_LAID_OUT, to_text};

use crate::config::pictures::PictureHosts;
use crate::reply::error::ApiError;
use crate::request::params::SearchParams;
use crate::routes::answer::{OPENING, ending};
use crate::state::admission::Cost;
use crate::state::budget::{Held, Kept};
use crate::state::recipient::Recipient;
use crate::state::{State, ask_further};
use crate::view::message_view::{Form, View};
use crate::view::meta;

/// Bytes of headers beyond which a message is large.
const MOST_HEADERS: usize = 64 << 10;

/// Bytes of bodies and headers that are laid out as text in one go.
const MOST_LAID_OUT: u64 = 128 << 10;
/// How many times as long as its body a message may be that is laid out: a number on a line of its own.
const LAID_OUT: u64 = 120;
/// Bytes of a message beside its body and headers.
const AROUND: u64 = 2_000;

/// Whether the page may be too large to be written at once, though none of its messages is large.
pub fn grows_large(asked: &PageRequested, messages: &[Message]) -> bool {
    meta::lays_out(&asked.params.meta) && messages.iter().map(length).sum::<u64>() > MOST_LAID_OUT
}

/// Bytes of a message's body and headers, as far as they are here.
fn length(message: &Message) -> u64 {
    let headers = message.headers.as_deref().map_or(0, str::len);
    (message.msg.len() + headers) as u64
}

/// Bytes that a message has at most once it is written with its text.
fn most_laid_out(message: &Message) -> u64 {
    let length = length(message);
    AROUND + 2 * length + (LONGEST_LAID_OUT as u64).min(LAID_OUT * length)
}

/// Leaves body and headers of a message out whose headers are large: the archive weighs them as they
/// are stored, which may be a hundredth of what they are.
pub fn leave_out_large(message: &mut Message) {
    let headers = message.headers.as_deref().map_or(0, str::len);
    if headers > MOST_HEADERS {
        message.left_out = (message.msg.len() + headers) as u64;
        message.msg = StoredJson::default();
        message.headers = None;
    }
}

/// What is asked of each message.
pub struct PageRequested {
    /// The form of messages.
    pub form: Form,
    /// The search.
    pub params: SearchParams,
    /// What messages mean.
    pub rules: Arc<Rules>,
    /// Whose pictures are shown.
    pub pictures: PictureHosts,
    /// The time of the request.
    pub now: DateTime<Utc>,
    /// The address of the service, as its clients know it.
    pub base_url: String,
}

/// An answer in progress.
struct LargePage {
    state: Data<State>,
    asked: Arc<PageRequested>,
    recipient: Arc<Recipient>,
    messages: IntoIter<Message>,
    /// Room for these messages, once there is some.
    kept: Option<Kept>,
    total: u64,
    /// Messages that were written.
    count: usize,
    /// Whether all is written.
    is_over: bool,
    /// The rest of a message that is being sent.
    sending: Option<Held>,
}

/// The answer as JSON text, piece by piece. A message that is gone when its turn comes is not in it.
pub fn pieces(
    state: Data<State>,
    asked: Arc<PageRequested>,
    page: Page,
    recipient: Arc<Recipient>,
) -> impl Stream<Item = Result<Bytes, ApiError>> {
    let page = LargePage {
        state,
        asked,
        recipient,
        total: page.total,
        messages: page.messages.into_iter(),
        kept: None,
        count: 0,
        is_over: false,
        sending: None,
    };
    unfold(page, |mut page| async move {
        let piece = page.next().await?;
        page.is_over |= piece.is_err();
        Some((piece, page))
    })
}

impl LargePage {
    async fn next(&mut self) -> Option<Result<Bytes, ApiError>> {
        if let Some(piece) = self.sending.as_mut().and_then(Held::next_piece) {
            return Some(Ok(piece));
        }
        self.sending = None;
        if self.is_over {
            return None;
        }
        while let Some(message) = self.messages.next() {
            let before = if self.count == 0 { OPENING } else { ", " };
            if let Err(error) = self.keep(&message).await {
                return Some(Err(error));
            }
            if message.left_out == 0 && !meta::lays_out(&self.asked.params.meta) {
                self.count += 1;
                return Some(Ok(write(before, &self.asked, &message).into()));
            }
            let written = match message.left_out {
                0 => self.lay_out(before, &message).await.map(Some),
                _ => self.complete(before, message).await,
            };
            match written {
                Ok(None) => {}
                Ok(Some(mut held)) => {
                    self.count += 1;
                    let piece = held.next_piece();
                    self.sending = Some(held);
                    return piece.map(Ok);
                }
                Err(error) => return Some(Err(error)),
            }
        }
        self.is_over = true;
        let before = if self.count == 0 { OPENING } else { "" };
        let ending = ending(self.total, self.count, &self.asked.params);
        Some(Ok((before.to_owned() + &ending).into()))
    }

    /// Sees that there is room for this message and those after it, and for no more.
    async fn keep(&mut self, message: &Message) -> Result<(), ApiError> {
        let rest = self.messages.as_slice().iter().map(length).sum::<u64>();
        match &mut self.kept {
            Some(kept) => kept.shrink_to(rest + length(message)),
            None => {
                let bytes = rest + length(message);
                let budget = &self.state.budget;
                self.kept = Some(budget.to_keep(bytes, &self.recipient).await?);
            }
        }
        Ok(())
    }

    /// Writes a message that grows large, when there is room for it.
    async fn lay_out(&self, before: &'static str, message: &Message) -> Result<Held, ApiError> {
        let budget = &self.state.budget;
        let mut working = budget.to_write(most_laid_out(message)).await?;
        let text = write(before, &self.asked, message);
        working.shrink_to(text.len());
        let room = budget.to_send(text.len() as u64, &self.recipient).await?;
        Ok(Held::new(text.into(), room))
    }

    /// Reads a large message and writes it, when there is room for it; `None` if it is gone.
    async fn complete(
        &self,
        before: &'static str,
        mut message: Message,
    ) -> Result<Option<Held>, ApiError> {
        let budget = &self.state.budget;
        let asked = self.asked.clone();
        let mut working = budget.of_message(&message).await?;
        let text = ask_further(&self.state, Cost::Large, move |_, reader| {
            let is_there = reader.complete(&mut message)?;
            Ok(is_there.then(|| write(before, &asked, &message)))
        });
        let Some(text) = text.await? else {
            return Ok(None);
        };
        working.shrink_to(text.len());
        let room = budget.to_send(text.len() as u64, &self.recipient).await?;
        Ok(Some(Held::new(text.into(), room)))
    }
}

fn write(before: &str, asked: &PageRequested, message: &Message) -> String {
    let meta = meta::answer(&asked.params.meta, message, &asked.rules, asked.now);
    before.to_owned() + &to_text(&View::new(asked.form, message, meta))
}
