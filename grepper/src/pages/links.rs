//! Pieces of URLs.

use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};

/// All but letters, digits and `-._~` is escaped (RFC 3986, 2.3).
const RESERVED: AsciiSet = NON_ALPHANUMERIC
    .remove(b'-')
    .remove(b'.')
    .remove(b'_')
    .remove(b'~');

/// The text as a value in a query.
pub fn encode(text: &str) -> String {
    utf8_percent_encode(text, &RESERVED).to_string()
}

/// The pairs as a query.
pub fn query<'a>(pairs: impl IntoIterator<Item = (&'a str, &'a str)>) -> String {
    let pairs = pairs
        .into_iter()
        .map(|(name, value)| format!("{}={}", encode(name), encode(value)));
    pairs.collect::<Vec<_>>().join("&")
}

/// The path with the parameters of a search, if it has any.
pub fn search(path: &str, pairs: &[(String, String)]) -> String {
    let pairs = pairs.iter();
    let asked = query(pairs.map(|(name, value)| (name.as_str(), value.as_str())));
    match asked.is_empty() {
        true => path.to_owned(),
        false => format!("{path}?{asked}"),
    }
}

/// The path and query of what there is about a subject: its road, or else all messages about it.
pub fn about(kind: &str, name: &str, environment: &str) -> String {
    let written = format!("{kind}:{name}");
    if road::Subject::parse(&written).is_none() {
        return messages_about(&written);
    }
    let elsewhere = Some(("environment", environment)).filter(|_| environment != "prod");
    format!(
        "/v2/road?{}",
        query([(kind, name)].into_iter().chain(elsewhere))
    )
}

/// Where the pages of names are, by the filters that find these.
const FOLDERS: [(&str, &str); 4] = [
    ("package", "/packages/"),
    ("user", "/users/"),
    ("topic", "/topics/"),
    ("category", "/categories/"),
];

/// The path and query of what there is about the one called `name` of those that `filter` finds: the one place that says
/// where a package, a user, a topic or a category is shown.
///
/// Slashes stay as they are, as servers in front refuse them in another form; what no path can say is said in a query.
pub fn named(filter: &str, name: &str) -> String {
    let Some((_, folder)) = FOLDERS.iter().find(|(of, _)| *of == filter) else {
        return search("/v2/search", &[(filter.to_owned(), name.to_owned())]);
    };
    let mut parts = name.split('/');
    if parts.any(|part| matches!(part, "" | "." | "..")) {
        return format!("{folder}?{}", query([("name", name)]));
    }
    let parts: Vec<String> = name.split('/').map(encode).collect();
    format!("{folder}{}", parts.join("/"))
}

/// The path and query of all messages about a subject, which is written as `kind:name`.
pub fn messages_about(subject: &str) -> String {
    format!("/v2/search?{}", query([("subject", subject)]))
}

/// The address if it leads to the web: a message must not make us link to `javascript:`.
pub fn web(address: Option<&str>) -> Option<&str> {
    let has_scheme = |address: &&str| {
        ["http://", "https://"].iter().any(|scheme| {
            address
                .get(..scheme.len())
                .is_some_and(|start| start.eq_ignore_ascii_case(scheme))
        })
    };
    address.filter(has_scheme)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn values_are_encoded() {
        for (text, encoded) in [
            ("", ""),
            ("a.b-c_d~1", "a.b-c_d~1"),
            ("<ä>&\"+ /", "%3C%C3%A4%3E%26%22%2B%20%2F"),
            ("100%", "100%25"),
            (
                "!*'();:@=$,?#[]",
                "%21%2A%27%28%29%3B%3A%40%3D%24%2C%3F%23%5B%5D",
            ),
            ("\0\n\u{7f}", "%00%0A%7F"),
            ("€😀", "%E2%82%AC%F0%9F%98%80"),
        ] {
            assert_eq!(encode(text), encoded, "{text}");
        }
        assert_eq!(query([("topic", "a b"), ("x&y", "")]), "topic=a%20b&x%26y=");
    }

    #[test]
    fn names_have_pages() {
        for (filter, name, expected) in [
            ("package", "gcc-c++", "/packages/gcc-c%2B%2B"),
            ("package", "a/b", "/packages/a/b"),
            ("user", "100%", "/users/100%25"),
            ("user", "%2F", "/users/%252F"),
            ("topic", "ü", "/topics/%C3%BC"),
            ("category", " ", "/categories/%20"),
            ("package", "", "/packages/?name="),
            ("package", "..", "/packages/?name=.."),
            ("package", "a/../b", "/packages/?name=a%2F..%2Fb"),
            ("topic", "a//b", "/topics/?name=a%2F%2Fb"),
            ("topic", "a/", "/topics/?name=a%2F"),
            ("agent", "a b", "/v2/search?agent=a%20b"),
        ] {
            assert_eq!(named(filter, name), expected);
        }
    }

    #[test]
    fn what_has_a_road_leads_there() {
        for (kind, name, environment, expected) in [
            ("pr", "rpms/zsh#7", "prod", "/v2/road?pr=rpms%2Fzsh%237"),
            ("task", "7", "stg", "/v2/road?task=7&environment=stg"),
            ("bug", "7", "prod", "/v2/search?subject=bug%3A7"),
            ("nvr", "zsh", "prod", "/v2/search?subject=nvr%3Azsh"),
        ] {
            assert_eq!(about(kind, name, environment), expected);
        }
    }

    #[test]
    fn only_web_addresses_are_linked() {
        for address in ["https://example.org/", "HTTP://example.org"] {
            assert_eq!(web(Some(address)), Some(address));
        }
        for address in [
            "javascript:alert(1)",
            "data:text/html,x",
            " https://example.org",
            "//example.org",
            "",
            "é",
        ] {
            assert_eq!(web(Some(address)), None, "{address}");
        }
    }
}
