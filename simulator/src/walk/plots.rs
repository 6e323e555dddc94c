//! The stories that there are: what happens in each, and how it ends.

use super::act::{Act, Nth, Spot};
use super::script::Script;
use crate::applications::bodhi::Step;
use crate::applications::ci::{INSTALLABILITY, RPMDEPLINT, TIER0};
use crate::applications::greenwave::{PUSH_STABLE, Verdict};
use crate::applications::koji::{BUILDING, COMPLETE, FAILED};
use crate::applications::openqa::{BROWSER, SELINUX, Turn};
use crate::applications::state::State;
use crate::release::Place;

/// A story without its names and numbers.
#[derive(Debug)]
pub(super) struct Plot {
    pub(super) title: &'static str,
    pub(super) product: Product,
    pub(super) builds: Builds,
    pub(super) script: fn(&mut Script),
    pub(super) ends: &'static [Ending],
}

/// What is built for.
#[derive(Clone, Copy, Debug)]
pub(super) enum Product {
    Fedora,
    Rawhide,
    Epel,
    Flatpak,
}

/// Which builds there are.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(super) enum Builds {
    /// One.
    One,
    /// Of so many packages.
    Several(usize),
    /// Of so many packages, in a side tag.
    InSideTag(usize),
    /// One of the critical path.
    Critical,
    /// Two of a package, one after the other.
    Successive,
}

/// How a story ends for a subject.
#[derive(Debug)]
pub(super) struct Ending {
    pub(super) about: About,
    /// The update that it is in, counted as they are filed.
    pub(super) update: Option<usize>,
    /// The tags that it is in.
    pub(super) held: &'static [Place],
    /// How its stages stand, as `stage=word` with blanks between.
    pub(super) stages: &'static str,
}

/// A subject of a story.
#[derive(Clone, Copy, Debug)]
pub(super) enum About {
    Build(Nth),
    Request,
    Scratch,
}

const fn build(
    nth: Nth,
    update: Option<usize>,
    held: &'static [Place],
    stages: &'static str,
) -> Ending {
    Ending {
        about: About::Build(nth),
        update,
        held,
        stages,
    }
}

const fn plot(
    title: &'static str,
    product: Product,
    builds: Builds,
    script: fn(&mut Script),
    ends: &'static [Ending],
) -> Plot {
    Plot {
        title,
        product,
        builds,
        script,
        ends,
    }
}

