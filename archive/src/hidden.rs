//! What a reader tells nothing of.

use std::borrow::Cow;

use crate::dimension::{Dimension, Match};
use crate::search::Search;

/// A topic and a category that no message has, as no routing key is so long.
const NOBODYS: &str = "hidden hidden hidden hidden hidden hidden hidden hidden hidden hidden hidden hidden hidden \
    hidden hidden hidden hidden hidden hidden hidden hidden hidden hidden hidden hidden hidden hidden hidden hidden \
    hidden hidden hidden hidden hidden hidden hidden hidden hidden hidden hidden hidden hidden hidden hidden hidden";

/// Topics and categories whose messages do not exist for a reader.
///
/// They are whole names, as those are what counters are kept by: so totals without them are exact, and as quick as
/// others. A category hides all of its topics, those of which there is no message yet included.
#[derive(Clone, Debug, Default, Eq, PartialEq)]
pub struct Hidden {
    /// Topics, case-sensitive.
    pub topics: Vec<String>,
    /// Categories, case-sensitive.
    pub categories: Vec<String>,
}

impl Hidden {
    /// Whether nothing is hidden.
    pub fn is_empty(&self) -> bool {
        self.topics.is_empty() && self.categories.is_empty()
    }

    /// Whether messages with this topic and this category are hidden.
    pub fn hides(&self, topic: &str, category: &str) -> bool {
        let is_among = |names: &[String], name| names.iter().any(|hidden| hidden == name);
        is_among(&self.topics, topic) || is_among(&self.categories, category)
    }

    /// The search for what is not hidden of what `search` finds.
    ///
    /// A hidden name that is asked for is left out of what is asked, so that the index of its messages is not walked
    /// through in vain; where it is the only one, nobody's takes its place, and the answer takes the way of an unknown
    /// one.
    pub(crate) fn left<'a>(&self, search: &'a Search) -> Cow<'a, Search> {
        if self.is_empty() {
            return Cow::Borrowed(search);
        }
        let mut left = search.clone();
        for (dimension, hidden) in [
            (Dimension::Topics, &self.topics),
            (Dimension::Categories, &self.categories),
        ] {
            let Match { any, none } = &mut left.filters[dimension];
            if any.is_empty() {
                none.extend_from_slice(hidden);
                continue;
            }
            any.retain(|name| !hidden.contains(name));
            if any.is_empty() {
                any.push(NOBODYS.to_owned());
            }
        }
        Cow::Owned(left)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn names(names: &[&str]) -> Vec<String> {
        names.iter().map(|&name| name.to_owned()).collect()
    }

    fn hidden() -> Hidden {
        Hidden {
            topics: names(&["a", "b"]),
            categories: names(&["x"]),
        }
    }

    #[test]
    fn a_message_is_hidden_by_its_topic_or_its_category() {
        for (topic, category, expected) in [
            ("a", "y", true),
            ("c", "x", true),
            ("c", "y", false),
            ("x", "a", false),
            ("A", "X", false),
            ("a.b", "", false),
        ] {
            assert_eq!(hidden().hides(topic, category), expected);
        }
        assert!(!Hidden::default().hides("a", "x"));
    }

    #[test]
    fn what_is_hidden_is_left_out_of_what_is_asked() {
        let asked = |any: &[&str], none: &[&str]| {
            let mut search = Search::default();
            search.filters[Dimension::Topics] = Match {
                any: names(any),
                none: names(none),
            };
            let left = hidden().left(&search).into_owned();
            let categories = &left.filters[Dimension::Categories];
            assert_eq!(
                (&categories.any[..], &*categories.none),
                (&[][..], &names(&["x"])[..])
            );
            let Match { any, none } = &left.filters[Dimension::Topics];
            (any.join(" "), none.join(" "))
        };
        let told = |any: &str, none: &str| (any.to_owned(), none.to_owned());
        assert_eq!(asked(&[], &[]), told("", "a b"));
        assert_eq!(asked(&[], &["c"]), told("", "c a b"));
        assert_eq!(asked(&["a", "c"], &["d"]), told("c", "d"));
        assert_eq!(asked(&["a", "b"], &[]), told(NOBODYS, ""));
        assert!(NOBODYS.len() > 255);
        let nothing = Hidden::default();
        assert!(matches!(nothing.left(&Search::default()), Cow::Borrowed(_)));
    }
}
