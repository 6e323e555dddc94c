//! The page of a package, a user, a topic or a category.

use askama::Template;

use crate::pages::card::{Card, Size};
use crate::pages::heat_map::HeatMap;
use crate::pages::histogram::Histogram;
use crate::pages::links;
use crate::pages::render::render;

/// What the page shows.
#[derive(Clone, Debug, Default)]
pub struct NamePage<'a> {
    /// What clients call the kind, such as `package`.
    pub filter: &'a str,
    /// The name.
    pub name: &'a str,
    /// How a user is looked at: what each way is called, its address, and whether it is this one.
    pub parts: Vec<(&'static str, String, bool)>,
    /// How many messages there are.
    pub total: u64,
    /// When the first was sent.
    pub first: TimeShown,
    /// When the last was sent.
    pub last: TimeShown,
    /// Other views of the same: what each is called, and its address.
    pub views: Vec<(&'static str, String)>,
    /// How often messages usually come, in words.
    pub usually: Option<String>,
    /// That nothing comes, in words.
    pub silence: Option<String>,
    /// What else is known: what it is called, the text, and where it leads.
    pub known: Vec<(&'static str, String, Option<String>)>,
    /// What became of the newest builds.
    pub builds: Option<BuildTable>,
    /// The days of a year.
    pub heat: HeatMap,
    /// The last days.
    pub histogram: Histogram,
    /// Which names its messages have.
    pub partners: Vec<PartnerBox>,
    /// The newest messages.
    pub cards: &'a [Card],
    /// The newest message as an example, as HTML.
    pub example: Option<String>,
}

/// A moment.
#[derive(Clone, Debug, Default)]
pub struct TimeShown {
    /// As people say it.
    pub human: String,
    /// As `2013-03-28 17:25:38 UTC`.
    pub exact: String,
}

/// Names that messages have.
#[derive(Clone, Debug)]
pub struct PartnerBox {
    /// Which names, as a heading.
    pub heading: &'static str,
    /// Of which messages, where these are not all.
    pub of: Option<String>,
    /// The name as it is shown and as it is, its page, how many messages, and the search for these.
    pub names: Vec<Partner>,
}

/// A name that messages have.
#[derive(Clone, Debug)]
pub struct Partner {
    /// The name.
    pub name: String,
    /// The name without what all have in common.
    pub short: String,
    /// Its page.
    pub href: String,
    /// How many messages.
    pub messages: u64,
    /// The search for these messages.
    pub both: String,
}

/// The newest builds of a package.
#[derive(Clone, Debug, Default)]
pub struct BuildTable {
    /// Headings of the stages.
    pub columns: Vec<&'static str>,
    /// The newest of each branch.
    pub rows: Vec<BuildRow>,
    /// All that were read of, with nothing but whether they were built.
    pub all: Vec<BuildRow>,
    /// The address of the package's road.
    pub road: String,
}

/// A build.
#[derive(Clone, Debug, Default)]
pub struct BuildRow {
    /// The branch.
    pub branch: String,
    /// Name, version and release.
    pub nvr: String,
    /// Its road.
    pub href: String,
    /// Since when builds of its branch fail, if this one did.
    pub failing: Option<FailingNote>,
    /// How its stages stand, one for each column.
    pub stages: Vec<BuildCell>,
}

/// Since when builds of a branch fail.
#[derive(Clone, Debug, Default)]
pub struct FailingNote {
    /// In words.
    pub words: String,
    /// The first of several, and its road.
    pub first: Option<(String, String)>,
    /// When that one failed.
    pub since: Option<TimeShown>,
}

/// How a stage stands.
#[derive(Clone, Debug, Default)]
pub struct BuildCell {
    /// The heading.
    pub column: &'static str,
    /// In a word, which is also its class in the style sheet.
    pub word: &'static str,
    /// The word as a sign.
    pub sign: &'static str,
    /// Since when.
    pub since: Option<TimeShown>,
    /// Where the message is that says so.
    pub href: Option<String>,
}

/// A page for a name that no message has.
#[derive(Clone, Debug, Default)]
pub struct NoNamePage<'a> {
    /// What clients call the kind.
    pub filter: &'a str,
    /// The name that was asked for.
    pub name: &'a str,
    /// Names that begin alike, with their pages.
    pub alike: Vec<(String, String)>,
}

/// The heading of the only stage of which all builds are told.
pub const BUILT: &[&str] = &["Built"];

/// What kinds are called in the head of pages, and as a word.
const KINDS: [(&str, &str, &str); 4] = [
    ("package", "Packages", "Package"),
    ("user", "Users", "User"),
    ("topic", "Topics", "Topic"),
    ("category", "Topics", "Category"),
];

fn kind(filter: &str) -> (&'static str, &'static str) {
    let known = KINDS.iter().find(|(known, ..)| *known == filter);
    known.map_or(("", ""), |(_, section, word)| (section, word))
}

/// The page of a name.
pub fn name_page(root: &str, page: &NamePage) -> String {
    let (section, word) = kind(page.filter);
    render(&WholeName {
        root,
        section,
        word,
        size: Size::Large,
        histogram: &page.histogram,
        page,
    })
}

/// The page for a name that no message has.
pub fn no_name_page(root: &str, page: &NoNamePage) -> String {
    let (section, word) = kind(page.filter);
    render(&WholeNoName {
        root,
        section,
        word,
        page,
    })
}

#[derive(Template)]
#[template(path = "name.html")]
struct WholeName<'a> {
    root: &'a str,
    section: &'a str,
    word: &'a str,
    size: Size,
    histogram: &'a Histogram,
    page: &'a NamePage<'a>,
}

#[derive(Template)]
#[template(path = "no_name.html")]
struct WholeNoName<'a> {
    root: &'a str,
    section: &'a str,
    word: &'a str,
    page: &'a NoNamePage<'a>,
}

/// What templates ask them for.
impl NamePage<'_> {
    pub fn is_person(&self) -> bool {
        self.filter == "user"
    }

    /// The messages by their days.
    pub fn days(&self) -> Vec<(&str, &[Card])> {
        let days = self.cards.chunk_by(|one, other| one.day == other.day);
        days.map(|cards| (cards.first().map_or("", |card| card.day.as_str()), cards))
            .collect()
    }

    /// Whether nothing came in the last days.
    pub fn is_quiet(&self) -> bool {
        self.histogram.bars.iter().all(|bar| bar.count == 0)
    }

    pub fn all(&self) -> String {
        links::search(
            "/v2/search",
            &[(self.filter.to_owned(), self.name.to_owned())],
        )
    }
}
