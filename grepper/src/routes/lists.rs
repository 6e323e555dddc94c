//! `/topics/`, `/categories/`, `/packages/` and `/users/`: which names there are.

use std::sync::Arc;

use actix_web::web::Data;
use actix_web::{HttpRequest, HttpResponse};
use archive::{BusyName, GroupBy};
use chrono::{NaiveDateTime, Utc};

use crate::pages::busy_page::{BusyPage, busy_page};
use crate::pages::census_page::{CensusPage, NameGroup, census_page};
use crate::pages::links;
use crate::pages::lists::{CATEGORIES, ListKind, NameRow, PACKAGES, TOPICS, USERS};
use crate::pages::numbers::grouped;
use crate::pages::search_links::SearchLinks;
use crate::reply::data::{DataForm, DataText};
use crate::reply::error::ApiError;
use crate::reply::negotiated::negotiated;
use crate::reply::negotiation::Format;
use crate::request::list_params::{NamedParams, SORTS, span};
use crate::request::query::Query;
use crate::state::admission::Cost;
use crate::state::lists::{AllNames, Busy, SPANS};
use crate::state::{State, ask};
use crate::view::list_data::{busy_json, busy_rows, named_json, named_rows};
use crate::view::moment::moment;
use crate::view::name_lines::{NameLine, lines, most_of_each};
use crate::view::silence::Rate;

/// So many rows a page.
const MOST: usize = 150;

/// `/topics/`.
pub async fn topics(request: HttpRequest, state: Data<State>) -> Result<HttpResponse, ApiError> {
    named(&TOPICS, GroupBy::Topic, request, state).await
}

/// `/categories/`.
pub async fn categories(
    request: HttpRequest,
    state: Data<State>,
) -> Result<HttpResponse, ApiError> {
    named(&CATEGORIES, GroupBy::Category, request, state).await
}

/// `/packages/`.
pub async fn packages(request: HttpRequest, state: Data<State>) -> Result<HttpResponse, ApiError> {
    busy(&PACKAGES, GroupBy::Package, request, state).await
}

/// `/users/`.
pub async fn users(request: HttpRequest, state: Data<State>) -> Result<HttpResponse, ApiError> {
    busy(&USERS, GroupBy::User, request, state).await
}

/// All topics, or all categories, as they were lately.
pub async fn all_named(state: &Data<State>, by: GroupBy) -> Result<Arc<AllNames>, ApiError> {
    let find = ask(state, Cost::Ordinary, move |_, reader| {
        AllNames::of(reader, by)
    });
    state.lists.named(by).or(find).await
}

/// The users or packages that were the busiest lately, in the days of the number `span` of [`SPANS`].
pub async fn busiest(state: &Data<State>, by: GroupBy, span: usize) -> Result<Arc<Busy>, ApiError> {
    let find = ask(state, Cost::Ordinary, move |_, reader| {
        Busy::of(reader, by, span)
    });
    state.lists.busy(by, span).or(find).await
}

async fn named(
    kind: &'static ListKind,
    by: GroupBy,
    request: HttpRequest,
    state: Data<State>,
) -> Result<HttpResponse, ApiError> {
    let query = Query::parse(request.query_string())?;
    let asked = NamedParams::parse(&query)?;
    let form = DataForm::unless_page(&request, &query)?;
    let named = all_named(&state, by).await?;
    let now = Utc::now().naive_utc();
    let lines = lines(&named.names, &asked, now);
    Ok(match form {
        Some(form) => {
            let json = || named_json(kind.noun, &lines, named.of, named.as_of);
            DataText::new(form, json, named_rows(&lines)).into_answer(kind.plural)
        }
        None => {
            let page = page_of_named(kind, &asked, &named, &lines, &state.config.base_path, now);
            negotiated(&Format::Html, page, 0)
        }
    })
}

/// What was asked for, without what was left blank.
fn pairs(asked: &NamedParams) -> Vec<(String, String)> {
    let sort = SORTS.iter().find(|(sort, _)| asked.sort == Some(*sort));
    let given = [
        ("category", asked.category.as_deref()),
        ("q", Some(asked.containing.as_str())),
        ("silent", asked.silent.then_some("true")),
        ("sort", sort.map(|(_, word)| *word)),
    ];
    let given = given.into_iter().filter_map(|(name, value)| {
        let value = value.filter(|value| !value.is_empty())?;
        Some((name.to_owned(), value.to_owned()))
    });
    given.collect()
}

fn page_of_named(
    kind: &'static ListKind,
    asked: &NamedParams,
    named: &AllNames,
    lines: &[NameLine],
    root: &str,
    now: NaiveDateTime,
) -> String {
    let query = pairs(asked);
    let is_grouped = kind == &TOPICS && asked.sort.is_none() && asked.category.is_none();
    let mut page = CensusPage {
        kind,
        links: SearchLinks {
            root,
            path: kind.path,
            query: &query,
        },
        groups: Vec::new(),
        matching: lines.len(),
        of: named.of,
        silent: lines.iter().filter(|line| line.is_silent()).count(),
        range: None,
        of_each: None,
        pages: [None, None],
    };
    match is_grouped {
        true => show_groups(&mut page, lines, now),
        false => show_rows(&mut page, lines, asked.page, now),
    }
    census_page(&page)
}

