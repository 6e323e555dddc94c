//! The documentation, the widget and the static files.

use actix_web::http::header::{
    CACHE_CONTROL, CONTENT_DISPOSITION, ETAG, EntityTag, Header, HttpDate, IfNoneMatch,
    LAST_MODIFIED,
};
use actix_web::web::{Data, Path};
use actix_web::{HttpRequest, HttpResponse};

use crate::config::Config;
use crate::middleware::mount;
use crate::pages::assets::{self, StaticFile};
use crate::pages::crawlers::robots_txt;
use crate::pages::documentation::documentation_page;
use crate::pages::opensearch::opensearch_xml;
use crate::pages::widget::widget_js;
use crate::reply::error::ApiError;
use crate::request::query::Query;
use crate::state::State;

/// `/index/`, `/reference/` and so on.
pub async fn documentation(
    page: Path<String>,
    request: HttpRequest,
    state: Data<State>,
) -> Result<HttpResponse, ApiError> {
    let base_url = mount::root(&state.config, &request);
    documentation_page(&page, &state.config.base_path, &base_url)
        .map(|page| html(&state.config, page))
        .ok_or(ApiError::NotFound)
}

/// The answer with a page that names the address of the service.
fn html(config: &Config, page: String) -> HttpResponse {
    let mut response = HttpResponse::Ok();
    mount::forbid_keeping(config, &mut response);
    response.content_type("text/html; charset=utf-8").body(page)
}

/// `/widget.js`.
pub async fn widget(request: HttpRequest, state: Data<State>) -> Result<HttpResponse, ApiError> {
    let query = Query::parse(request.query_string())?;
    let css = query
        .first("css")
        .is_some_and(|text| text.eq_ignore_ascii_case("true"));
    let root = mount::root(&state.config, &request);
    let app_path = state.config.app_path.as_deref().unwrap_or(&root);
    let script = widget_js(&root, app_path, css);
    let mut response = HttpResponse::Ok();
    mount::forbid_keeping(&state.config, &mut response);
    Ok(response
        .content_type("application/javascript; charset=utf-8")
        .body(script))
}

/// `/robots.txt`, which search engines of the web ask for where the site has a host of its own.
pub async fn robots(_: HttpRequest, state: Data<State>) -> Result<HttpResponse, ApiError> {
    Ok(HttpResponse::Ok()
        .content_type("text/plain; charset=utf-8")
        .body(robots_txt(&state.config.base_path)))
}

/// `/opensearch.xml`: how browsers find what is typed beside their own address.
pub async fn opensearch(
    request: HttpRequest,
    state: Data<State>,
) -> Result<HttpResponse, ApiError> {
    let base_url = mount::root(&state.config, &request);
    let mut response = HttpResponse::Ok();
    mount::forbid_keeping(&state.config, &mut response);
    Ok(response
        .content_type("application/opensearchdescription+xml")
        .body(opensearch_xml(&base_url)))
}

/// How long a file may be kept without asking for it again.
fn kept(file: &StaticFile) -> &'static str {
    match file.is_final {
        true => "public, max-age=31536000, immutable",
        false => "no-cache",
    }
}

/// `/static/…`: files that are part of the program, and so as old as its process.
pub async fn static_file(
    path: Path<String>,
    request: HttpRequest,
    state: Data<State>,
) -> Result<HttpResponse, ApiError> {
    let file = assets::static_file(&path).ok_or(ApiError::NotFound)?;
    let unchanged = match IfNoneMatch::parse(&request) {
        Ok(IfNoneMatch::Items(tags)) => file
            .etag
            .parse()
            .is_ok_and(|own: EntityTag| tags.iter().any(|tag| tag.weak_eq(&own))),
        _ => false,
    };
    let mut response = if unchanged {
        HttpResponse::NotModified()
    } else {
        HttpResponse::Ok()
    };
    response
        .insert_header((CACHE_CONTROL, kept(&file)))
        .insert_header((ETAG, file.etag))
        .insert_header((LAST_MODIFIED, HttpDate::from(state.started)));
    if unchanged {
        return Ok(response.finish());
    }
    let name = path.rsplit('/').next().unwrap_or_default();
    response.insert_header((CONTENT_DISPOSITION, format!("inline; filename={name}")));
    Ok(response.content_type(file.content_type).body(file.bytes))
}
