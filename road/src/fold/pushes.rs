//! Where an update stands with its pushes to testing and to stable.

use super::told::{At, Told};
use crate::event::update::{Happening, Release, Update};
use crate::tags::is_testing;
use crate::word::Word;

/// The two pushes: none, waiting (asked for), running (being composed) or failed (thrown out), and who says so.
#[derive(Default)]
pub(crate) struct Pushes {
    pub(crate) testing: PushState,
    pub(crate) stable: PushState,
}

/// A push to one repository.
#[derive(Default)]
pub(crate) struct PushState(Option<(Word, At, String)>);

impl PushState {
    /// How the push stands.
    pub(crate) fn told(&self) -> Told {
        match &self.0 {
            Some((word, at, _)) => Told::by(*word, *at),
            None => Told::nothing(),
        }
    }

    /// The compose that it is part of: its repository, and the message that began it.
    pub(crate) fn composing(&self) -> Option<(&str, At)> {
        match &self.0 {
            Some((Word::Running, at, repo)) => Some((repo, *at)),
            _ => None,
        }
    }

    fn set(&mut self, word: Word, at: At, repo: &str) {
        self.0 = Some((word, at, repo.to_owned()));
    }
}

impl Pushes {
    /// Nothing was asked for.
    pub(crate) const NONE: Self = Self {
        testing: PushState(None),
        stable: PushState(None),
    };

    /// Takes what happened to the update that the build is in; `changed` says that other builds are in it now.
    pub(crate) fn update(&mut self, update: &Update, changed: bool, release: &Release, at: At) {
        if changed {
            *self = Self::default();
            return;
        }
        match update.happening {
            Happening::Revoke | Happening::Unpush => *self = Self::default(),
            Happening::RequestTesting | Happening::CompleteTesting => self.testing.0 = None,
            Happening::RequestStable | Happening::RequirementsMet => {
                self.stable.set(Word::Waiting, at, "");
            }
            Happening::Eject => {
                let repo = update.repo.as_deref().unwrap_or_default();
                self.to(repo, release).set(Word::Failed, at, repo);
            }
            Happening::CompleteStable => {}
            Happening::Ready
            | Happening::Obsolete
            | Happening::Edit
            | Happening::Mailed
            | Happening::Other => {
                // A request that is shown says nothing new while it is known or fulfilled.
                let known = self.stable.told().word;
                let asked = update.request.as_deref() == Some("stable");
                if asked && matches!(known, Word::None | Word::Failed) {
                    self.stable.set(Word::Waiting, at, "");
                }
            }
        }
    }

    /// Takes the beginning of a compose that the build is in.
    pub(crate) fn composing(&mut self, repo: &str, release: &Release, at: At) {
        self.to(repo, release).set(Word::Running, at, repo);
    }

    /// Takes the end of a compose. One that succeeded says of each update itself that it is complete.
    pub(crate) fn composed(&mut self, repo: &str, success: bool, at: At) {
        for push in [&mut self.testing, &mut self.stable] {
            if !success
                && push
                    .composing()
                    .is_some_and(|(composed, _)| composed == repo)
            {
                push.set(Word::Waiting, at, repo);
            }
        }
    }

    /// The push to a repository, which has the name of a tag.
    fn to(&mut self, repo: &str, release: &Release) -> &mut PushState {
        let testing = match &release.testing {
            Some(tag) => tag == repo,
            None => is_testing(repo),
        };
        if testing {
            &mut self.testing
        } else {
            &mut self.stable
        }
    }
}
