//! `/raw` and `/v2/search`: one page of the messages that match.

use std::sync::Arc;

use actix_web::web::Data;
use actix_web::{HttpRequest, HttpResponse};
use archive::Page;
use chrono::Utc;

use crate::reply::error::ApiError;
use crate::reply::negotiated;
use crate::reply::negotiation::Format;
use crate::request::params::SearchParams;
use crate::request::query::Query;
use crate::request::subjects;
use crate::routes::answer::{html, json};
use crate::routes::large_cards::{LargeCards, cards};
use crate::routes::large_page::{PageRequested, grows_large, leave_out_large, pieces};
use crate::state::admission::Cost;
use crate::state::recipient::Recipient;
use crate::state::{State, ask};
use crate::view::message_view::Form;

/// What a search comes to.
enum Outcome {
    /// The answer, and how many messages it has.
    Text(String, u64),
    /// A page that is too large to be written at once.
    Large(Box<(PageRequested, Page)>),
    /// An HTML page for which large messages are still to be read, and how many messages it has.
    Cards(Box<LargeCards>, u64),
}

impl Outcome {
    fn html(state: &State, asked: PageRequested, query: Query, page: Page) -> Self {
        let rows = page.messages.len() as u64;
        if has_large(&page) {
            return Self::Cards(Box::new(LargeCards::new(asked, query, page)), rows);
        }
        let cards = cards(&asked, &page);
        let root = &state.config.base_path;
        let text = html(asked.form, &page, &cards, &asked.params, &query, root);
        Self::Text(text, rows)
    }

    fn json(asked: PageRequested, page: Page) -> Self {
        if has_large(&page) || grows_large(&asked, &page.messages) {
            return Self::Large(Box::new((asked, page)));
        }
        let text = json(asked.form, &page, &asked.params, &asked.rules, asked.now);
        Self::Text(text, page.messages.len() as u64)
    }
}

fn has_large(page: &Page) -> bool {
    page.messages.iter().any(|message| message.left_out > 0)
}

/// The handler.
pub async fn search(
    form: Form,
    request: HttpRequest,
    state: Data<State>,
) -> Result<HttpResponse, ApiError> {
    let query = Query::parse(request.query_string())?;
    let now = Utc::now();
    let mut params = SearchParams::parse(&query, &state.limits(), now)?;
    subjects::understand(&mut params.search, &state.rules.get())?;
    let format = negotiated::format(&request, &query)?;
    let as_html = format == Format::Html;
    // The page is also written where blocking is no harm: it may be large.
    let cost = Cost::of(&params.search).for_rows(params.page.size);
    let found = ask(&state, cost, move |state, reader| {
        let mut page = reader.search(&params.search, params.page)?;
        page.messages.iter_mut().for_each(leave_out_large);
        let asked = PageRequested {
            form,
            params,
            rules: state.rules.get(),
            now,
        };
        Ok(match as_html {
            true => Outcome::html(state, asked, query, page),
            false => Outcome::json(asked, page),
        })
    });
    Ok(match found.await? {
        Outcome::Text(text, rows) => negotiated::negotiated(&format, text, rows),
        Outcome::Cards(cards, rows) => {
            negotiated::negotiated(&format, cards.page(&state).await?, rows)
        }
        Outcome::Large(large) => {
            let (asked, page) = *large;
            let rows = page.messages.len() as u64;
            let recipient = Recipient::of(&request);
            let pieces = pieces(state, Arc::new(asked), page, recipient);
            negotiated::streamed(&format, pieces, rows)
        }
    })
}
