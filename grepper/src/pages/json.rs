//! JSON for reading: indented, sorted and coloured.

use std::borrow::Cow;
use std::fmt;

use serde::de::{Deserialize, Deserializer, MapAccess, Visitor};
use serde_json::value::RawValue;

use crate::escape::escape_into;

/// Where nesting goes deeper, the rest stays on one line: indenting it would make pages of any size
/// from small messages.
const DEEPEST: usize = 24;

/// The JSON text as HTML, indented by two, members in the order of their names. Numbers and strings
/// are shown as they are written. Text that is no JSON is shown as it is.
pub(super) fn highlight(json: &str) -> String {
    let mut html = String::with_capacity(json.len() * 3);
    put_value(&mut html, json.trim(), 0);
    html
}

fn put_value(html: &mut String, json: &str, depth: usize) {
    match json.as_bytes().first() {
        Some(b'{') if depth < DEEPEST => match serde_json::from_str::<Members>(json) {
            Ok(members) => put_members(html, members.sorted(), depth),
            Err(_) => escape_into(html, json),
        },
        Some(b'[') if depth < DEEPEST => match serde_json::from_str::<Vec<&RawValue>>(json) {
            Ok(items) => put_items(html, &items, depth),
            Err(_) => escape_into(html, json),
        },
        Some(b'"') => put_span(html, "string", json),
        Some(b'-' | b'0'..=b'9') => put_span(html, "number", json),
        Some(b't' | b'f' | b'n') => put_span(html, "word", json),
        _ => escape_into(html, json),
    }
}

fn put_members(html: &mut String, members: Vec<(&RawValue, &RawValue)>, depth: usize) {
    html.push('{');
    for (index, (name, value)) in members.iter().enumerate() {
        put_break(html, index > 0, depth + 1);
        put_span(html, "name", name.get());
        html.push_str(": ");
        put_value(html, value.get(), depth + 1);
    }
    put_end(html, members.is_empty(), depth, '}');
}

fn put_items(html: &mut String, items: &[&RawValue], depth: usize) {
    html.push('[');
    for (index, item) in items.iter().enumerate() {
        put_break(html, index > 0, depth + 1);
        put_value(html, item.get(), depth + 1);
    }
    put_end(html, items.is_empty(), depth, ']');
}

fn put_break(html: &mut String, comma: bool, depth: usize) {
    html.push_str(if comma { ",\n" } else { "\n" });
    html.extend(std::iter::repeat_n("  ", depth));
}

fn put_end(html: &mut String, empty: bool, depth: usize, end: char) {
    if !empty {
        put_break(html, false, depth);
    }
    html.push(end);
}

fn put_span(html: &mut String, class: &str, text: &str) {
    html.push_str("<span class=\"json-");
    html.push_str(class);
    html.push_str("\">");
    escape_into(html, text);
    html.push_str("</span>");
}

/// The members of an object as written, names too: they may hold lone surrogates, which no string has.
struct Members<'a>(Vec<(&'a RawValue, &'a RawValue)>);

impl<'a> Members<'a> {
    /// In the order of their names; of equal names the last counts.
    fn sorted(self) -> Vec<(&'a RawValue, &'a RawValue)> {
        let mut members: Vec<_> = self
            .0
            .into_iter()
            .map(|(name, value)| (plain(name), name, value))
            .collect();
        members.reverse();
        members.sort_by(|one, other| one.0.cmp(&other.0));
        members.dedup_by(|later, kept| later.0 == kept.0);
        members
            .into_iter()
            .map(|(_, name, value)| (name, value))
            .collect()
    }
}

/// The name without escapes, if it can be had.
fn plain(name: &RawValue) -> Cow<'_, str> {
    serde_json::from_str::<String>(name.get()).map_or(Cow::Borrowed(name.get()), Cow::Owned)
}

impl<'de> Deserialize<'de> for Members<'de> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct MembersVisitor;

        impl<'de> Visitor<'de> for MembersVisitor {
            type Value = Members<'de>;

            fn expecting(&self, formatter: &mut fmt::Formatter) -> fmt::Result {
                formatter.write_str("an object")
            }

            fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Members<'de>, A::Error> {
                let mut members = Vec::new();
                while let Some(member) = map.next_entry()? {
                    members.push(member);
                }
                Ok(Members(members))
            }
        }

        deserializer.deserialize_map(MembersVisitor)
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    /// What a browser shows of the HTML.
    fn shown(json: &str) -> String {
        let html = highlight(json);
        let mut text = String::new();
        for piece in html.split('<') {
            text.push_str(piece.split_once('>').map_or(piece, |(_, text)| text));
        }
        text.replace("&quot;", "\"")
            .replace("&lt;", "<")
            .replace("&gt;", ">")
            .replace("&#39;", "'")
            .replace("&amp;", "&")
    }

    #[test]
    fn members_are_sorted_and_indented() {
        let text = shown(r#"{"b":[1,{"x":null}],"a":"<b>&'", "c": {}, "d": [ ] }"#);
        let expected = "{\n  \"a\": \"<b>&'\",\n  \"b\": [\n    1,\n    {\n      \"x\": null\n    }\n  ],\n  \"c\": {},\n  \"d\": []\n}";
        assert_eq!(text, expected);
    }

    #[test]
    fn numbers_keep_their_text() {
        let numbers = "[\n  123456789012345678901234567890,\n  1e+22,\n  -0.0,\n  1.10\n]";
        assert_eq!(shown(numbers), numbers);
    }

    #[test]
    fn nothing_in_it_is_markup() {
        let html = highlight(r#"{"</pre><script>": "\"><img src=x onerror='x'>"}"#);
        assert!(
            !html.contains("<script") && !html.contains("<img") && html.contains("&lt;script&gt;")
        );
        assert!(highlight(r#"{"crypto": 1}"#).contains("&quot;crypto&quot;"));
    }

    #[test]
    fn equal_names_and_lone_surrogates_are_borne() {
        assert_eq!(
            shown(r#"{"a":1,"a":2,"\ud800":"\udc00"}"#)
                .matches('\n')
                .count(),
            3
        );
        assert!(shown(r#"{"a":1,"\u0061":2}"#).contains(": 2"));
    }

    #[test]
    fn deep_nesting_stays_small() {
        let deep = "[".repeat(100_000) + &"]".repeat(100_000);
        assert!(highlight(&deep).len() < 3 * deep.len());
        assert_eq!(shown(&deep).replace(['\n', ' '], ""), deep);
    }

    proptest! {
        #[test]
        fn any_text_is_shown(text in "[\\[\\]{}\":,0-9a-z\\\\<> \u{e9}]{0,60}") {
            highlight(&text);
        }
    }
}
