//! `/v2/road`: what became of a build, an update or a change, folded from messages when somebody asks.

use std::sync::Arc;
use std::time::Duration;

use actix_web::web::Data;
use actix_web::{HttpRequest, HttpResponse};
use archive::{Reader, StoreError};
use chrono::Utc;
use road::{Road, on_branch};

use crate::pages::road_page::{RoadPage, road_page};
use crate::reply::error::ApiError;
use crate::reply::negotiated;
use crate::reply::negotiation::Format;
use crate::request::query::Query;
use crate::request::road_params::RoadParams;
use crate::request::waiting::Awaited;
use crate::routes::road_inquiry::Collecting;
use crate::routes::road_met::{is_final, met};
use crate::routes::waiting::{Found, Patience, unkept, until, wait};
use crate::state::admission::Cost;
use crate::state::{State, ask, ask_awaited};
use crate::view::reasons;
use crate::view::road_view::{cursor, json};
use crate::view::stops::{elsewhere, exact, route, urgency};

/// Between two looks at a road.
const PAUSE: Duration = Duration::from_millis(50);
/// How many builds of an update its page leads to.
const BUILDS: usize = 100;

/// What is asked, and in which form.
struct RoadRequest {
    asked: RoadParams,
    awaited: Awaited,
    as_html: bool,
}

/// The handler.
pub async fn road(request: HttpRequest, state: Data<State>) -> Result<HttpResponse, ApiError> {
    let query = Query::parse(request.query_string())?;
    let asked = RoadParams::parse(&query, &state.rules.get(), Utc::now())?;
    let awaited = Awaited::parse(&query, state.config.max_wait)?;
    let format = negotiated::format(&request, &query)?;
    let patience = Patience {
        until: until(awaited.wait),
        pause: PAUSE,
        again: None,
    };
    let is_awaited = awaited.is_asked();
    let asked = Arc::new(RoadRequest {
        asked,
        awaited,
        as_html: format == Format::Html,
    });
    let look = async || {
        let asked = asked.clone();
        let told = move |state: &State, reader: &Reader| asked.tell(state, reader);
        // Whatever it leads to is read and folded at once: connections are left to others.
        match patience.until {
            None => ask(&state, Cost::Large, told).await,
            Some(until) => ask_awaited(&state, Cost::Awaited, until, told).await,
        }
    };
    let (text, rows) = wait(&state, &request, patience, look).await?;
    let answer = negotiated::negotiated(&format, text, rows);
    Ok(if is_awaited { unkept(answer) } else { answer })
}

impl RoadRequest {
    /// The answer, and how many roads it tells.
    fn tell(&self, state: &State, reader: &Reader) -> Result<Found<(String, u64)>, StoreError> {
        let Self { asked, awaited, .. } = self;
        let (collected, was_read) = reader.inquire(|| Collecting::new(asked))?;
        let complete = was_read && collected.is_complete();
        let (closure, interests, builds) = collected.into_parts();
        let mut roads = closure.roads();
        if let Some(branch) = &asked.branch {
            roads = on_branch(roads, branch);
        }
        let rows = roads.len() as u64;
        let cursor = cursor(&roads);
        let met = met(awaited, &asked.subject, &roads, &cursor);
        let text = if self.as_html {
            let builds = builds.shown(BUILDS, &state.rules.get());
            self.page(state, reader, roads, builds, complete)?
        } else {
            let met = awaited.is_asked().then_some(met);
            json(asked, &roads, complete, met, &cursor)
        };
        Ok(match is_final(awaited, met, &cursor) {
            true => Found::Final((text, rows)),
            false => Found::Open((text, rows), interests),
        })
    }

    fn page(
        &self,
        state: &State,
        reader: &Reader,
        mut roads: Vec<Road>,
        (builds, more_builds): (Vec<String>, usize),
        complete: bool,
    ) -> Result<String, StoreError> {
        let (asked, now) = (&self.asked, Utc::now());
        roads.sort_by_key(urgency);
        let (kind, name) = asked.subject.parts();
        let routes = roads.iter().map(|road| route(asked, road, now));
        let mut page = RoadPage {
            kind,
            name,
            as_of: asked.as_of.map(exact),
            branch: asked.branch.as_deref(),
            environment: asked.environment,
            place: elsewhere(&asked.subject, None, asked.environment),
            routes: routes.collect(),
            builds,
            more_builds,
            complete,
        };
        // A table has no place for them, and a page that waits is made again and again.
        if !page.is_table() && !self.awaited.is_asked() {
            for route in &mut page.routes {
                reasons::tell(&mut route.stops, reader, &state.rules.get())?;
            }
        }
        Ok(road_page(&state.config.base_path, &page))
    }
}
