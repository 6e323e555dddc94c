//! `/packages/NAME`, `/users/NAME`, `/topics/NAME` and `/categories/NAME`: what there is of one name.
//!
//! Names that no path can have are asked for as `/packages/?name=…`: [`is_asked_by_query`] tells such a request from one
//! for the list of names, which has the path otherwise.

use actix_web::guard::GuardContext;
use actix_web::http::StatusCode;
use actix_web::http::header::{CACHE_CONTROL, HeaderValue};
use actix_web::web::Data;
use actix_web::{HttpRequest, HttpResponse};
use archive::{PageRequest, Portrait, Reader, StoreError, Survey};
use chrono::{DateTime, NaiveDateTime, Utc};

use crate::middleware::mount;
use crate::pages::facets::NEWEST;
use crate::pages::links;
use crate::pages::name_page::{NoNamePage, no_name_page};
use crate::reply::error::ApiError;
use crate::reply::negotiated;
use crate::reply::negotiation::Format;
use crate::request::name_params::{NameKind, NameParams};
use crate::request::query::Query;
use crate::request::refusal::BadRequest;
use crate::routes::alike::alike;
use crate::routes::large_page::leave_out_large;
use crate::routes::newest_builds::newest_builds;
use crate::state::admission::Cost;
use crate::state::{State, ask};
use crate::view::builds::Builds;
use crate::view::portrait::{PortraitView, Showing, edges};

/// The newest messages that are shown.
const ROWS: u32 = 10;
/// Names of each kind that its messages have.
const PARTNERS: u32 = 8;
/// Names that begin as one that nobody has.
const ALIKE: u32 = 8;

/// Whether the name is in the query.
pub fn is_asked_by_query(context: &GuardContext) -> bool {
    let query = context.head().uri.query().unwrap_or_default();
    Query::parse(query).is_ok_and(|query| query.first("name").is_some())
}

/// The handler.
pub async fn name(
    kind: &'static NameKind,
    request: HttpRequest,
    state: Data<State>,
) -> Result<HttpResponse, ApiError> {
    let query = Query::parse(request.query_string())?;
    let path = request.uri().path();
    if let Some(shorter) = path.strip_suffix('/').filter(|_| path != kind.folder) {
        return Ok(mount::redirect(
            &state.config,
            shorter,
            request.query_string(),
        ));
    }
    let asked = NameParams::parse(kind, path, &query)?;
    let format = negotiated::format(&request, &query)?;
    let now = Utc::now();
    let wanted = asked.clone();
    let found = ask(&state, Cost::Ordinary, move |_, reader| {
        let (asked, portrait) = portrait(reader, wanted, now.naive_utc())?;
        let has_builds = asked.kind.filter == "package" && portrait.surveyed.total > 0;
        let builds = match has_builds {
            true => newest_builds(reader, &asked.name)?,
            false => None,
        };
        Ok((asked, portrait, builds))
    });
    let (asked, portrait, builds) = found.await?;
    if portrait.surveyed.total == 0 {
        return unknown(&state, &asked, &format).await;
    }
    Ok(answer(&state, &format, &asked, &portrait, builds, now))
}

/// What there is of the name; of a user that nothing concerns, what he did.
fn portrait(
    reader: &Reader,
    asked: NameParams,
    now: NaiveDateTime,
) -> Result<(NameParams, Portrait), StoreError> {
    let survey = Survey {
        page: PageRequest {
            number: 1,
            size: ROWS,
        },
        beside: None,
        edges: edges(now),
        facets: asked.kind.partners.to_vec(),
        most: PARTNERS,
        newest: NEWEST,
    };
    let told = |asked: &NameParams| {
        let mut portrait = reader.portrait(&asked.search(), &survey)?;
        let messages = portrait.surveyed.messages.iter_mut();
        messages.for_each(leave_out_large);
        Ok::<_, StoreError>(portrait)
    };
    let portrait = told(&asked)?;
    let is_nothing = portrait.surveyed.total == 0 && !asked.is_chosen;
    if let Some(other) = asked.other_part().filter(|_| is_nothing) {
        let portrait = told(&other)?;
        if portrait.surveyed.total > 0 {
            return Ok((other, portrait));
        }
    }
    Ok((asked, portrait))
}

fn answer(
    state: &State,
    format: &Format,
    asked: &NameParams,
    portrait: &Portrait,
    builds: Option<Builds>,
    now: DateTime<Utc>,
) -> HttpResponse {
    let rows = portrait.surveyed.messages.len() as u64;
    let named = PortraitView {
        asked,
        portrait,
        builds,
        now,
    };
    let text = match format {
        Format::Html => named.page(&Showing {
            root: &state.config.base_path,
            rules: &state.rules.get(),
            pictures: &state.config.picture_hosts,
        }),
        Format::Json | Format::Jsonp(_) => named.json(),
    };
    negotiated::negotiated(format, text, rows)
}

/// The answer where no message has the name.
async fn unknown(
    state: &Data<State>,
    asked: &NameParams,
    format: &Format,
) -> Result<HttpResponse, ApiError> {
    let filter = asked.kind.filter;
    if *format != Format::Html {
        let allowed = format!("a {filter} of which there are messages");
        return Err(ApiError::NoSuch(BadRequest::new(
            filter,
            &asked.name,
            allowed,
        )));
    }
    let (by, name) = (asked.kind.by, asked.name.clone());
    let find = move |_: &State, reader: &Reader| alike(reader, &[by], &name, ALIKE);
    let alike = ask(state, Cost::Ordinary, find).await?;
    let page = no_name_page(
        &state.config.base_path,
        &NoNamePage {
            filter,
            name: &asked.name,
            alike: alike
                .into_iter()
                .map(|(_, name)| (name.clone(), links::named(filter, &name)))
                .collect(),
        },
    );
    let mut response = negotiated::negotiated(format, page, 0);
    *response.status_mut() = StatusCode::NOT_FOUND;
    // The next message may have the name.
    let headers = response.headers_mut();
    headers.insert(CACHE_CONTROL, HeaderValue::from_static("no-store"));
    Ok(response)
}
