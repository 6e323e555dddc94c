//! `/raw` and `/v2/search`: one page of the messages that match.

use std::sync::Arc;
use std::time::Duration;

use actix_web::web::Data;
use actix_web::{HttpRequest, HttpResponse};
use archive::{Page, Reader};
use chrono::Utc;
use tokio::time::Instant;

use crate::middleware::mount;
use crate::reply::error::ApiError;
use crate::reply::negotiated;
use crate::reply::negotiation::Format;
use crate::request::cursor;
use crate::request::params::SearchParams;
use crate::request::query::Query;
use crate::request::refusal::BadRequest;
use crate::request::subjects;
use crate::request::waiting;
use crate::routes::answer::json;
use crate::routes::large_cards::{LargeCards, cards};
use crate::routes::large_page::{PageRequested, grows_large, leave_out_large, pieces};
use crate::routes::search_html::{Around, html, surveyed};
use crate::routes::waiting::{Found, Patience, unkept, until, wait};
use crate::state::admission::Cost;
use crate::state::interest::Interest;
use crate::state::recipient::Recipient;
use crate::state::{State, ask, ask_awaited};
use crate::view::message_view::Form;

/// Between two searches of a client that waits.
const PAUSE: Duration = Duration::from_millis(200);
/// Between two searches that look into bodies.
const SELDOM: Duration = Duration::from_secs(5);
/// After a message came that was not found: its sender's clock may be ahead, and the end of a search is now. By how
/// much is not known, so this is the first of several looks.
const AGAIN: Duration = Duration::from_millis(1500);

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
    fn html(
        state: &State,
        asked: PageRequested,
        query: Query,
        page: Page,
        around: Option<Around>,
    ) -> Self {
        let rows = page.messages.len() as u64;
        if has_large(&page) {
            let cards = LargeCards::new(asked, query, page, around);
            return Self::Cards(Box::new(cards), rows);
        }
        let cards = cards(&asked, &page);
        let root = &state.config.base_path;
        let text = html(&asked, &page, &cards, &query, around.as_ref(), root);
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
    let mut params = parse(&query, &state)?;
    let format = negotiated::format(&request, &query)?;
    let as_html = format == Format::Html;
    if as_html {
        params.look.beside = cursor::beside(&query)?;
    }
    let waits = match form {
        Form::Legacy => None,
        Form::Message => waiting::wait(&query, state.config.max_wait)?,
    };
    let found = match until(waits) {
        None => {
            let asked = requested(form, params, &state, &request);
            let found = search_once(asked, query, as_html, None, &state).await?;
            found.into_answer()
        }
        Some(until) => {
            let patience = patience(&params, until);
            let look = async |_| {
                // An end that is not given is the present moment.
                let asked = requested(form, parse(&query, &state)?, &state, &request);
                search_once(asked, query.clone(), as_html, Some(until), &state).await
            };
            wait(&state, &request, patience, look).await?
        }
    };
    let answer = answer(found, &format, &request, state).await?;
    Ok(match waits {
        Some(_) => unkept(answer),
        None => answer,
    })
}

/// What is asked now.
fn parse(query: &Query, state: &State) -> Result<SearchParams, BadRequest> {
    let mut params = SearchParams::parse(query, &state.limits(), Utc::now())?;
    subjects::understand(&mut params.search, &state.rules.get())?;
    Ok(params)
}

/// What is asked for, by the rules that hold now.
fn requested(
    form: Form,
    params: SearchParams,
    state: &State,
    request: &HttpRequest,
) -> PageRequested {
    PageRequested {
        form,
        params,
        rules: state.rules.get(),
        pictures: state.config.picture_hosts.clone(),
        now: Utc::now(),
        base_url: mount::root(&state.config, request),
    }
}

/// How often a search is done while its client waits.
fn patience(params: &SearchParams, until: Instant) -> Patience {
    Patience {
        until,
        pause: match Cost::of(&params.search) {
            Cost::Dear => SELDOM,
            _ => PAUSE,
        },
        again: Some(AGAIN),
    }
}

/// Searches. Whatever is found is final.
async fn search_once(
    asked: PageRequested,
    query: Query,
    as_html: bool,
    until: Option<Instant>,
    state: &Data<State>,
) -> Result<Found<Outcome>, ApiError> {
    let cost = Cost::of(&asked.params.search).for_rows(asked.params.page.size);
    // The page is also written where blocking is no harm: it may be large.
    let found = move |state: &State, reader: &Reader| {
        let (mut page, around) = match as_html && asked.params.look.chrome {
            true => {
                let (page, around) = surveyed(reader, &asked, &query)?;
                (page, Some(around))
            }
            false => (
                reader.search(&asked.params.search, asked.params.page)?,
                None,
            ),
        };
        page.messages.iter_mut().for_each(leave_out_large);
        let open = page.total == 0;
        let interests = match open && until.is_some() {
            true => Interest::of_search(&asked.params.search),
            false => Vec::new(),
        };
        let outcome = match as_html {
            true => Outcome::html(state, asked, query, page, around),
            false => Outcome::json(asked, page),
        };
        Ok(match open {
            true => Found::Open(outcome, interests),
            false => Found::Final(outcome),
        })
    };
    match (until, cost) {
        (None, _) => ask(state, cost, found).await,
        (Some(until), Cost::Dear) => ask_awaited(state, cost, until, found).await,
        (Some(until), _) => ask_awaited(state, Cost::Awaited, until, found).await,
    }
}

async fn answer(
    found: Outcome,
    format: &Format,
    request: &HttpRequest,
    state: Data<State>,
) -> Result<HttpResponse, ApiError> {
    Ok(match found {
        Outcome::Text(text, rows) => negotiated::negotiated(format, text, rows),
        Outcome::Cards(cards, rows) => {
            negotiated::negotiated(format, cards.page(&state).await?, rows)
        }
        Outcome::Large(large) => {
            let (asked, page) = *large;
            let rows = page.messages.len() as u64;
            let recipient = Recipient::of(request);
            let pieces = pieces(state, Arc::new(asked), page, recipient);
            negotiated::streamed(format, pieces, rows)
        }
    })
}
