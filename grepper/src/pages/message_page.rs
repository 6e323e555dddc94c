//! The page of a single message.

use askama::Template;

use crate::pages::belongs::Belonging;
use crate::pages::card::{Card, Size};
use crate::pages::render::render;

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
    /// Whether heading and navigation are wanted around it.
    pub chrome: bool,
}

/// The page of a single message, or the message alone.
pub fn message_page(root: &str, page: &MessagePage) -> String {
    let MessagePage {
        card,
        belongings,
        size,
        is_raw,
        chrome,
    } = *page;
    if chrome {
        render(&WholeMessage {
            root,
            card,
            belongings,
            size,
            is_raw,
        })
    } else {
        render(&BareMessage {
            root,
            card,
            size,
            is_raw,
        })
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
}

#[derive(Template)]
#[template(path = "card.html")]
struct BareMessage<'a> {
    root: &'a str,
    card: &'a Card,
    size: Size,
    is_raw: bool,
}
