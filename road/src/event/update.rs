//! Updates as messages of Bodhi's show them.

use std::collections::BTreeSet;
use std::hash::{DefaultHasher, Hash, Hasher};
use std::sync::Arc;

use crate::word::Word;

/// What happened to an update.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) enum Happening {
    /// Its builds can be tested.
    Ready,
    /// It is to be pushed to testing.
    RequestTesting,
    /// It is to be pushed to stable.
    RequestStable,
    /// The request was taken back.
    Revoke,
    /// It was withdrawn.
    Unpush,
    /// It was called obsolete.
    Obsolete,
    /// It was changed.
    Edit,
    /// A compose threw it out.
    Eject,
    /// It is good enough for stable.
    RequirementsMet,
    /// It was pushed to testing.
    CompleteTesting,
    /// It was pushed to stable.
    CompleteStable,
    /// A mail told of it.
    Mailed,
    /// Anything else, such as a comment.
    Other,
}

/// A message about an update, and the update in it.
#[derive(Clone, Debug, Eq, PartialEq)]
pub(crate) struct Update {
    /// The update's alias.
    pub(crate) alias: String,
    /// What happened.
    pub(crate) happening: Happening,
    /// Its status.
    pub(crate) status: Option<Status>,
    /// What is requested: `testing` or `stable`.
    pub(crate) request: Option<String>,
    /// What Bodhi knows of the gate; `None` if it says nothing.
    pub(crate) gate: Option<Word>,
    /// Its builds, if it names any.
    pub(crate) builds: Members,
    /// Builds that this message says were removed.
    pub(crate) removed: Vec<String>,
    /// Its release; without a name if the message does not tell.
    pub(crate) release: Release,
    /// Endings of the contexts in which more is asked for: `_critpath` or `_GROUP_critpath`.
    pub(crate) critical: Vec<String>,
    /// When it was filed, as Bodhi writes times: they sort as texts.
    pub(crate) submitted: Option<String>,
    /// The tag whose compose threw it out.
    pub(crate) repo: Option<String>,
}

/// The status of an update.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) enum Status {
    /// Filed, and in no repository.
    Pending,
    /// In the testing repository.
    Testing,
    /// In the stable repository.
    Stable,
    /// Obsolete or unpushed.
    Withdrawn,
}

/// A build of an update.
#[derive(Clone, Debug, Default, Eq, PartialEq)]
pub(crate) struct Member {
    /// Name, version and release.
    pub(crate) nvr: String,
    /// Whether Bodhi knows that it is signed.
    pub(crate) signed: bool,
    /// The build's number.
    pub(crate) build: Option<String>,
    /// The task that built it.
    pub(crate) task: Option<String>,
}

/// The builds of an update. Updates of hundreds of builds name all in each message, so that lists are sorted for
/// looking up, compared by a hash, and shared by all who know them.
#[derive(Clone, Debug, Default, Eq, PartialEq)]
pub(crate) struct Members {
    sorted: Arc<[Member]>,
    hash: u64,
}

impl Members {
    /// The list of these builds.
    pub(crate) fn new(mut members: Vec<Member>) -> Self {
        members.sort_by(|one, other| one.nvr.cmp(&other.nvr));
        members.dedup_by(|one, other| one.nvr == other.nvr);
        let mut hasher = DefaultHasher::new();
        for member in &members {
            member.nvr.hash(&mut hasher);
        }
        Self {
            sorted: members.into(),
            hash: hasher.finish(),
        }
    }

    /// The list but for these builds.
    pub(crate) fn without(&self, removed: &[String]) -> Self {
        if !removed.iter().any(|nvr| self.contains(nvr)) {
            return self.clone();
        }
        let removed: BTreeSet<&String> = removed.iter().collect();
        let left = self.iter().filter(|member| !removed.contains(&member.nvr));
        Self::new(left.cloned().collect())
    }

    /// All builds, sorted.
    pub(crate) fn iter(&self) -> impl Iterator<Item = &Member> {
        self.sorted.iter()
    }

    /// The names of all builds, sorted.
    pub(crate) fn names(&self) -> impl Iterator<Item = &String> {
        self.sorted.iter().map(|member| &member.nvr)
    }

    /// The build of this name.
    pub(crate) fn get(&self, nvr: &str) -> Option<&Member> {
        let place = self
            .sorted
            .binary_search_by(|member| member.nvr.as_str().cmp(nvr));
        place.ok().map(|place| &self.sorted[place])
    }

    /// Whether the build of this name is one of them.
    pub(crate) fn contains(&self, nvr: &str) -> bool {
        self.get(nvr).is_some()
    }

    /// Whether no build is named.
    pub(crate) fn is_empty(&self) -> bool {
        self.sorted.is_empty()
    }

    /// A number that lists of other builds do not have.
    pub(crate) fn hash(&self) -> u64 {
        self.hash
    }
}

/// A release of Bodhi's.
#[derive(Clone, Debug, Default, Eq, PartialEq)]
pub(crate) struct Release {
    /// Its name, such as `F45`.
    pub(crate) name: String,
    /// Greenwave's name of it, such as `fedora-45`.
    pub(crate) product: String,
    /// The branch of dist-git.
    pub(crate) branch: Option<String>,
    /// The tags of what is stable.
    pub(crate) stable: Vec<String>,
    /// The tag of what is in testing.
    pub(crate) testing: Option<String>,
    /// The tags through which builds come: candidates and what is pending.
    pub(crate) passing: Vec<String>,
}
