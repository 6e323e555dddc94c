//! `/find`: leads whoever has a name, a number or an address to what the archive knows of it.

use actix_web::http::header::{CACHE_CONTROL, LOCATION};
use actix_web::web::Data;
use actix_web::{HttpRequest, HttpResponse};
use archive::{CensusName, Dimension, GroupBy, Reader, Search, StoreError};
use metadata::Subject;
use pythonic::json::to_text;

use crate::config::Config;
use crate::pages::facets::short;
use crate::pages::find_page::{FindPage, Meant, find_page};
use crate::pages::links;
use crate::reply::error::ApiError;
use crate::reply::negotiated;
use crate::reply::negotiation::Format;
use crate::request::form;
use crate::request::lookup::{self, Sought};
use crate::request::query::Query;
use crate::routes::alike;
use crate::routes::lists::all_named;
use crate::state::admission::Cost;
use crate::state::{State, ask};

/// Kinds of things that have numbers, the usual first.
const NUMBERED: [&str; 4] = ["task", "build", "bug", "copr"];

/// Names that have pages, and how they are searched by.
const NAMED: [(&str, Dimension); 4] = [
    ("package", Dimension::Packages),
    ("user", Dimension::Users),
    ("category", Dimension::Categories),
    ("topic", Dimension::Topics),
];

/// What names that begin alike are of.
const ALIKE: [(&str, GroupBy); 4] = [
    ("package", GroupBy::Package),
    ("user", GroupBy::User),
    ("category", GroupBy::Category),
    ("topic", GroupBy::Topic),
];
/// Of each so many.
const MOST_ALIKE: u32 = 8;

/// Where a text leads.
enum Lead {
    /// To this path, below the root.
    To(String),
    /// To this one, though no message is about it.
    ToNothing(String),
    /// To none, as it may mean any of these.
    Choice(Vec<Meant>),
}

/// The handler.
pub async fn find(request: HttpRequest, state: Data<State>) -> Result<HttpResponse, ApiError> {
    let query = Query::parse(request.query_string())?;
    if let Some(path) = form::path(&query)? {
        let path = links::search(path, &form::search(&query)?);
        return Ok(see(&state.config, &path));
    }
    let text = lookup::text(&query)?.to_owned();
    let format = negotiated::format(&request, &query)?;
    let of = lookup::name_of(&query, &text, &NAMED.map(|(kind, _)| kind))?;
    let (path, meanings) = match lead(&state, &text, of).await? {
        Lead::To(path) => return Ok(see(&state.config, &path)),
        Lead::ToNothing(path) => (Some(path), Vec::new()),
        Lead::Choice(meanings) => (None, meanings),
    };
    let is_for_people = format == Format::Html && !text.is_empty() && meanings.is_empty();
    Ok(match path {
        Some(path) if !is_for_people => see(&state.config, &path),
        road => {
            let alike = match is_for_people {
                true => alike(&state, &text, of).await?,
                false => Vec::new(),
            };
            if let [meant] = in_other_case(&alike, &text)[..] {
                return Ok(see(&state.config, &meant.path));
            }
            let page = FindPage {
                text: &text,
                meanings,
                alike,
                road,
            };
            choice(&format, &state.config, &page)
        }
    })
}

/// Those that are called like that but for the case of letters.
fn in_other_case<'a>(alike: &'a [Meant], text: &str) -> Vec<&'a Meant> {
    let name = text.strip_prefix('@').unwrap_or(text).to_lowercase();
    let is_like = |meant: &&Meant| meant.value.to_lowercase() == name;
    alike.iter().filter(is_like).collect()
}

