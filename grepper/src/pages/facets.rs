//! Which names messages have, with links that narrow a search down to them or leave them out.

use crate::pages::search_links::SearchLinks;

/// Where counters do not tell which names there are, so many of the newest messages do: each takes 10 µs.
pub const NEWEST: u32 = 300;

/// Names of a kind that messages have.
#[derive(Clone, Debug, Default)]
pub struct FacetBox {
    /// The kind, as a heading.
    pub heading: &'static str,
    /// Of which messages, where these are not all.
    pub of: Option<String>,
    /// The names, those of the most messages first.
    pub names: Vec<FacetName>,
    /// Where programs find these and more.
    pub json: String,
    /// As a table.
    pub csv: String,
}

/// A name that messages have.
#[derive(Clone, Debug)]
pub struct FacetName {
    /// The name.
    pub name: String,
    /// The name as it is shown: without what all have in common.
    pub short: String,
    /// How many messages.
    pub messages: u64,
    /// The search for these alone; none where messages have several names of the kind, and others are searched for.
    pub only: Option<String>,
    /// The search without these.
    pub without: String,
}

/// A name with its links; `parameter` is the filter, and `not` the one that leaves out. `None` for what all messages that
/// match have, as it is the only one that is searched for.
pub fn facet_name(
    links: &SearchLinks,
    (parameter, not): (&str, &str),
    name: &str,
    messages: u64,
) -> Option<FacetName> {
    let asked = links.kept().filter(|(given, _)| *given == parameter);
    let asked: Vec<&str> = asked.map(|(_, value)| value).collect();
    let only = match asked[..] {
        [] => Some(links.with(parameter, name)),
        [only] if only == name => return None,
        // Messages with any of several names match, so that one more finds more.
        _ => asked.contains(&name).then(|| links.set(parameter, name)),
    };
    Some(FacetName {
        name: name.to_owned(),
        short: short(name),
        messages,
        only,
        without: links.with(not, name),
    })
}

/// A topic without the words that most have in common.
pub fn short(topic: &str) -> String {
    let mut words = topic.splitn(4, '.');
    let common = words.next() == Some("org") && words.next().is_some() && words.next().is_some();
    match words.next() {
        Some(rest) if common && !rest.is_empty() => rest.to_owned(),
        _ => topic.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_narrow_down_and_never_widen() {
        let links = |query: &[(&str, &str)], name: &str| {
            let pair = |(name, value): &(&str, &str)| ((*name).to_owned(), (*value).to_owned());
            let query: Vec<_> = query.iter().map(pair).collect();
            let links = SearchLinks {
                root: "",
                path: "/raw",
                query: &query,
            };
            let facet = facet_name(&links, ("user", "not_user"), name, 7)?;
            Some((facet.only, facet.without))
        };
        let expected = |only: Option<&str>, without: &str| {
            let below = |query: &str| format!("/raw?{query}");
            Some((only.map(below), below(without)))
        };
        assert_eq!(links(&[], "a"), expected(Some("user=a"), "not_user=a"));
        assert_eq!(links(&[("user", "a")], "a"), None);
        assert_eq!(
            links(&[("user", "a")], "b"),
            expected(None, "user=a&not_user=b")
        );
        assert_eq!(
            links(&[("user", "a"), ("user", "b")], "b"),
            expected(Some("user=b"), "user=a&user=b&not_user=b")
        );
    }
}
