//! `/charts/` and `/widget/`: forms that make embed code. They ask the archive for nothing.

use actix_web::http::StatusCode;
use actix_web::web::Data;
use actix_web::{HttpRequest, HttpResponse};
use chrono::Utc;

use crate::chart::options::ChartOptions;
use crate::config::{Config, Limits};
use crate::middleware::mount;
use crate::pages::chart_builder::chart_builder;
use crate::pages::links;
use crate::pages::widget_builder::widget_builder;
use crate::reply::error::ApiError;
use crate::request::builder::{self, KIND, Pairs};
use crate::request::chart_params::{self, ChartParams};
use crate::request::params::SearchParams;
use crate::request::query::Query;
use crate::request::refusal::BadRequest;
use crate::routes::find::see;
use crate::state::State;

/// `/charts/`.
pub async fn charts(request: HttpRequest, state: Data<State>) -> Result<HttpResponse, ApiError> {
    let query = Query::parse(request.query_string())?;
    let pairs = builder::chart(&query);
    if pairs != query.pairs() {
        return Ok(see(&state.config, &links::search("/charts/", &pairs)));
    }
    let options = chart(&pairs, &state.limits());
    let wrong = options.is_err();
    let base_url = mount::root(&state.config, &request);
    let page = chart_builder(
        &state.config.base_path,
        &base_url,
        &pairs,
        options.as_ref().cloned(),
    );
    Ok(answer(&state.config, wrong, page))
}

/// How the chart looks, if it can be drawn.
fn chart(pairs: &Pairs, limits: &Limits) -> Result<ChartOptions, BadRequest> {
    chart_params::kind(builder::value(pairs, "kind").unwrap_or(KIND)).map_err(|bad| {
        BadRequest {
            parameter: "kind".into(),
            ..bad
        }
    })?;
    let picture = asked(&builder::picture(pairs))?;
    let options = chart_params::options(&picture)?;
    ChartParams::parse(&picture, limits, Utc::now())?;
    Ok(options)
}

/// `/widget/`.
pub async fn widget(request: HttpRequest, state: Data<State>) -> Result<HttpResponse, ApiError> {
    let query = Query::parse(request.query_string())?;
    let pairs = builder::widget(&query);
    if pairs != query.pairs() {
        return Ok(see(&state.config, &links::search("/widget/", &pairs)));
    }
    let asked = asked(&builder::attributes(&pairs))?;
    let wrong = SearchParams::parse(&asked, &state.limits(), Utc::now()).err();
    let base_url = mount::root(&state.config, &request);
    let page = widget_builder(&state.config.base_path, &base_url, &pairs, wrong.as_ref());
    Ok(answer(&state.config, wrong.is_some(), page))
}

/// What a request of its own would ask.
fn asked(pairs: &Pairs) -> Result<Query, BadRequest> {
    Query::parse(links::search("", pairs).trim_start_matches('?'))
}

/// The answer with a page that names the address of the service.
fn answer(config: &Config, is_wrong: bool, page: String) -> HttpResponse {
    let status = match is_wrong {
        true => StatusCode::BAD_REQUEST,
        false => StatusCode::OK,
    };
    let mut response = HttpResponse::build(status);
    mount::forbid_keeping(config, &mut response);
    response.content_type("text/html; charset=utf-8").body(page)
}
