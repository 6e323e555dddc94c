//! What messages are found and counted by.

use std::ops::{Index, IndexMut};

/// A property of messages whose values are indexed and counted.
///
/// A further one that is a column of messages is a variant here and in the lists below, its place
/// in `query::index`, the letter of its counters in `counts::kind`, and what the migrations make
/// for it. One with tables of its own, as users have, is stored and read beside that: by
/// `store::association` and what calls it, and by `query::row`.
#[derive(Clone, Copy, Debug, Eq, Hash, Ord, PartialEq, PartialOrd)]
pub enum Dimension {
    /// The users that a message concerns.
    Users,
    /// The packages that a message concerns.
    Packages,
    /// The category of a message.
    Categories,
    /// The topic of a message.
    Topics,
    /// Who caused a message. One without agent matches no `any`, and every `none`.
    Agents,
    /// What a message is about, as `kind:name`.
    Subjects,
}

impl Dimension {
    /// All of them, in the order in which the fields are declared.
    pub const ALL: [Self; 6] = [
        Self::Users,
        Self::Packages,
        Self::Categories,
        Self::Topics,
        Self::Agents,
        Self::Subjects,
    ];

    /// The dimension's name, in the plural: `users`.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Users => "users",
            Self::Packages => "packages",
            Self::Categories => "categories",
            Self::Topics => "topics",
            Self::Agents => "agents",
            Self::Subjects => "subjects",
        }
    }
}

/// Values of a dimension to match, by equality and case-sensitive.
#[derive(Clone, Debug, Default, Eq, Hash, PartialEq)]
pub struct Match {
    /// One of these; no restriction when empty.
    pub any: Vec<String>,
    /// And none of these.
    pub none: Vec<String>,
}

/// What to match of each dimension: `filters[Dimension::Users]`.
#[derive(Clone, Debug, Default, Eq, Hash, PartialEq)]
pub struct Filters([Match; Dimension::ALL.len()]);

impl Filters {
    /// The dimensions with what is to be matched of each.
    pub fn iter(&self) -> impl Iterator<Item = (Dimension, &Match)> {
        Dimension::ALL.into_iter().zip(&self.0)
    }
}

impl Index<Dimension> for Filters {
    type Output = Match;

    fn index(&self, dimension: Dimension) -> &Match {
        &self.0[dimension as usize]
    }
}

impl IndexMut<Dimension> for Filters {
    fn index_mut(&mut self, dimension: Dimension) -> &mut Match {
        &mut self.0[dimension as usize]
    }
}

impl<const N: usize> From<[(Dimension, Match); N]> for Filters {
    fn from(matches: [(Dimension, Match); N]) -> Self {
        let mut filters = Self::default();
        for (dimension, asked) in matches {
            filters[dimension] = asked;
        }
        filters
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_dimension_has_a_place_of_its_own() {
        for (n, dimension) in Dimension::ALL.into_iter().enumerate() {
            assert_eq!(dimension as usize, n);
        }
    }
}
