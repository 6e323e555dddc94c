//! An HTML page with large messages: one of them at a time is in memory, when there is room for it.

use std::sync::Arc;
use std::time::Instant;

use actix_web::web::Data;
use archive::{Message, Page};

use crate::pages::card::{Card, Size};
use crate::reply::error::ApiError;
use crate::request::query::Query;
use crate::routes::large_page::PageRequested;
use crate::routes::search_html::{Around, html};
use crate::state::admission::Cost;
use crate::state::{State, ask};
use crate::view::make_card::make_card;

/// Bytes beyond which a body is not read for a card: its own page shows what it holds.
const MOST_OF_CARD: u64 = 1 << 20;

/// The messages of a page as cards, for which large ones are not read yet.
pub struct LargeCards {
    asked: Arc<PageRequested>,
    query: Query,
    page: Page,
    around: Option<Around>,
    cards: Vec<Card>,
}

impl LargeCards {
    /// The messages of `page`, which was asked for by `query`.
    pub fn new(asked: PageRequested, query: Query, page: Page, around: Option<Around>) -> Self {
        Self {
            cards: cards(&asked, &page),
            asked: Arc::new(asked),
            query,
            page,
            around,
        }
    }

    /// Reads those that are large, as far as cards of this size show what they say, and answers the page.
    pub async fn page(mut self, state: &Data<State>) -> Result<String, ApiError> {
        let started = Instant::now();
        // The deadline is that of the page, not of each of its messages.
        let deadline = state.config.statement_timeout;
        let shows_what_they_say = self.asked.params.look.size > Size::Small;
        let messages = self.page.messages.iter().zip(&mut self.cards);
        for (message, card) in messages.filter(|_| shows_what_they_say) {
            if message.left_out == 0 || message.left_out > MOST_OF_CARD {
                continue;
            }
            if started.elapsed() > deadline {
                return Err(ApiError::Timeout);
            }
            *card = complete(state, &self.asked, message.clone()).await?;
        }
        // Where blocking is no harm: the page may be large.
        let page = move |state: &State, _: &_| Ok(self.html(&state.config.base_path));
        ask(state, Cost::Large, page).await
    }

    fn html(&self, root: &str) -> String {
        let Self {
            asked,
            query,
            page,
            around,
            cards,
        } = self;
        html(asked, page, cards, query, around.as_ref(), root)
    }
}

/// The messages of a page as cards, without what those say that were left out.
pub fn cards(asked: &PageRequested, page: &Page) -> Vec<Card> {
    page.messages
        .iter()
        .map(|message| card(asked, message, message.left_out > 0))
        .collect()
}

/// A message as a card. The own page of a large one shows its JSON text.
fn card(asked: &PageRequested, message: &Message, is_large: bool) -> Card {
    let mut size = asked.params.look.size;
    if is_large {
        size = size.min(Size::Large);
    }
    make_card(
        asked.form,
        message,
        size,
        &asked.rules,
        &asked.pictures,
        asked.now,
    )
}

async fn complete(
    state: &Data<State>,
    asked: &Arc<PageRequested>,
    mut message: Message,
) -> Result<Card, ApiError> {
    let _working = state.budget.of_message(&message).await?;
    let asked = asked.clone();
    let card = ask(state, Cost::Large, move |_, reader| {
        reader.complete(&mut message)?;
        Ok(card(&asked, &message, true))
    });
    card.await
}
