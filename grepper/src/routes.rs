//! Which path is answered by what, and refused in which form.

mod charts;
mod documents;
mod endpoint;
mod health;
mod message;
mod message_count;
pub mod search;

use actix_web::web::{self, Data, ServiceConfig};
use actix_web::{HttpRequest, HttpResponse};

use crate::middleware::mount;
use crate::reply::error::ApiError;
use crate::reply::refusals::Refusals::Incumbent;
use crate::routes::endpoint::endpoint;
use crate::state::State;
use crate::view::message_view::Form;

const METHODS: &str = "GET, HEAD, OPTIONS";
/// `/messagecount` names a method that it refuses, as it always did.
const METHODS_OF_COUNT: &str = "GET, HEAD, OPTIONS, POST";

/// Registers all paths, relative to the base path. The first that matches answers.
pub fn configure(app: &mut ServiceConfig) {
    for path in ["/raw", "/raw/"] {
        app.service(endpoint(path, METHODS, Incumbent, |request, state| {
            search::search(Form::Legacy, request, state)
        }));
    }
    for path in ["/v2/search", "/v2/search/"] {
        app.service(endpoint(path, METHODS, Incumbent, |request, state| {
            search::search(Form::Message, request, state)
        }));
    }
    for path in ["/id", "/id/"] {
        app.service(endpoint(path, METHODS, Incumbent, |request, state| {
            message::message(Form::Legacy, request, state)
        }));
    }
    for path in ["/v2/id", "/v2/id/"] {
        app.service(endpoint(path, METHODS, Incumbent, |request, state| {
            message::message(Form::Message, request, state)
        }));
    }
    for (path, methods) in [
        ("/messagecount", METHODS_OF_COUNT),
        ("/messagecount/", METHODS),
    ] {
        app.service(endpoint(
            path,
            methods,
            Incumbent,
            message_count::message_count,
        ));
    }
    app.service(endpoint(
        "/charts/{kind}",
        METHODS,
        Incumbent,
        charts::chart,
    ))
    .service(endpoint(
        "/healthz/{check}",
        METHODS,
        Incumbent,
        health::health,
    ))
    .service(endpoint(
        "/widget.js",
        METHODS,
        Incumbent,
        documents::widget,
    ))
    .service(endpoint("/", METHODS, Incumbent, documents::front))
    .service(endpoint(
        "/static/{path:.+}",
        METHODS,
        Incumbent,
        documents::static_file,
    ))
    .service(endpoint(
        "/{page}/",
        METHODS,
        Incumbent,
        documents::documentation,
    ))
    .service(endpoint("/{page}", METHODS, Incumbent, add_slash))
    .default_service(web::to(not_found));
}

/// The answer where there is no path.
async fn not_found() -> HttpResponse {
    Incumbent.answer(&ApiError::NotFound)
}

/// Pages end in a slash; whoever forgets it is sent there, also where there is no such page.
async fn add_slash(request: HttpRequest, state: Data<State>) -> Result<HttpResponse, ApiError> {
    let root = mount::root(&state, &request.connection_info());
    let path = format!("{}/", request.uri().path());
    Ok(mount::redirect(&root, &path, request.query_string()))
}
