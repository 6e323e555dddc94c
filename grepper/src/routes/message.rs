//! `/id` and `/v2/id`: one message.

use std::sync::Arc;
use std::time::Duration;

use actix_web::web::Data;
use actix_web::{HttpRequest, HttpResponse};
use archive::{Message, Reader, StoreError};
use chrono::Utc;
use pythonic::json::to_text;
use tokio::time::Instant;

use crate::middleware::mount;
use crate::pages::around::Kin;
use crate::pages::card::Size;
use crate::pages::message_page::{MessagePage, message_page};
use crate::reply::error::ApiError;
use crate::reply::negotiated;
use crate::reply::negotiation::Format;
use crate::request::params;
use crate::request::query::Query;
use crate::request::refusal::BadRequest;
use crate::request::waiting;
use crate::routes::around::{self, Neighbourhood};
use crate::routes::large_page::leave_out_large;
use crate::routes::waiting::{Found, Patience, unkept, until, wait};
use crate::state::admission::Cost;
use crate::state::interest::Interest;
use crate::state::{State, ask, ask_awaited};
use crate::view::make_card::make_card;
use crate::view::message_detail::message_detail;
use crate::view::message_view::{Form, View};
use crate::view::meta::{self, Requested};

/// Between two looks for a message.
const PAUSE: Duration = Duration::from_millis(50);
/// Bytes of a message that its page also shows as it is answered to programs.
const MOST_AT_ONCE: usize = 64 << 10;

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
    let as_html = format == Format::Html;
    let whole = match as_html && params::boolean(&query, "chrome", true) {
        true => Some(WholePage {
            base_url: mount::root(&state.config, &request),
            kin: around::kin(&query)?,
            around: None,
        }),
        false => None,
    };
    let asked = MessageRequest {
        form,
        look,
        is_raw: params::boolean(&query, "is_raw", false),
        whole,
        as_html,
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
    /// The whole page that is asked for, if one is.
    whole: Option<WholePage>,
    as_html: bool,
}

/// How the whole page should look.
#[derive(Clone)]
struct WholePage {
    /// What addresses begin with.
    base_url: String,
    /// What is shown around the message.
    kin: Option<Kin>,
    /// That, once the message was found.
    around: Option<Arc<Neighbourhood>>,
}

impl MessageRequest {
    /// Looks for the message. Nothing may become something.
    fn find(
        mut self,
        id: &str,
        state: &State,
        reader: &Reader,
    ) -> Result<Found<Lookup>, StoreError> {
        let mut message = reader.find(id)?;
        message.iter_mut().for_each(leave_out_large);
        let Some(message) = message else {
            return Ok(Found::Open(Lookup::Nothing, vec![Interest::id(id)]));
        };
        if let Some(whole) = &mut self.whole {
            // The page is worth reading without it.
            let around = Neighbourhood::of(reader, &message, whole.kin);
            whole.around = around.ok().map(Arc::new);
        }
        Ok(Found::Final(match message.left_out {
            0 => Lookup::Text(self.answer(state, &message)),
            _ => Lookup::Large(Box::new((self, message))),
        }))
    }

    fn answer(self, state: &State, message: &Message) -> Result<String, BadRequest> {
        let now = Utc::now();
        let rules = state.rules.get();
        let (size, requested) = self.look?;
        if !self.as_html {
            let meta = meta::answer(&requested, message, &rules, now);
            return Ok(to_text(&View::new(self.form, message, meta)));
        }
        let root = &state.config.base_path;
        let pictures = &state.config.picture_hosts;
        let size = match &self.whole {
            Some(_) => size.clamp(Size::Medium, largest(message)),
            None => size,
        };
        let card = make_card(self.form, message, size, &rules, pictures, now);
        let told = self.whole.map(|whole| {
            let (mut detail, belongings) = message_detail(self.form, message, &rules, root);
            detail.base_url = whole.base_url;
            let around = whole.around;
            detail.around = around.and_then(|around| around.shown(&rules, pictures, now));
            (detail, belongings)
        });
        let page = MessagePage {
            card: &card,
            belongings: told.as_ref().map_or(&[], |(_, belongings)| belongings),
            size,
            is_raw: self.is_raw,
            detail: told.as_ref().map(|(detail, _)| detail),
        };
        Ok(message_page(root, &page))
    }
}

/// How much of a message its whole page shows at once, beside body and headers.
fn largest(message: &Message) -> Size {
    let bytes = message.msg.len() + message.headers.as_deref().map_or(0, str::len);
    match bytes > MOST_AT_ONCE {
        true => Size::Large,
        false => Size::ExtraLarge,
    }
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
