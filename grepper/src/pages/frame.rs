//! What all pages have around them.

use askama::Template;

use crate::pages::render::render;

/// The version that the foot of pages tells.
pub const VERSION: &str = env!("CARGO_PKG_VERSION");

/// What the head of every page leads to: names and paths below the root.
const SECTIONS: [(&str, &str); 6] = [
    ("Messages", "/raw"),
    ("Packages", "/packages/"),
    ("Users", "/users/"),
    ("Topics", "/topics/"),
    ("Charts", "/charts/"),
    ("Docs", "/index/"),
];

/// The pages that explain.
const DOCUMENTS: [(&str, &str); 5] = [
    ("How to query", "/index/"),
    ("Reference", "/reference/"),
    ("Charts", "/charts/"),
    ("Widget", "/widget/"),
    ("Contributing", "/contributing/"),
];

#[derive(Template)]
#[template(path = "nav.html")]
struct Sections<'a> {
    root: &'a str,
    links: &'static [(&'static str, &'static str)],
    current: &'a str,
}

#[derive(Template)]
#[template(path = "documents.html")]
struct Documents<'a> {
    root: &'a str,
    links: &'static [(&'static str, &'static str)],
    current: &'a str,
}

/// The links to the sections; `current` names the one that the page is of, if it is of one.
pub fn nav(root: &str, current: &str) -> String {
    render(&Sections {
        root,
        links: &SECTIONS,
        current,
    })
}

/// The links to the pages that explain; `current` names the one that is shown.
pub fn documents(root: &str, current: &str) -> String {
    render(&Documents {
        root,
        links: &DOCUMENTS,
        current,
    })
}
