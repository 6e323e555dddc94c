//! Which of the attempts at a build is looked at: what could not be built may be built again under the same name, by
//! another task and often from another commit.

use std::collections::BTreeSet;

use crate::event::{Build, BuildState, Event};
use crate::history::History;
use crate::subject::Subject;

/// One of the attempts at a build, by which a task or a commit knows it.
#[derive(Debug)]
pub(crate) struct Attempt {
    /// Its task.
    pub(crate) task: String,
    /// The task of the newest attempt, if that is a later one.
    pub(crate) followed_by: Option<String>,
    /// The tasks of the other attempts.
    others: BTreeSet<String>,
    /// Whether it has ended without a build for good. That of a commit never has, as the commit may be built again.
    pub(crate) is_over: bool,
}

/// What koji said of an attempt.
struct Begun<'a> {
    task: &'a String,
    commit: Option<&'a String>,
    failed: bool,
}

impl Begun<'_> {
    /// Whether a task or a commit means this attempt.
    fn is_of(&self, subject: &Subject) -> bool {
        match subject {
            Subject::Task(task) => self.task == task,
            Subject::Commit(commit) => self.commit == Some(commit),
            _ => false,
        }
    }
}

impl Attempt {
    /// The attempt that a task means, or the newest one of those that a commit means. `None` for other subjects, and
    /// where koji said nothing of such an attempt.
    pub(crate) fn of(subject: &Subject, nvr: &str, history: &History) -> Option<Self> {
        if !matches!(subject, Subject::Task(_) | Subject::Commit(_)) {
            return None;
        }
        let begun = begun(nvr, history);
        let at = begun.iter().rposition(|one| one.is_of(subject))?;
        let (mine, later) = (&begun[at], &begun[at + 1..]);
        let others = begun.iter().filter(|other| other.task != mine.task);
        Some(Self {
            task: mine.task.clone(),
            followed_by: later.last().map(|newest| newest.task.clone()),
            others: others.map(|other| other.task.clone()).collect(),
            is_over: matches!(subject, Subject::Task(_)) && (mine.failed || !later.is_empty()),
        })
    }

    /// Whether a task is that of another attempt.
    pub(crate) fn is_other(&self, task: Option<&String>) -> bool {
        task.is_some_and(|task| self.others.contains(task))
    }

    /// Whether what is said of the build without a task is about this attempt: only the last one can have built it.
    pub(crate) fn may_have_built(&self) -> bool {
        !self.is_over && self.followed_by.is_none()
    }
}

/// The attempts at a build that koji spoke of, in the order in which they began.
fn begun<'a>(nvr: &str, history: &History<'a>) -> Vec<Begun<'a>> {
    let mut all: Vec<Begun> = Vec::new();
    for (_, event) in history.events() {
        let Event::Build(
            build @ Build {
                task: Some(task), ..
            },
        ) = event
        else {
            continue;
        };
        if build.nvr != nvr {
            continue;
        }
        let known = all.iter().position(|one| one.task == task);
        let at = known.unwrap_or(all.len());
        if known.is_none() {
            let (commit, failed) = (None, false);
            all.push(Begun {
                task,
                commit,
                failed,
            });
        }
        all[at].commit = build.commit.as_ref().or(all[at].commit);
        all[at].failed = match build.state {
            Some(state) => matches!(state, BuildState::Failed | BuildState::Cancelled),
            None => all[at].failed,
        };
    }
    all
}
