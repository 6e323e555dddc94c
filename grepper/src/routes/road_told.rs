//! The roads of a subject as they are now: remembered, or read once for all who ask at the same time.

use std::sync::Arc;
use std::time::Instant;

use actix_web::rt;
use actix_web::web::Data;
use archive::{Reader, StoreError};

use crate::routes::road_inquiry::Collecting;
use crate::routes::waiting::Occasion;
use crate::state::admission::Cost;
use crate::state::flights::{Flight, Seat};
use crate::state::roads::{Folded, Reading, RoadKey};
use crate::state::{State, ask, ask_awaited};

/// The roads as they are when this is called, or later. `until` is how long the client waits, if it does.
pub async fn told(
    state: &Data<State>,
    key: &RoadKey,
    until: Option<tokio::time::Instant>,
    occasion: Occasion,
) -> Reading {
    let asked = Instant::now();
    if key.as_of.is_none() {
        state.audience.looks.keep();
    }
    loop {
        if let Some(folded) = remembered(state, key, asked, occasion).await {
            return Ok(folded);
        }
        let mut seat = read(state, key, until);
        match seat.landed().await {
            Some(answer) if answer.is_err() || seat.began_after(asked) => return answer,
            // What was read may be older than what the client has seen: it is remembered, or read anew.
            _ => {}
        }
    }
}

/// What is remembered, if nothing came that changes it by when it was asked for. Who was woken knows that by what woke
/// it; for others there must be a look.
async fn remembered(
    state: &State,
    key: &RoadKey,
    asked: Instant,
    occasion: Occasion,
) -> Option<Arc<Folded>> {
    let known = state.audience.roads.known(key)?;
    let follows = match occasion {
        Occasion::Asked => state.audience.looks.since(asked).await,
        Occasion::Woken => state.audience.looks.follow(),
    };
    let is_so = follows.as_ref() == Some(&known.origin) && known.is_so();
    is_so.then(|| known.folded.clone())
}

/// Reads the roads, or takes part where somebody reads them. Those who wait have others' turns.
fn read(state: &Data<State>, key: &RoadKey, until: Option<tokio::time::Instant>) -> Seat<Reading> {
    let of = (key.clone(), until.is_some());
    state.audience.roads.flights.join(&of, |pilot| {
        let (state, key) = (state.clone(), key.clone());
        let flight = pilot.flight.clone();
        let fold = move |state: &State, reader: &Reader| fold(state, reader, key, &flight);
        rt::spawn(pilot.fly(async move {
            // Whatever it leads to is read and folded at once: connections are left to others.
            match until {
                None => ask(&state, Cost::Large, fold).await,
                Some(until) => ask_awaited(&state, Cost::Awaited, until, fold).await,
            }
        }));
    })
}

fn fold(
    state: &State,
    reader: &Reader,
    key: RoadKey,
    flight: &Flight<Reading>,
) -> Result<Arc<Folded>, StoreError> {
    flight.begin();
    let time = state.audience.roads.time();
    let answered = reader.steady().inquire(|| Collecting::new(&key))?;
    let folded = Arc::new(answered.inquirer.fold(answered.complete));
    state
        .audience
        .roads
        .remember(key, folded.clone(), time, answered.origin);
    Ok(folded)
}
