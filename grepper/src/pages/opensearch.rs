//! What a browser needs to know to find something here.

use askama::Template;

use crate::pages::render::render;

/// The description; `base_url` is scheme, host and root.
pub fn opensearch_xml(base_url: &str) -> String {
    render(&Description { base_url })
}

#[derive(Template)]
#[template(path = "opensearch.xml", escape = "html")]
struct Description<'a> {
    base_url: &'a str,
}
