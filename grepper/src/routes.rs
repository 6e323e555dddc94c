//! Which path is answered by what.

mod charts;
mod documents;
mod health;
mod message;
mod message_count;
pub mod search;

use actix_web::guard::{self, Guard};
use actix_web::http::Method;
use actix_web::web::{self, Data, ServiceConfig};
use actix_web::{FromRequest, Handler, HttpRequest, HttpResponse, Resource, Responder};

use crate::middleware::mount;
use crate::reply::error::ApiError;
use crate::state::State;
use crate::view::message_view::Form;

const METHODS: &str = "GET, HEAD, OPTIONS";
/// `/messagecount` names a method that it refuses, as it always did.
const METHODS_OF_COUNT: &str = "GET, HEAD, OPTIONS, POST";

/// Registers all paths, relative to the base path.
pub fn configure(app: &mut ServiceConfig) {
    for path in ["/raw", "/raw/"] {
        app.service(endpoint(path, METHODS, |request, state| {
            search::search(Form::Legacy, request, state)
        }));
    }
    for path in ["/v2/search", "/v2/search/"] {
        app.service(endpoint(path, METHODS, |request, state| {
            search::search(Form::Message, request, state)
        }));
    }
    for path in ["/id", "/id/"] {
        app.service(endpoint(path, METHODS, |request, state| {
            message::message(Form::Legacy, request, state)
        }));
    }
    for path in ["/v2/id", "/v2/id/"] {
        app.service(endpoint(path, METHODS, |request, state| {
            message::message(Form::Message, request, state)
        }));
    }
    app.service(endpoint(
        "/messagecount",
        METHODS_OF_COUNT,
        message_count::message_count,
    ))
    .service(endpoint(
        "/messagecount/",
        METHODS,
        message_count::message_count,
    ))
    .service(endpoint("/charts/{kind}", METHODS, charts::chart))
    .service(endpoint("/healthz/{check}", METHODS, health::health))
    .service(endpoint("/widget.js", METHODS, documents::widget))
    .service(endpoint("/", METHODS, documents::front))
    .service(endpoint(
        "/static/{path:.+}",
        METHODS,
        documents::static_file,
    ))
    .service(endpoint("/{page}/", METHODS, documents::documentation))
    .service(endpoint("/{page}", METHODS, add_slash))
    .default_service(web::to(|| async {
        Err::<HttpResponse, _>(ApiError::NotFound)
    }));
}

/// Answers GET and HEAD by `handler`, OPTIONS by the list of methods, and refuses all others.
fn endpoint<F, Args>(path: &str, methods: &'static str, handler: F) -> Resource
where
    F: Handler<Args>,
    Args: FromRequest + 'static,
    F::Output: Responder + 'static,
{
    let options = move || async move {
        HttpResponse::Ok()
            .insert_header(("Allow", methods))
            .content_type("text/html; charset=utf-8")
            .finish()
    };
    web::resource(path)
        .route(web::route().guard(reading()).to(handler))
        .route(web::method(Method::OPTIONS).to(options))
        .default_service(web::to(move || async move {
            Err::<HttpResponse, _>(ApiError::MethodNotAllowed(methods))
        }))
}

fn reading() -> impl Guard {
    guard::Any(guard::Get()).or(guard::Head())
}

/// Pages end in a slash; whoever forgets it is sent there, also where there is no such page.
async fn add_slash(request: HttpRequest, state: Data<State>) -> HttpResponse {
    let root = mount::root(&state, &request.connection_info());
    mount::redirect(
        &root,
        &format!("{}/", request.uri().path()),
        request.query_string(),
    )
}