/// Shows topics by their categories, of each as many as fit.
fn show_groups(page: &mut CensusPage, lines: &[NameLine], now: NaiveDateTime) {
    let groups: Vec<&[NameLine]> = lines
        .chunk_by(|one, other| one.of.category == other.of.category)
        .collect();
    let sizes: Vec<usize> = groups.iter().map(|group| group.len()).collect();
    let each = most_of_each(&sizes, MOST);
    page.of_each = sizes.iter().any(|size| *size > each).then_some(each);
    for group in groups.into_iter().take(MOST) {
        let category = group.first().and_then(|line| line.of.category.clone());
        let shown = group.iter().take(each);
        page.groups.push(NameGroup {
            href: links::named("category", category.as_deref().unwrap_or_default()),
            category,
            rows: shown.map(|line| row(page.kind, line, now)).collect(),
            of: group.len(),
        });
    }
}

/// Shows a page of all, in their order.
fn show_rows(page: &mut CensusPage, lines: &[NameLine], number: usize, now: NaiveDateTime) {
    let first = (number - 1).saturating_mul(MOST).min(lines.len());
    let past = (first + MOST).min(lines.len());
    if lines.len() > MOST && first < past {
        page.range = Some((first + 1, past));
    }
    page.pages = [
        (first > 0).then(|| (number - 1).min(lines.len().div_ceil(MOST))),
        (past < lines.len()).then(|| number + 1),
    ];
    if first < past {
        let shown = lines[first..past].iter();
        page.groups.push(NameGroup {
            rows: shown.map(|line| row(page.kind, line, now)).collect(),
            of: lines.len(),
            ..NameGroup::default()
        });
    }
}

/// A topic or a category as pages show it.
pub fn row(kind: &ListKind, line: &NameLine, now: NaiveDateTime) -> NameRow {
    NameRow {
        usual: line.rate.as_ref().map_or_else(String::new, usual),
        usually: line.rate.and_then(|rate| rate.usually()),
        silence: line.rate.and_then(|rate| rate.complaint()),
        first: line.of.first.map(|first| first.to_string()),
        last: line.of.last.map(|last| moment(last, now)),
        ..NameRow::new(kind, &line.of.name, line.of.recent, &line.of.bars)
    }
}

/// How many messages a day are usual, or how often one comes where that is less.
fn usual(rate: &Rate) -> String {
    match (rate.per_day, rate.usually()) {
        (0, Some(usually)) => usually.trim_start_matches("usually ").to_owned(),
        (0, None) => String::new(),
        (per_day, _) => grouped(per_day),
    }
}

async fn busy(
    kind: &'static ListKind,
    by: GroupBy,
    request: HttpRequest,
    state: Data<State>,
) -> Result<HttpResponse, ApiError> {
    let query = Query::parse(request.query_string())?;
    let span = span(&query, &SPANS)?;
    let form = DataForm::unless_page(&request, &query)?;
    let busy = busiest(&state, by, span).await?;
    let Busy {
        busiest,
        new,
        as_of,
    } = &*busy;
    Ok(match form {
        Some(form) => {
            let json = || busy_json(kind.noun, SPANS[span], busiest, new, *as_of);
            DataText::new(form, json, busy_rows(busiest)).into_answer(kind.plural)
        }
        None => {
            let now = Utc::now().naive_utc();
            let row = |name: &BusyName| busy_row(kind, name, now);
            let page = busy_page(&BusyPage {
                root: &state.config.base_path,
                kind,
                days: SPANS[span],
                choices: &SPANS,
                rows: busiest.names.iter().map(row).collect(),
                of: busiest.of,
                newest: busiest.only.map(|only| only.messages),
                new: new.iter().map(|name| new_row(kind, name, now)).collect(),
            });
            negotiated(&Format::Html, page, 0)
        }
    })
}

/// A name that came up of late, and how long ago.
fn new_row(kind: &ListKind, name: &BusyName, now: NaiveDateTime) -> NameRow {
    NameRow {
        first: name.times.map(|(first, _)| moment(first, now).human),
        ..NameRow::new(kind, &name.name, 0, &[])
    }
}

/// A user or a package as pages show it.
pub fn busy_row(kind: &ListKind, name: &BusyName, now: NaiveDateTime) -> NameRow {
    NameRow {
        first: name.times.map(|(first, _)| first.date().to_string()),
        last: name.times.map(|(_, last)| moment(last, now)),
        ..NameRow::new(kind, &name.name, name.messages, &name.bars)
    }
}
