//! The page that makes widgets: a form, the widget itself, and what others put into their pages.

use askama::Template;

use crate::pages::builder_form::{
    BuilderForm, Control, Controls, SPANS, choice, filter_groups, texts, tick, written,
};
use crate::pages::documents::WIDGET;
use crate::pages::render::render;
use crate::request::builder::{ROWS, attributes, value};
use crate::request::refusal::BadRequest;

/// The texts that are said instead of messages.
const SAID: [&str; 2] = ["empty", "failed"];

/// The page for what the form asks for, or with what was wrong in it.
pub fn widget_builder(
    root: &str,
    base_url: &str,
    pairs: &[(String, String)],
    wrong: Option<&BadRequest>,
) -> String {
    let form = BuilderForm {
        root,
        path: "/widget/",
        label: "The widget",
        kinds: Vec::new(),
        kind: "",
        groups: groups(pairs),
        wrong,
    };
    let mut shown: Vec<(String, String)> = attributes(pairs);
    let said = SAID
        .iter()
        .filter_map(|name| Some((*name, value(pairs, name)?)));
    shown.extend(said.map(|(name, text)| (name.to_owned(), text.to_owned())));
    let query = match value(pairs, "css") {
        Some("false") => "",
        _ => "?css=true",
    };
    let icons = value(pairs, "icons") == Some("true");
    render(&WidgetPage {
        root,
        form: form.html(),
        wrong,
        code: code(base_url, query, &shown, icons),
        // Pictures of others are not for this page.
        live: code(root, query, &shown, false),
        is_without_icons: icons,
        reference: WIDGET.shown(root, base_url),
    })
}

#[derive(Template)]
#[template(path = "widget.html")]
struct WidgetPage<'a> {
    root: &'a str,
    form: String,
    wrong: Option<&'a BadRequest>,
    code: String,
    live: String,
    is_without_icons: bool,
    reference: String,
}

/// The element that shows messages where it stands.
fn code(root: &str, query: &str, shown: &[(String, String)], icons: bool) -> String {
    let mut code = "<script src=\"".to_owned();
    code.extend([&written(root), "/widget.js", query, "\""]);
    let icons = [("icons".to_owned(), "true".to_owned())]
        .into_iter()
        .filter(|_| icons);
    for (name, value) in shown.iter().cloned().chain(icons) {
        code.extend(["\n        data-", &name, "=\""]);
        code.extend([&written(&value), "\""]);
    }
    code + "></script>"
}

fn groups(pairs: &[(String, String)]) -> Vec<Controls<'_>> {
    let [with, more, without] = filter_groups(pairs, false);
    let shown = Controls {
        legend: "What is shown",
        is_folded: false,
        controls: shown(pairs),
    };
    let words = Controls {
        legend: "Time, page and words",
        is_folded: true,
        controls: words(pairs),
    };
    vec![with, shown, more, without, words]
}

fn shown(pairs: &[(String, String)]) -> Vec<Control<'_>> {
    let orders = [("desc", "newest first"), ("asc", "oldest first")];
    vec![
        texts(pairs, "rows_per_page", "How many", ROWS, false),
        choice(pairs, "order", "Order", "desc", &orders),
        tick(pairs, "icons", "Pictures, from other hosts", "true"),
        tick(pairs, "css", "Without our styles", "false"),
    ]
}

fn words(pairs: &[(String, String)]) -> Vec<Control<'_>> {
    let spans: Vec<_> = [("", "all")].into_iter().chain(SPANS).collect();
    vec![
        choice(pairs, "delta", "How long", "", &spans),
        texts(pairs, "start", "Start (UTC)", "2026-05-01", false),
        texts(pairs, "end", "End (UTC)", "now", false),
        texts(pairs, "page", "Page", "1", false),
        texts(
            pairs,
            "empty",
            "Where there is nothing",
            "No messages yet.",
            false,
        ),
        texts(
            pairs,
            "failed",
            "Where it fails",
            "Messages could not be loaded.",
            false,
        ),
    ]
}
