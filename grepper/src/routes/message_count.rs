//! `/messagecount`: how many messages the archive holds.

use actix_web::HttpResponse;
use actix_web::web::Data;

use crate::reply::error::ApiError;
use crate::state::admission::Cost;
use crate::state::{State, ask};

/// The handler.
pub async fn message_count(state: Data<State>) -> Result<HttpResponse, ApiError> {
    let total = ask(&state, Cost::Ordinary, |_, reader| reader.total()).await?;
    // Not in the style of the other answers: clients know this text.
    Ok(HttpResponse::Ok()
        .content_type("application/json")
        .body(format!("{{\"messagecount\":{total}}}\n")))
}
