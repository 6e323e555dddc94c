//! `/id` and `/v2/id`: one message.

use std::time::Duration;

use actix_web::web::Data;
use actix_web::{HttpRequest, HttpResponse};
use archive::{Message, Reader, StoreError};
use chrono::Utc;
use metadata::Rules;
use pythonic::json::to_text;
use tokio::time::Instant;

use crate::pages::belongs::{Belonging, belongings};
use crate::pages::card::Size;
use crate::pages::message_page::{MessagePage, message_page};
use crate::reply::error::ApiError;
use crate::reply::negotiated;
use crate::reply::negotiation::Format;
use crate::request::params;
use crate::request::query::Query;
use crate::request::refusal::BadRequest;
use crate::request::waiting;
use crate::routes::large_page::leave_out_large;
use crate::routes::waiting::{Found, Patience, unkept, until, wait};
use crate::state::admission::Cost;
use crate::state::interest::Interest;
use crate::state::{State, ask, ask_awaited};
use crate::view::make_card::make_card;
use crate::view::message_view::{Form, View};
use crate::view::meta::{self, Requested};

/// Between two looks for a message.
const PAUSE: Duration = Duration::from_millis(50);

/// The handler.
pub async fn message(
    form: Form,
    request: HttpRequest,
    state: Data<State>,
) -> Result<HttpResponse, ApiError> {
    let query = Query::parse(request.query_string())?;
    let id = query.first("id").map(str::to_owned).ok_or_else(|| {
        BadRequest::new("id", "", "given").known_as(
            "The browser (or proxy) sent a request that this server could not understand.",
        )
    })?;
    // How it should look is only a question once there is a message: without one, the answer is 404.
    let look = params::size(&query).and_then(|size| Ok((size, params::meta(&query)?)));
    let format = negotiated::format(&request, &query)?;
    let waits = match form {
        Form::Legacy => None,
        Form::Message => waiting::wait(&query, state.config.max_wait)?,
    };
    let asked = MessageRequest {
        form,
        look,
        is_raw: params::boolean(&query, "is_raw", false),
        chrome: params::boolean(&query, "chrome", true),
        as_html: format == Format::Html,
    };
    let found = find_or_wait(&state, &request, asked, id, waits).await?;
    let text = match found {
        Lookup::Nothing => Err(ApiError::NotFound),
        Lookup::Text(text) => Ok(text?),
        Lookup::Large(large) => complete(&state, *large).await,
    };
    let answer = negotiated::negotiated(&format, text?, 1);
    Ok(match waits {
        Some(_) => unkept(answer),
        None => answer,
    })
}

/// Looks for the message once, or until it is there if somebody waits for it.
async fn find_or_wait(
    state: &Data<State>,
    request: &HttpRequest,
    asked: MessageRequest,
    id: String,
    waits: Option<Duration>,
) -> Result<Lookup, ApiError> {
    match until(waits) {
        None => {
            let find = move |state: &State, reader: &Reader| asked.find(&id, state, reader);
            Ok(ask(state, Cost::Ordinary, find).await?.into_answer())
        }
        Some(until) => {
            let look = async |_| {
                let (asked, id) = (asked.clone(), id.clone());
                let find = move |state: &State, reader: &Reader| asked.find(&id, state, reader);
                ask_awaited(state, Cost::Awaited, until, find).await
            };
            let patience = Patience {
                until,
                pause: PAUSE,
                again: None,
            };
            match wait(state, request, patience, look).await? {
                // Grepper stops: the message may come yet, and 404 would say that time is up.
                Lookup::Nothing if Instant::now() < until => Err(ApiError::Unavailable),
                found => Ok(found),
            }
        }
    }
}

/// What a lookup comes to.
enum Lookup {
    Nothing,
    /// The answer.
    Text(Result<String, BadRequest>),
    /// A message that is still to be read.
    Large(Box<(MessageRequest, Message)>),
}

/// How the message should look.
#[derive(Clone)]
struct MessageRequest {
    form: Form,
    look: Result<(Size, Vec<Requested>), BadRequest>,
    is_raw: bool,
    chrome: bool,
    as_html: bool,
}

impl MessageRequest {
    /// Looks for the message. Nothing may become something.
    fn find(self, id: &str, state: &State, reader: &Reader) -> Result<Found<Lookup>, StoreError> {
        let mut message = reader.find(id)?;
        message.iter_mut().for_each(leave_out_large);
        Ok(match message {
            Some(message) if message.left_out > 0 => {
                Found::Final(Lookup::Large(Box::new((self, message))))
            }
            Some(message) => Found::Final(Lookup::Text(self.answer(state, &message))),
            None => Found::Open(Lookup::Nothing, vec![Interest::id(id)]),
        })
    }

    fn answer(self, state: &State, message: &Message) -> Result<String, BadRequest> {
        let now = Utc::now();
        let rules = state.rules.get();
        let (size, requested) = self.look?;
        if !self.as_html {
            let meta = meta::answer(&requested, message, &rules, now);
            return Ok(to_text(&View::new(self.form, message, meta)));
        }
        let card = make_card(
            self.form,
            message,
            size,
            &rules,
            &state.config.picture_hosts,
            now,
        );
        let belongings = match self.chrome {
            true => about(message, &rules),
            false => Vec::new(),
        };
        let page = MessagePage {
            card: &card,
            belongings: &belongings,
            size,
            is_raw: self.is_raw,
            chrome: self.chrome,
        };
        Ok(message_page(&state.config.base_path, &page))
    }
}

/// What a message is about, as links.
fn about(message: &Message, rules: &Rules) -> Vec<Belonging> {
    let subjects = meta::reading(message, rules).subjects();
    let environment = match message.topic.split('.').nth(2) {
        Some("stg") => "stg",
        _ => "prod",
    };
    let subjects = subjects.iter();
    let parts = subjects.map(|subject| (&*subject.kind, subject.name.as_str()));
    belongings(parts, environment)
}

/// Reads a large message and answers it, when there is room for it.
async fn complete(
    state: &Data<State>,
    (asked, mut message): (MessageRequest, Message),
) -> Result<String, ApiError> {
    let _working = state.budget.of_message(&message).await?;
    let text = ask(state, Cost::Large, move |state, reader| {
        let is_there = reader.complete(&mut message)?;
        Ok(is_there.then(|| asked.answer(state, &message)))
    });
    Ok(text.await?.ok_or(ApiError::NotFound)??)
}
