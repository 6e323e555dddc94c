//! The documentation.

use askama::Template;

use crate::pages::documents::{REFERENCE, USING};
use crate::pages::render::render;

/// The documentation page `/{name}/`, if there is one.
pub fn documentation_page(name: &str, root: &str, base_url: &str) -> Option<String> {
    match name {
        "index" => Some(render(&DocumentPage {
            root,
            base_url,
            title: "How to query",
            html: USING.shown(root, base_url),
        })),
        "reference" => Some(render(&DocumentPage {
            root,
            base_url,
            title: "Reference",
            html: REFERENCE.shown(root, base_url),
        })),
        "contributing" => Some(render(&Contributing { root })),
        _ => None,
    }
}

#[derive(Template)]
#[template(path = "document.html")]
struct DocumentPage<'a> {
    root: &'a str,
    base_url: &'a str,
    title: &'static str,
    html: String,
}

#[derive(Template)]
#[template(path = "contributing.html")]
struct Contributing<'a> {
    root: &'a str,
}
