//! A page with large messages, written while it is sent: one message at a time is in memory.

use std::sync::Arc;
use std::vec::IntoIter;

use actix_web::web::{Bytes, Data};
use archive::{Message, Page};
use chrono::{DateTime, Utc};
use futures_util::stream::{Stream, unfold};
use metadata::Rules;
use pythonic::json::to_text;

use crate::reply::error::ApiError;
use crate::request::params::SearchParams;
use crate::routes::answer::{OPENING, ending};
use crate::state::admission::Cost;
use crate::state::budget::Reserved;
use crate::state::{State, ask};
use crate::view::message_view::{Form, View};
use crate::view::meta;

/// What is asked of each message.
pub struct PageRequested {
    /// The form of messages.
    pub form: Form,
    /// The search.
    pub params: SearchParams,
    /// What messages mean.
    pub rules: Arc<Rules>,
    /// The time of the request.
    pub now: DateTime<Utc>,
}

/// An answer in progress.
struct LargePage {
    state: Data<State>,
    asked: Arc<PageRequested>,
    messages: IntoIter<Message>,
    total: u64,
    /// Messages that were written.
    count: usize,
    /// Whether all is written.
    is_over: bool,
    /// Room for the piece that is being sent.
    reserved: Option<Reserved>,
}

/// The answer as JSON text, piece by piece. A message that is gone when its turn comes is not in it.
pub fn pieces(
    state: Data<State>,
    asked: Arc<PageRequested>,
    page: Page,
) -> impl Stream<Item = Result<Bytes, ApiError>> {
    let page = LargePage {
        state,
        asked,
        total: page.total,
        messages: page.messages.into_iter(),
        count: 0,
        is_over: false,
        reserved: None,
    };
    unfold(page, |mut page| async move {
        let piece = page.next().await?;
        page.is_over |= piece.is_err();
        Some((piece.map(Bytes::from), page))
    })
}

impl LargePage {
    async fn next(&mut self) -> Option<Result<String, ApiError>> {
        self.reserved = None;
        if self.is_over {
            return None;
        }
        for message in self.messages.by_ref() {
            let before = if self.count == 0 { OPENING } else { ", " };
            let text = if message.left_out == 0 {
                Some(write(before, &self.asked, &message))
            } else {
                match self.state.budget.of_message(&message).await {
                    Ok(room) => self.reserved = Some(room),
                    Err(error) => return Some(Err(error)),
                }
                match complete(&self.state, &self.asked, before, message).await {
                    Ok(text) => text,
                    Err(error) => return Some(Err(error)),
                }
            };
            if let Some(text) = text {
                self.count += 1;
                return Some(Ok(text));
            }
        }
        self.is_over = true;
        let before = if self.count == 0 { OPENING } else { "" };
        let ending = ending(self.total, self.count, &self.asked.params);
        Some(Ok(before.to_owned() + &ending))
    }
}

/// Reads a large message and writes it; `None` if it is gone.
async fn complete(
    state: &Data<State>,
    asked: &Arc<PageRequested>,
    before: &'static str,
    mut message: Message,
) -> Result<Option<String>, ApiError> {
    let asked = asked.clone();
    ask(state, Cost::Ordinary, move |_, reader| {
        let is_there = reader.complete(&mut message)?;
        Ok(is_there.then(|| write(before, &asked, &message)))
    })
    .await
}

fn write(before: &str, asked: &PageRequested, message: &Message) -> String {
    let meta = meta::answer(&asked.params.meta, message, &asked.rules, asked.now);
    before.to_owned() + &to_text(&View::new(asked.form, message, meta))
}