/// All plots.
pub(super) static PLOTS: [Plot; 13] = [
    plot(
        "happy",
        Product::Fedora,
        Builds::One,
        happy,
        &[build(
            0,
            Some(0),
            &[Place::Stable],
            "commit=passed build=passed sign=passed update=passed ci=passed results=passed gating=passed \
             testing=passed stable=passed",
        )],
    ),
    plot(
        "waived",
        Product::Fedora,
        Builds::Critical,
        waived,
        &[build(
            0,
            Some(0),
            &[Place::Stable],
            "commit=passed build=passed sign=passed update=passed openqa=failed results=failed waiver=waived \
             gating=waived testing=passed stable=passed",
        )],
    ),
    plot(
        "ejected",
        Product::Fedora,
        Builds::One,
        ejected,
        &[build(
            0,
            Some(0),
            &[Place::Testing],
            "commit=passed build=passed sign=passed update=running ci=failed results=failed gating=failed \
             testing=passed stable=failed",
        )],
    ),
    plot(
        "rawhide",
        Product::Rawhide,
        Builds::One,
        rawhide,
        &[build(
            0,
            Some(0),
            &[Place::Stable],
            "commit=passed build=passed sign=passed update=passed ci=failed results=failed testing=passed \
             stable=passed",
        )],
    ),
    plot(
        "side tag",
        Product::Rawhide,
        Builds::InSideTag(2),
        side_tag,
        &[
            build(0, Some(0), &[Place::Stable], IN_RAWHIDE),
            build(1, Some(0), &[Place::Stable], IN_RAWHIDE),
        ],
    ),
    plot(
        "one is red",
        Product::Fedora,
        Builds::Several(3),
        one_is_red,
        &[
            build(
                0,
                Some(0),
                &[Place::Testing],
                "commit=passed build=passed sign=passed update=running ci=passed results=passed gating=failed \
                 testing=passed",
            ),
            build(
                1,
                Some(0),
                &[Place::Testing],
                "commit=passed build=passed sign=passed update=running ci=failed results=failed gating=failed \
                 testing=passed",
            ),
            build(
                2,
                Some(0),
                &[Place::Testing],
                "commit=passed build=passed sign=passed update=running gating=failed testing=passed",
            ),
        ],
    ),
    plot(
        "edited",
        Product::Fedora,
        Builds::Several(2),
        edited,
        &[
            build(
                0,
                Some(0),
                &[Place::Testing],
                "commit=passed build=passed sign=passed update=running ci=passed results=passed gating=passed \
                 testing=passed",
            ),
            build(
                1,
                None,
                &[Place::Candidate],
                "commit=passed build=passed sign=passed update=failed testing=failed",
            ),
        ],
    ),
    plot(
        "superseded",
        Product::Fedora,
        Builds::Successive,
        superseded,
        &[
            build(0, Some(0), &[], WITHDRAWN),
            build(1, Some(1), &[Place::Testing], IN_TESTING),
        ],
    ),
    plot(
        "voted down",
        Product::Fedora,
        Builds::One,
        voted_down,
        &[build(0, Some(0), &[], WITHDRAWN)],
    ),
    plot(
        "built again",
        Product::Fedora,
        Builds::One,
        built_again,
        &[build(
            0,
            Some(0),
            &[Place::Testing],
            "commit=passed build=passed sign=passed update=running ci=passed results=passed testing=passed",
        )],
    ),
    plot(
        "pull request",
        Product::Rawhide,
        Builds::One,
        pull_request,
        &[
            Ending {
                about: About::Request,
                update: None,
                held: &[],
                stages: "pr=passed pr_ci=passed",
            },
            Ending {
                about: About::Scratch,
                update: None,
                held: &[],
                stages: "build=passed",
            },
            build(
                0,
                Some(0),
                &[Place::Stable],
                "commit=passed pr=passed pr_ci=passed build=passed sign=passed update=passed ci=passed \
                 results=passed testing=passed stable=passed",
            ),
        ],
    ),
    plot(
        "flatpak",
        Product::Flatpak,
        Builds::One,
        flatpak,
        &[build(
            0,
            Some(0),
            &[Place::Stable],
            "build=passed update=passed testing=passed stable=passed",
        )],
    ),
    plot(
        "epel",
        Product::Epel,
        Builds::One,
        epel,
        &[build(
            0,
            Some(0),
            &[Place::Stable],
            "commit=passed build=passed sign=passed update=passed testing=passed stable=passed",
        )],
    ),
];

const IN_RAWHIDE: &str = "commit=passed build=passed sign=passed update=passed ci=passed results=passed \
                          testing=passed stable=passed";
const IN_TESTING: &str = "commit=passed build=passed sign=passed update=running testing=passed";
const WITHDRAWN: &str =
    "commit=passed build=passed sign=passed update=failed testing=failed stable=failed";

/// Built, tested, required to pass, and pushed to testing and to stable.
fn happy(script: &mut Script) {
    script.made(0);
    script.filed(&[0]);
    script.signed_as_usual(&[0]);
    script.tested(0, INSTALLABILITY, true);
    script.decided(0, TIER0, Verdict::Missing);
    script.tested(0, TIER0, true);
    script.decided(0, TIER0, Verdict::Passed);
    script.act(Act::Gate("passed"));
    script.pushed_to_testing(&[0]);
    script.act(Act::Commented(1));
    script.pushed_to_stable(&[0]);
}

