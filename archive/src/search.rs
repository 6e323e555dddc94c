//! What may be asked of the archive.

use chrono::NaiveDateTime;

/// A question: which messages, in which order.
///
/// Within a list any value matches; between lists all must match.
#[derive(Clone, Debug, Default, Eq, Hash, PartialEq)]
pub struct Search {
    /// When they were sent.
    pub time: TimeRange,
    /// By the users they concern.
    pub users: Match,
    /// By the packages they concern.
    pub packages: Match,
    /// By category.
    pub categories: Match,
    /// By topic.
    pub topics: Match,
    /// By who caused them. A message without agent matches no `any`, and every `none`.
    pub agents: Match,
    /// Bodies that hold one of these texts: case-sensitive, in the stored JSON text (keys and
    /// punctuation included). Non-ASCII characters also match their `\uXXXX` form.
    pub contains: Vec<String>,
    /// The order of the answer.
    pub order: Order,
}

/// Values to match, by equality and case-sensitive.
#[derive(Clone, Debug, Default, Eq, Hash, PartialEq)]
pub struct Match {
    /// One of these; no restriction when empty.
    pub any: Vec<String>,
    /// And none of these.
    pub none: Vec<String>,
}

/// Both ends belong to it; `None` is open. UTC.
#[derive(Clone, Copy, Debug, Default, Eq, Hash, PartialEq)]
pub struct TimeRange {
    /// The earliest.
    pub start: Option<NaiveDateTime>,
    /// The latest.
    pub end: Option<NaiveDateTime>,
}

impl TimeRange {
    pub(crate) fn covers(&self, at: NaiveDateTime) -> bool {
        self.start.is_none_or(|start| start <= at) && self.end.is_none_or(|end| at <= end)
    }
}

/// By `(timestamp, id)`: total, so that pages neither repeat nor skip.
#[derive(Clone, Copy, Debug, Default, Eq, Hash, PartialEq)]
pub enum Order {
    /// Newest first.
    #[default]
    Descending,
    /// Oldest first.
    Ascending,
}

/// Which part of the answer.
#[derive(Clone, Copy, Debug, Eq, Hash, PartialEq)]
pub struct PageRequest {
    /// Counts from 1.
    pub number: u64,
    /// Messages per page, at least 1.
    pub size: u32,
}

/// What a search asks for, without the values: `users=1 not_topics=2 start desc`.
pub(crate) struct Shape<'a>(pub(crate) &'a Search);

impl std::fmt::Display for Shape<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let Search {
            time,
            users,
            packages,
            categories,
            topics,
            agents,
            contains,
            order,
        } = self.0;
        let lists = [
            ("users", users),
            ("packages", packages),
            ("categories", categories),
            ("topics", topics),
            ("agents", agents),
        ];
        for (name, Match { any, none }) in lists {
            for (prefix, values) in [("", any), ("not_", none)] {
                if !values.is_empty() {
                    write!(f, "{prefix}{name}={} ", values.len())?;
                }
            }
        }
        if !contains.is_empty() {
            write!(f, "contains={} ", contains.len())?;
        }
        for (name, bound) in [("start ", time.start), ("end ", time.end)] {
            f.write_str(bound.map_or("", |_| name))?;
        }
        f.write_str(match order {
            Order::Descending => "desc",
            Order::Ascending => "asc",
        })
    }
}

impl PageRequest {
    /// How many messages lie before the page.
    pub fn offset(self) -> u64 {
        self.number
            .saturating_sub(1)
            .saturating_mul(u64::from(self.size))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_shape_tells_no_value() {
        let mut search = Search {
            contains: vec!["secret".to_owned()],
            ..Search::default()
        };
        search.users.any = vec!["alice".to_owned(), "bob".to_owned()];
        search.topics.none = vec!["a.b".to_owned()];
        search.time.end = Some(NaiveDateTime::default());
        assert_eq!(
            Shape(&search).to_string(),
            "users=2 not_topics=1 contains=1 end desc"
        );
    }
}
