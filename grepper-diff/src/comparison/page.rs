//! Which messages a page for people shows.

use std::sync::LazyLock;

use regex::Regex;

use crate::comparison::spot::{Case, Spots};
use crate::json::Json;

/// Where pages show other messages.
pub const IDS: &str = "messages shown";

/// The link to a message, which is all of a page's markup that is promised.
static LINK: LazyLock<Regex> = LazyLock::new(|| {
    Regex::new(r#"/v2/id\?id=([^"]*?)&(?:amp;)?is_raw="#)
        .expect("a valid expression, as tests show")
});

/// Keeps the place if other messages are shown, or in another order.
pub fn compare(case: &Case, spots: &mut Spots) {
    let asked = case
        .question
        .target
        .first("id")
        .filter(|_| case.question.target.is_by_id());
    let shown = |body: &str| match &asked {
        Some(id) => vec![id.clone()]
            .into_iter()
            .filter(|id| plain(body).contains(id.as_str()))
            .collect(),
        None => linked(body),
    };
    let (old, new) = (shown(&case.old.body), shown(&case.new.body));
    if old != new {
        let listed =
            |ids: Vec<String>| Some(Json::Array(ids.into_iter().map(Json::Text).collect()));
        spots.push(IDS, listed(old), listed(new));
    }
}

/// The ids that links lead to; one may be there twice in a row, as text and picture.
fn linked(body: &str) -> Vec<String> {
    let mut ids: Vec<String> = LINK
        .captures_iter(body)
        .map(|found| decoded(&found[1]))
        .collect();
    ids.dedup();
    ids
}

/// Some write ids percent-encoded, some as they are.
fn decoded(id: &str) -> String {
    let escaped = plain(id)
        .replace('+', "%2B")
        .replace('&', "%26")
        .replace('=', "%3D");
    form_urlencoded::parse(escaped.as_bytes())
        .map(|(id, _)| id.into_owned())
        .next()
        .unwrap_or_default()
}

/// Without the escapes of HTML.
fn plain(html: &str) -> String {
    [
        ("&lt;", "<"),
        ("&gt;", ">"),
        ("&#34;", "\""),
        ("&quot;", "\""),
        ("&#39;", "'"),
        ("&amp;", "&"),
    ]
    .iter()
    .fold(html.to_owned(), |text, (escape, character)| {
        text.replace(escape, character)
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn links_lead_to_messages_in_either_spelling() {
        let old = r#"<a href="/d/v2/id?id=a &amp; &lt;b&gt;?#é+&is_raw=true&size=x">1</a> <a href="/v2/id?id=2016-x&is_raw=true">"#;
        let new = r#"<a href="/v2/id?id=a%20%26%20%3Cb%3E%3F%23%C3%A9%2B&amp;is_raw=true&amp;size=x">1</a><a href='/v2/id?id=2016-x&is_raw=true'>"#;
        assert_eq!(linked(old), ["a & <b>?#é+", "2016-x"]);
        assert_eq!(linked(new), linked(old));
    }
}
