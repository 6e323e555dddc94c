//! The middleware that lets a request see what it may. It stands here, as a refusal has the form of its route.

use std::rc::Rc;

use actix_web::body::{BoxBody, MessageBody};
use actix_web::dev::{Extensions, ServiceRequest, ServiceResponse};
use actix_web::http::Method;
use actix_web::http::header::{CACHE_CONTROL, HeaderMap, HeaderValue, VARY};
use actix_web::middleware::Next;
use actix_web::web::Data;
use actix_web::{Error, HttpRequest, HttpResponse};

use crate::middleware::cors::ForNoOtherSite;
use crate::reply::error::ApiError;
use crate::reply::negotiated::prefers_page;
use crate::reply::people;
use crate::routes::endpoint::in_time;
use crate::routes::refusals_of;
use crate::state::guard::{Guard, Sight};
use crate::state::views::Views;

/// The innermost middleware: handlers that are not told otherwise ask the archive that hides.
pub async fn admit(
    views: Data<Views>,
    mut request: ServiceRequest,
    next: Next<impl MessageBody + 'static>,
) -> Result<ServiceResponse<BoxBody>, Error> {
    let Some(guard) = &views.guard else {
        return Ok(next.call(request).await?.map_into_boxed_body());
    };
    if is_open(&request) {
        return Ok(next.call(request).await?.map_into_boxed_body());
    }
    let peer = request.peer_addr().map(|peer| peer.ip());
    let sight = match guard.judge(request.headers(), request.query_string(), peer) {
        Ok(sight) => sight,
        Err(error) => {
            let refused = refuse(request.request(), &views, error);
            return Ok(request.into_response(refused));
        }
    };
    if sight != Sight::Shown {
        // Whatever asks for the state of the program from now on gets this one.
        let mut seen = Extensions::new();
        seen.insert(views.all.clone());
        request.add_data_container(Rc::new(seen));
    }
    let mut response = next.call(request).await?.map_into_boxed_body();
    mark(response.headers_mut(), guard, sight);
    if sight == Sight::Known {
        let mut told = response.response_mut().extensions_mut();
        told.insert(ForNoOtherSite);
    }
    Ok(response)
}

/// Whether the answer has nothing of the archive: who watches has no token, nor does a browser that asks whether it may
/// send one, or that shows the page of a refusal.
fn is_open(request: &ServiceRequest) -> bool {
    let open = ["/healthz/", "/static/"];
    let is_below = |folder: &&str| request.path().starts_with(*folder);
    open.iter().any(is_below) || *request.method() == Method::OPTIONS
}

/// Whoever tries one token after the other is held to the limit of clients.
fn refuse(request: &HttpRequest, views: &Views, error: ApiError) -> HttpResponse {
    let error = in_time(request).err().unwrap_or(error);
    match prefers_page(request) {
        true => people::page(&error, request, &views.all.config.base_path),
        false => refusals_of(request.path()).answer(&error),
    }
}

/// Says to caches that the answer depends on who asks, and that what only some may see is for nobody else.
fn mark(headers: &mut HeaderMap, guard: &Guard, sight: Sight) {
    let is_kept = |value: &HeaderValue| value != "no-store";
    let control = headers.get(CACHE_CONTROL);
    if !control.is_none_or(is_kept) {
        return;
    }
    if sight != Sight::Shown && control.is_none() {
        headers.insert(CACHE_CONTROL, HeaderValue::from_static("private"));
    }
    // As one header: others are added to the first.
    let known = headers
        .get_all(VARY)
        .filter_map(|value| value.to_str().ok());
    let names: Vec<String> = known.map(str::to_owned).chain([guard.headers()]).collect();
    let names: Vec<&str> = names
        .iter()
        .map(String::as_str)
        .filter(|name| !name.is_empty())
        .collect();
    if let Ok(vary) = HeaderValue::from_str(&names.join(", "))
        && !vary.is_empty()
    {
        headers.insert(VARY, vary);
    }
}
