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
    /// The search for these alone.
    pub only: String,
    /// The search without these.
    pub without: String,
}

/// A name with its links; `parameter` is the filter, and `not` the one that leaves out.
pub fn facet_name(
    links: &SearchLinks,
    (parameter, not): (&str, &str),
    name: &str,
    messages: u64,
) -> FacetName {
    FacetName {
        name: name.to_owned(),
        short: short(name),
        messages,
        only: links.with(parameter, name),
        without: links.with(not, name),
    }
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
