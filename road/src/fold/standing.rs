//! Where a build stands with Bodhi: the stages `update`, `testing` and `stable`.

use super::koji::Koji;
use super::pushes::Pushes;
use super::told::{At, Told};
use super::updates::{KnownUpdate, Updates};
use crate::event::update::{Release, Status};
use crate::tags::{is_stable, is_testing};
use crate::word::Word;

/// What is so now; each with the message that says it.
pub(crate) struct Standing<'a> {
    /// The update that the build is in.
    pub(crate) update: Option<(&'a String, &'a KnownUpdate)>,
    /// It is stable, by status or tag.
    stable: Option<At>,
    /// It is in testing, by status or tag.
    testing: Option<At>,
    /// It was ever in testing.
    tested: Option<At>,
    /// It was removed from its update.
    removed: Option<At>,
    /// Its update was withdrawn, or another one took its place.
    failed: Option<At>,
    /// The update that took its place.
    pub(crate) replaced_by: Option<&'a String>,
}

impl<'a> Standing<'a> {
    /// Looks where a build stands; `tested` is when its update's status first was testing.
    pub(crate) fn of(nvr: &str, koji: &Koji, updates: &'a Updates, tested: Option<At>) -> Self {
        let update = updates.with(nvr);
        let none = Release::default();
        let release = update.map_or(&none, |(_, known)| &known.release);
        let status = |wanted: Status| {
            let shown = update.and_then(|(_, known)| known.status);
            shown
                .filter(|(status, _)| *status == wanted)
                .map(|(_, at)| at)
        };
        let in_stable = |tag: &str| match release.stable.is_empty() {
            true => is_stable(tag),
            false => release.stable.iter().any(|stable| stable == tag),
        };
        let in_testing = |tag: &str| match &release.testing {
            Some(testing) => testing == tag,
            None => is_testing(tag),
        };
        let had = |fits: &dyn Fn(&str) -> bool| {
            let had = koji.had.iter().filter(|(tag, _)| fits(tag));
            had.map(|(_, at)| *at).min()
        };
        let held = koji.held.iter().filter(|(tag, _)| in_testing(tag));
        let stable = status(Status::Stable).or_else(|| had(&in_stable));
        let mut standing = Self {
            update,
            stable,
            testing: status(Status::Testing).or_else(|| held.map(|(_, at)| *at).max()),
            tested: tested.or_else(|| had(&in_testing)),
            removed: updates.removed(nvr),
            failed: status(Status::Withdrawn),
            replaced_by: None,
        };
        if standing.failed.is_none() && standing.may_be_followed(koji) {
            let follower = update.and_then(|(_, known)| updates.follower(nvr, known));
            standing.failed = follower.map(|(_, first)| first);
            standing.replaced_by = follower.map(|(alias, _)| alias);
        }
        standing
    }

    /// Whether the build has lost all tags of its release that it had, without being stable: only a later update
    /// tells then that this one is obsolete.
    pub(crate) fn may_be_followed(&self, koji: &Koji) -> bool {
        let Some((_, known)) = self.update else {
            return false;
        };
        let release = &known.release;
        let tags = || {
            release
                .stable
                .iter()
                .chain(&release.testing)
                .chain(&release.passing)
        };
        let had = tags().any(|tag| koji.had.contains_key(tag));
        let held = tags().any(|tag| koji.held.contains_key(tag));
        self.stable.is_none() && had && !held
    }

    /// The stage `update`.
    pub(crate) fn updating(&self) -> Told {
        if let Some(at) = self.removed {
            return Told::by(Word::Failed, at);
        }
        let Some((_, known)) = self.update else {
            return Told::nothing();
        };
        if let Some(at) = self.stable {
            return Told::by(Word::Passed, at).only(&[]);
        }
        if let Some(at) = self.failed {
            return Told::by(Word::Failed, at);
        }
        match self.testing {
            Some(at) => Told::by(Word::Running, at),
            None => Told::by(
                Word::Waiting,
                known.status.map_or(known.first, |(_, at)| at),
            ),
        }
    }

    /// The stage `testing`.
    pub(crate) fn in_testing(&self, pushes: &Pushes) -> Told {
        if let Some(at) = self.removed {
            return Told::by(Word::Failed, at);
        }
        if self.stable.is_some() {
            let passed = |at| Told::by(Word::Passed, at).only(&[]);
            return self
                .tested
                .map_or_else(|| Told::nothing().only(&[Word::Passed]), passed);
        }
        if let Some(at) = self.failed {
            return Told::by(Word::Failed, at);
        }
        if let Some(at) = self.testing {
            return Told::by(Word::Passed, at);
        }
        let told = pushes.testing.told();
        match self.update {
            Some((_, known)) if told.word == Word::None => Told::by(Word::Waiting, known.first),
            _ => told,
        }
    }

    /// The stage `stable`.
    pub(crate) fn in_stable(&self, pushes: &Pushes) -> Told {
        if self.removed.is_some() {
            return Told::nothing();
        }
        if let Some(at) = self.stable {
            return Told::by(Word::Passed, at).only(&[]);
        }
        match self.failed {
            Some(at) => Told::by(Word::Failed, at),
            None => pushes.stable.told(),
        }
    }

    /// Whether the build was removed from its update.
    pub(crate) fn is_removed(&self) -> bool {
        self.removed.is_some()
    }
}
