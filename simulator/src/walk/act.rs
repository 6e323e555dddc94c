//! What happens in stories, one after the other.

use crate::applications::bodhi::Step;
use crate::applications::ci::Test;
use crate::applications::greenwave::Verdict;
use crate::applications::openqa::{Scenario, Turn};
use crate::applications::state::State;
use crate::release::Place;

/// The place of a build in its story.
pub(super) type Nth = usize;

/// Something that happens. Most of it is told by one message; what is not, only changes what later messages tell.
#[derive(Clone, Copy, Debug)]
pub(super) enum Act {
    /// A build's commit comes to dist-git, as Pagure tells it.
    Pushed(Nth),
    /// A build's commit comes to dist-git, as the hook tells it.
    Hooked(Nth),
    /// The first build's commit comes to a fork.
    Forked,
    /// A pull request is opened with it.
    Opened,
    /// A job flags the pull request.
    Flagged(Flag),
    /// CI tests the pull request.
    RequestTested(State),
    /// The scratch build of the pull request goes from one state to another.
    Scratched(Option<&'static str>, &'static str),
    /// The pull request is merged, which pushes its commit.
    Merged,
    /// A build goes from one state to another.
    Built(Nth, Option<i32>, i32),
    /// A build will be built again, of another commit. Untold.
    Again(Nth),
    /// A build comes into a tag.
    Tagged(Nth, Spot),
    /// A build leaves a tag.
    Untagged(Nth, Spot),
    /// A package of a build, for this architecture, is signed.
    Signed(Nth, &'static str),
    /// A build comes into the build root, or leaves it.
    Overridden(Nth, bool),
    /// An update of these builds is there; what follows is about it. Untold.
    Filed(&'static [Nth]),
    /// The update can be tested, perhaps again.
    Ready(bool),
    /// Something becomes of the update.
    Stepped(Step),
    /// A build is taken out of the update, which starts again. Untold.
    Removed(Nth),
    /// Bodhi finds the gate so. Untold.
    Gate(&'static str),
    /// Somebody comments the update.
    Commented(i64),
    /// A compose is at work on the update.
    Composing(Place),
    /// The compose ends.
    Composed(Place),
    /// The compose throws the update out.
    Ejected,
    /// CI tests a build.
    Tested(Nth, Test, State),
    /// ResultsDB has the outcome for a build.
    Recorded(Nth, Test, &'static str),
    /// Something becomes of a job, by its number in the story.
    Job(u64, Scenario, Turn),
    /// Another job takes the place of one.
    Restarted(u64, Scenario, u64),
    /// A job is told in the words of CI.
    JobTested(u64, Scenario, State),
    /// ResultsDB has the outcome for the update.
    JobRecorded(Scenario, &'static str),
    /// A test of the update is waived.
    Waived(Scenario),
    /// Greenwave's decision on a build changes, in a context.
    Decided(Nth, Test, &'static str, Verdict),
    /// Greenwave's decision on the update changes, in a context.
    UpdateDecided(Scenario, &'static str, Verdict),
}

/// What a job says of a pull request, for the first time or again.
#[derive(Clone, Copy, Debug)]
pub(super) struct Flag {
    pub(super) again: bool,
    pub(super) job: &'static str,
    pub(super) status: &'static str,
}

/// A tag.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(super) enum Spot {
    Of(Place),
    Side,
    SideSigning,
    SideTesting,
}