/// A required test of the update fails, also when it is tried again, and is waived.
fn waived(script: &mut Script) {
    const TESTING: &str = "bodhi_update_push_testing_core_critpath";
    const STABLE: &str = "bodhi_update_push_stable_core_critpath";
    script.made(0);
    script.filed(&[0]);
    script.signed_as_usual(&[0]);
    for (job, scenario) in [(0, SELINUX), (1, BROWSER)] {
        script.act(Act::Job(job, scenario, Turn::Create));
        script.act(Act::JobTested(job, scenario, State::Queued));
        script.act(Act::JobRecorded(scenario, "QUEUED"));
    }
    script.act(Act::Job(0, SELINUX, Turn::Done("passed")));
    script.act(Act::JobTested(0, SELINUX, State::Complete("passed")));
    script.act(Act::JobRecorded(SELINUX, "PASSED"));
    for context in [TESTING, STABLE] {
        script.act(Act::UpdateDecided(BROWSER, context, Verdict::Missing));
    }
    script.act(Act::Job(1, BROWSER, Turn::Done("incomplete")));
    script.act(Act::Restarted(1, BROWSER, 2));
    script.act(Act::JobTested(1, BROWSER, State::Error("incomplete")));
    script.act(Act::JobTested(2, BROWSER, State::Queued));
    script.act(Act::Job(2, BROWSER, Turn::Done("failed")));
    script.act(Act::JobTested(2, BROWSER, State::Complete("failed")));
    script.act(Act::JobRecorded(BROWSER, "FAILED"));
    for context in [TESTING, STABLE] {
        script.act(Act::UpdateDecided(BROWSER, context, Verdict::Failed));
    }
    script.act(Act::Gate("failed"));
    script.act(Act::Commented(0));
    script.act(Act::Waived(BROWSER));
    for context in [TESTING, STABLE] {
        script.act(Act::UpdateDecided(BROWSER, context, Verdict::Waived));
    }
    script.act(Act::Gate("passed"));
    script.pushed_to_testing(&[0]);
    script.pushed_to_stable(&[0]);
}

/// A test that passed is triggered again and fails, so that a compose throws the update out.
fn ejected(script: &mut Script) {
    script.made(0);
    script.filed(&[0]);
    script.signed_as_usual(&[0]);
    script.tested(0, TIER0, true);
    script.decided(0, TIER0, Verdict::Passed);
    script.act(Act::Gate("passed"));
    script.pushed_to_testing(&[0]);
    script.asked_for_stable(&[0]);
    script.act(Act::Ready(true));
    script.tested(0, TIER0, false);
    script.act(Act::Decided(0, TIER0, PUSH_STABLE, Verdict::Failed));
    script.act(Act::Composing(Place::Stable));
    script.act(Act::Gate("failed"));
    script.act(Act::Ejected);
    script.untagged(0, Place::Pending);
    script.act(Act::Composed(Place::Stable));
}

/// The update comes by itself, and a test that nobody requires fails.
fn rawhide(script: &mut Script) {
    script.made(0);
    script.filed(&[0]);
    script.tested(0, INSTALLABILITY, true);
    script.tested(0, RPMDEPLINT, false);
    script.signed_as_usual(&[0]);
    script.tagged_for_rawhide(&[0], USUAL);
}

/// The tags that a build for Rawhide leaves in the end.
const USUAL: [Spot; 2] = [Spot::Of(Place::TestingPending), Spot::Of(Place::Candidate)];

/// Two packages are built in a side tag, of which one update is made.
fn side_tag(script: &mut Script) {
    for build in [0, 1] {
        script.pushed(build);
        script.built(build);
        script.act(Act::Tagged(build, Spot::Side));
    }
    script.act(Act::Filed(&[0, 1]));
    script.act(Act::Ready(false));
    for build in [0, 1] {
        script.act(Act::Tagged(build, Spot::SideSigning));
    }
    script.signed(&[0, 1], Spot::SideSigning, Spot::SideTesting);
    script.tested(0, INSTALLABILITY, true);
    script.tested(1, INSTALLABILITY, true);
    script.tagged_for_rawhide(&[0, 1], [Spot::SideTesting, Spot::Side]);
}

/// Of three builds in an update, one fails a required test.
fn one_is_red(script: &mut Script) {
    for build in [0, 1, 2] {
        script.made(build);
    }
    script.filed(&[0, 1, 2]);
    script.signed_as_usual(&[0, 1, 2]);
    script.tested(1, TIER0, false);
    script.tested(0, INSTALLABILITY, true);
    script.decided(1, TIER0, Verdict::Failed);
    script.act(Act::Gate("failed"));
    script.pushed_to_testing(&[0, 1, 2]);
}

