//! What was tested of a build and its updates: the stages `ci`, `openqa`, `results` and `waiver`.

use std::collections::{BTreeMap, BTreeSet};

use super::jobs::Jobs;
use super::told::{At, Board, Told};
use crate::event::{Item, Job, Outcome, Restart, Test, Waiver};
use crate::word::Word;

/// The newest of all that was said about tests.
#[derive(Default)]
pub(crate) struct Tested {
    /// Tests of the build, by name, and by task where a message names no build.
    tests: Board<(String, Option<String>)>,
    /// Jobs of updates.
    jobs: BTreeMap<String, Jobs>,
    /// Outcomes for the build and for updates.
    outcomes: Board<(Item, [String; 4])>,
    /// Waivers for the build and for updates.
    waivers: Board<(Item, [String; 2])>,
}

impl Tested {
    /// Takes a test, by the build's name, or by a task where it has none; tells whether it may be one of `nvr`.
    pub(crate) fn test(&mut self, test: &Test, nvr: &str, at: At) -> bool {
        let other = test.nvr.as_ref().is_some_and(|named| named != nvr);
        if test.scratch || other {
            return false;
        }
        let task = test.task.clone().filter(|_| test.nvr.is_none());
        self.tests.put((test.test.clone(), task), test.word, at);
        true
    }

    /// Takes news of a job.
    pub(crate) fn job(&mut self, job: &Job, at: At) {
        self.jobs.entry(job.alias.clone()).or_default().job(job, at);
    }

    /// Takes jobs that run again.
    pub(crate) fn restart(&mut self, restart: &Restart, at: At) {
        let jobs = self.jobs.entry(restart.alias.clone()).or_default();
        jobs.restart(restart, at);
    }

    /// Takes an outcome, if it may count for `nvr`.
    pub(crate) fn outcome(&mut self, outcome: &Outcome, nvr: &str, at: At) {
        if may_count(&outcome.item, nvr) {
            let test = (outcome.item.clone(), outcome.test.clone());
            self.outcomes.put(test, outcome.word, at);
        }
    }

    /// Takes a waiver, if it may count for `nvr`; one that is taken back says nothing any more.
    pub(crate) fn waiver(&mut self, waiver: &Waiver, nvr: &str, at: At) {
        if may_count(&waiver.item, nvr) {
            let word = if waiver.waived {
                Word::Waived
            } else {
                Word::None
            };
            let test = (waiver.item.clone(), waiver.test.clone());
            self.waivers.put(test, word, at);
        }
    }

    /// The stage `ci` of a build with these tasks: the newest word of each test, whether it names the build or a task.
    pub(crate) fn ci(&self, tasks: &BTreeSet<String>) -> Told {
        let mut newest: BTreeMap<&String, (Word, At)> = BTreeMap::new();
        let of_build = |(_, task): &(String, Option<String>)| match task {
            Some(task) => tasks.contains(task),
            None => true,
        };
        for ((test, _), word, at) in self.tests.of(of_build) {
            let last = newest.entry(test).or_insert((word, at));
            if last.1 < at {
                *last = (word, at);
            }
        }
        Told::least(newest.into_values())
    }

    /// The stage `openqa` of an update.
    pub(crate) fn openqa(&self, alias: &str) -> Told {
        self.jobs.get(alias).map_or_else(Told::nothing, Jobs::told)
    }

    /// The stage `results`, of what counts.
    pub(crate) fn results(&self, counts: impl Fn(&Item) -> bool) -> Told {
        self.outcomes.told(|(item, _)| counts(item))
    }

    /// The stage `waiver`, of what counts.
    pub(crate) fn waived(&self, counts: impl Fn(&Item) -> bool) -> Told {
        self.waivers.told(|(item, _)| counts(item))
    }
}

/// Whether what is said about a build or an update may turn out to count for `nvr`: in which update the build is may
/// be known later.
fn may_count(item: &Item, nvr: &str) -> bool {
    match item {
        Item::Nvr(named) => named == nvr,
        Item::Update(_) => true,
    }
}
