//! The index that has the messages of each dimension's values in the order of answers.

use crate::dimension::Dimension;

/// Where the messages of a value are found in order of time: `column` leads an index that goes on
/// with `timestamp` and `id`.
#[derive(Clone, Copy, Debug)]
pub(crate) struct AnswerIndex {
    pub(crate) table: &'static str,
    pub(crate) column: &'static str,
    pub(crate) timestamp: &'static str,
    pub(crate) id: &'static str,
}

impl Dimension {
    /// All dimensions, the most selective first, as far as can be said without counting.
    pub(crate) const BY_SELECTIVITY: [Self; Self::ALL.len()] = [
        Self::Subjects,
        Self::Packages,
        Self::Users,
        Self::Topics,
        Self::Agents,
        Self::Categories,
    ];

    /// The index that has the dimension's messages in the order of answers.
    pub(crate) fn index(self) -> AnswerIndex {
        let of_messages = |column| AnswerIndex {
            table: "messages",
            column,
            timestamp: "\"timestamp\"",
            id: "id",
        };
        let of_association = |table, column| AnswerIndex {
            table,
            column,
            timestamp: "msg_timestamp",
            id: "msg_id",
        };
        match self {
            Self::Subjects => of_association("message_subjects", "component"),
            Self::Packages => of_association("packages_messages", "package_id"),
            Self::Users => of_association("users_messages", "user_id"),
            Self::Topics => of_messages("topic"),
            Self::Agents => of_messages("agent_name"),
            Self::Categories => of_messages("category"),
        }
    }

    /// Whether an association table ties the dimension's values to messages, by keys or numbers.
    pub(crate) fn is_association(self) -> bool {
        self == Self::Subjects || self.names_table().is_some()
    }

    /// The table of the names, for an association by keys of names.
    pub(crate) fn names_table(self) -> Option<&'static str> {
        match self {
            Self::Packages => Some("packages"),
            Self::Users => Some("users"),
            Self::Subjects | Self::Topics | Self::Agents | Self::Categories => None,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_dimension_is_looked_at() {
        for dimension in Dimension::ALL {
            assert!(
                Dimension::BY_SELECTIVITY.contains(&dimension),
                "{dimension:?}"
            );
        }
    }
}
