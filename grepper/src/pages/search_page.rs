//! The page of search results.

use askama::Template;

use crate::filters::in_form;
use crate::pages::card::{Card, Size};
use crate::pages::chips::{Chip, chips};
use crate::pages::facets::FacetBox;
use crate::pages::histogram::Histogram;
use crate::pages::links;
use crate::pages::render::render;
use crate::pages::search_links::SearchLinks;
use crate::pages::search_title::search_title;
use crate::pages::searched_time::{SearchedTime, TimeChoice, choices, everything};

/// What the page of search results shows.
#[derive(Clone, Debug, Default)]
pub struct SearchPage<'a> {
    /// What was asked.
    pub links: SearchLinks<'a>,
    /// The address of the service, as its clients know it.
    pub base_url: &'a str,
    /// The messages on this page.
    pub cards: &'a [Card],
    /// How much is shown of each.
    pub size: Size,
    /// Where the first and the last of them stand, as links have it.
    pub ends: Option<(String, String)>,
    /// How many messages a page has, where there are enough.
    pub rows: u32,
    /// How many messages match.
    pub total: u64,
    /// How many of them come before this page.
    pub before: u64,
    /// Whether the oldest messages come first.
    pub ascending: bool,
    /// The searched time.
    pub time: SearchedTime,
    /// When the messages came.
    pub histogram: Histogram,
    /// Which names they have.
    pub facets: Vec<FacetBox>,
    /// Why there is nothing, and what there would be.
    pub hints: Vec<Hint>,
}

/// What else could be searched where nothing was found.
#[derive(Clone, Debug, Default, Eq, PartialEq)]
pub struct Hint {
    /// What it is.
    pub text: String,
    /// How many messages there are.
    pub messages: Option<u64>,
    /// The search.
    pub href: String,
}

/// A full page of search results.
pub fn search_page(page: &SearchPage) -> String {
    let links = &page.links;
    let outside = outside(page);
    let fixed = page.time.fixed(outside > 0);
    let time: Vec<(&str, &str)> = fixed
        .iter()
        .map(|(name, value)| (*name, value.as_str()))
        .collect();
    let shown = page.cards.len() as u64;
    let (earlier, later) = beside(page, &time);
    let (newer, older) = match page.ascending {
        true => (later.clone(), earlier),
        false => (earlier, later.clone()),
    };
    render(&WholeResults {
        root: links.root,
        title: search_title(links.query, &page.time),
        heading: heading(links),
        is_narrowed: !links.query.is_empty(),
        size: page.size,
        roads: roads(links),
        chips: chips(links),
        fields: fields(),
        kept: links.kept().collect(),
        path: links.path,
        times: choices(links, &page.time),
        sentence: page.time.sentence(),
        time_fields: page.time.fields(),
        is_default: page.time.is_default,
        everything: everything(links),
        other_order: links.set("order", if page.ascending { "desc" } else { "asc" }),
        fixed: links.in_time(&time),
        newest: links.same(),
        json: links.json(page.number()),
        curl: curl(page),
        outside,
        histogram: &page.histogram,
        days: days(page.cards),
        range: (page.before + 1, page.before + shown),
        is_part: shown < page.total,
        page,
        newer,
        older,
        later,
    })
}

impl SearchPage<'_> {
    /// Which of the pages of so many rows each begins where this one does.
    fn number(&self) -> u64 {
        self.before / u64::from(self.rows.max(1)) + 1
    }
}

fn fields() -> Vec<(&'static str, &'static str, &'static str)> {
    let filters = in_form();
    let filters = filters.iter().map(|filter| match filter.name {
        "subject" => ("subject", "Subject (kind:name)", "package:bash"),
        name => (name, filter.label, "name"),
    });
    let contains = ("contains", "Body contains", "part of the text");
    filters.chain([contains]).collect()
}

/// The address of the JSON for who is elsewhere.
fn curl(page: &SearchPage) -> String {
    let below = SearchLinks {
        root: "",
        ..page.links
    };
    format!("{}{}", page.base_url, below.json(page.number()))
}

