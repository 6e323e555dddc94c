//! Updates as their newest messages show them, and which of them a build is in.

use std::collections::BTreeMap;

use super::told::At;
use crate::event::update::{Happening, Member, Members, Release, Status, Update};
use crate::subject::package_of;

/// The name of the build of an update of which no message names a build.
pub(crate) const UNNAMED: &str = "";

/// What is known of an update.
#[derive(Clone, Default)]
pub(crate) struct KnownUpdate {
    /// The builds that the newest list has.
    pub(crate) builds: Members,
    /// The hash of the newest list.
    list: u64,
    /// The builds that were in it, and the message since which they are not.
    gone: BTreeMap<String, At>,
    /// The newest status, and the message that first showed it.
    pub(crate) status: Option<(Status, At)>,
    /// What is requested.
    pub(crate) request: Option<String>,
    /// The release, without a name as long as no message told.
    pub(crate) release: Release,
    /// Endings of the contexts in which more is asked for.
    pub(crate) critical: Vec<String>,
    /// When it was filed.
    submitted: Option<String>,
    /// Its first message.
    pub(crate) first: At,
    /// Its newest message.
    pub(crate) newest: At,
}

impl KnownUpdate {
    /// Which of several updates of a build counts, the greatest: one that was not withdrawn, and of these that with
    /// the newest message.
    pub(crate) fn rank(&self) -> (bool, At) {
        let withdrawn = matches!(self.status, Some((Status::Withdrawn, _)));
        (!withdrawn, self.newest)
    }

    /// Whether the build is in it.
    fn has(&self, nvr: &str) -> bool {
        self.builds.contains(nvr) || (nvr == UNNAMED && self.builds.is_empty())
    }

    /// Takes a message.
    fn take(&mut self, update: &Update, at: At) {
        self.newest = at;
        if let Some(status) = update.status {
            // A stable update never becomes anything else.
            let before = self.status.map(|(status, _)| status);
            if before != Some(status) && before != Some(Status::Stable) {
                self.status = Some((status, at));
            }
            self.request.clone_from(&update.request);
            self.critical.clone_from(&update.critical);
        }
        match update.happening {
            Happening::RequestTesting => self.request = Some("testing".to_owned()),
            Happening::RequestStable => self.request = Some("stable".to_owned()),
            _ => {}
        }
        if !update.release.name.is_empty() {
            self.release.clone_from(&update.release);
        }
        if self.submitted.is_none() {
            self.submitted.clone_from(&update.submitted);
        }
        self.members(update, at);
    }

    /// Takes the list of builds, which most messages only repeat.
    fn members(&mut self, update: &Update, at: At) {
        if update.removed.is_empty() && !self.builds.is_empty() && !self.differs(update) {
            return;
        }
        let listed = match update.builds.is_empty() {
            true => &self.builds,
            false => &update.builds,
        };
        let now = listed.without(&update.removed);
        let left = self.builds.names().chain(&update.removed);
        for nvr in left.filter(|nvr| !now.contains(nvr)) {
            self.gone.entry(nvr.clone()).or_insert(at);
        }
        self.gone.retain(|nvr, _| !now.contains(nvr));
        self.builds = now;
        self.list = update.builds.hash();
    }

    /// Whether a message has another list of builds than the last, or removes some of it.
    fn differs(&self, update: &Update) -> bool {
        let same = || {
            let hash = update.builds.hash();
            self.list == hash || self.builds.hash() == hash
        };
        let listed = !self.builds.is_empty() && !update.builds.is_empty();
        let removes = update.removed.iter().any(|nvr| self.builds.contains(nvr));
        removes || (listed && !same())
    }
}

/// The updates that matter for one build.
#[derive(Default)]
pub(crate) struct Updates(BTreeMap<String, KnownUpdate>);

impl Updates {
    /// The update as it is known.
    pub(crate) fn get(&self, alias: &str) -> Option<&KnownUpdate> {
        self.0.get(alias)
    }

    /// Whether a message, which is not taken yet, changes which builds are in its update.
    pub(crate) fn changes(&self, update: &Update) -> bool {
        let known = self.0.get(&update.alias);
        known.is_some_and(|known| known.differs(update))
    }

    /// Takes a message.
    pub(crate) fn take(&mut self, update: &Update, at: At) {
        let first = KnownUpdate {
            first: at,
            ..KnownUpdate::default()
        };
        let known = self.0.entry(update.alias.clone()).or_insert(first);
        known.take(update, at);
    }

    /// The aliases of updates that a build is in or was in.
    pub(crate) fn ever_with(&self, nvr: &str) -> impl Iterator<Item = &String> {
        let with =
            move |known: &KnownUpdate| known.builds.contains(nvr) || known.gone.contains_key(nvr);
        self.0
            .iter()
            .filter(move |(_, known)| with(known))
            .map(|(alias, _)| alias)
    }

    /// The update that a build is in, and of several the one that counts.
    pub(crate) fn with(&self, nvr: &str) -> Option<(&String, &KnownUpdate)> {
        let with = self.0.iter().filter(|(_, known)| known.has(nvr));
        with.max_by_key(|(_, known)| known.rank())
    }

    /// The message since which a build is in no update any more; `None` if it is in one, or never was.
    pub(crate) fn removed(&self, nvr: &str) -> Option<At> {
        if self.with(nvr).is_some() {
            return None;
        }
        self.0
            .values()
            .filter_map(|known| known.gone.get(nvr).copied())
            .max()
    }

    /// The first later update of the same release with another build of the same package, and its first message. Times
    /// of filing have whole seconds: of two that are equal, the later update is the one that was heard of last.
    pub(crate) fn follower(&self, nvr: &str, mine: &KnownUpdate) -> Option<(&String, At)> {
        let later = |known: &&KnownUpdate| {
            let filed = match (&mine.submitted, &known.submitted) {
                (Some(mine), Some(other)) if mine != other => mine < other,
                _ => mine.first < known.first,
            };
            filed && !mine.release.name.is_empty() && known.release.name == mine.release.name
        };
        let package = package_of(nvr);
        let other = |known: &&KnownUpdate| {
            let mut names = known.builds.names();
            names.any(|build| build != nvr && package_of(build) == package)
        };
        let followers = self.0.iter();
        let followers = followers.filter(|(_, known)| later(known) && other(known));
        let told = followers.map(|(alias, known)| (alias, known.first));
        told.min_by_key(|(_, first)| *first)
    }
}

/// Whether a message about an update matters for a build: it names the build, or another one of its package.
pub(crate) fn concerns(update: &Update, nvr: &str) -> bool {
    let package = package_of(nvr);
    let near = |member: &Member| member.nvr == nvr || package_of(&member.nvr) == package;
    update.builds.iter().any(near) || update.removed.iter().any(|removed| removed == nvr)
}
