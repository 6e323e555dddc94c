//! The page of a single message.

use askama::Template;

use crate::pages::around::AroundMessage;
use crate::pages::belongs::Belonging;
use crate::pages::card::{Card, NamedLink, Size, named};
use crate::pages::render::render;
use crate::pages::tree::Tree;

/// What the page of a single message shows.
#[derive(Clone, Copy, Debug)]
pub struct MessagePage<'a> {
    /// The message.
    pub card: &'a Card,
    /// What it is about, shown where the whole page is.
    pub belongings: &'a [Belonging],
    /// How much is shown of it.
    pub size: Size,
    /// Whether the reader came here for the JSON, and may want to go back.
    pub is_raw: bool,
    /// What the whole page shows; without it there is the message alone.
    pub detail: Option<&'a Detail>,
}

/// What the whole page shows of a message beside its card.
#[derive(Clone, Debug, Default)]
pub struct Detail {
    /// The path of the page and that of its other form, such as `/v2/id`.
    pub paths: [&'static str; 2],
    /// What addresses begin with that are given to others.
    pub base_url: String,
    /// The application.
    pub category: String,
    /// How bad it is: a class for its tone, and a word.
    pub severity: Option<(&'static str, &'static str)>,
    /// The schema by its name, and the package that has it.
    pub schema: Option<(String, Option<String>)>,
    /// Which program stored it.
    pub source: Option<String>,
    /// The number that it has in this archive.
    pub number: i64,
    /// Other things that it names, by kind.
    pub others: Vec<(&'static str, Vec<String>)>,
    /// The body.
    pub body: Tree,
    /// The headers, if there were any at its time.
    pub headers: Option<Tree>,
    /// Bytes of both.
    pub bytes: usize,
    /// What stands around it.
    pub around: Option<AroundMessage>,
}

/// Names of a kind that are shown.
const MOST_NAMES: usize = 20;

/// The page of a single message, or the message alone.
pub fn message_page(root: &str, page: &MessagePage) -> String {
    let MessagePage {
        card,
        belongings,
        size,
        is_raw,
        detail,
    } = *page;
    match detail {
        Some(detail) => render(&WholeMessage {
            root,
            card,
            belongings,
            size,
            is_raw,
            detail,
            names: names(card),
        }),
        None => render(&BareMessage {
            root,
            card,
            size,
            is_raw,
        }),
    }
}

/// Names of a kind.
struct Names<'a> {
    kind: &'static str,
    shown: Vec<NamedLink<'a>>,
    more: usize,
}

fn names(card: &Card) -> Vec<Names<'_>> {
    let all = [
        ("Agent", "agent", card.agent.as_slice()),
        ("Users", "user", card.users.as_slice()),
        ("Packages", "package", card.packages.as_slice()),
    ];
    let given = all.into_iter().filter(|(.., names)| !names.is_empty());
    given
        .map(|(kind, filter, names)| Names {
            kind,
            shown: named(filter, names, MOST_NAMES),
            more: names.len().saturating_sub(MOST_NAMES),
        })
        .collect()
}

impl Detail {
    fn address(&self, card: &Card) -> String {
        format!("{}?id={}", self.paths[0], card.id_in_url())
    }

    /// What others are given.
    fn permalink(&self, card: &Card) -> String {
        self.base_url.clone() + &self.address(card)
    }

    /// How large it is, as people say it.
    fn size(&self) -> String {
        match self.bytes {
            bytes @ ..1_000 => format!("{bytes} bytes"),
            bytes @ ..1_000_000 => format!("{} kB", bytes / 1_000),
            bytes => format!("{}.{} MB", bytes / 1_000_000, bytes % 1_000_000 / 100_000),
        }
    }

    /// Where all messages are in its form.
    fn list(&self) -> &'static str {
        match self.paths[0] {
            "/id" => "/raw",
            _ => "/v2/search",
        }
    }

    fn is_whole(&self) -> bool {
        self.body.is_whole && self.headers.as_ref().is_none_or(|headers| headers.is_whole)
    }
}

#[derive(Template)]
#[template(path = "message.html")]
struct WholeMessage<'a> {
    root: &'a str,
    card: &'a Card,
    belongings: &'a [Belonging],
    size: Size,
    is_raw: bool,
    detail: &'a Detail,
    names: Vec<Names<'a>>,
}

#[derive(Template)]
#[template(path = "card.html")]
struct BareMessage<'a> {
    root: &'a str,
    card: &'a Card,
    size: Size,
    is_raw: bool,
}
