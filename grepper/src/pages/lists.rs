//! What lists of names have in common.

use crate::pages::facets::short;
use crate::pages::links;
use crate::pages::name_page::TimeShown;
use crate::pages::sparkline::sparkline;

/// What a list is of.
#[derive(Debug, Eq, PartialEq)]
pub struct ListKind {
    /// One of them: the filter of searches that finds its messages.
    pub noun: &'static str,
    /// Several of them.
    pub plural: &'static str,
    /// The heading of the list.
    pub title: &'static str,
    /// Where the list is, below the root.
    pub path: &'static str,
}

/// All topics.
pub static TOPICS: ListKind = ListKind {
    noun: "topic",
    plural: "topics",
    title: "Topics",
    path: "/topics/",
};
/// All categories.
pub static CATEGORIES: ListKind = ListKind {
    noun: "category",
    plural: "categories",
    title: "Categories",
    path: "/categories/",
};
/// The busiest users.
pub static USERS: ListKind = ListKind {
    noun: "user",
    plural: "users",
    title: "Users",
    path: "/users/",
};
/// The busiest packages.
pub static PACKAGES: ListKind = ListKind {
    noun: "package",
    plural: "packages",
    title: "Packages",
    path: "/packages/",
};

impl ListKind {
    /// So many of them, in words.
    pub fn counted(&self, count: u64) -> &'static str {
        match count {
            1 => self.noun,
            _ => self.plural,
        }
    }
}

/// A name, and what there is to be shown of it.
#[derive(Clone, Debug, Default)]
pub struct NameRow {
    /// The name.
    pub name: String,
    /// The name without what most have in common.
    pub short: String,
    /// The path and query of what there is about it, below the root.
    pub href: String,
    /// How many messages of late.
    pub messages: u64,
    /// How many a day are usual, or how often one comes.
    pub usual: String,
    /// How often messages usually come, in words.
    pub usually: Option<String>,
    /// That messages have stopped to come, in words.
    pub silence: Option<String>,
    /// A picture of the last days, as HTML.
    pub picture: String,
    /// The day of the first message.
    pub first: Option<String>,
    /// When the last message was sent.
    pub last: Option<TimeShown>,
}

impl NameRow {
    /// A name of this kind with so many messages of late, and on each of the last days.
    pub fn new(kind: &ListKind, name: &str, messages: u64, days: &[u64]) -> Self {
        Self {
            name: name.to_owned(),
            short: match kind.noun {
                "topic" => short_topic(name),
                _ => name.to_owned(),
            },
            href: links::named(kind.noun, name),
            messages,
            picture: sparkline(days),
            ..Self::default()
        }
    }
}

/// A topic without the words that all have in common that are no tests.
fn short_topic(topic: &str) -> String {
    let mut words = topic.splitn(4, '.');
    match (words.next(), words.next(), words.next(), words.next()) {
        (Some("org"), Some(_), Some("prod"), Some(_)) => short(topic),
        (Some("org"), Some(_), Some(environment), Some(rest)) => format!("{environment}.{rest}"),
        _ => topic.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn topics_of_tests_do_not_look_like_others() {
        for (topic, shown) in [
            ("org.fedoraproject.prod.git.push", "git.push"),
            ("org.fedoraproject.stg.git.push", "stg.git.push"),
            ("com.example.prod.git.push", "com.example.prod.git.push"),
            ("org.fedoraproject.prod", "org.fedoraproject.prod"),
            ("", ""),
        ] {
            assert_eq!(short_topic(topic), shown);
        }
    }
}
