//! What a search asks, but for time and order, with its names resolved to keys.

use crate::database::sql::Bind;
use crate::dimension::Dimension;

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
}

impl Asked {
    /// What is asked of a dimension.
    pub(crate) fn filter(&self, dimension: Dimension) -> Option<&Filter> {
        self.filters
            .iter()
            .find(|filter| filter.dimension == dimension)
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
    pub(crate) fn len(&self) -> usize {
        match self {
            Self::Keys(keys) => keys.len(),
            Self::Texts(texts) => texts.len(),
        }
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// All values, as an array.
    pub(crate) fn all(&self) -> Bind {
        match self {
            Self::Keys(keys) => Bind::Integers(keys.clone()),
            Self::Texts(texts) => Bind::Texts(texts.clone()),
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
        }
    }

    /// The names of the values' counters.
    pub(crate) fn counter_names(&self) -> Vec<String> {
        match self {
            Self::Keys(keys) => keys.iter().map(i32::to_string).collect(),
            Self::Texts(texts) => texts.clone(),
        }
    }

    fn size(&self) -> usize {
        match self {
            Self::Keys(keys) => size_of_val(keys.as_slice()),
            Self::Texts(texts) => size_of_texts(texts),
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
