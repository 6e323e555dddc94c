//! The page that people see instead of an answer.

use askama::Template;

use crate::pages::render::render;

/// What the page says.
#[derive(Clone, Copy, Debug)]
pub struct RefusalPage<'a> {
    /// What kind of problem it is.
    pub title: &'a str,
    /// What is wrong, without a full stop.
    pub detail: &'a str,
    /// The value at fault, if one is.
    pub given: Option<&'a str>,
    /// Whether that value may be found as something else than what it was given for.
    pub is_sought: bool,
    /// Whether the same request may be answered later.
    pub is_passing: bool,
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
