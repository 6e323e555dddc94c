//! Holds an answer back until it is what the client waits for.

use std::time::Duration;

use actix_web::http::header::{CACHE_CONTROL, HeaderValue};
use actix_web::web::Data;
use actix_web::{HttpRequest, HttpResponse};
use tokio::time::{Instant, sleep_until, timeout_at};

use crate::reply::error::ApiError;
use crate::state::State;
use crate::state::client_address::client_address;
use crate::state::interest::Interest;
use crate::state::waiters::WaiterPlace;

/// How often one looks again whatever comes: where the address leads to several servers, another one may have told
/// of what was not there yet.
const SELDOM: Duration = Duration::from_secs(60);
/// After a look that failed, as while the database is away.
const AFTER_FAILURE: Duration = Duration::from_secs(1);
/// Between two looks of who is woken by anything.
const VAGUE: Duration = Duration::from_secs(1);

/// What a look came to.
pub enum Found<T> {
    /// This is to be answered now.
    Final(T),
    /// This is to be answered when time is up, or something of this interest leads to another answer.
    Open(T, Vec<Interest>),
}

/// Why one looks.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Occasion {
    /// The client asks, or has not looked for long.
    Asked,
    /// Something came, of which all have been told who remember anything.
    Woken,
}

/// For how long somebody waits, and looks.
#[derive(Clone, Copy)]
pub struct Patience {
    /// Until when the client waits.
    pub until: Instant,
    /// Between two looks.
    pub pause: Duration,
    /// When to look once more after something came and was not it, and then after twice that time and so on; `None`
    /// for never.
    pub again: Option<Duration>,
}

/// Looks until the answer is final or the client's time is up, and whenever something came that may matter. Whatever
/// fails meanwhile may go well later; what fails last is the answer.
pub async fn wait<T>(
    state: &Data<State>,
    request: &HttpRequest,
    patience: Patience,
    look: impl AsyncFn(Occasion) -> Result<Found<T>, ApiError>,
) -> Result<T, ApiError> {
    let until = patience.until;
    let client = client_address(request, state.config.client_header.as_deref());
    let place = match state.waiters.enter(client) {
        Ok(place) => place,
        Err(crowded) => match look(Occasion::Asked).await? {
            Found::Final(answer) => return Ok(answer),
            Found::Open(..) => return Err(crowded.into()),
        },
    };
    let (mut occasion, mut again) = (Occasion::Asked, SELDOM);
    loop {
        let (began, time) = (Instant::now(), place.time());
        let is_over = began >= until || place.is_stopping();
        let mut pause = patience.pause;
        let latest = match look(occasion).await {
            Ok(Found::Final(answer)) => return Ok(answer),
            Ok(Found::Open(answer, _)) if is_over => return Ok(answer),
            Ok(Found::Open(_, interests)) => {
                if place.wants(interests, time) {
                    pause = pause.max(VAGUE);
                }
                again = match occasion {
                    Occasion::Woken => patience.again.unwrap_or(SELDOM),
                    Occasion::Asked => SELDOM.min(again * 2),
                };
                again
            }
            Err(error) if is_over || !error.is_passing() => return Err(error),
            Err(_) => began.elapsed() + AFTER_FAILURE,
        };
        occasion = rest(&place, until, began + pause, began + latest).await;
    }
}

/// Waits until it may be worth to look again; answers why it is.
async fn rest(place: &WaiterPlace, until: Instant, earliest: Instant, latest: Instant) -> Occasion {
    if timeout_at(until.min(latest), place.woken()).await.is_err() {
        return Occasion::Asked;
    }
    if !place.is_stopping() {
        sleep_until(earliest.min(until)).await;
    }
    Occasion::Woken
}

/// When a wait of this time is over that begins now; none if it takes no time.
pub fn until(wait: Option<Duration>) -> Option<Instant> {
    let wait = wait.filter(|wait| !wait.is_zero());
    wait.map(|wait| Instant::now() + wait)
}

impl<T> Found<T> {
    /// What is answered if nobody waits any longer.
    pub fn into_answer(self) -> T {
        match self {
            Self::Final(answer) | Self::Open(answer, _) => answer,
        }
    }
}

/// An answer that nobody may keep for others.
pub fn unkept(mut response: HttpResponse) -> HttpResponse {
    let no_store = HeaderValue::from_static("no-store");
    response.headers_mut().insert(CACHE_CONTROL, no_store);
    response
}
