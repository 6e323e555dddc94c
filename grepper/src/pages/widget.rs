//! The script other sites embed to show messages.

use askama::Template;

use crate::pages::render::render;

/// The script. `root` is the absolute address of this service, which the script queries;
/// `app_path` the one the style sheets are linked from, if `css` asks for them.
pub fn widget_js(root: &str, app_path: &str, css: bool) -> String {
    render(&Script {
        root: &literal(root),
        app_path: &literal(app_path),
        css,
    })
}

#[derive(Template)]
#[template(path = "widget.js", escape = "none")]
struct Script<'a> {
    root: &'a str,
    app_path: &'a str,
    css: bool,
}

/// The text as a string in a script: requests choose the host name in it.
fn literal(text: &str) -> String {
    // A JSON string is a script's, too; `<` is escaped in case the script is pasted into a page.
    serde_json::Value::from(text)
        .to_string()
        .replace('<', "\\u003c")
}
