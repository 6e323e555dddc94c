//! The words of a stage, and which of several is told.

use std::fmt;

/// How a stage stands. Words are ordered: of several, the least is told, as what went wrong or goes on comes first.
#[derive(Clone, Copy, Debug, Eq, Hash, Ord, PartialEq, PartialOrd)]
pub enum Word {
    /// It ended badly.
    Failed,
    /// It has begun.
    Running,
    /// It was asked for.
    Waiting,
    /// It failed or is missing, and somebody let that pass.
    Waived,
    /// It ended well.
    Passed,
    /// It does not exist, or nobody asked for it.
    None,
}

impl Word {
    /// All words, in their order.
    pub const ALL: [Self; 6] = [
        Self::Failed,
        Self::Running,
        Self::Waiting,
        Self::Waived,
        Self::Passed,
        Self::None,
    ];

    /// The word as clients write and read it.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Failed => "failed",
            Self::Running => "running",
            Self::Waiting => "waiting",
            Self::Waived => "waived",
            Self::Passed => "passed",
            Self::None => "none",
        }
    }

    /// The word that is written so, in small letters.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|word| word.as_str() == text)
    }
}

impl fmt::Display for Word {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(self.as_str())
    }
}
