//! A page of search results for people: its messages, and what a page shows around them.

use archive::{
    Dimension, Facet, GroupBy, Message, Order, Page, Position, Reader, Search, StoreError, Survey,
    Surveyed,
};
use chrono::{NaiveDateTime, TimeDelta};

use crate::filters::FILTERS;
use crate::pages::card::Card;
use crate::pages::facets::{FacetBox, NEWEST, facet_name};
use crate::pages::histogram::histogram;
use crate::pages::numbers::grouped;
use crate::pages::search_links::SearchLinks;
use crate::pages::search_page::{Hint, SearchPage, search_page};
use crate::pages::searched_time::SearchedTime;
use crate::request::cursor;
use crate::request::query::Query;
use crate::routes::answer::fragment;
use crate::routes::large_page::PageRequested;
use crate::routes::search_hints::hints;
use crate::view::bar_edges::{bar_edges, within};
use crate::view::message_view::Form;

/// What is longer may begin before the archive does.
const LONG: TimeDelta = TimeDelta::days(366);
/// Names of each kind.
const NAMES: u32 = 6;
/// Names of which kinds are shown, and their heading.
const FACETS: [(GroupBy, &str); 4] = [
    (GroupBy::Topic, "Topics"),
    (GroupBy::Package, "Packages"),
    (GroupBy::User, "Users"),
    (GroupBy::Category, "Categories"),
];

/// What a page shows around its messages.
pub struct Around {
    before: u64,
    edges: Vec<NaiveDateTime>,
    unit: &'static str,
    bars: Vec<u64>,
    facets: Vec<Facet>,
    hints: Vec<Hint>,
}

/// A page of messages, and what it shows around them.
pub fn surveyed(
    reader: &Reader,
    asked: &PageRequested,
    query: &Query,
) -> Result<(Page, Around), StoreError> {
    let params = &asked.params;
    let (edges, unit) = edges(reader, asked)?;
    let survey = Survey {
        page: params.page,
        beside: params.look.beside,
        edges,
        facets: FACETS.map(|(by, _)| by).to_vec(),
        most: NAMES,
        newest: NEWEST,
    };
    let Surveyed {
        messages,
        total,
        before,
        bars,
        facets,
    } = reader.survey(&params.search, &survey)?;
    let hints = match total {
        0 => hints(reader, &params.search, &links(asked, query, ""))?,
        _ => Vec::new(),
    };
    let around = Around {
        before,
        edges: survey.edges,
        unit,
        bars,
        facets,
        hints,
    };
    Ok((Page { messages, total }, around))
}

/// The edges of the bars over the searched time, and how long each bar is.
fn edges(
    reader: &Reader,
    asked: &PageRequested,
) -> Result<(Vec<NaiveDateTime>, &'static str), StoreError> {
    let now = asked.now.naive_utc();
    let time = asked.params.search.time;
    let past = time.to.unwrap_or(now);
    let first = match time.from {
        Some(from) if past - from <= LONG => from,
        // The archive may begin later.
        from => match reader.begins(now)? {
            Some(begins) => from.map_or(begins, |from| from.max(begins)),
            None => past,
        },
    };
    if first >= past {
        return Ok((Vec::new(), "day"));
    }
    Ok(bar_edges(first, past, !knows_hours(&asked.params.search)))
}

/// Whether counters know of hours what is asked.
fn knows_hours(search: &Search) -> bool {
    let mut others = search.filters.iter().filter(|(dimension, asked)| {
        *dimension != Dimension::Categories && !(asked.any.is_empty() && asked.none.is_empty())
    });
    others.next().is_none()
}

fn links<'a>(asked: &PageRequested, query: &'a Query, root: &'a str) -> SearchLinks<'a> {
    SearchLinks {
        root,
        path: match asked.form {
            Form::Legacy => "/raw",
            Form::Message => "/v2/search",
        },
        query: query.pairs(),
    }
}

/// The answer as HTML; `root` is the base path, and `cards` are the messages of the page.
pub fn html(
    asked: &PageRequested,
    page: &Page,
    cards: &[Card],
    query: &Query,
    around: Option<&Around>,
    root: &str,
) -> String {
    let Some(around) = around else {
        return fragment(root, cards, asked.params.look.size);
    };
    let links = links(asked, query, root);
    let edges = within(asked.params.search.time, &around.edges);
    search_page(&SearchPage {
        links,
        base_url: &asked.base_url,
        cards,
        size: asked.params.look.size,
        ends: ends(&page.messages),
        rows: asked.params.page.size,
        total: page.total,
        before: around.before,
        ascending: asked.params.search.order == Order::Ascending,
        time: searched_time(asked, query),
        histogram: histogram(&links, &edges, &around.bars, around.unit),
        facets: around
            .facets
            .iter()
            .map(|facet| shown(&links, facet))
            .collect(),
        hints: around.hints.iter().map(|hint| rooted(hint, root)).collect(),
    })
}

/// A hint with its link below the base path.
fn rooted(hint: &Hint, root: &str) -> Hint {
    Hint {
        href: format!("{root}{}", hint.href),
        ..hint.clone()
    }
}

fn ends(messages: &[Message]) -> Option<(String, String)> {
    let place = |message: &Message| {
        cursor::written(Position {
            timestamp: message.timestamp,
            id: message.id,
        })
    };
    Some((place(messages.first()?), place(messages.last()?)))
}

fn searched_time(asked: &PageRequested, query: &Query) -> SearchedTime {
    let window = &asked.params.window;
    let is_given = |name| query.first(name).is_some();
    let is_default = !["start", "end", "delta"].into_iter().any(is_given);
    SearchedTime {
        first: window.first,
        last: window.last,
        delta: window.delta.filter(|_| is_default || is_given("delta")),
        is_default: is_default && window.first.is_some(),
        now: asked.now.naive_utc(),
    }
}

fn shown(links: &SearchLinks, facet: &Facet) -> FacetBox {
    let heading = FACETS.iter().find(|(by, _)| *by == facet.by);
    let filter = FILTERS
        .iter()
        .find(|filter| filter.is_of(facet.by.dimension()));
    let names = filter.map_or(("", ""), |filter| (filter.name, filter.not_name));
    FacetBox {
        heading: heading.map_or("", |(_, heading)| heading),
        of: facet
            .only
            .map(|only| format!("of the newest {}", grouped(only.messages))),
        names: facet
            .names
            .iter()
            .filter_map(|tally| facet_name(links, names, &tally.name, tally.messages))
            .collect(),
        json: links.names(names.0, "json"),
        csv: links.names(names.0, "csv"),
    }
}
