//! The lists of all topics and of all categories.

use askama::Template;

use crate::pages::lists::{ListKind, NameRow};
use crate::pages::render::render;
use crate::pages::search_links::SearchLinks;

/// The columns that lists can be sorted by: what links call it, the heading, and the class.
const COLUMNS: [(&str, &str, &str); 5] = [
    ("name", "", ""),
    ("last", "Last seen", "when"),
    ("day", "24 h", "number"),
    ("usual", "Usual a day", "number usual"),
    ("first", "First seen", "first"),
];

/// What is shown of topics or categories.
pub struct CensusPage<'a> {
    /// What they are.
    pub kind: &'static ListKind,
    /// What was asked for, but for what was left blank.
    pub links: SearchLinks<'a>,
    /// Those that are shown, by their categories or as one group.
    pub groups: Vec<NameGroup>,
    /// How many are as was asked for.
    pub matching: usize,
    /// How many there are.
    pub of: u64,
    /// How many of what was asked for are silent.
    pub silent: usize,
    /// The numbers of the first and the last one that is shown, where these are not all.
    pub range: Option<(usize, usize)>,
    /// So many of each group are shown at most, where these are not all.
    pub of_each: Option<usize>,
    /// The numbers of the pages beside this one.
    pub pages: [Option<usize>; 2],
}

/// Names of a category, or whatever they are of.
#[derive(Clone, Debug, Default)]
pub struct NameGroup {
    /// The category, if they are told apart by it.
    pub category: Option<String>,
    /// The path and query of what there is about the category, below the root.
    pub href: String,
    /// Those that are shown.
    pub rows: Vec<NameRow>,
    /// How many there are.
    pub of: usize,
}

/// The heading of a column.
struct Column {
    heading: &'static str,
    class: &'static str,
    href: String,
    is_chosen: bool,
    order: &'static str,
}

#[derive(Template)]
#[template(path = "census.html")]
struct WholeCensus<'a> {
    root: &'a str,
    page: &'a CensusPage<'a>,
    noun: &'static str,
    columns: Vec<Column>,
    containing: &'a str,
    category: Option<&'a str>,
    is_silent: bool,
    sort: Option<&'a str>,
    is_narrowed: bool,
    newer: Option<String>,
    older: Option<String>,
}

impl CensusPage<'_> {
    fn given(&self, parameter: &str) -> Option<&str> {
        let mut pairs = self.links.query.iter();
        let (_, value) = pairs.find(|(name, _)| name == parameter)?;
        Some(value)
    }

    /// Whether there are others than what was asked for.
    fn has_others(&self) -> bool {
        self.of > self.matching as u64
    }

    /// The topics of a category alone.
    fn of_category(&self, category: &str) -> String {
        self.links.set("category", category)
    }
}

/// The page.
pub fn census_page(page: &CensusPage) -> String {
    let links = &page.links;
    let sort = page.given("sort");
    let column = |(word, heading, class): (&'static str, &'static str, &'static str)| Column {
        heading: match heading {
            "" => page.kind.title,
            heading => heading,
        },
        class,
        href: links.set("sort", word),
        is_chosen: sort == Some(word),
        order: if word == "name" {
            "ascending"
        } else {
            "descending"
        },
    };
    let beside =
        |number: Option<usize>| number.map(|number| links.set("page", &number.to_string()));
    let [newer, older] = page.pages.map(beside);
    render(&WholeCensus {
        root: links.root,
        page,
        noun: page.kind.counted(page.matching as u64),
        columns: COLUMNS.map(column).into(),
        containing: page.given("q").unwrap_or_default(),
        category: page.given("category"),
        is_silent: page.given("silent").is_some(),
        sort,
        is_narrowed: !links.query.is_empty(),
        newer,
        older,
    })
}
