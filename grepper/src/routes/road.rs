//! `/v2/road`: what became of a build, an update or a change, folded from messages when somebody asks.

use std::sync::Arc;
use std::time::Duration;

use actix_web::web::Data;
use actix_web::{HttpRequest, HttpResponse};
use archive::Reader;
use chrono::Utc;
use road::{Road, on_branch};

use crate::middleware::mount;
use crate::pages::road_page::{RoadPage, Verdict, road_page};
use crate::reply::error::ApiError;
use crate::reply::negotiated;
use crate::reply::negotiation::Format;
use crate::request::query::Query;
use crate::request::road_params::RoadParams;
use crate::request::waiting::{Awaited, Condition};
use crate::routes::road_met::{Met, is_final, met};
use crate::routes::road_told::told;
use crate::routes::waiting::{Found, Occasion, Patience, unkept, until, wait};
use crate::state::admission::Cost;
use crate::state::roads::{Folded, RoadKey};
use crate::state::{State, ask};
use crate::view::reasons;
use crate::view::road_view::{cursor, json};
use crate::view::stops::{elsewhere, exact, route, urgency};

/// Between two looks at a road.
const PAUSE: Duration = Duration::from_millis(50);
/// Seconds for which the script of a page has its answer held back, which all proxies bear.
const TURN: u32 = 30;
/// How many builds of an update its page leads to.
const BUILDS: usize = 100;

/// What is asked, and what for.
struct RoadRequest {
    asked: RoadParams,
    key: RoadKey,
    awaited: Awaited,
}

/// Roads that were asked for, as they are shown.
struct Shown {
    folded: Arc<Folded>,
    /// Those on the branch that was asked for, if one was.
    branch: Option<Branch>,
    met: Met,
}

/// The roads on a branch.
struct Branch {
    roads: Vec<Road>,
    cursor: String,
}

impl Shown {
    fn roads(&self) -> &[Road] {
        let branch = self.branch.as_ref();
        branch.map_or(&self.folded.roads, |branch| &branch.roads)
    }

    fn cursor(&self) -> &str {
        let branch = self.branch.as_ref();
        branch.map_or(&self.folded.cursor, |branch| &branch.cursor)
    }
}

/// The handler.
pub async fn road(request: HttpRequest, state: Data<State>) -> Result<HttpResponse, ApiError> {
    let query = Query::parse(request.query_string())?;
    let asked = RoadRequest::parse(&query, &state)?;
    let format = negotiated::format(&request, &query)?;
    let until = until(asked.awaited.wait);
    let look = async |occasion| {
        let mut found = asked.judged(told(&state, &asked.key, until, occasion).await?);
        // What came while the road was read may be seen in part, and this cannot be taken back.
        while let Some(before) = found.never() {
            found = asked.judged(told(&state, &asked.key, until, Occasion::Asked).await?);
            if found.never() == Some(before) {
                break;
            }
        }
        Ok(found)
    };
    let shown = match until {
        None => look(Occasion::Asked).await?.into_answer(),
        Some(until) => {
            let patience = Patience {
                until,
                pause: PAUSE,
                again: None,
            };
            wait(&state, &request, patience, look).await?
        }
    };
    let rows = shown.roads().len() as u64;
    let text = match format {
        Format::Html => {
            let base_url = mount::root(&state.config, &request);
            page(&state, &asked, &shown, &base_url).await?
        }
        Format::Json | Format::Jsonp(_) => asked.json(&shown),
    };
    let answer = negotiated::negotiated(&format, text, rows);
    Ok(if asked.is_kept(&format, &state) {
        answer
    } else {
        unkept(answer)
    })
}

impl Found<Shown> {
    /// The cursor of roads on which what is waited for can never become so.
    fn never(&self) -> Option<String> {
        match self {
            Self::Final(shown) if shown.met == Met::Never => Some(shown.cursor().to_owned()),
            _ => None,
        }
    }
}

