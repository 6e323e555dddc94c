//! What messages are found by, and the index that has each in the order of answers.

use crate::database::sql::Bind;
use crate::search::{Match, Search};

/// A property of messages whose values are indexed and counted.
#[derive(Clone, Copy, Debug, Eq, Hash, PartialEq)]
pub(crate) enum Dimension {
    Packages,
    Users,
    Topics,
    Agents,
    Categories,
}

/// Where the messages of a value are found, in order of time: `column` leads an index that goes on
/// with `timestamp` and `id`.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Source {
    pub(crate) table: &'static str,
    pub(crate) column: &'static str,
    pub(crate) timestamp: &'static str,
    pub(crate) id: &'static str,
}

impl Dimension {
    /// The most selective first, as far as can be said without counting.
    pub(crate) const ALL: [Self; 5] = [
        Self::Packages,
        Self::Users,
        Self::Topics,
        Self::Agents,
        Self::Categories,
    ];

    /// The kind of its counters.
    pub(crate) fn kind(self) -> &'static str {
        match self {
            Self::Packages => "p",
            Self::Users => "u",
            Self::Topics => "t",
            Self::Agents => "a",
            Self::Categories => "c",
        }
    }

    pub(crate) fn source(self) -> Source {
        let of_messages = |column| Source {
            table: "messages",
            column,
            timestamp: "\"timestamp\"",
            id: "id",
        };
        let association = |table, column| Source {
            table,
            column,
            timestamp: "msg_timestamp",
            id: "msg_id",
        };
        match self {
            Self::Packages => association("packages_messages", "package_id"),
            Self::Users => association("users_messages", "user_id"),
            Self::Topics => of_messages("topic"),
            Self::Agents => of_messages("agent_name"),
            Self::Categories => of_messages("category"),
        }
    }

    /// Whether its values are names in a table of their own, which ties messages to their keys.
    pub(crate) fn is_association(self) -> bool {
        matches!(self, Self::Packages | Self::Users)
    }

    /// The table of those names.
    pub(crate) fn names(self) -> Option<&'static str> {
        match self {
            Self::Packages => Some("packages"),
            Self::Users => Some("users"),
            Self::Topics | Self::Agents | Self::Categories => None,
        }
    }

    /// What a search asks of it.
    pub(crate) fn asked(self, search: &Search) -> &Match {
        match self {
            Self::Packages => &search.packages,
            Self::Users => &search.users,
            Self::Topics => &search.topics,
            Self::Agents => &search.agents,
            Self::Categories => &search.categories,
        }
    }
}

/// Values as the indexed column holds them.
#[derive(Clone, Debug, Eq, Hash, PartialEq)]
pub(crate) enum Values {
    Keys(Vec<i32>),
    Texts(Vec<String>),
}

impl Values {
    pub(crate) fn len(&self) -> usize {
        match self {
            Self::Keys(keys) => keys.len(),
            Self::Texts(texts) => texts.len(),
        }
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// All of them, as an array.
    pub(crate) fn all(&self) -> Bind {
        match self {
            Self::Keys(keys) => Bind::Integers(keys.clone()),
            Self::Texts(texts) => Bind::Texts(texts.clone()),
        }
    }

    /// The only one.
    pub(crate) fn only(&self) -> Option<Bind> {
        match self {
            Self::Keys(keys) => <[i32; 1]>::try_from(keys.as_slice())
                .ok()
                .map(|[key]| Bind::Integer(key)),
            Self::Texts(texts) => <&[String; 1]>::try_from(texts.as_slice())
                .ok()
                .map(|[text]| Bind::Text(text.clone())),
        }
    }

    /// The names of their counters.
    pub(crate) fn counters(&self) -> Vec<String> {
        match self {
            Self::Keys(keys) => keys.iter().map(i32::to_string).collect(),
            Self::Texts(texts) => texts.clone(),
        }
    }
}

/// What a search asks of a dimension.
#[derive(Clone, Debug, Eq, Hash, PartialEq)]
pub(crate) struct Filter {
    pub(crate) dimension: Dimension,
    /// One of these, distinct; no restriction when empty.
    pub(crate) any: Values,
    /// And none of these.
    pub(crate) none: Values,
}