/// How many messages no bar has: where the searched time is open, they may be dated later than now, or long before the
/// archive begins.
fn outside(page: &SearchPage) -> u64 {
    let shown: u64 = page.histogram.bars.iter().map(|bar| bar.count).sum();
    match (page.time.first, page.time.last) {
        (Some(_), Some(_)) => 0,
        _ => page.total.saturating_sub(shown),
    }
}

/// The pages before and after this one, in the order of the answer.
fn beside(page: &SearchPage, time: &[(&str, &str)]) -> (Option<String>, Option<String>) {
    let links = &page.links;
    let ends = page.ends.as_ref();
    let shown = page.cards.len() as u64;
    let later = ends
        .filter(|_| page.before + shown < page.total)
        .map(|(_, last)| links.page(time, "after", last));
    let earlier = ends
        .filter(|_| page.before > 0)
        .map(|(first, _)| links.page(time, "before", first));
    (earlier, later)
}

/// The messages alone, as the scrolling script of the incumbent's pages fetched them: no bytes at all if there are
/// none, which told it to stop.
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

/// The messages of a day.
pub struct Day<'a> {
    pub heading: &'a str,
    pub cards: &'a [Card],
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
    path: &'a str,
    title: String,
    heading: String,
    is_narrowed: bool,
    size: Size,
    page: &'a SearchPage<'a>,
    roads: Vec<RoadLink<'a>>,
    chips: Vec<Chip<'a>>,
    /// What can be filtered by: parameter, label, and what its values look like.
    fields: Vec<(&'static str, &'static str, &'static str)>,
    kept: Vec<(&'a str, &'a str)>,
    times: Vec<TimeChoice>,
    sentence: String,
    time_fields: [String; 2],
    is_default: bool,
    everything: String,
    other_order: String,
    fixed: String,
    newest: String,
    json: String,
    /// The address of the JSON with scheme and host.
    curl: String,
    /// How many messages match that no bar has.
    outside: u64,
    histogram: &'a Histogram,
    days: Vec<Day<'a>>,
    /// The numbers of the first and the last message of the page.
    range: (u64, u64),
    /// Whether there are more than these.
    is_part: bool,
    newer: Option<String>,
    older: Option<String>,
    /// What comes next in the order of the answer.
    later: Option<String>,
}

#[derive(Template)]
#[template(path = "cards.html")]
struct BareResults<'a> {
    root: &'a str,
    cards: &'a [Card],
    size: Size,
    is_raw: bool,
}

/// The messages by their days.
pub fn days(cards: &[Card]) -> Vec<Day<'_>> {
    cards
        .chunk_by(|one, other| one.day == other.day)
        .map(|cards| Day {
            heading: cards.first().map_or("", |card| &card.day),
            cards,
        })
        .collect()
}

/// What is searched, in words: `adamk in bodhi, not kernel`.
fn heading(links: &SearchLinks) -> String {
    let words = chips(links).into_iter().map(|chip| match chip.is_not {
        true => format!("not {}", chip.value),
        false => chip.value.to_owned(),
    });
    let words: Vec<String> = words.take(4).collect();
    match words.is_empty() {
        true => "Messages".to_owned(),
        false => words.join(", "),
    }
}

/// What becomes of builds is told elsewhere: of the packages and subjects that have roads.
fn roads<'a>(search: &SearchLinks<'a>) -> Vec<RoadLink<'a>> {
    let subject = |(parameter, value): (&'a str, &'a str)| match parameter {
        "package" => Some(("package", value)),
        "subject" => value.split_once(':'),
        _ => None,
    };
    let has_road =
        |(kind, name): &(&str, &str)| road::Subject::parse(&format!("{kind}:{name}")).is_some();
    let asked = search.kept().filter_map(subject).filter(has_road);
    let link = |(kind, name)| RoadLink {
        name,
        href: links::about(kind, name, "prod"),
    };
    asked.map(link).collect()
}
