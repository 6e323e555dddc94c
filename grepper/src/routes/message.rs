//! `/id` and `/v2/id`: one message.

use actix_web::web::Data;
use actix_web::{HttpRequest, HttpResponse};
use chrono::Utc;
use pythonic::json::to_text;

use crate::pages::message_page::{MessagePage, message_page};
use crate::reply::error::ApiError;
use crate::reply::negotiated;
use crate::reply::negotiation::Format;
use crate::request::params;
use crate::request::query::Query;
use crate::request::refusal::BadRequest;
use crate::state::admission::Cost;
use crate::state::{State, ask};
use crate::view::make_card::make_card;
use crate::view::message_view::{Form, View};
use crate::view::meta;

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
    let is_raw = params::boolean(&query, "is_raw", false);
    let chrome = params::boolean(&query, "chrome", true);
    let format = negotiated::format(&request, &query)?;
    let as_html = format == Format::Html;
    let text = ask(&state, Cost::Ordinary, move |state, reader| {
        let now = Utc::now();
        let found = reader.find(&id)?;
        let rules = state.rules.get();
        Ok(found.map(|message| {
            let (size, requested) = look?;
            Ok::<_, BadRequest>(if as_html {
                let card = make_card(form, &message, size, &rules, now);
                message_page(
                    &state.config.base_path,
                    &MessagePage {
                        card: &card,
                        size,
                        is_raw,
                        chrome,
                    },
                )
            } else {
                to_text(&View::new(
                    form,
                    &message,
                    meta::answer(&requested, &message, &rules, now),
                ))
            })
        }))
    })
    .await?;
    Ok(negotiated::negotiated(
        &format,
        text.ok_or(ApiError::NotFound)??,
        1,
    ))
}
