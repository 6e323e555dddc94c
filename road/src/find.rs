//! What subjects lead to: builds, updates and pull requests.

use std::cmp::Reverse;
use std::collections::{BTreeMap, BTreeSet};

use crate::event::Event;
use crate::event::update::Members;
use crate::fold::build::{BuildFold, Part};
use crate::fold::pull_request::Source;
use crate::fold::told::At;
use crate::fold::updates::{KnownUpdate, Updates};
use crate::history::{History, Placed};
use crate::message::Place;
use crate::road::Undone;
use crate::subject::{Subject, package_of};

/// How many builds a commit, or branches a package, may have roads for.
const BUILDS: usize = 20;

/// How many builds of an update its road is told from.
const BUILDS_OF_UPDATE: usize = 1000;

/// How many open pull requests of a package have roads.
const PULL_REQUESTS: usize = 20;

/// The first of what was found.
pub(crate) struct First {
    /// What they are called.
    pub(crate) names: Vec<String>,
    /// Whether there are more than these.
    pub(crate) are_more: bool,
}

impl First {
    /// Those that come first; `most` of them at most.
    pub(crate) fn of(names: impl Iterator<Item = String>, most: usize) -> Self {
        let mut names = names;
        Self {
            names: names.by_ref().take(most).collect(),
            are_more: names.next().is_some(),
        }
    }
}

/// The update as its newest messages show it.
pub(crate) fn known_update(alias: &str, history: &History) -> KnownUpdate {
    let mut updates = Updates::default();
    for (at, event) in history.events() {
        match event {
            Event::Update(update) if update.alias == alias => updates.take(update, at),
            _ => {}
        }
    }
    updates.get(alias).cloned().unwrap_or_default()
}

/// The builds that the road of an update with these builds is told from.
pub(crate) fn builds_in(members: &Members) -> First {
    First::of(members.names().cloned(), BUILDS_OF_UPDATE)
}

/// Whether a task is that of a scratch build, by koji's word or a test's.
pub(crate) fn is_scratch(task: &str, history: &History) -> bool {
    history.events().any(|(_, event)| match event {
        Event::Scratch(scratch) => scratch.task == task,
        Event::Test(test) => test.scratch && test.task.as_deref() == Some(task),
        _ => false,
    })
}

/// The builds that a task, a commit or a number of koji's leads to, those that were heard of last first.
pub(crate) fn builds_of(subject: &Subject, history: &History) -> First {
    let mut found: BTreeMap<String, At> = BTreeMap::new();
    for (at, event) in history.events() {
        for nvr in named_with(subject, event) {
            found.insert(nvr.to_owned(), at);
        }
    }
    let mut newest: Vec<(At, String)> = found.into_iter().map(|(nvr, at)| (at, nvr)).collect();
    newest.sort_by(|one, other| other.cmp(one));
    First::of(newest.into_iter().map(|(_, nvr)| nvr), BUILDS)
}

/// The builds that a message names together with a task, a commit or a number of koji's.
fn named_with<'a>(subject: &Subject, event: &'a Event) -> Vec<&'a str> {
    let named =
        |build: &Option<String>, task: &Option<String>, commit: &Option<String>| match subject {
            Subject::Build(number) => build.as_ref() == Some(number),
            Subject::Task(number) => task.as_ref() == Some(number),
            Subject::Commit(hash) => commit.as_ref() == Some(hash),
            _ => false,
        };
    match event {
        Event::Build(build) if named(&build.build, &build.task, &build.commit) => vec![&build.nvr],
        Event::Tag(tag) if named(&tag.build, &None, &None) => vec![&tag.nvr],
        Event::Sign(sign) if named(&sign.build, &sign.task, &sign.commit) => {
            sign.nvr.as_deref().into_iter().collect()
        }
        Event::Test(test) if !test.scratch && named(&None, &test.task, &test.commit) => {
            test.nvr.as_deref().into_iter().collect()
        }
        Event::Update(update) => {
            let builds = update
                .builds
                .iter()
                .filter(|member| named(&member.build, &member.task, &None));
            builds.map(|member| member.nvr.as_str()).collect()
        }
        _ => Vec::new(),
    }
}

/// For each branch, the build of a package that koji spoke of for the first time last.
pub(crate) fn newest_builds(package: &str, history: &History) -> First {
    let mut branches = BTreeSet::new();
    let mut builds = builds_in_koji(package, history);
    builds.retain(|build| branches.insert(build.branch.clone()));
    First::of(builds.into_iter().map(|build| build.nvr.to_owned()), BUILDS)
}

/// A build, and what koji and Bodhi say of it.
pub(crate) struct BuildInKoji<'a> {
    pub(crate) nvr: &'a str,
    pub(crate) branch: Option<String>,
    pub(crate) undone: Option<Undone>,
    pub(crate) about: History<'a>,
}

/// The builds of a package, those that koji spoke of for the first time last first.
pub(crate) fn builds_in_koji<'a>(package: &str, history: &History<'a>) -> Vec<BuildInKoji<'a>> {
    let mut builds: Vec<(Place, BuildInKoji)> = Vec::new();
    for (nvr, messages) in by_build(package, history) {
        let about = History::part(messages);
        let fold = BuildFold::now(nvr, &about, Part::default());
        if let Some(first) = fold.koji.first {
            let build = BuildInKoji {
                nvr,
                branch: fold.branch(),
                undone: fold.koji.undone(),
                about,
            };
            builds.push((build.about.place(first), build));
        }
    }
    builds.sort_by_key(|(first, build)| Reverse((*first, build.nvr)));
    builds.into_iter().map(|(_, build)| build).collect()
}

/// What koji and Bodhi say of each build of a package, in order: a package has too many of them to look through all
/// messages for each.
fn by_build<'a>(package: &str, history: &History<'a>) -> BTreeMap<&'a str, Vec<Placed<'a>>> {
    let mut members: BTreeMap<&str, BTreeSet<&str>> = BTreeMap::new();
    for (_, event) in history.events() {
        if let Event::Update(update) = event {
            let names = update.builds.iter().map(|member| member.nvr.as_str());
            let own = names.filter(|nvr| package_of(nvr) == package);
            members.entry(&update.alias).or_default().extend(own);
        }
    }
    let mut builds: BTreeMap<&str, Vec<Placed>> = BTreeMap::new();
    for message in history.messages() {
        let event = &message.entry.event;
        if let Event::Update(update) = event {
            for nvr in members.get(update.alias.as_str()).into_iter().flatten() {
                builds.entry(nvr).or_default().push(message);
            }
        } else if let Some(nvr) = in_koji(event).filter(|nvr| package_of(nvr) == package) {
            builds.entry(nvr).or_default().push(message);
        }
    }
    builds
}

/// The build that a message of koji's is about.
fn in_koji(event: &Event) -> Option<&str> {
    match event {
        Event::Build(build) => Some(&build.nvr),
        Event::Tag(tag) => Some(&tag.nvr),
        Event::Sign(sign) => sign.nvr.as_deref(),
        _ => None,
    }
}

/// The pull request that brought a commit, or is to bring it.
pub(crate) fn pull_request_about(commit: &str, history: &History) -> Option<String> {
    let mut source = Source::default();
    for (at, event) in history.events() {
        source.take(event, at);
    }
    source.about(commit).map(str::to_owned)
}

/// The open pull requests of a package.
pub(crate) fn open_pull_requests(package: &str, history: &History) -> First {
    let mut source = Source::default();
    for (at, event) in history.events() {
        source.take(event, at);
    }
    First::of(source.open_of(package).into_iter(), PULL_REQUESTS)
}
