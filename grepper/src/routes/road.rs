//! `/v2/road`: what became of a build, an update or a change, folded from messages when somebody asks.

use actix_web::web::Data;
use actix_web::{HttpRequest, HttpResponse};
use chrono::Utc;
use road::on_branch;

use crate::pages::road_page::{RoadPage, road_page};
use crate::reply::error::ApiError;
use crate::reply::negotiated;
use crate::reply::negotiation::Format;
use crate::request::query::Query;
use crate::request::road_params::RoadParams;
use crate::routes::road_inquiry::Collecting;
use crate::state::admission::Cost;
use crate::state::{State, ask};
use crate::view::road_view::json;
use crate::view::stops::{elsewhere, exact, route, urgency};

/// The handler.
pub async fn road(request: HttpRequest, state: Data<State>) -> Result<HttpResponse, ApiError> {
    let query = Query::parse(request.query_string())?;
    let now = Utc::now();
    let asked = RoadParams::parse(&query, now)?;
    let format = negotiated::format(&request, &query)?;
    let as_html = format == Format::Html;
    // Whatever it leads to is read and folded at once: half of the connections are left to others.
    let told = ask(&state, Cost::Large, move |state, reader| {
        let (collected, complete) = reader.inquire(|| Collecting::new(&asked))?;
        let mut roads = collected.into_closure().roads();
        if let Some(branch) = &asked.branch {
            roads = on_branch(roads, branch);
        }
        let rows = roads.len() as u64;
        if !as_html {
            return Ok((json(&asked, &roads, complete), rows));
        }
        roads.sort_by_key(urgency);
        let (kind, name) = asked.subject.parts();
        let routes = roads.iter().map(|road| route(&asked, road, now));
        let page = RoadPage {
            kind,
            name,
            as_of: asked.as_of.map(exact),
            branch: asked.branch.as_deref(),
            environment: asked.environment,
            place: elsewhere(&asked.subject, None, asked.environment),
            routes: routes.collect(),
            complete,
        };
        Ok((road_page(&state.config.base_path, &page), rows))
    });
    let (text, rows) = told.await?;
    Ok(negotiated::negotiated(&format, text, rows))
}
