//! `/find`: leads whoever has a name, a number or an address to what the archive knows of it.

use actix_web::http::header::{CACHE_CONTROL, LOCATION};
use actix_web::web::Data;
use actix_web::{HttpRequest, HttpResponse};
use archive::{Dimension, Reader, Search, StoreError};
use pythonic::json::to_text;

use crate::config::Config;
use crate::pages::find_page::{FindPage, Meant, find_page};
use crate::pages::links;
use crate::reply::error::ApiError;
use crate::reply::negotiated;
use crate::reply::negotiation::Format;
use crate::request::form;
use crate::request::lookup::{self, Sought};
use crate::request::query::Query;
use crate::state::admission::Cost;
use crate::state::{State, ask};

/// Kinds of things that have numbers, the usual first.
const NUMBERED: [&str; 4] = ["task", "build", "bug", "copr"];

/// The handler.
pub async fn find(request: HttpRequest, state: Data<State>) -> Result<HttpResponse, ApiError> {
    let query = Query::parse(request.query_string())?;
    if let Some(path) = form::path(&query)? {
        return Ok(see(
            &state.config,
            &links::search(path, &form::search(&query)?),
        ));
    }
    let text = lookup::text(&query)?.to_owned();
    let format = negotiated::format(&request, &query)?;
    let path = match Sought::recognise(&text, &state.rules.get()) {
        Sought::Subject(subject, environment) => {
            links::about(&subject.kind, &subject.name, environment)
        }
        Sought::Message(id) => {
            let shown = [
                ("id", id.as_str()),
                ("is_raw", "true"),
                ("size", "extra-large"),
            ];
            format!("/v2/id?{}", links::query(shown))
        }
        Sought::Topic(topic) => format!("/v2/search?{}", links::query([("topic", &*topic)])),
        Sought::Number(number) => {
            let meanings = meanings(&state, &NUMBERED, number).await?;
            match only(&meanings) {
                Some(meant) => meant.path.clone(),
                None => return Ok(choice(&format, &state.config, &text, meanings)),
            }
        }
        // No message is about the first digits of a commit, but packages may be called like that.
        Sought::ShortCommit(digits) => match only(&meanings(&state, &["package"], digits).await?) {
            Some(meant) => meant.path.clone(),
            None => return Ok(choice(&format, &state.config, &text, Vec::new())),
        },
        Sought::Unknown => return Ok(choice(&format, &state.config, &text, Vec::new())),
    };
    Ok(see(&state.config, &path))
}

/// What of these kinds a name may be, and how many messages are about each.
async fn meanings(
    state: &Data<State>,
    kinds: &'static [&'static str],
    name: String,
) -> Result<Vec<Meant>, ApiError> {
    let count = move |_: &State, reader: &Reader| {
        let meant = |kind: &&'static str| meaning(reader, kind, &name);
        kinds.iter().map(meant).collect()
    };
    ask(state, Cost::Ordinary, count).await
}

fn meaning(reader: &Reader, kind: &'static str, name: &str) -> Result<Meant, StoreError> {
    let mut search = Search::default();
    let subject = format!("{kind}:{name}");
    search.filters[Dimension::Subjects].any = vec![subject.clone()];
    Ok(Meant {
        kind,
        path: links::about(kind, name, "prod"),
        messages: reader.count(&search)?,
        subject,
    })
}

/// The only one that messages are about, if it is only one.
fn only(meanings: &[Meant]) -> Option<&Meant> {
    let mut known = meanings.iter().filter(|meant| meant.messages > 0);
    known.next().filter(|_| known.next().is_none())
}

/// An answer that leaves the choice to whoever asked.
fn choice(format: &Format, config: &Config, text: &str, meanings: Vec<Meant>) -> HttpResponse {
    let page = FindPage { text, meanings };
    let text = match format {
        Format::Html => find_page(&config.base_path, &page),
        Format::Json | Format::Jsonp(_) => to_text(&page),
    };
    negotiated::negotiated(format, text, 0)
}

/// Sends to a path below the base path. What is known of a number may be more next time.
fn see(config: &Config, path: &str) -> HttpResponse {
    let root = config.base_url.as_ref().unwrap_or(&config.base_path);
    HttpResponse::SeeOther()
        .insert_header((LOCATION, format!("{root}{path}")))
        .insert_header((CACHE_CONTROL, "no-store"))
        .finish()
}
