//! The page that people see instead of an answer.

use askama::Template;

use crate::pages::render::render;

/// What the page says.
#[derive(Clone, Debug, Default)]
pub struct RefusalPage<'a> {
    /// What is wrong, in a few words.
    pub title: &'a str,
    /// What is wrong, without a full stop; empty where the title says it.
    pub detail: &'a str,
    /// The parameter at fault, if one is.
    pub parameter: Option<&'a str>,
    /// Its value.
    pub given: Option<&'a str>,
    /// What may be found by another name than it was asked for by.
    pub sought: Option<&'a str>,
    /// Requests that may have been meant: what each does, and its address.
    pub mends: Vec<(String, String)>,
    /// The form of the search that was asked for, as HTML.
    pub form: Option<String>,
    /// Whether the same request may be answered later.
    pub is_passing: bool,
    /// Whether the browser asks again by itself.
    pub asks_again: bool,
}

/// The page.
pub fn refusal_page(root: &str, page: &RefusalPage) -> String {
    render(&WholeRefusal { root, page })
}

#[derive(Template)]
#[template(path = "refusal.html")]
struct WholeRefusal<'a> {
    root: &'a str,
    page: &'a RefusalPage<'a>,
}
