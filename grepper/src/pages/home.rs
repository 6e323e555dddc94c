//! The front page.

use askama::Template;

use crate::pages::card::{Card, Size};
use crate::pages::histogram::Histogram;
use crate::pages::lists::{ListKind, NameRow};
use crate::pages::name_page::TimeShown;
use crate::pages::render::render;
use crate::pages::search_page::{Day, days};

/// What the front page shows.
pub struct HomePage<'a> {
    /// The path that the service is mounted at.
    pub root: &'a str,
    /// What examples begin with: scheme, host and root.
    pub base_url: &'a str,
    /// What the archive holds; `None` where that could not be had.
    pub numbers: Option<HomeNumbers>,
}

/// What the archive holds, and how lively it is.
#[derive(Clone, Debug, Default)]
pub struct HomeNumbers {
    /// How many messages.
    pub total: u64,
    /// How many of the last 24 hours.
    pub day: u64,
    /// How many of the 24 hours before.
    pub day_before: u64,
    /// When the newest was sent.
    pub newest: Option<TimeShown>,
    /// Whether that is long ago for what is usual.
    pub is_late: bool,
    /// The hours of two days.
    pub histogram: Histogram,
    /// What was busy in the last 24 hours.
    pub columns: Vec<HomeColumn>,
    /// Topics that have fallen silent.
    pub silent: Vec<NameRow>,
    /// How many have.
    pub all_silent: usize,
    /// The latest messages.
    pub latest: Vec<Card>,
}

/// Names of a kind that were busy.
#[derive(Clone, Debug)]
pub struct HomeColumn {
    /// What they are.
    pub kind: &'static ListKind,
    /// The busiest.
    pub rows: Vec<NameRow>,
}

#[derive(Template)]
#[template(path = "front.html")]
struct Front<'a> {
    root: &'a str,
    base_url: &'a str,
    numbers: Option<&'a HomeNumbers>,
    days: Vec<Day<'a>>,
    size: Size,
}

/// The page.
pub fn home_page(page: &HomePage) -> String {
    let numbers = page.numbers.as_ref();
    render(&Front {
        root: page.root,
        base_url: page.base_url,
        numbers,
        days: numbers.map_or(Vec::new(), |numbers| days(&numbers.latest)),
        size: Size::Large,
    })
}