impl RoadRequest {
    fn parse(query: &Query, state: &State) -> Result<Self, ApiError> {
        let asked = RoadParams::parse(query, &state.rules.get(), Utc::now())?;
        let key = RoadKey {
            subject: asked.subject.clone(),
            environment: asked.environment,
            as_of: asked.as_of,
        };
        let awaited = Awaited::parse(query, state.config.max_wait)?;
        Ok(Self {
            asked,
            key,
            awaited,
        })
    }

    /// Whether caches may keep the answer. Pages name the address that the request came to.
    fn is_kept(&self, format: &Format, state: &State) -> bool {
        let is_page = *format == Format::Html;
        !self.awaited.is_asked() && (!is_page || state.config.base_url.is_some())
    }

    /// How the roads stand, and whether that is to be answered now.
    fn judged(&self, folded: Arc<Folded>) -> Found<Shown> {
        let Self { asked, awaited, .. } = self;
        let branch = asked.branch.as_ref().map(|branch| {
            let roads: Vec<Road> = on_branch(&folded.roads, branch)
                .into_iter()
                .cloned()
                .collect();
            let cursor = cursor(&roads);
            Branch { roads, cursor }
        });
        let mut shown = Shown {
            folded,
            branch,
            met: Met::No,
        };
        shown.met = match met(awaited, &asked.subject, shown.roads(), shown.cursor()) {
            // What was not read may say otherwise.
            Met::Never if !shown.folded.complete => Met::No,
            met => met,
        };
        if is_final(awaited, shown.met, shown.cursor()) {
            return Found::Final(shown);
        }
        let interests = shown.folded.interests.clone();
        Found::Open(shown, interests)
    }

    fn json(&self, shown: &Shown) -> String {
        let met = self.awaited.is_asked().then_some(shown.met);
        let complete = shown.folded.complete;
        json(&self.asked, shown.roads(), complete, met, shown.cursor())
    }

    /// The page; its script waits for `wait` seconds at a time, and examples begin with `base_url`.
    fn page<'a>(&'a self, shown: &'a Shown, wait: u32, base_url: &'a str) -> RoadPage<'a> {
        let (asked, now) = (&self.asked, Utc::now());
        let mut roads: Vec<&Road> = shown.roads().iter().collect();
        roads.sort_by_key(|road| urgency(road));
        let (kind, name) = asked.subject.parts();
        let routes = roads.into_iter().map(|road| route(asked, road, now));
        let builds = shown.roads().iter().flat_map(|road| &road.builds);
        RoadPage {
            kind,
            name,
            as_of: asked.as_of.map(exact),
            branch: asked.branch.as_deref(),
            environment: asked.environment,
            place: elsewhere(&asked.subject, None, asked.environment),
            routes: routes.collect(),
            builds: builds.clone().take(BUILDS).cloned().collect(),
            more_builds: builds.skip(BUILDS).count(),
            complete: shown.folded.complete,
            until: self
                .awaited
                .until
                .iter()
                .map(Condition::to_string)
                .collect(),
            outcome: outcome(shown.met),
            cursor: shown.cursor(),
            wait,
            base_url,
        }
    }
}

/// Whether what is waited for is so, as people are told.
fn outcome(met: Met) -> Verdict {
    let (word, text) = match met {
        Met::Yes => ("passed", "✓ it is so"),
        Met::No => ("waiting", "… not yet"),
        Met::Never => ("failed", "✗ it can never be so"),
    };
    Verdict { word, text }
}

/// The page, with what messages say behind the stages: a table has no place for them.
async fn page(
    state: &Data<State>,
    asked: &RoadRequest,
    shown: &Shown,
    base_url: &str,
) -> Result<String, ApiError> {
    let mut page = asked.page(shown, TURN.min(state.config.max_wait), base_url);
    if !page.is_table() {
        let rules = state.rules.get();
        let ids = reasons::wanted(page.routes.iter().flat_map(|route| &route.stops));
        let read = move |_: &State, reader: &Reader| reasons::read(&ids, reader, &rules);
        let reasons = ask(state, Cost::Large, read).await?;
        let stops = page.routes.iter_mut().flat_map(|route| &mut route.stops);
        stops.for_each(|stop| reasons::tell(stop, &reasons));
    }
    Ok(road_page(&state.config.base_path, &page))
}
