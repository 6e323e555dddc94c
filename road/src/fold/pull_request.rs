//! Pull requests, and the pushes that tell which of them brought a commit.

use std::collections::{BTreeMap, BTreeSet};

use super::told::{At, Board, Told};
use crate::event::{Event, PullRequest, PullRequestTest, Push};
use crate::word::Word;

/// What dist-git said.
#[derive(Default)]
pub(crate) struct Source {
    /// The newest push of each commit.
    pushed: BTreeMap<String, At>,
    /// The pull request that each commit was merged by, and the push that says so.
    merged: BTreeMap<String, (String, At)>,
    /// Each pull request.
    open: BTreeMap<String, Known>,
    /// The newest word of each job, by pull request, commit and job.
    jobs: Board<(String, String, String)>,
}

/// What is known of a pull request.
#[derive(Default)]
struct Known {
    word: Option<(Word, At)>,
    stop: Option<String>,
}

impl Source {
    /// Takes what dist-git said, and nothing else.
    pub(crate) fn take(&mut self, event: &Event, at: At) {
        match event {
            Event::Push(push) => self.push(push, at),
            Event::PullRequest(shown) => self.pull_request(shown, at),
            Event::PullRequestTest(test) => self.test(test, at),
            _ => {}
        }
    }

    /// Takes a push.
    fn push(&mut self, push: &Push, at: At) {
        for commit in &push.commits {
            self.pushed.insert(commit.clone(), at);
            if let Some(pr) = &push.pr {
                self.merged.insert(commit.clone(), (pr.clone(), at));
            }
        }
    }

    /// Takes a pull request as it stands, and its flag.
    fn pull_request(&mut self, shown: &PullRequest, at: At) {
        let known = self.open.entry(shown.pr.clone()).or_default();
        if let Some(word) = shown.word {
            known.word = Some((word, at));
        }
        if shown.stop.is_some() {
            known.stop.clone_from(&shown.stop);
        }
        if let Some(flag) = &shown.flag {
            let job = (
                shown.pr.clone(),
                flag.commit.clone(),
                format!("flag {}", flag.job),
            );
            self.jobs.put(job, flag.word, at);
        }
    }

    /// Takes a test.
    fn test(&mut self, test: &PullRequestTest, at: At) {
        let job = (
            test.pr.clone(),
            test.commit.clone(),
            format!("test {}", test.test),
        );
        self.jobs.put(job, test.word, at);
    }

    /// The stage `commit`.
    pub(crate) fn commit(&self, commit: &str) -> Told {
        let told = |at: &At| Told::by(Word::Passed, *at).only(&[]);
        self.pushed.get(commit).map_or_else(Told::nothing, told)
    }

    /// The pull request that brought a commit: the one that the push names, else a merged one that ends in it.
    pub(crate) fn brought(&self, commit: &str) -> Option<&str> {
        if let Some((pr, _)) = self.merged.get(commit) {
            return Some(pr);
        }
        let ends = |known: &Known| {
            let merged = matches!(known.word, Some((Word::Passed, _)));
            merged && known.stop.as_deref() == Some(commit)
        };
        let found = self.open.iter().find(|(_, known)| ends(known));
        found.map(|(pr, _)| pr.as_str())
    }

    /// The pull request that brought a commit or, if none did yet, one that ends in it.
    pub(crate) fn about(&self, commit: &str) -> Option<&str> {
        let ends = |known: &Known| known.stop.as_deref() == Some(commit);
        let open = || self.open.iter().find(|(_, known)| ends(known));
        self.brought(commit)
            .or_else(|| open().map(|(pr, _)| pr.as_str()))
    }

    /// The stage `pr`. What was merged stays so.
    pub(crate) fn pr(&self, pr: &str) -> Told {
        let pushes = self.merged.values().filter(|(name, _)| name == pr);
        let shown = self.open.get(pr).and_then(|known| known.word);
        match (shown, pushes.map(|(_, at)| *at).max()) {
            (Some((Word::Passed, at)), _) | (_, Some(at)) => Told::by(Word::Passed, at).only(&[]),
            (Some((word, at)), None) => Told::by(word, at),
            (None, None) => Told::nothing(),
        }
    }

    /// The stage `pr_ci`: the jobs that looked at the newest commit.
    pub(crate) fn pr_ci(&self, pr: &str) -> Told {
        let Some(stop) = self.open.get(pr).and_then(|known| known.stop.as_ref()) else {
            return Told::nothing();
        };
        self.jobs
            .told(|(name, commit, _)| name == pr && commit == stop)
    }

    /// The pull requests of a package that are open.
    pub(crate) fn open_of(&self, package: &str) -> BTreeSet<String> {
        let open = self.open.iter().filter(|(pr, known)| {
            matches!(known.word, Some((Word::Waiting, _))) && package_in(pr) == package
        });
        let still = open.filter(|(pr, _)| !self.merged.values().any(|(name, _)| &name == pr));
        still.map(|(pr, _)| pr.clone()).collect()
    }
}

/// The package whose pull request this is.
pub(crate) fn package_in(pr: &str) -> &str {
    let project = pr.split_once('#').map_or(pr, |(project, _)| project);
    project.split_once('/').map_or(project, |(_, name)| name)
}