/// One of two builds is taken out of an update in testing, which starts again.
fn edited(script: &mut Script) {
    script.made(0);
    script.made(1);
    script.filed(&[0, 1]);
    script.signed_as_usual(&[0, 1]);
    script.tested(0, TIER0, true);
    script.decided(0, TIER0, Verdict::Passed);
    script.act(Act::Gate("passed"));
    script.pushed_to_testing(&[0, 1]);
    for build in [1, 0] {
        let (from, to) = (Place::Testing, Place::Candidate);
        script.moved(build, Spot::Of(from), Spot::Of(to));
    }
    script.act(Act::Removed(1));
    script.act(Act::Stepped(Step::AskedForTesting));
    script.act(Act::Stepped(Step::Edited));
    script.act(Act::Ready(false));
    script.tagged(0, Place::SigningPending);
    script.tested(0, TIER0, true);
    let (from, to) = (Place::SigningPending, Place::TestingPending);
    script.moved(0, Spot::Of(from), Spot::Of(to));
    script.pushed_to_testing(&[0]);
}

/// A newer update takes the place of one in testing; no message says so.
fn superseded(script: &mut Script) {
    script.act(Act::Gate("ignored"));
    script.made(0);
    script.filed(&[0]);
    script.signed_as_usual(&[0]);
    script.pushed_to_testing(&[0]);
    script.made(1);
    script.untagged(0, Place::Testing);
    script.filed(&[1]);
    script.signed_as_usual(&[1]);
    script.pushed_to_testing(&[1]);
}

/// Nobody likes the update.
fn voted_down(script: &mut Script) {
    script.act(Act::Gate("ignored"));
    script.made(0);
    script.filed(&[0]);
    script.signed_as_usual(&[0]);
    script.pushed_to_testing(&[0]);
    for _ in 0..3 {
        script.act(Act::Commented(-1));
    }
    script.untagged(0, Place::Testing);
    script.act(Act::Stepped(Step::VotedDown));
}

/// The build fails, and is built again under its name, of another commit.
fn built_again(script: &mut Script) {
    script.pushed(0);
    script.act(Act::Built(0, None, BUILDING));
    script.act(Act::Built(0, Some(BUILDING), FAILED));
    script.act(Act::Again(0));
    script.pushed(0);
    script.act(Act::Built(0, Some(FAILED), BUILDING));
    script.act(Act::Built(0, Some(BUILDING), COMPLETE));
    script.tagged(0, Place::Candidate);
    script.filed(&[0]);
    script.signed_as_usual(&[0]);
    script.tested(0, TIER0, true);
    script.act(Act::Gate("ignored"));
    script.pushed_to_testing(&[0]);
}

/// A pull request has its own scratch build and tests; it is merged and built.
fn pull_request(script: &mut Script) {
    const JOBS: [&str; 2] = ["Packit - scratch build - rawhide", "Zuul"];
    script.act(Act::Forked);
    script.act(Act::Opened);
    for job in JOBS {
        script.flagged(false, job, "pending");
    }
    script.act(Act::Scratched(None, "FREE"));
    script.act(Act::Scratched(Some("FREE"), "OPEN"));
    script.act(Act::RequestTested(State::Queued));
    script.act(Act::RequestTested(State::Running));
    script.act(Act::Scratched(Some("OPEN"), "CLOSED"));
    for job in JOBS {
        script.flagged(true, job, "success");
    }
    script.act(Act::RequestTested(State::Complete("passed")));
    script.act(Act::Merged);
    script.made(0);
    script.filed(&[0]);
    script.tested(0, INSTALLABILITY, true);
    script.signed_as_usual(&[0]);
    script.tagged_for_rawhide(&[0], USUAL);
}

/// Imported, neither signed nor tested, and pushed all the same.
fn flatpak(script: &mut Script) {
    script.act(Act::Gate("ignored"));
    script.act(Act::Built(0, Some(BUILDING), COMPLETE));
    script.tagged(0, Place::Candidate);
    script.act(Act::Filed(&[0]));
    script.act(Act::Stepped(Step::AskedForTesting));
    script.pushed_to_testing(&[0]);
    script.pushed_to_stable(&[0]);
}

/// Others need the build before it is stable.
fn epel(script: &mut Script) {
    script.act(Act::Gate("ignored"));
    script.made(0);
    script.tagged(0, Place::Override);
    script.act(Act::Overridden(0, true));
    script.filed(&[0]);
    script.signed_as_usual(&[0]);
    script.pushed_to_testing(&[0]);
    script.act(Act::Overridden(0, false));
    script.untagged(0, Place::Override);
    script.pushed_to_stable(&[0]);
}
