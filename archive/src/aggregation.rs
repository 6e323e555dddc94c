//! What a search can be counted by.

use chrono::NaiveDateTime;

use crate::dimension::Dimension;

/// Whose values make groups.
#[derive(Clone, Copy, Debug, Eq, Hash, PartialEq)]
pub enum GroupBy {
    /// The topic: each message is in one group.
    Topic,
    /// The category: likewise.
    Category,
    /// The user: a message is in the group of each that it concerns, and in none if it concerns nobody.
    User,
    /// The package: likewise.
    Package,
    /// Who caused it: a message without agent is in no group.
    Agent,
}

impl GroupBy {
    /// All of them.
    pub const ALL: [Self; 5] = [
        Self::Topic,
        Self::Category,
        Self::User,
        Self::Package,
        Self::Agent,
    ];

    /// The dimension whose values these are.
    pub const fn dimension(self) -> Dimension {
        match self {
            Self::Topic => Dimension::Topics,
            Self::Category => Dimension::Categories,
            Self::User => Dimension::Users,
            Self::Package => Dimension::Packages,
            Self::Agent => Dimension::Agents,
        }
    }
}

/// How what matches is to be counted.
#[derive(Clone, Debug)]
pub struct Aggregation {
    /// Whose values make groups, none of them twice, two at most. Of two, each pair is a group.
    pub by: Vec<GroupBy>,
    /// The edges of the half-open spans of time by which groups are divided further, ascending; empty where time does
    /// not matter. What lies outside is not counted.
    pub edges: Vec<NaiveDateTime>,
    /// So many names, or pairs of names, at most: those with the most messages.
    pub most: u32,
    /// Where counters cannot tell, the newest so many messages are counted.
    pub newest: u32,
    /// Whether to tell when the first and the last message of each group was sent.
    pub with_times: bool,
}

/// What matches, by groups.
#[derive(Clone, Debug, Default)]
pub struct Aggregate {
    /// Those with the most messages first, equal ones by name, and within a name by time. None is empty.
    pub groups: Vec<Group>,
    /// How many names, or pairs of names, there are of what was counted.
    pub names: u64,
    /// How many messages match in all.
    pub total: u64,
    /// Of how many messages the groups are, where that is not all.
    pub only: Option<Newest>,
}

/// The newest messages of those that match.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct Newest {
    /// How many.
    pub messages: u64,
    /// When the oldest of these was sent.
    pub since: NaiveDateTime,
}

/// A group of messages.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Group {
    /// The values that its messages have in common, as many as were asked for.
    pub names: Vec<String>,
    /// The number of the span of time, from 0 on, where these were asked for.
    pub span: Option<usize>,
    /// How many messages.
    pub messages: u64,
    /// When the first and the last of the messages that were counted were sent, where that was asked for.
    pub times: Option<(NaiveDateTime, NaiveDateTime)>,
}
