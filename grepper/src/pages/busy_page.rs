//! The lists of the busiest users and packages.

use askama::Template;

use crate::pages::lists::{ListKind, NameRow};
use crate::pages::numbers::grouped;
use crate::pages::render::render;
use crate::pages::search_links::SearchLinks;

/// What is shown of users or packages.
pub struct BusyPage<'a> {
    /// The path that the service is mounted at.
    pub root: &'a str,
    /// What they are.
    pub kind: &'static ListKind,
    /// In how many days they are the busiest.
    pub days: u16,
    /// The numbers of days that can be chosen.
    pub choices: &'a [u16],
    /// The busiest.
    pub rows: Vec<NameRow>,
    /// How many have messages.
    pub of: u64,
    /// Of how many messages that is, where that is not all.
    pub newest: Option<u64>,
    /// Those that came last, each with the day of its first message.
    pub new: Vec<NameRow>,
}

#[derive(Template)]
#[template(path = "busy_list.html")]
struct BusyList<'a> {
    root: &'a str,
    page: &'a BusyPage<'a>,
    choices: Vec<DaysChoice>,
    time: String,
    /// Where more of them are told.
    more: String,
    sentence: String,
    has_pictures: bool,
    is_hidden: bool,
}

/// A number of days that can be chosen.
struct DaysChoice {
    words: String,
    href: String,
    is_chosen: bool,
}

/// A number of days in words.
fn days(days: u16) -> String {
    match days {
        1 => "24 hours".to_owned(),
        days => format!("{days} days"),
    }
}

/// The page.
pub fn busy_page(page: &BusyPage) -> String {
    let list = format!("{}{}", page.root, page.kind.path);
    let choice = |choice: &u16| DaysChoice {
        words: days(*choice),
        href: match choice {
            1 => list.clone(),
            choice => format!("{list}?days={choice}"),
        },
        is_chosen: *choice == page.days,
    };
    render(&BusyList {
        root: page.root,
        page,
        choices: page.choices.iter().map(choice).collect(),
        time: days(page.days),
        more: more(page),
        sentence: sentence(page),
        has_pictures: page.rows.iter().any(|row| !row.picture.is_empty()),
        is_hidden: page.kind.noun == "user" || page.days != 1,
    })
}

/// The address of as many names as programs are told at once.
fn more(page: &BusyPage) -> String {
    let seconds = (u64::from(page.days) * 86_400).to_string();
    let query = [("delta".to_owned(), seconds)];
    let links = SearchLinks {
        root: page.root,
        path: "/v2/search",
        query: &query,
    };
    links.names(page.kind.noun, "csv")
}

/// Which are shown, of how many.
fn sentence(page: &BusyPage) -> String {
    let shown = page.rows.len() as u64;
    let of = page.kind.counted(page.of);
    let newest = page.newest.map_or(String::new(), |newest| {
        format!(", as the newest {} messages tell", grouped(newest))
    });
    match page.of > shown {
        true => format!(
            "the {} busiest of {} {of}{newest}",
            grouped(shown),
            grouped(page.of)
        ),
        false => format!("{} {of}{newest}", grouped(shown)),
    }
}
