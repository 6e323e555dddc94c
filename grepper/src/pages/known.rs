//! Which texts of a message lead somewhere: names that it is known to be about, and addresses of the web.

use std::collections::HashMap;
use std::net::Ipv4Addr;

use crate::pages::links;
use crate::pages::marks::is_marked;

/// Letters of an address, beyond which it is none to follow.
const LONGEST: usize = 2_000;

/// Names that a message is known to be about, each with the path and query of what there is about it.
#[derive(Clone, Debug, Default)]
pub struct KnownNames(HashMap<String, String>);

impl KnownNames {
    /// Of a name that is given twice, the first counts.
    pub fn new(named: impl IntoIterator<Item = (String, String)>) -> Self {
        let mut known = HashMap::new();
        for (name, path) in named {
            known.entry(name).or_insert(path);
        }
        known.remove("");
        Self(known)
    }

    /// Where a text leads that is such a name, below the root.
    pub fn path(&self, text: &str) -> Option<&str> {
        self.0.get(text).map(String::as_str)
    }
}

/// The text as an address that a page may link to: one of the web, that shows where it leads.
pub fn address(text: &str) -> Option<&str> {
    let address = links::web(Some(text)).filter(|address| address.len() <= LONGEST)?;
    let hides = |char: char| char.is_whitespace() || is_marked(char) || "\"<>\\`".contains(char);
    let (_, rest) = address.split_once("://")?;
    let authority = rest.split(['/', '?', '#']).next()?;
    (!address.contains(hides) && is_place(authority)).then_some(address)
}

/// Whether this is a host by its name or number, perhaps with a port; one with a user before it pretends to be another.
fn is_place(authority: &str) -> bool {
    let (host, port) = authority.split_once(':').unwrap_or((authority, "80"));
    let last = host.trim_end_matches('.').rsplit('.').next();
    let is_named = last
        .is_some_and(|last| last.starts_with(|char: char| char.is_ascii_alphabetic()))
        && host.split('.').all(|label| !label.starts_with("xn--"))
        && host
            .chars()
            .all(|char| char.is_ascii_alphanumeric() || "-._".contains(char));
    (is_named || host.parse::<Ipv4Addr>().is_ok()) && port.parse::<u16>().is_ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn addresses_that_show_where_they_lead_are_linked() {
        for text in [
            "https://example.org",
            "HTTP://koji.example.org:8080/buildinfo?buildID=7&x=(1)#top",
            "https://192.0.2.7/ü",
            "http://localhost/",
        ] {
            assert_eq!(address(text), Some(text));
        }
        for text in [
            "example.org",
            "see https://example.org",
            "https://",
            "https:///x",
            "https://a b/",
            "https://apps.example.org@evil.example/",
            "https://evil.example/\u{202e}gro.elpmaxe",
            "https://evil.example/\" onmouseover=\"x",
            "https://1.2.3.4.5/",
            "https://a:b/",
            "https://a:99999/",
            "https://xn--a/",
            "https://[::1]/",
            "https:javascript:x",
            "javascript:alert(1)",
            &format!("https://example.org/{}", "x".repeat(2_000)),
        ] {
            assert_eq!(address(text), None, "{text}");
        }
    }

    #[test]
    fn names_lead_to_what_there_is_about_them() {
        let pair = |name: &str, path: &str| (name.to_owned(), path.to_owned());
        let known = KnownNames::new([pair("zsh", "/1"), pair("zsh", "/2"), pair("", "/3")]);
        assert_eq!(known.path("zsh"), Some("/1"));
        assert_eq!((known.path(""), known.path("bash")), (None, None));
    }
}
