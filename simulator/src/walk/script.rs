//! Scripts of stories, written by what belongs together.

use super::act::{Act, Flag, Nth, Spot};
use crate::applications::bodhi::Step;
use crate::applications::ci::Test;
use crate::applications::greenwave::{PUSH_STABLE, PUSH_TESTING, Verdict};
use crate::applications::koji::{BUILDING, COMPLETE};
use crate::applications::state::State;
use crate::release::{Place, Release};

/// All that happens in a story, in order.
#[derive(Debug)]
pub(super) struct Script {
    pub(super) acts: Vec<Act>,
    release: Release,
}

impl Script {
    /// Nothing happens yet to builds for a release.
    pub(super) fn new(release: Release) -> Self {
        let acts = Vec::new();
        Self { acts, release }
    }

    pub(super) fn act(&mut self, act: Act) {
        self.acts.push(act);
    }

    /// A build's commit is pushed.
    pub(super) fn pushed(&mut self, build: Nth) {
        self.acts.extend([Act::Pushed(build), Act::Hooked(build)]);
    }

    /// A build is built without fault.
    pub(super) fn built(&mut self, build: Nth) {
        self.act(Act::Built(build, None, BUILDING));
        self.act(Act::Built(build, Some(BUILDING), COMPLETE));
    }

    /// A commit is pushed and built, and the build may become an update.
    pub(super) fn made(&mut self, build: Nth) {
        self.pushed(build);
        self.built(build);
        self.tagged(build, Place::Candidate);
    }

    pub(super) fn tagged(&mut self, build: Nth, place: Place) {
        self.act(Act::Tagged(build, Spot::Of(place)));
    }

    pub(super) fn untagged(&mut self, build: Nth, place: Place) {
        self.act(Act::Untagged(build, Spot::Of(place)));
    }

    /// A build is taken from one tag to another, which are two messages at once.
    pub(super) fn moved(&mut self, build: Nth, from: Spot, to: Spot) {
        self.act(Act::Untagged(build, from));
        self.act(Act::Tagged(build, to));
    }

    /// An update is filed, and asks for testing unless it is for Rawhide.
    pub(super) fn filed(&mut self, builds: &'static [Nth]) {
        self.act(Act::Filed(builds));
        self.act(Act::Ready(false));
        for &build in builds {
            self.tagged(build, Place::SigningPending);
        }
        if !matches!(self.release, Release::Rawhide(_)) {
            self.act(Act::Stepped(Step::AskedForTesting));
        }
    }

    /// Builds are signed, and taken from one tag to another for it.
    pub(super) fn signed(&mut self, builds: &[Nth], from: Spot, to: Spot) {
        for &build in builds {
            self.act(Act::Signed(build, "src"));
            self.act(Act::Signed(build, "x86_64"));
            self.moved(build, from, to);
        }
    }

    /// Builds are signed on the usual way.
    pub(super) fn signed_as_usual(&mut self, builds: &[Nth]) {
        let (from, to) = (Place::SigningPending, Place::TestingPending);
        self.signed(builds, Spot::Of(from), Spot::Of(to));
    }

    /// CI tests a build from beginning to end, and ResultsDB has the outcome.
    pub(super) fn tested(&mut self, build: Nth, test: Test, passes: bool) {
        let (result, outcome) = match passes {
            true => ("passed", "PASSED"),
            false => ("failed", "FAILED"),
        };
        for state in [State::Queued, State::Running, State::Complete(result)] {
            self.act(Act::Tested(build, test, state));
        }
        self.act(Act::Recorded(build, test, outcome));
    }

    /// Greenwave decides on a build for both pushes.
    pub(super) fn decided(&mut self, build: Nth, test: Test, verdict: Verdict) {
        for context in [PUSH_TESTING, PUSH_STABLE] {
            self.act(Act::Decided(build, test, context, verdict));
        }
    }

    /// An update is pushed to testing.
    pub(super) fn pushed_to_testing(&mut self, builds: &[Nth]) {
        self.act(Act::Composing(Place::Testing));
        for &build in builds {
            self.moved(build, Spot::Of(Place::Candidate), Spot::Of(Place::Testing));
            if !matches!(self.release, Release::Flatpak(_)) {
                self.untagged(build, Place::TestingPending);
            }
        }
        self.act(Act::Stepped(Step::InTesting));
        self.act(Act::Stepped(Step::Published));
        self.act(Act::Composed(Place::Testing));
    }

    /// An update is good enough and asks for stable.
    pub(super) fn asked_for_stable(&mut self, builds: &[Nth]) {
        self.act(Act::Stepped(Step::GoodForStable));
        for &build in builds {
            self.tagged(build, Place::Pending);
        }
        self.act(Act::Stepped(Step::AskedForStable));
    }

    /// An update in testing is pushed to stable.
    pub(super) fn pushed_to_stable(&mut self, builds: &[Nth]) {
        self.asked_for_stable(builds);
        self.act(Act::Composing(Place::Stable));
        for &build in builds {
            self.moved(build, Spot::Of(Place::Testing), Spot::Of(Place::Stable));
            self.untagged(build, Place::Pending);
        }
        self.act(Act::Stepped(Step::InStable));
        self.act(Act::Stepped(Step::Published));
        self.act(Act::Composed(Place::Stable));
    }

    /// An update for Rawhide becomes stable, of which only tags tell.
    pub(super) fn tagged_for_rawhide(&mut self, builds: &[Nth], left: [Spot; 2]) {
        self.act(Act::Gate("ignored"));
        self.act(Act::Stepped(Step::GoodForStable));
        for &build in builds {
            self.tagged(build, Place::Stable);
            for spot in left {
                self.act(Act::Untagged(build, spot));
            }
        }
    }

    /// A job flags the pull request.
    pub(super) fn flagged(&mut self, again: bool, job: &'static str, status: &'static str) {
        self.act(Act::Flagged(Flag { again, job, status }));
    }
}
