//! Values of a tree of JSON as HTML.

use pythonic::json::{Kind, text};

use crate::escape::escape_into;
use crate::pages::known::{KnownNames, address};
use crate::pages::marks::{bdi, marked};
use crate::pages::numbers::grouped;

/// Letters of a value that are shown; the others are folded up.
const LONGEST: usize = 2_000;
/// Bytes of an escape, half of which may stand before a cut: of a pair of `\u` and four digits.
const LONGEST_ESCAPE: usize = 12;

/// Appends a value that has no members. Of one that was cut off, the rest is somewhere else.
pub fn put_value(
    html: &mut String,
    kind: Kind,
    value: &str,
    is_cut: bool,
    known: &KnownNames,
    root: &str,
) {
    let end = if is_cut { "…" } else { "" };
    match kind {
        Kind::String => {
            let said = said(value, is_cut);
            let link = match (is_cut, known.path(&said), address(&said)) {
                (true, ..) => None,
                (_, Some(path), _) => Some((format!("{root}{path}"), "nofollow")),
                (.., Some(address)) => Some((address.to_owned(), "nofollow noopener")),
                _ => None,
            };
            let quote = if is_cut { "" } else { "\"" };
            match link {
                Some((href, rel)) => put_link(html, &said, &href, rel),
                None => put_long(html, "json-string", ["\"", end, quote], &said),
            }
        }
        Kind::Number => put_long(html, "json-number", ["", end, ""], value),
        Kind::Word => put_long(html, "json-word", ["", end, ""], value),
        _ => put_long(html, "json-raw", ["", end, ""], value),
    }
}

/// What a string says; where it cannot be had, how it is written.
fn said(written: &str, is_cut: bool) -> String {
    if !is_cut {
        return text(written).unwrap_or_else(|| written.to_owned());
    }
    // Half of an escape says nothing.
    let ends = (0..=LONGEST_ESCAPE).filter_map(|left_out| {
        let whole = written.get(..written.len().checked_sub(left_out)?)?;
        text(&format!("{whole}\""))
    });
    let said = ends.into_iter().next().unwrap_or_default();
    said.trim_end_matches('\u{fffd}').to_owned()
}

fn put_link(html: &mut String, text: &str, href: &str, rel: &str) {
    html.push_str("<span class=\"json-string\">&quot;<a rel=\"");
    html.push_str(rel);
    html.push_str("\" href=\"");
    escape_into(html, href);
    html.push_str("\">");
    put_isolated(html, text);
    html.push_str("</a>&quot;</span>");
}

/// A text between quotes, the rest of a long one folded up. Lines stay lines.
fn put_long(html: &mut String, class: &str, [open, end, close]: [&str; 3], text: &str) {
    let (first, rest) = match text.char_indices().nth(LONGEST) {
        Some((at, _)) => text.split_at(at),
        None => (text, ""),
    };
    let is_block = !rest.is_empty() || text.contains('\n');
    let element = if is_block { "div" } else { "span" };
    html.push_str(&format!("<{element} class=\"{class}\">"));
    escape_into(html, open);
    put_lines(html, first);
    if !rest.is_empty() {
        let letters = grouped(text.chars().count() as u64);
        let all = format!("<details><summary>all {letters} letters</summary>");
        html.push_str(&all);
        put_lines(html, rest);
    }
    html.push_str(end);
    escape_into(html, close);
    if !rest.is_empty() {
        html.push_str("</details>");
    }
    html.push_str(&format!("</{element}>"));
}

fn put_lines(html: &mut String, text: &str) {
    for (number, line) in text.split('\n').enumerate() {
        if number > 0 {
            html.push('\n');
        }
        put_isolated(html, line.strip_suffix('\r').unwrap_or(line));
    }
}

/// Appends a text as HTML: marked, and turning nothing that is around it.
pub fn put_isolated(html: &mut String, text: &str) {
    match text.is_ascii() {
        true => escape_into(html, &marked(text)),
        false => html.push_str(&bdi(text)),
    }
}