/// Names that begin like this one, and where each is shown; only those of a kind where `of` says which.
async fn alike(
    state: &Data<State>,
    text: &str,
    of: Option<(&'static str, &str)>,
) -> Result<Vec<Meant>, ApiError> {
    let name = of.map_or(text, |(_, name)| name).to_owned();
    let kinds = ALIKE
        .into_iter()
        .filter(|(kind, _)| of.is_none_or(|(of, _)| of == *kind));
    let kinds: Vec<GroupBy> = kinds.map(|(_, by)| by).collect();
    let find = move |_: &State, reader: &Reader| alike::alike(reader, &kinds, &name, MOST_ALIKE);
    let found = ask(state, Cost::Ordinary, find).await?.into_iter();
    let meant = |(by, name): (GroupBy, String)| {
        let (filter, _) = ALIKE.into_iter().find(|(_, group)| *group == by)?;
        Some(Meant {
            kind: filter,
            filter,
            path: links::named(filter, &name),
            messages: 0,
            value: name,
        })
    };
    Ok(found.filter_map(meant).collect())
}

async fn lead(
    state: &Data<State>,
    text: &str,
    of: Option<(&'static str, &str)>,
) -> Result<Lead, ApiError> {
    if let Some((kind, name)) = of {
        let known = known(named(state, name).await?).into_iter();
        return Ok(only_or_all(
            known.filter(|meant| meant.filter == kind).collect(),
        ));
    }
    let path = match Sought::recognise(text, &state.rules.get()) {
        // A plain word may be the name of anything.
        Sought::Subject(subject, environment) if is_word(&subject, text) => {
            let known = known_by_name(state, text).await?;
            return Ok(match known.is_empty() {
                true => Lead::ToNothing(links::about(&subject.kind, &subject.name, environment)),
                false => only_or_all(known),
            });
        }
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
        Sought::Topic(topic) => links::named("topic", &topic),
        Sought::Number(number) => {
            let meanings = meanings(state, &NUMBERED, number).await?;
            return Ok(match only(&meanings) {
                Some(meant) => Lead::To(meant.path.clone()),
                None => Lead::Choice(meanings),
            });
        }
        Sought::Unknown if text.is_empty() => return Ok(Lead::Choice(Vec::new())),
        // Nothing is found by its first digits, but others may be called like that.
        Sought::Part(_) | Sought::Unknown => {
            return Ok(only_or_all(known_by_name(state, text).await?));
        }
    };
    Ok(Lead::To(path))
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

/// Whether the text is but the name of a package.
fn is_word(subject: &Subject, text: &str) -> bool {
    subject.kind == "package" && subject.name == text
}

/// What is called exactly like that, and how many messages each has.
async fn named(state: &Data<State>, name: &str) -> Result<Vec<Meant>, ApiError> {
    let name = name.to_owned();
    let count = move |_: &State, reader: &Reader| {
        let mut named = Vec::new();
        for (filter, dimension) in NAMED {
            let mut search = Search::default();
            search.filters[dimension].any = vec![name.clone()];
            named.push(Meant {
                kind: filter,
                filter,
                path: links::named(filter, &name),
                messages: reader.count(&search)?,
                value: name.clone(),
            });
        }
        // What messages are about may have a road, though it is not what they are filtered by.
        if named.first().is_none_or(|package| package.messages == 0) {
            named.insert(0, meaning(reader, "package", &name)?);
        }
        Ok(named)
    };
    ask(state, Cost::Ordinary, count).await
}

/// What is called exactly like that, or else the topics that are shown like that.
async fn known_by_name(state: &Data<State>, name: &str) -> Result<Vec<Meant>, ApiError> {
    let known = known(named(state, name).await?);
    if !known.is_empty() || !name.contains('.') {
        return Ok(known);
    }
    let topics = all_named(state, GroupBy::Topic).await?;
    let shown = topics.names.iter();
    let shown = shown.filter(|topic| short(&topic.name).eq_ignore_ascii_case(name));
    let meant = |topic: &CensusName| Meant {
        kind: "topic",
        filter: "topic",
        path: links::named("topic", &topic.name),
        messages: topic.messages,
        value: topic.name.clone(),
    };
    Ok(shown.map(meant).collect())
}

/// Those that messages are about.
fn known(mut meanings: Vec<Meant>) -> Vec<Meant> {
    meanings.retain(|meant| meant.messages > 0);
    meanings
}

fn only_or_all(known: Vec<Meant>) -> Lead {
    match <[Meant; 1]>::try_from(known) {
        Ok([meant]) => Lead::To(meant.path),
        Err(all) => Lead::Choice(all),
    }
}

fn meaning(reader: &Reader, kind: &'static str, name: &str) -> Result<Meant, StoreError> {
    let mut search = Search::default();
    let subject = format!("{kind}:{name}");
    search.filters[Dimension::Subjects].any = vec![subject.clone()];
    Ok(Meant {
        kind,
        filter: "subject",
        path: links::about(kind, name, "prod"),
        messages: reader.count(&search)?,
        value: subject,
    })
}

/// The only one that messages are about, if it is only one.
fn only(meanings: &[Meant]) -> Option<&Meant> {
    let mut known = meanings.iter().filter(|meant| meant.messages > 0);
    known.next().filter(|_| known.next().is_none())
}

/// An answer that leaves the choice to whoever asked.
fn choice(format: &Format, config: &Config, page: &FindPage) -> HttpResponse {
    let text = match format {
        Format::Html => find_page(&config.base_path, page),
        Format::Json | Format::Jsonp(_) => to_text(page),
    };
    negotiated::negotiated(format, text, 0)
}

/// Sends to a path below the base path. What is known of a number may be more next time.
pub fn see(config: &Config, path: &str) -> HttpResponse {
    let root = config.base_url.as_ref().unwrap_or(&config.base_path);
    HttpResponse::SeeOther()
        .insert_header((LOCATION, format!("{root}{path}")))
        .insert_header((CACHE_CONTROL, "no-store"))
        .finish()
}
