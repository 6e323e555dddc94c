//! Attempts at a build: what failed is built again under the same name, by another task and from another commit.

use road::{Road, Stage, Word};

use crate::story::{Shown, Story, commit};
use crate::traps::{ALIAS, NVR, word_of};

const FIRST: &str = "task:5001";
const SECOND: &str = "task:5002";

/// A build that failed in the first task.
fn failed() -> Story {
    let mut story = Story::default();
    story.build(NVR, 5001, 0, &commit('a'));
    story.build(NVR, 5001, 3, &commit('a'));
    story
}

/// A build whose second task is at work, on another commit.
fn again() -> Story {
    let mut story = failed();
    story.build(NVR, 5002, 0, &commit('b'));
    story
}

/// A build of the second task that is tested and in an update.
fn in_update() -> Story {
    let mut story = again();
    story.build(NVR, 5002, 1, &commit('b'));
    story.tag(NVR, "f90-updates-candidate");
    story.test("", 5002, false, "complete", "passed");
    story.test(NVR, 5002, false, "complete", "passed");
    let mut shown = Shown::new(ALIAS, &[NVR]);
    shown.signed = true;
    story.ready(&shown);
    story.decision(
        "koji_build",
        NVR,
        "bodhi_update_push_stable",
        "f90",
        "test-result-passed",
    );
    story
}

const STAGES: [Stage; 5] = [
    Stage::Build,
    Stage::Sign,
    Stage::Update,
    Stage::Ci,
    Stage::Gating,
];

fn road(story: &Story, subject: &str) -> Road {
    story.archive().road(subject, None)
}

fn words(story: &Story, subject: &str) -> [Word; 5] {
    let road = road(story, subject);
    STAGES.map(|stage| road.word(stage).expect("a build has the stage"))
}

#[test]
fn a_task_that_failed_stays_failed_whatever_another_task_builds() {
    for story in [failed(), again(), in_update()] {
        let road = road(&story, FIRST);
        assert_eq!(words(&story, FIRST)[0], Word::Failed);
        assert_eq!(words(&story, FIRST)[1..], [Word::None; 4]);
        assert_eq!(road.step(Stage::Build).unwrap().messages, ["m1"]);
        assert!(road.tags.is_empty() && road.update.is_none());
        for stage in STAGES {
            assert!(!road.can_become(stage, Word::Passed), "{stage}");
        }
        assert_eq!(road.subject.to_string(), format!("nvr:{NVR}"));
        assert_eq!(road.task.as_deref(), Some("5001"));
    }
    assert_eq!(road(&failed(), FIRST).built_again_by, None);
    let followed = road(&again(), FIRST).built_again_by;
    assert_eq!(followed.as_deref(), Some("5002"));
}

#[test]
fn the_last_task_has_the_road_of_the_build() {
    let whole = format!("nvr:{NVR}");
    for story in [again(), in_update()] {
        let (own, build) = (road(&story, SECOND), road(&story, &whole));
        assert_eq!(own.stages, build.stages);
        assert_eq!((&own.tags, &own.update), (&build.tags, &build.update));
        let names = (own.task.as_deref(), own.built_again_by, build.task);
        assert_eq!(names, (Some("5002"), None, None));
    }
    let [build, sign, update, ci, gating] = words(&in_update(), SECOND);
    assert_eq!([build, sign, ci, gating], [Word::Passed; 4]);
    assert_eq!(update, Word::Waiting);
}

#[test]
fn a_commit_whose_build_failed_is_not_passed_by_that_of_another() {
    let [first, second] = ['a', 'b'].map(|digit| format!("commit:{}", commit(digit)));
    let mut story = in_update();
    assert_eq!(words(&story, &first)[0], Word::Failed);
    assert_eq!(words(&story, &first)[1..], [Word::None; 4]);
    assert_eq!(words(&story, &second)[0], Word::Passed);
    let again = road(&story, &first).built_again_by;
    assert_eq!(again.as_deref(), Some("5002"));
    story.build(&NVR.replace("fc90", "fc91"), 5009, 1, &commit('a'));
    assert_eq!(story.archive().roads(&first, None).0.len(), 2);
}

#[test]
fn of_several_builds_of_a_commit_the_newest_is_told() {
    let of_commit = format!("commit:{}", commit('a'));
    let mut story = again();
    story.build(NVR, 5002, 4, &commit('b'));
    story.build(NVR, 5003, 0, &commit('a'));
    assert_eq!(word_of(&story, &of_commit, Stage::Build), Word::Running);
    let earlier = [FIRST, SECOND].map(|task| word_of(&story, task, Stage::Build));
    assert_eq!(earlier, [Word::Failed; 2]);
    story.tag(NVR, "f90-updates-candidate");
    let tagged = [FIRST, SECOND, "task:5003", &of_commit];
    let tagged = tagged.map(|subject| word_of(&story, subject, Stage::Build));
    let expected = [Word::Failed, Word::Failed, Word::Passed, Word::Passed];
    assert_eq!(tagged, expected, "only the last task can have built it");
}

#[test]
fn a_task_whose_end_got_lost_has_failed_when_another_one_begins() {
    let mut story = again();
    story.messages.remove(1);
    let road = road(&story, FIRST);
    let step = road.step(Stage::Build).expect("it is a build");
    assert_eq!(
        (step.word, &step.messages[..]),
        (Word::Failed, &["m2".to_owned()][..])
    );
    assert!(!road.can_become(Stage::Build, Word::Passed));
    assert_eq!(word_of(&story, SECOND, Stage::Build), Word::Running);
}

#[test]
fn a_task_that_is_at_work_may_still_pass_or_fail() {
    let mut story = Story::default();
    story.build(NVR, 5001, 0, &commit('a'));
    let road = road(&story, FIRST);
    for word in [Word::Passed, Word::Failed] {
        assert!(road.can_become(Stage::Build, word));
    }
    assert!(road.can_become(Stage::Stable, Word::Passed));
}
