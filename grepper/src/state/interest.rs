//! By what somebody who waits is found when a message comes.

use std::collections::hash_map::DefaultHasher;
use std::hash::{Hash, Hasher};

use archive::{Arrival, Dimension, Search, Subject};

/// Something that messages have in common, as a number. Two things seldom share one; then somebody looks in vain.
#[derive(Clone, Copy, Debug, Eq, Hash, Ord, PartialEq, PartialOrd)]
pub struct Interest(u64);

impl Interest {
    fn new(kind: &str, value: impl Hash) -> Self {
        let mut hasher = DefaultHasher::new();
        (kind, value).hash(&mut hasher);
        Self(hasher.finish())
    }

    /// Messages about a subject.
    pub fn subject(subject: Subject) -> Self {
        Self::new("subject", subject)
    }

    /// Messages with a topic.
    pub fn topic(topic: &str) -> Self {
        Self::new("topic", topic)
    }

    /// The message with this id.
    pub fn id(msg_id: &str) -> Self {
        Self::new("id", msg_id)
    }

    /// Every message.
    pub fn any() -> Self {
        Self::new("any", ())
    }

    /// What messages have in common that a search finds.
    pub fn of_search(search: &Search) -> Vec<Self> {
        let any = |dimension| &search.filters[dimension].any;
        let subjects = any(Dimension::Subjects);
        if !subjects.is_empty() {
            let subjects = subjects.iter().map(|text| Subject::written(text));
            return subjects.map(Self::subject).collect();
        }
        let topics = any(Dimension::Topics);
        if !topics.is_empty() {
            return topics.iter().map(|topic| Self::topic(topic)).collect();
        }
        let categories = any(Dimension::Categories);
        if !categories.is_empty() {
            let category = |name| Self::new("category", name);
            return categories
                .iter()
                .map(String::as_str)
                .map(category)
                .collect();
        }
        vec![Self::any()]
    }

    /// Whom a message may concern.
    pub fn of_arrival(arrival: &Arrival) -> Vec<Self> {
        let mut interests = vec![
            Self::any(),
            Self::topic(&arrival.topic),
            Self::new("category", arrival.category.as_str()),
        ];
        interests.extend(arrival.msg_id.as_deref().map(Self::id));
        interests.extend(arrival.subjects.iter().copied().map(Self::subject));
        interests
    }
}

#[cfg(test)]
mod tests {
    use archive::Match;

    use super::*;

    #[test]
    fn a_search_waits_for_what_it_finds() {
        let arrival = Arrival {
            msg_id: Some("a".to_owned()),
            topic: "x.y".to_owned(),
            category: "y".to_owned(),
            subjects: vec![Subject::new("build", "7")],
        };
        let told = Interest::of_arrival(&arrival);
        assert!(told.contains(&Interest::id("a")) && !told.contains(&Interest::id("b")));
        let asked = |dimension, value: &str| {
            let mut search = Search::default();
            search.filters[dimension] = Match {
                any: vec![value.to_owned()],
                none: Vec::new(),
            };
            let interests = Interest::of_search(&search);
            interests.iter().any(|interest| told.contains(interest))
        };
        for (dimension, value, expected) in [
            (Dimension::Subjects, "build:7", true),
            (Dimension::Subjects, "build:8", false),
            (Dimension::Topics, "x.y", true),
            (Dimension::Topics, "x", false),
            (Dimension::Categories, "y", true),
            (Dimension::Categories, "x.y", false),
            (Dimension::Users, "anybody", true),
        ] {
            assert_eq!(asked(dimension, value), expected, "{dimension:?} {value}");
        }
    }
}
