//! Koji's side of a build: its state, its tags and its signature.

use std::collections::{BTreeMap, BTreeSet};

use super::told::{At, Told};
use crate::event::{Build, BuildState, Sign, Tag};
use crate::road::Undone;
use crate::word::Word;

/// What koji and those who quote it said of a build.
#[derive(Default)]
pub(crate) struct Koji {
    /// The newest state.
    state: Option<(BuildState, At)>,
    /// The newest time that it came into a tag.
    tagged: Option<At>,
    /// The tags that it is in, and since when.
    pub(crate) held: BTreeMap<String, At>,
    /// The tags that it was ever in.
    pub(crate) had: BTreeMap<String, At>,
    /// What says that it is signed, which stays so.
    signed: Option<At>,
    /// The newest signature of one of its packages.
    signature: Option<At>,
    /// The tasks of its attempts.
    pub(crate) tasks: BTreeSet<String>,
    /// Its numbers.
    pub(crate) numbers: BTreeSet<String>,
    /// The commit that koji was asked to build last.
    requested: Option<String>,
    /// The commit that others say was built.
    quoted: Option<String>,
    /// The target that was asked for last.
    pub(crate) target: Option<String>,
    /// The first message of koji's.
    pub(crate) first: Option<At>,
}

impl Koji {
    /// Takes a state.
    pub(crate) fn build(&mut self, build: &Build, at: At) {
        self.first.get_or_insert(at);
        self.tasks.extend(build.task.clone());
        self.numbers.extend(build.build.clone());
        if let Some(state) = build.state {
            self.state = Some((state, at));
        }
        if build.commit.is_some() {
            self.requested.clone_from(&build.commit);
        }
        if build.target.is_some() {
            self.target.clone_from(&build.target);
        }
    }

    /// Takes a change of tags.
    pub(crate) fn tag(&mut self, tag: &Tag, at: At) {
        self.first.get_or_insert(at);
        self.numbers.extend(tag.build.clone());
        self.had.entry(tag.tag.clone()).or_insert(at);
        if !tag.held {
            self.held.remove(&tag.tag);
            return;
        }
        self.held.insert(tag.tag.clone(), at);
        self.tagged = Some(at);
        if tag.tag.ends_with("-testing-pending") {
            self.signed.get_or_insert(at);
        }
    }

    /// Takes a signature.
    pub(crate) fn sign(&mut self, sign: &Sign, at: At) {
        self.first.get_or_insert(at);
        self.signature = Some(at);
        self.tasks.extend(sign.task.clone());
        self.numbers.extend(sign.build.clone());
        self.quote(sign.commit.as_ref());
    }

    /// Takes what others say of the commit.
    pub(crate) fn quote(&mut self, commit: Option<&String>) {
        if commit.is_some() {
            self.quoted = commit.cloned();
        }
    }

    /// Takes Bodhi's word that the build is signed.
    pub(crate) fn signed(&mut self, at: At) {
        self.signed.get_or_insert(at);
    }

    /// The commit that was built, as far as anybody says.
    pub(crate) fn commit(&self) -> Option<&String> {
        self.requested.as_ref().or(self.quoted.as_ref())
    }

    /// What somebody did to it that [`Koji::building`] tells as failed.
    pub(crate) fn undone(&self) -> Option<Undone> {
        let (state, at) = self.state?;
        let is_tagged_since = self.tagged.is_some_and(|tagged| tagged > at);
        match state {
            BuildState::Deleted => Some(Undone::Deleted),
            BuildState::Cancelled if !is_tagged_since => Some(Undone::Cancelled),
            _ => None,
        }
    }

    /// The stage `build`. Only what is complete gets a tag, so that a tag tells what a lost state would have told.
    pub(crate) fn building(&self) -> Told {
        let Some((state, at)) = self.state else {
            return self.tagged.map_or_else(Told::nothing, complete);
        };
        match (state, self.tagged.filter(|tagged| *tagged > at)) {
            (BuildState::Complete, _) => complete(at),
            (BuildState::Deleted, _) => Told::by(Word::Failed, at).only(&[]),
            (BuildState::Building | BuildState::Failed | BuildState::Cancelled, Some(tagged)) => {
                complete(tagged)
            }
            (BuildState::Building, None) => Told::by(Word::Running, at),
            // The same name may be built again.
            (BuildState::Failed | BuildState::Cancelled, None) => Told::by(Word::Failed, at),
        }
    }

    /// The stage `sign`.
    pub(crate) fn signing(&self) -> Told {
        if let Some(at) = self.signed {
            return Told::by(Word::Passed, at).only(&[]);
        }
        let pending = self
            .held
            .iter()
            .filter(|(tag, _)| tag.ends_with("-signing-pending"));
        let Some(since) = pending.map(|(_, at)| *at).max() else {
            return Told::nothing();
        };
        match self.signature {
            Some(at) if at > since => Told::by(Word::Running, at),
            _ => Told::by(Word::Waiting, since),
        }
    }
}

/// What was built is not built again; it may be deleted.
fn complete(at: At) -> Told {
    Told::by(Word::Passed, at).only(&[Word::Failed])
}
