//! What a search asks, but for time and order, with its names resolved to keys.

use crate::database::sql::Bind;
use crate::dimension::Dimension;
use crate::query::about::About;

/// What a search asks, but for time and order.
#[derive(Clone, Debug, Default, Eq, Hash, PartialEq)]
pub(crate) struct Asked {
    /// The dimensions of which anything is asked, the most selective first.
    pub(crate) filters: Vec<Filter>,
    /// The texts of which a body must hold one, distinct; no restriction when empty.
    pub(crate) texts: Vec<String>,
    /// Whether only messages without agent are asked for.
    pub(crate) without_agent: bool,
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

/// Values as the indexed column holds them.
#[derive(Clone, Debug, Eq, Hash, PartialEq)]
pub(crate) enum Values {
    /// Keys of names.
    Keys(Vec<i32>),
    /// The values themselves.
    Texts(Vec<String>),
    /// Subjects.
    About(About),
}

impl Asked {
    /// What is asked of a dimension.
    pub(crate) fn filter(&self, dimension: Dimension) -> Option<&Filter> {
        self.filters
            .iter()
            .find(|filter| filter.dimension == dimension)
    }

    /// Whether all messages that can match are known by their subjects.
    pub(crate) fn is_known(&self) -> bool {
        let subjects = self.filter(Dimension::Subjects);
        let known = subjects.and_then(|filter| filter.any.known());
        known.is_some_and(About::is_known)
    }

    /// Whether bodies must be looked at.
    pub(crate) fn reads_bodies(&self) -> bool {
        !self.texts.is_empty()
    }

    /// Whether associations alone cannot tell what matches.
    pub(super) fn looks_into_messages(&self) -> bool {
        self.reads_bodies()
            || self.without_agent
            || self
                .filters
                .iter()
                .any(|filter| !filter.dimension.is_association())
    }

    /// How much memory the question takes, in bytes.
    pub(crate) fn size(&self) -> usize {
        let filters: usize = self.filters.iter().map(Filter::size).sum();
        size_of::<Self>() + filters + size_of_texts(&self.texts)
    }
}

impl Filter {
    fn size(&self) -> usize {
        size_of::<Self>() + self.any.size() + self.none.size()
    }
}

impl Values {
    pub(crate) fn is_empty(&self) -> bool {
        match self {
            Self::Keys(keys) => keys.is_empty(),
            Self::Texts(texts) => texts.is_empty(),
            Self::About(about) => about.is_empty(),
        }
    }

    /// Whether an index has the messages of each value in the order of answers, and there are several.
    pub(super) fn are_merged(&self) -> bool {
        self.known().is_none() && !self.is_empty() && self.only().is_none()
    }

    /// Subjects of which messages are known.
    pub(crate) fn known(&self) -> Option<&About> {
        match self {
            Self::About(about) if !about.messages.is_empty() => Some(about),
            _ => None,
        }
    }

    /// All values, as an array; of subjects the components.
    pub(crate) fn all(&self) -> Bind {
        match self {
            Self::Keys(keys) => Bind::Integers(keys.clone()),
            Self::Texts(texts) => Bind::Texts(texts.clone()),
            Self::About(about) => Bind::BigInts(about.components.clone()),
        }
    }

    /// The only value.
    pub(crate) fn only(&self) -> Option<Bind> {
        match self {
            Self::Keys(keys) => match keys.as_slice() {
                [key] => Some(Bind::Integer(*key)),
                _ => None,
            },
            Self::Texts(texts) => match texts.as_slice() {
                [text] => Some(Bind::Text(text.clone())),
                _ => None,
            },
            Self::About(about) => match about.components.as_slice() {
                [component] if about.messages.is_empty() => Some(Bind::BigInt(*component)),
                _ => None,
            },
        }
    }

    /// The names of the values' counters.
    pub(crate) fn counter_names(&self) -> Vec<String> {
        match self {
            Self::Keys(keys) => keys.iter().map(i32::to_string).collect(),
            Self::Texts(texts) => texts.clone(),
            Self::About(about) => about.components.iter().map(i64::to_string).collect(),
        }
    }

    fn size(&self) -> usize {
        match self {
            Self::Keys(keys) => size_of_val(keys.as_slice()),
            Self::Texts(texts) => size_of_texts(texts),
            Self::About(about) => about.size(),
        }
    }
}

/// How much memory texts take, in bytes: each is an allocation of its own.
pub(crate) fn size_of_texts(texts: &[String]) -> usize {
    const ALLOCATION: usize = 16;
    texts
        .iter()
        .map(|text| size_of::<String>() + text.len() + ALLOCATION)
        .sum()
}
