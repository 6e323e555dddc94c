//! `/raw` and `/v2/search`: one page of the messages that match.

use std::sync::Arc;
use std::time::Instant;

use actix_web::web::Data;
use actix_web::{HttpRequest, HttpResponse};
use archive::{Message, Order, Page, Reader, StoreError};
use chrono::Utc;

use crate::pages::card::{Card, Size};
use crate::pages::search_page::{SearchPage, search_fragment, search_page};
use crate::reply::error::ApiError;
use crate::reply::negotiated;
use crate::reply::negotiation::Format;
use crate::request::params::SearchParams;
use crate::request::query::Query;
use crate::routes::answer::{json, pages};
use crate::routes::large_page::{PageRequested, pieces};
use crate::state::admission::Cost;
use crate::state::recipient::Recipient;
use crate::state::{State, ask};
use crate::view::make_card::make_card;
use crate::view::message_view::Form;

/// Bytes beyond which a body is not read for a card: its own page shows what it holds.
const MOST_OF_CARD: u64 = 1 << 20;

/// What a search comes to.
enum Outcome {
    /// The answer, and how many messages it has.
    Text(String, u64),
    /// A page that is too large to be written at once.
    Large(Box<(PageRequested, Page)>),
}

/// The handler.
pub async fn search(
    form: Form,
    request: HttpRequest,
    state: Data<State>,
) -> Result<HttpResponse, ApiError> {
    let query = Query::parse(request.query_string())?;
    let now = Utc::now();
    let params = SearchParams::parse(&query, &state.limits(), now)?;
    let format = negotiated::format(&request, &query)?;
    let as_html = format == Format::Html;
    // The page is also written where blocking is no harm: it may be large.
    let cost = Cost::of(&params.search).for_rows(params.page.size);
    let found = ask(&state, cost, move |state, reader| {
        let page = reader.search(&params.search, params.page)?;
        let asked = PageRequested {
            form,
            params,
            rules: state.rules.get(),
            now,
        };
        if as_html {
            let cards = cards(state, reader, &asked, &page)?;
            let root = &state.config.base_path;
            let text = html(form, &page, &cards, &asked.params, &query, root);
            return Ok(Outcome::Text(text, page.messages.len() as u64));
        }
        if page.messages.iter().any(|message| message.left_out > 0) {
            return Ok(Outcome::Large(Box::new((asked, page))));
        }
        let text = json(form, &page, &asked.params, &asked.rules, now);
        Ok(Outcome::Text(text, page.messages.len() as u64))
    });
    Ok(match found.await? {
        Outcome::Text(text, rows) => negotiated::negotiated(&format, text, rows),
        Outcome::Large(large) => {
            let (asked, page) = *large;
            let rows = page.messages.len() as u64;
            let recipient = Recipient::of(&request);
            let pieces = pieces(state, Arc::new(asked), page, recipient);
            negotiated::streamed(&format, pieces, rows)
        }
    })
}

/// The messages of a page as cards. Of large messages one at a time is read, and their own page shows
/// what they hold.
fn cards(
    state: &State,
    reader: &Reader,
    asked: &PageRequested,
    page: &Page,
) -> Result<Vec<Card>, StoreError> {
    let started = Instant::now();
    let deadline = state.config.statement_timeout;
    let size = asked.params.look.size;
    let card =
        |message: &Message, size| make_card(asked.form, message, size, &asked.rules, asked.now);
    let mut cards = Vec::with_capacity(page.messages.len());
    for message in &page.messages {
        if message.left_out == 0 {
            cards.push(card(message, size));
            continue;
        }
        // The deadline is that of the page, not of each of its messages.
        if started.elapsed() > deadline {
            return Err(StoreError::Timeout(deadline));
        }
        let mut message = message.clone();
        if size > Size::Small && message.left_out <= MOST_OF_CARD {
            reader.complete(&mut message)?;
        }
        cards.push(card(&message, size.min(Size::Large)));
    }
    Ok(cards)
}

/// The answer as HTML; `root` is the base path, and `cards` are the messages of the page.
pub fn html(
    form: Form,
    page: &Page,
    cards: &[Card],
    params: &SearchParams,
    query: &Query,
    root: &str,
) -> String {
    let size = params.look.size;
    if !params.look.chrome {
        return search_fragment(root, cards, size);
    }
    search_page(
        root,
        &SearchPage {
            path: match form {
                Form::Legacy => "/raw",
                Form::Message => "/v2/search",
            },
            query: query.pairs(),
            cards,
            size,
            total: page.total,
            page: params.page.number,
            pages: pages(page, params),
            ascending: params.search.order == Order::Ascending,
        },
    )
}
