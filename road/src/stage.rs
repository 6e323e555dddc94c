//! The stages of a road in their order, and the words that each may have.

use std::fmt;

use crate::word::Word;

/// A stage on the way from a change to the users.
#[derive(Clone, Copy, Debug, Eq, Hash, Ord, PartialEq, PartialOrd)]
pub enum Stage {
    /// The build's commit is in dist-git, outside of forks.
    Commit,
    /// The pull request that brought the commit.
    Pr,
    /// Flags and tests of the pull request's commit.
    PrCi,
    /// The build in koji.
    Build,
    /// The signature.
    Sign,
    /// The update in Bodhi.
    Update,
    /// Fedora CI's tests of the build.
    Ci,
    /// openQA's jobs for the update.
    Openqa,
    /// Outcomes in ResultsDB, for build and update.
    Results,
    /// Waivers in WaiverDB, for build and update.
    Waiver,
    /// Greenwave's decisions, and what Bodhi makes of them.
    Gating,
    /// The push to the testing repository.
    Testing,
    /// The push to the stable repository.
    Stable,
}

impl Stage {
    /// All stages, in their order: those of a build and of an update.
    pub const ALL: [Self; 13] = [
        Self::Commit,
        Self::Pr,
        Self::PrCi,
        Self::Build,
        Self::Sign,
        Self::Update,
        Self::Ci,
        Self::Openqa,
        Self::Results,
        Self::Waiver,
        Self::Gating,
        Self::Testing,
        Self::Stable,
    ];

    /// The stage as clients write and read it.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Commit => "commit",
            Self::Pr => "pr",
            Self::PrCi => "pr_ci",
            Self::Build => "build",
            Self::Sign => "sign",
            Self::Update => "update",
            Self::Ci => "ci",
            Self::Openqa => "openqa",
            Self::Results => "results",
            Self::Waiver => "waiver",
            Self::Gating => "gating",
            Self::Testing => "testing",
            Self::Stable => "stable",
        }
    }

    /// The stage that is written so, in small letters.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|stage| stage.as_str() == text)
    }

    /// The words that the stage may have at all.
    #[must_use]
    pub const fn words(self) -> &'static [Word] {
        match self {
            Self::Commit => &[Word::Passed, Word::None],
            Self::Pr => &[Word::Failed, Word::Waiting, Word::Passed, Word::None],
            Self::Sign => &[Word::Running, Word::Waiting, Word::Passed, Word::None],
            Self::Waiver => &[Word::Waived, Word::None],
            Self::Gating => &Word::ALL,
            Self::PrCi
            | Self::Build
            | Self::Update
            | Self::Ci
            | Self::Openqa
            | Self::Results
            | Self::Testing
            | Self::Stable => &[
                Word::Failed,
                Word::Running,
                Word::Waiting,
                Word::Passed,
                Word::None,
            ],
        }
    }
}

impl fmt::Display for Stage {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(self.as_str())
    }
}
