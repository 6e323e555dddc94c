//! JSON for reading: indented, sorted and coloured.

use pythonic::json::{Kind, Layout, lay_out};

use crate::escape::escape_into;

/// Where nesting goes deeper, the rest stays on one line: indenting it would make pages of any size
/// from small messages.
const LAYOUT: Layout = Layout {
    indent: 2,
    levels: 24,
};

/// The JSON text as HTML, indented by two, members in the order of their names. Numbers and strings
/// are shown as they are written. Text that is no JSON is shown as it is.
pub fn highlight(json: &str) -> String {
    let mut html = String::with_capacity(json.len() * 3);
    lay_out(json, LAYOUT, |kind, piece| match kind {
        Kind::Layout => html.push_str(piece),
        Kind::Name => put_span(&mut html, "name", piece),
        Kind::String => put_span(&mut html, "string", piece),
        Kind::Number => put_span(&mut html, "number", piece),
        Kind::Word => put_span(&mut html, "word", piece),
        Kind::Raw => escape_into(&mut html, piece),
    });
    html
}

fn put_span(html: &mut String, class: &str, text: &str) {
    html.push_str("<span class=\"json-");
    html.push_str(class);
    html.push_str("\">");
    escape_into(html, text);
    html.push_str("</span>");
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
