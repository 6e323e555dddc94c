//! Since when builds of a branch fail.

use chrono::NaiveDateTime;
use road::{PackageBuild, Stage, Subject, Undone, Word};
use serde::Serialize;

use crate::view::moment::written;

/// Builds of one branch that failed one after the other. Those that still run or were cancelled are passed over.
#[derive(Debug, Eq, PartialEq)]
pub struct Failing<'a> {
    /// The first of them.
    pub first: &'a Subject,
    /// When that one failed.
    pub since: Option<NaiveDateTime>,
    /// How many there are.
    pub builds: usize,
    /// Whether one was built before them; else others may have failed of which nothing was read.
    pub is_first_known: bool,
}

impl<'a> Failing<'a> {
    /// Those that end with this one, if it failed, of builds of all branches, the newest first.
    pub fn of(builds: &'a [PackageBuild], last: &Subject) -> Option<Self> {
        let own = builds
            .iter()
            .position(|build| build.road.subject == *last)?;
        let branch = &builds[own].road.branch;
        let older = builds[own..].iter();
        let mut of_branch = older.filter(|build| build.road.branch == *branch);
        let mut failing = Self::from(of_branch.next().filter(|build| has_failed(build))?);
        for build in of_branch {
            if has_failed(build) {
                failing = Self {
                    builds: failing.builds + 1,
                    ..Self::from(build)
                };
            } else if was_built(build) {
                failing.is_first_known = true;
                break;
            }
        }
        Some(failing)
    }

    fn from(build: &'a PackageBuild) -> Self {
        Self {
            first: &build.road.subject,
            since: build.road.step(Stage::Build).and_then(|step| step.since),
            builds: 1,
            is_first_known: false,
        }
    }

    /// In words; the first of several is to be told behind them.
    pub fn words(&self) -> String {
        match (self.builds, self.is_first_known) {
            (1, true) => "first to fail".to_owned(),
            (1, false) => "no earlier build is known".to_owned(),
            (builds, true) => format!("{builds} in a row, since"),
            (builds, false) => format!("at least {builds} in a row, since"),
        }
    }

    /// As programs get it.
    pub fn members(&self) -> FailingMembers<'a> {
        FailingMembers {
            first: self.first.parts().1,
            since: self.since.map(written),
            builds: self.builds,
            is_first_known: self.is_first_known,
        }
    }
}

fn was_built(build: &PackageBuild) -> bool {
    build.undone == Some(Undone::Deleted) || build.road.word(Stage::Build) == Some(Word::Passed)
}

fn has_failed(build: &PackageBuild) -> bool {
    build.undone.is_none() && build.road.word(Stage::Build) == Some(Word::Failed)
}

/// The members of the answer.
#[derive(Serialize)]
pub struct FailingMembers<'a> {
    first: &'a str,
    since: Option<String>,
    builds: usize,
    is_first_known: bool,
}
