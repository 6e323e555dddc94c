//! Which path is answered by what, and refused in which form.

mod aggregate;
mod alike;
pub mod answer;
mod around;
mod builders;
mod charts;
mod digest;
mod documents;
mod endpoint;
mod find;
pub mod guard;
mod health;
mod home;
mod large_cards;
mod large_page;
mod lists;
mod message;
mod message_count;
mod names;
pub mod names_page;
mod newest_builds;
mod pulse;
mod road;
mod road_inquiry;
mod road_met;
mod road_told;
pub mod search;
mod search_hints;
mod search_html;
mod waiting;

use actix_web::guard::fn_guard;
use actix_web::web::{self, Data, ServiceConfig};
use actix_web::{FromRequest, Handler, HttpRequest, HttpResponse};

use crate::middleware::mount;
use crate::reply::error::ApiError;
use crate::reply::refusals::Refusals::{self, Incumbent, Picture, Problem};
use crate::request::name_params::{KINDS, NameKind};
use crate::routes::charts::chart;
use crate::routes::documents::{documentation, opensearch, robots, static_file, widget};
use crate::routes::endpoint::{endpoint, refuse};
use crate::routes::health::health;
use crate::routes::message_count::message_count;
use crate::state::State;
use crate::view::message_view::Form;

/// The road of a build, in both spellings of its path.
const ROADS: [&str; 2] = ["/v2/road", "/v2/road/"];
/// What two archives compare.
const DIGESTS: [&str; 2] = ["/v2/digest", "/v2/digest/"];
/// What matches, by groups.
const AGGREGATES: [&str; 2] = ["/v2/aggregate", "/v2/aggregate/"];
/// Names that begin alike.
const NAMES: [&str; 2] = ["/v2/names", "/v2/names/"];
const FINDS: [&str; 2] = ["/find", "/find/"];
/// What the foot of pages tells.
const PULSES: [&str; 2] = ["/v2/pulse", "/v2/pulse/"];
/// Lists of names. Whoever forgets their slash is sent there, as to all pages.
const LISTS: [[&str; 1]; 4] = [["/topics/"], ["/categories/"], ["/packages/"], ["/users/"]];
/// Paths whose refusals are problems.
const WITH_PROBLEMS: [[&str; 2]; 6] = [ROADS, DIGESTS, AGGREGATES, NAMES, FINDS, PULSES];
const METHODS: &str = "GET, HEAD, OPTIONS";
/// `/messagecount` names a method that it refuses, as it always did.
const METHODS_OF_COUNT: &str = "GET, HEAD, OPTIONS, POST";

/// Registers all paths, relative to the base path. The first that matches answers.
pub fn configure(app: &mut ServiceConfig) {
    serve(
        app,
        &["/raw", "/raw/"],
        METHODS,
        Incumbent,
        |request, state| search::search(Form::Legacy, request, state),
    );
    serve(
        app,
        &["/v2/search", "/v2/search/"],
        METHODS,
        Incumbent,
        |request, state| search::search(Form::Message, request, state),
    );
    serve(
        app,
        &["/id", "/id/"],
        METHODS,
        Incumbent,
        |request, state| message::message(Form::Legacy, request, state),
    );
    serve(
        app,
        &["/v2/id", "/v2/id/"],
        METHODS,
        Incumbent,
        |request, state| message::message(Form::Message, request, state),
    );
    serve(
        app,
        &["/messagecount"],
        METHODS_OF_COUNT,
        Incumbent,
        message_count,
    );
    serve(app, &["/messagecount/"], METHODS, Incumbent, message_count);
    configure_own(app);
    configure_pages(app);
    app.default_service(web::to(not_found));
}

/// Registers what people and their browsers ask for, and those who watch.
fn configure_pages(app: &mut ServiceConfig) {
    serve(app, &["/charts/"], METHODS, Incumbent, builders::charts);
    serve(app, &["/widget/"], METHODS, Incumbent, builders::widget);
    serve(app, &["/charts/{kind}"], METHODS, Picture, chart);
    serve(app, &["/healthz/{check}"], METHODS, Incumbent, health);
    serve(app, &["/widget.js"], METHODS, Incumbent, widget);
    serve(app, &["/robots.txt"], METHODS, Incumbent, robots);
    serve(app, &["/opensearch.xml"], METHODS, Incumbent, opensearch);
    serve(app, &["/"], METHODS, Incumbent, home::home);
    serve(app, &["/static/{path:.+}"], METHODS, Incumbent, static_file);
    serve(app, &["/{page}/"], METHODS, Incumbent, documentation);
    serve(app, &["/{page}"], METHODS, Incumbent, add_slash);
}

/// Registers what the incumbent never had.
fn configure_own(app: &mut ServiceConfig) {
    serve(app, &ROADS, METHODS, Problem, road::road);
    serve(app, &DIGESTS, METHODS, Problem, digest::digest);
    serve(app, &AGGREGATES, METHODS, Problem, aggregate::aggregate);
    serve(app, &NAMES, METHODS, Problem, names::names);
    serve(app, &PULSES, METHODS, Problem, pulse::tell);
    serve(app, &FINDS, METHODS, Problem, find::find);
    for kind in &KINDS {
        configure_names(app, kind);
    }
    let [topics, categories, packages, users] = &LISTS;
    serve(app, topics, METHODS, Problem, lists::topics);
    serve(app, categories, METHODS, Problem, lists::categories);
    serve(app, packages, METHODS, Problem, lists::packages);
    serve(app, users, METHODS, Problem, lists::users);
}

/// Registers the pages of names of a kind.
fn configure_names(app: &mut ServiceConfig, kind: &'static NameKind) {
    let handler = move |request, state| names_page::name(kind, request, state);
    let path = format!("{}{{name:.+}}", kind.folder);
    app.service(endpoint(&path, METHODS, Problem, handler));
    let by_query = endpoint(kind.folder, METHODS, Problem, handler);
    app.service(by_query.guard(fn_guard(names_page::is_asked_by_query)));
}

/// The form that refusals of this path have.
pub fn refusals_of(path: &str) -> Refusals {
    let is_of_names = KINDS.iter().any(|kind| path.starts_with(kind.folder));
    match is_of_names || WITH_PROBLEMS.as_flattened().contains(&path) {
        true => Problem,
        false => Incumbent,
    }
}

/// Registers an endpoint under each of `paths`; see [`endpoint()`].
fn serve<F, Args>(
    app: &mut ServiceConfig,
    paths: &[&str],
    methods: &'static str,
    refusals: Refusals,
    handler: F,
) where
    F: Handler<Args, Output = Result<HttpResponse, ApiError>>,
    F::Future: 'static,
    Args: FromRequest + 'static,
{
    for path in paths {
        app.service(endpoint(path, methods, refusals, handler.clone()));
    }
}

/// The answer where there is no path.
async fn not_found(request: HttpRequest) -> HttpResponse {
    refuse(Incumbent, &request, &ApiError::NotFound)
}

/// Pages end in a slash; whoever forgets it is sent there, also where there is no such page.
async fn add_slash(request: HttpRequest, state: Data<State>) -> Result<HttpResponse, ApiError> {
    let path = format!("{}/", request.uri().path());
    Ok(mount::redirect(
        &state.config,
        &path,
        request.query_string(),
    ))
}
