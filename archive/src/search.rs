//! What may be asked of the archive.

use std::fmt;

use crate::dimension::{Filters, Match};
use crate::span::Span;

/// A question: which messages, in which order.
///
/// Within a list any value matches; between lists all must match.
#[derive(Clone, Debug, Default, Eq, Hash, PartialEq)]
pub struct Search {
    /// When the messages were sent.
    pub time: Span,
    /// The users, packages, categories, topics and agents to match.
    pub filters: Filters,
    /// Whether only messages match of which no agent is known.
    pub without_agent: bool,
    /// Bodies that hold one of these texts: case-sensitive, in the stored JSON text (keys and
    /// punctuation included). Non-ASCII characters also match their `\uXXXX` form.
    pub contains: Vec<String>,
    /// The order of the answer.
    pub order: Order,
}

/// The order of an answer, by [`Position`](crate::Position).
#[derive(Clone, Copy, Debug, Default, Eq, Hash, PartialEq)]
pub enum Order {
    /// Newest first.
    #[default]
    Descending,
    /// Oldest first.
    Ascending,
}

impl Order {
    /// The other order.
    pub(crate) fn reversed(self) -> Self {
        match self {
            Self::Ascending => Self::Descending,
            Self::Descending => Self::Ascending,
        }
    }
}

/// Which part of an answer.
#[derive(Clone, Copy, Debug, Eq, Hash, PartialEq)]
pub struct PageRequest {
    /// The number of the page, from 1 on.
    pub number: u64,
    /// Messages a page, at least 1.
    pub size: u32,
}

impl PageRequest {
    /// How many messages lie before the page.
    pub fn offset(self) -> u64 {
        self.number
            .saturating_sub(1)
            .saturating_mul(u64::from(self.size))
    }
}

/// What a search asks for, without the values: `users=1 not_topics=2 start desc`.
pub(crate) struct Shape<'a>(pub(crate) &'a Search);

impl fmt::Display for Shape<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self(search) = self;
        for (dimension, Match { any, none }) in search.filters.iter() {
            for (prefix, values) in [("", any), ("not_", none)] {
                if !values.is_empty() {
                    write!(f, "{prefix}{}={} ", dimension.name(), values.len())?;
                }
            }
        }
        if search.without_agent {
            f.write_str("without_agent ")?;
        }
        if !search.contains.is_empty() {
            write!(f, "contains={} ", search.contains.len())?;
        }
        for (name, bound) in [("start ", search.time.from), ("end ", search.time.to)] {
            if bound.is_some() {
                f.write_str(name)?;
            }
        }
        f.write_str(match search.order {
            Order::Descending => "desc",
            Order::Ascending => "asc",
        })
    }
}

#[cfg(test)]
mod tests {
    use chrono::NaiveDateTime;

    use super::*;
    use crate::dimension::Dimension;

    #[test]
    fn a_shape_tells_no_value() {
        let mut search = Search {
            contains: vec!["secret".to_owned()],
            time: Span::inclusive(None, Some(NaiveDateTime::default())),
            ..Search::default()
        };
        search.filters[Dimension::Users].any = vec!["alice".to_owned(), "bob".to_owned()];
        search.filters[Dimension::Topics].none = vec!["a.b".to_owned()];
        assert_eq!(
            Shape(&search).to_string(),
            "users=2 not_topics=1 contains=1 end desc"
        );
    }
}
