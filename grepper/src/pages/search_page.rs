//! The page of search results.

use askama::Template;

use crate::filters::in_form;
use crate::pages::card::{Card, Size};
use crate::pages::links;
use crate::pages::render::render;
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
        title: search_title(page.query, page.page),
        path: page.path,
        roads: roads(page.query),
        fields: filled_fields(page.query),
        kept: page
            .query
            .iter()
            .filter(|(name, _)| !is_field(name) && !names_page(name))
            .collect(),
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
        wanted_size: value_of(page.query, "size").unwrap_or("large"),
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

/// The search field for one value of a parameter.
struct Field<'a> {
    name: &'static str,
    label: &'static str,
    value: &'a str,
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
    title: String,
    path: &'a str,
    roads: Vec<RoadLink<'a>>,
    fields: Vec<Field<'a>>,
    kept: Vec<&'a (String, String)>,
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
    wanted_size: &'a str,
}

#[derive(Template)]
#[template(path = "cards.html")]
struct BareResults<'a> {
    root: &'a str,
    cards: &'a [Card],
    size: Size,
    is_raw: bool,
}

/// Fields of the form beside those of the filters: parameters and labels.
const OTHER_FIELDS: [(&str, &str); 4] = [
    ("contains", "Contains"),
    ("start", "Start"),
    ("end", "End"),
    ("delta", "Last seconds"),
];

/// The fields of the form: parameters and labels.
fn fields() -> impl Iterator<Item = (&'static str, &'static str)> {
    let filters = in_form().into_iter();
    filters
        .map(|filter| (filter.name, filter.label))
        .chain(OTHER_FIELDS)
}

/// A search field per given value, and an empty one for each parameter without.
fn filled_fields(query: &[(String, String)]) -> Vec<Field<'_>> {
    let mut filled = Vec::new();
    for (name, label) in fields() {
        let before = filled.len();
        for (given, value) in query {
            if given == name && !value.is_empty() {
                filled.push(Field { name, label, value });
            }
        }
        if filled.len() == before {
            filled.push(Field {
                name,
                label,
                value: "",
            });
        }
    }
    filled
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

/// Whether the form has a field for the parameter.
fn is_field(name: &str) -> bool {
    ["order", "size"].contains(&name) || fields().any(|(field, _)| field == name)
}

/// Whether the parameter concerns one page only.
fn names_page(name: &str) -> bool {
    ["page", "chrome", "callback"].contains(&name)
}

fn value_of<'a>(query: &'a [(String, String)], name: &str) -> Option<&'a str> {
    query
        .iter()
        .find(|(given, _)| given == name)
        .map(|(_, value)| value.as_str())
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
