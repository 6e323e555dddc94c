//! The page of search results.

use askama::Template;

use crate::pages::card::{Card, Size};
use crate::pages::links;
use crate::pages::render::render;
use crate::pages::search_form::{Field, filled_fields, names_page, search_form};
use crate::pages::search_title::search_title;

/// What the page of search results shows.
#[derive(Clone, Debug, Default)]
pub struct SearchPage<'a> {
    /// The path that was asked, `/raw` or `/v2/search`.
    pub path: &'a str,
    /// The parameters that were asked, decoded, in their order.
    pub query: &'a [(String, String)],
    /// The messages on this page.
    pub cards: &'a [Card],
    /// How much is shown of each.
    pub size: Size,
    /// How many messages match.
    pub total: u64,
    /// The number of this page, from 1.
    pub page: u64,
    /// How many pages there are.
    pub pages: u64,
    /// Whether the oldest messages come first.
    pub ascending: bool,
}

/// A full page of search results.
pub fn search_page(root: &str, page: &SearchPage) -> String {
    let turn = |number: u64| {
        (1..=page.pages)
            .contains(&number)
            .then(|| page_link(root, page, number))
    };
    // Past the end, the way back is to the last page.
    let before = turn(page.page.saturating_sub(1).min(page.pages));
    let after = turn(page.page.saturating_add(1));
    let scroll = after.as_ref().map(|link| format!("{link}&chrome=false"));
    let (newer, older) = if page.ascending {
        (after, before)
    } else {
        (before, after)
    };
    render(&WholeResults {
        root,
        is_narrowed: !page.query.is_empty(),
        title: search_title(page.query, page.page),
        roads: roads(page.query),
        fields: filled_fields(page.query),
        form: search_form(root, page.path, page.query, None),
        cards: page.cards,
        size: page.size,
        is_raw: false,
        total: page.total,
        page: page.page,
        pages: page.pages,
        newer,
        older,
        scroll,
        ascending: page.ascending,
    })
}

/// The messages alone, as the scrolling script fetches them: no bytes at all if there are none,
/// which tells it to stop.
pub fn search_fragment(root: &str, cards: &[Card], size: Size) -> String {
    if cards.is_empty() {
        String::new()
    } else {
        render(&BareResults {
            root,
            cards,
            size,
            is_raw: false,
        })
    }
}

/// The road of something that is searched by.
struct RoadLink<'a> {
    name: &'a str,
    href: String,
}

#[derive(Template)]
#[template(path = "search.html")]
struct WholeResults<'a> {
    root: &'a str,
    is_narrowed: bool,
    title: String,
    roads: Vec<RoadLink<'a>>,
    fields: Vec<Field<'a>>,
    form: String,
    cards: &'a [Card],
    size: Size,
    is_raw: bool,
    total: u64,
    page: u64,
    pages: u64,
    newer: Option<String>,
    older: Option<String>,
    scroll: Option<String>,
    ascending: bool,
}

#[derive(Template)]
#[template(path = "cards.html")]
struct BareResults<'a> {
    root: &'a str,
    cards: &'a [Card],
    size: Size,
    is_raw: bool,
}

/// What becomes of builds is told elsewhere: of the packages and subjects that have roads.
fn roads<'a>(query: &'a [(String, String)]) -> Vec<RoadLink<'a>> {
    let subject = |(parameter, value): &'a (String, String)| match parameter.as_str() {
        "package" => Some(("package", value.as_str())),
        "subject" => value.split_once(':'),
        _ => None,
    };
    let has_road =
        |(kind, name): &(&str, &str)| road::Subject::parse(&format!("{kind}:{name}")).is_some();
    let asked = query.iter().filter_map(subject).filter(has_road);
    let link = |(kind, name)| RoadLink {
        name,
        href: links::about(kind, name, "prod"),
    };
    asked.map(link).collect()
}

fn page_link(root: &str, page: &SearchPage, number: u64) -> String {
    let number = number.to_string();
    let kept = page
        .query
        .iter()
        .filter(|(name, _)| !names_page(name))
        .map(|(name, value)| (name.as_str(), value.as_str()));
    format!(
        "{root}{}?{}",
        page.path,
        links::query(kept.chain([("page", number.as_str())]))
    )
}
