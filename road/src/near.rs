//! Which messages may matter for one of many builds, so that not each has to look at what is said of all others.

use std::cell::OnceCell;
use std::collections::{BTreeSet, HashMap};

use crate::event::{Event, Item};
use crate::fold::told::At;

/// The messages of a history by what they name, looked through when it is asked for the first time.
#[derive(Default)]
pub(crate) struct Near<'a>(OnceCell<Index<'a>>);

#[derive(Default)]
struct Index<'a> {
    /// What names one build alone.
    own: HashMap<&'a str, Vec<At>>,
    /// What may concern all builds.
    shared: Vec<At>,
    /// The commits that a build was made of, as far as anybody says.
    commits: HashMap<&'a str, BTreeSet<&'a str>>,
    /// Commits that somebody quotes without naming the build.
    quoted: BTreeSet<&'a str>,
    /// Pushes of a commit, and the pull requests that these name.
    pushes: HashMap<&'a str, (Vec<At>, BTreeSet<&'a str>)>,
    /// The pull requests that ever ended in a commit.
    ending: HashMap<&'a str, BTreeSet<&'a str>>,
    /// What is said about a pull request.
    requests: HashMap<&'a str, Vec<At>>,
}

impl<'a> Near<'a> {
    /// The places of all messages that may matter for a build, in order, but for what all builds of an update share:
    /// decisions and openQA's jobs.
    pub(crate) fn of<E>(&self, nvr: &str, events: impl FnOnce() -> E) -> Vec<At>
    where
        E: Iterator<Item = (At, &'a Event)>,
    {
        let index = self.0.get_or_init(|| Index::new(events()));
        let mut near = index.shared.clone();
        near.extend(index.own.get(nvr).into_iter().flatten());
        let commits = index.commits.get(nvr).into_iter().flatten();
        let mut requests: BTreeSet<&str> = BTreeSet::new();
        for commit in commits.chain(&index.quoted) {
            if let Some((pushes, named)) = index.pushes.get(commit) {
                near.extend(pushes);
                requests.extend(named);
            }
            requests.extend(index.ending.get(commit).into_iter().flatten());
        }
        for pr in requests {
            near.extend(index.requests.get(pr).into_iter().flatten());
        }
        near.sort_unstable();
        near.dedup();
        near
    }
}

impl<'a> Index<'a> {
    fn new(events: impl Iterator<Item = (At, &'a Event)>) -> Self {
        let mut index = Self::default();
        for (at, event) in events {
            index.take(event, at);
        }
        index
    }

    fn take(&mut self, event: &'a Event, at: At) {
        match event {
            Event::Build(build) => self.named(Some(&build.nvr), build.commit.as_ref(), at),
            Event::Tag(tag) => self.named(Some(&tag.nvr), None, at),
            Event::Sign(sign) => self.named(sign.nvr.as_ref(), sign.commit.as_ref(), at),
            Event::Test(test) => self.named(test.nvr.as_ref(), test.commit.as_ref(), at),
            Event::Outcome(outcome) => self.about(&outcome.item, at),
            Event::Waiver(waiver) => self.about(&waiver.item, at),
            Event::Push(push) => {
                for commit in &push.commits {
                    let (pushes, named) = self.pushes.entry(commit).or_default();
                    pushes.push(at);
                    named.extend(push.pr.as_deref());
                }
                if let Some(pr) = &push.pr {
                    self.requests.entry(pr).or_default().push(at);
                }
            }
            Event::PullRequest(shown) => {
                self.requests.entry(&shown.pr).or_default().push(at);
                if let Some(stop) = &shown.stop {
                    self.ending.entry(stop).or_default().insert(&shown.pr);
                }
            }
            Event::PullRequestTest(test) => self.requests.entry(&test.pr).or_default().push(at),
            Event::Update(_) | Event::Composing { .. } | Event::Composed { .. } => {
                self.shared.push(at);
            }
            Event::Decision(_) | Event::Job(_) | Event::Restart(_) | Event::Scratch(_) => {}
        }
    }

    /// Takes what names a build and a commit, or one of the two, or none.
    fn named(&mut self, nvr: Option<&'a String>, commit: Option<&'a String>, at: At) {
        match (nvr, commit) {
            (Some(nvr), Some(commit)) => {
                self.commits.entry(nvr).or_default().insert(commit);
            }
            (None, Some(commit)) => {
                self.quoted.insert(commit);
            }
            (_, None) => {}
        }
        match nvr {
            Some(nvr) => self.own.entry(nvr).or_default().push(at),
            None => self.shared.push(at),
        }
    }

    fn about(&mut self, item: &'a Item, at: At) {
        match item {
            Item::Nvr(nvr) => self.named(Some(nvr), None, at),
            Item::Update(_) => self.shared.push(at),
        }
    }
}
