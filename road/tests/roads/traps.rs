//! Small made-up stories, each about one thing that is easily told wrong.

mod attempts;
mod builds;
mod gates;
mod subjects;
mod updates;

use crate::story::{Shown, Story, commit};
use road::{Stage, Word};

const NVR: &str = "heron-libs-1.0-1.fc90";
const OTHER: &str = "heron-doc-1.0-1.fc90";
const ALIAS: &str = "FEDORA-2026-aaaaaaaaaa";
const STABLE: &str = "bodhi_update_push_stable";

/// The word of a stage of the build, as the story has come so far.
fn word(story: &Story, stage: Stage) -> Word {
    word_of(story, &format!("nvr:{NVR}"), stage)
}

fn word_of(story: &Story, subject: &str, stage: Stage) -> Word {
    story
        .archive()
        .road(subject, None)
        .word(stage)
        .expect("the subject has the stage")
}

/// Words of stages, in the order of `stages`.
fn words<const N: usize>(story: &Story, stages: [Stage; N]) -> [Word; N] {
    stages.map(|stage| word(story, stage))
}

/// A build that was built and is a candidate.
fn built() -> Story {
    let mut story = Story::default();
    story.build(NVR, 5001, 0, &commit('a'));
    story.build(NVR, 5001, 1, &commit('a'));
    story.tag(NVR, "f90-updates-candidate");
    story
}

/// An update in testing.
fn in_testing() -> (Story, Shown) {
    let mut story = built();
    let mut shown = Shown::new(ALIAS, &[NVR]);
    story.ready(&shown);
    shown.request = Some("testing");
    story.update("request.testing", &shown);
    story.composing("f90-updates-testing", &[NVR]);
    story.untag(NVR, "f90-updates-candidate");
    story.tag(NVR, "f90-updates-testing");
    shown.status = "testing";
    story.update("complete.testing", &shown);
    shown.request = None;
    (story, shown)
}
