//! What a road needs to know, by what is known already: the joins from one message to others.
//!
//! No join leads from one build to another through a package, a commit or a bug, and of an update's other builds only
//! decisions are looked up.

use std::collections::BTreeSet;

use chrono::NaiveDateTime;

use crate::family::Family;
use crate::find::{
    First, builds_in, builds_of, is_scratch, known_update, newest_builds, open_pull_requests,
    pull_request_about,
};
use crate::fold::attempt::Attempt;
use crate::fold::build::{BuildFold, Part};
use crate::fold::updates::KnownUpdate;
use crate::history::History;
use crate::subject::{Subject, package_of};

/// How many updates of one build are looked at.
const UPDATES: usize = 5;

/// How many other builds of an update are looked at for decisions. Updates have fewer, but for those that somebody
/// made of all builds of a mass rebuild.
const SIBLINGS: usize = 300;

/// What to look up: in which kind of question a subject, empty where messages have none, and from when on.
pub(crate) type Want = (Family, String, Option<NaiveDateTime>);

/// All that is to be looked up.
#[derive(Default)]
pub(crate) struct Wants {
    /// What is.
    pub(crate) all: BTreeSet<Want>,
    /// Whether there are more builds, updates or pull requests than are looked at.
    pub(crate) leaves_out: bool,
    /// Of which build the gate, and of which update the builds, are not looked at in full.
    pub(crate) in_part: BTreeSet<Subject>,
}

impl Wants {
    /// All that the road of a subject needs, as far as is known by now; of the `reached` kinds of questions there may
    /// be more answers than were wanted.
    pub(crate) fn of(subject: &Subject, history: &History, reached: &BTreeSet<Family>) -> Self {
        let mut wants = Self::default();
        match subject {
            Subject::Nvr(nvr) => wants.build(subject, nvr, history),
            Subject::Update(alias) => wants.update(alias, history),
            Subject::Pr(pr) => wants.pull_request(pr),
            Subject::Task(task) => {
                wants.add(Family::Task, subject);
                if is_scratch(task, history) {
                    wants.add(Family::TaskTests, subject);
                    return wants;
                }
            }
            Subject::Commit(commit) => {
                wants.add(Family::Commit, subject);
                wants.add(Family::CommitBuilds, subject);
                if let Some(pr) = pull_request_about(commit, history) {
                    wants.pull_request(&pr);
                }
            }
            Subject::Build(_) => wants.add(Family::Number, subject),
            Subject::Package(package) => wants.package(package, history, reached),
        }
        if matches!(
            subject,
            Subject::Task(_) | Subject::Commit(_) | Subject::Build(_)
        ) {
            for nvr in wants.first_of(builds_of(subject, history)) {
                wants.build(subject, &nvr, history);
            }
        }
        wants
    }

    /// Adds what another subject needs.
    pub(crate) fn extend(&mut self, other: Self) {
        self.all.extend(other.all);
        self.leaves_out |= other.leaves_out;
        self.in_part.extend(other.in_part);
    }

    /// The names that are looked at of what was found.
    fn first_of(&mut self, found: First) -> Vec<String> {
        self.leaves_out |= found.are_more;
        found.names
    }

    /// Notes what is not looked at in full, unless it is held up whatever the rest says.
    fn look_in_part(&mut self, subject: Subject, is_held: bool) {
        if !is_held {
            self.leaves_out = true;
            self.in_part.insert(subject);
        }
    }

    fn add(&mut self, family: Family, subject: &Subject) {
        self.all.insert((family, subject.to_string(), None));
    }

    /// What a build needs, perhaps as one attempt that a task or a commit means.
    fn build(&mut self, subject: &Subject, nvr: &str, history: &History) {
        let attempt = Attempt::of(subject, nvr, history);
        let part = Part {
            attempt: attempt.as_ref(),
            ..Part::default()
        };
        let fold = BuildFold::now(nvr, history, part);
        self.add(Family::Membership, &Subject::Nvr(nvr.to_owned()));
        self.around(nvr, &fold, history);
        let mut updates: Vec<&String> = fold.updates.ever_with(nvr).collect();
        updates.sort_by_key(|alias| fold.updates.get(alias).map(KnownUpdate::rank));
        let looked_at = First::of(updates.into_iter().rev().cloned(), UPDATES);
        for alias in self.first_of(looked_at) {
            self.add(Family::Update, &Subject::Update(alias));
        }
        if let Some((_, known)) = fold.in_update() {
            let others = known.builds.names().filter(|other| *other != nvr);
            let looked_at = First::of(others.cloned(), SIBLINGS);
            for other in looked_at.names {
                self.add(Family::Decisions, &Subject::Nvr(other));
            }
            if looked_at.are_more {
                self.look_in_part(
                    Subject::Nvr(nvr.to_owned()),
                    BuildFold::new(nvr, history, part).is_held(),
                );
            }
        }
    }

    /// What a build needs beside its update.
    fn around(&mut self, nvr: &str, fold: &BuildFold, history: &History) {
        let itself = Subject::Nvr(nvr.to_owned());
        self.add(Family::Build, &itself);
        self.add(Family::Signatures, &itself);
        for number in &fold.koji.numbers {
            self.add(Family::Signatures, &Subject::Build(number.clone()));
        }
        for task in &fold.koji.tasks {
            self.add(Family::TaskTests, &Subject::Task(task.clone()));
        }
        if let Some(commit) = fold.koji.commit() {
            self.add(Family::Commit, &Subject::Commit(commit.clone()));
        }
        if let Some(pr) = fold.pr() {
            self.pull_request(pr);
        }
        let pushes = fold.pushes();
        for push in [&pushes.testing, &pushes.stable] {
            if let Some((_, began)) = push.composing() {
                let from = history.time(began);
                self.all
                    .insert((Family::Composes, String::new(), Some(from)));
            }
        }
        if let Some((_, known)) = fold.in_update()
            && fold.standing().may_be_followed(&fold.koji)
        {
            let package = Subject::Package(package_of(nvr).to_owned());
            let from = Some(history.time(known.first));
            self.all
                .insert((Family::Followers, package.to_string(), from));
        }
    }

    fn pull_request(&mut self, pr: &str) {
        self.add(Family::PullRequest, &Subject::Pr(pr.to_owned()));
    }

    /// What an update needs: all that is said about it, and its builds without what they say of it again.
    fn update(&mut self, alias: &str, history: &History) {
        self.add(Family::Update, &Subject::Update(alias.to_owned()));
        let builds = builds_in(&known_update(alias, history).builds);
        if builds.are_more {
            self.look_in_part(Subject::Update(alias.to_owned()), false);
        }
        for nvr in builds.names {
            let part = Part {
                update: Some(alias),
                ..Part::default()
            };
            let fold = BuildFold::now(&nvr, history, part);
            self.around(&nvr, &fold, history);
        }
    }

    /// What a package needs: its newest builds and its open pull requests.
    fn package(&mut self, package: &str, history: &History, reached: &BTreeSet<Family>) {
        let itself = Subject::Package(package.to_owned());
        self.add(Family::PackageBuilds, &itself);
        if reached.contains(&Family::PackageBuilds) {
            self.add(Family::PackageStates, &itself);
        }
        self.add(Family::PackagePullRequests, &itself);
        for nvr in self.first_of(newest_builds(package, history)) {
            self.build(&itself, &nvr, history);
        }
        for pr in self.first_of(open_pull_requests(package, history)) {
            self.pull_request(&pr);
        }
    }
}
