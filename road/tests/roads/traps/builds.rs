//! Builds: when they are built, tagged, signed, and what can still become of them.

use road::{Stage, Subject, Word};
use serde_json::json;

use crate::story::{Shown, Story, commit};
use crate::traps::{ALIAS, NVR, built, in_testing, word, word_of, words};

#[test]
fn time_orders_what_arrives_late() {
    let mut story = built();
    let last = story.messages.len();
    story.messages.swap(0, 1);
    for (number, stored) in story.messages.iter_mut().enumerate() {
        stored.message.number = i64::try_from(last - number).expect("few messages");
    }
    assert_eq!(word(&story, Stage::Build), Word::Passed);
}

#[test]
fn what_claims_to_come_from_the_future_wins_only_until_the_next_message() {
    let subject = format!("nvr:{NVR}");
    let road = |story: &Story, day: &str| {
        let mut archive = story.archive();
        archive.latest = day.parse().ok();
        archive.road(&subject, None)
    };
    let mut story = built();
    let building = story.now;
    story.now = "9999-12-31T23:59:59".parse().expect("a time");
    story.build(NVR, 5001, 3, &commit('a'));
    let failed = road(&story, "2026-03-02T08:00:00");
    assert_eq!(failed.word(Stage::Build), Some(Word::Failed));
    let since = failed.step(Stage::Build).and_then(|step| step.since);
    assert!(since < Some(building), "it came after the others");
    story.now = building;
    story.build(NVR, 5002, 1, &commit('a'));
    let complete = road(&story, "2026-03-02T08:00:00");
    assert_eq!(complete.word(Stage::Build), Some(Word::Passed));
    let lone = Story {
        messages: story.messages[3..4].to_vec(),
        ..Story::default()
    };
    let alone = road(&lone, "2026-03-02T08:00:00");
    assert_eq!(alone.word(Stage::Build), Some(Word::Failed));
    let late = road(&story, "9999-12-31T23:59:59");
    assert_eq!(late.word(Stage::Build), Some(Word::Failed));
}

#[test]
fn within_a_second_a_build_leaves_a_tag_before_it_comes_back() {
    let mut story = built();
    story.tag(NVR, "f90-signing-pending");
    let moved = story.now;
    story.tag(NVR, "f90-signing-pending");
    story.now = moved;
    story.untag(NVR, "f90-signing-pending");
    assert_eq!(word(&story, Stage::Sign), Word::Waiting);
}

#[test]
fn a_signature_is_known_by_the_tag_when_bodhi_missed_it() {
    let mut story = built();
    story.tag(NVR, "f90-signing-pending");
    assert_eq!(word(&story, Stage::Sign), Word::Waiting);
    let signed = json!({"build": {"nvr": NVR, "id": 77, "task_id": 5001}});
    story.say("buildsys.rpm.sign", &[format!("nvr:{NVR}")], signed);
    assert_eq!(word(&story, Stage::Sign), Word::Running);
    story.untag(NVR, "f90-signing-pending");
    story.tag(NVR, "f90-signing-pending");
    assert_eq!(
        word(&story, Stage::Sign),
        Word::Waiting,
        "tagged again, it waits again"
    );
    story.untag(NVR, "f90-signing-pending");
    story.tag(NVR, "f90-build-side-12-testing-pending");
    let shown = Shown::new(ALIAS, &[NVR]);
    story.update("comment", &shown);
    assert_eq!(word(&story, Stage::Sign), Word::Passed);
}

#[test]
fn a_failed_build_may_be_built_again_under_its_name() {
    let mut story = Story::default();
    let push = json!({"commit": {"rev": commit('b'), "path": "/srv/git/repositories/rpms/heron-libs.git"}});
    story.say("git.receive", &[format!("commit:{}", commit('b'))], push);
    story.build(NVR, 5001, 0, &commit('a'));
    story.build(NVR, 5001, 3, &commit('a'));
    assert_eq!(
        words(&story, [Stage::Commit, Stage::Build]),
        [Word::None, Word::Failed]
    );
    let road = story.archive().road(&format!("nvr:{NVR}"), None);
    assert!(road.can_become(Stage::Build, Word::Passed));
    story.build(NVR, 5009, 0, &commit('b'));
    assert_eq!(
        words(&story, [Stage::Commit, Stage::Build]),
        [Word::Passed, Word::Running]
    );
    story.build(NVR, 5009, 1, &commit('b'));
    let road = story.archive().road("task:5001", None);
    assert_eq!(
        road.subject,
        Subject::Nvr(NVR.to_owned()),
        "the first attempt leads to the build"
    );
    assert_eq!(road.word(Stage::Build), Some(Word::Failed), "as it ended");
}

#[test]
fn what_is_complete_or_deleted_is_not_built_again() {
    let mut story = built();
    let road = story.archive().road(&format!("nvr:{NVR}"), None);
    assert!(!road.can_become(Stage::Build, Word::Running));
    assert!(
        road.can_become(Stage::Build, Word::Failed),
        "it may be deleted"
    );
    story.build(NVR, 5001, 2, &commit('a'));
    let road = story.archive().road(&format!("nvr:{NVR}"), None);
    assert_eq!(road.word(Stage::Build), Some(Word::Failed));
    assert!(!road.can_become(Stage::Build, Word::Passed));
}

#[test]
fn never_is_only_said_of_what_is_certain() {
    let (mut story, mut shown) = in_testing();
    shown.status = "obsolete";
    story.update("request.obsolete", &shown);
    let road = story.archive().road(&format!("nvr:{NVR}"), None);
    assert!(road.can_become(Stage::Stable, Word::Passed));
    assert!(
        !road.can_become(Stage::Waiver, Word::Passed),
        "a waiver never passes"
    );
    shown.status = "stable";
    story.update("complete.stable", &shown);
    for subject in [format!("nvr:{NVR}"), format!("update:{ALIAS}")] {
        let road = story.archive().road(&subject, None);
        assert!(road.can_become(Stage::Stable, Word::Passed), "it has");
        for word in Word::ALL.into_iter().filter(|word| *word != Word::Passed) {
            assert!(!road.can_become(Stage::Stable, word), "{subject} {word}");
        }
        assert!(
            road.can_become(Stage::Ci, Word::Failed),
            "tests may run at any time"
        );
    }
}

#[test]
fn a_scratch_build_says_nothing_of_the_build_with_its_name() {
    let mut story = Story::default();
    let task = json!({"id": 6001, "new": "CLOSED", "srpm": format!("{NVR}.src.rpm")});
    story.say(
        "buildsys.task.state.change",
        &["task:6001".to_owned(), format!("nvr:{NVR}")],
        task,
    );
    story.test(NVR, 6001, true, "complete", "failed");
    let result = json!({
        "data": {"type": ["koji_build_scratch"], "item": [NVR]}, "testcase": {"name": "t"}, "outcome": "FAILED",
    });
    story.say("resultsdb.result.new", &[format!("nvr:{NVR}")], result);
    let stages = [Stage::Build, Stage::Ci, Stage::Results];
    assert_eq!(words(&story, stages), [Word::None; 3]);
    assert_eq!(word_of(&story, "task:6001", Stage::Build), Word::Passed);
    assert_eq!(word_of(&story, "task:6001", Stage::Ci), Word::Failed);
    let road = story.archive().road("task:6001", None);
    assert!(
        !road.can_become(Stage::Build, Word::Running),
        "a task runs once"
    );
}

#[test]
fn tag_status_and_completion_each_are_enough() {
    let stages = [Stage::Build, Stage::Testing, Stage::Stable];
    let mut tags = Story::default();
    tags.build(NVR, 5001, 0, &commit('a'));
    tags.tag(NVR, "f90-updates-testing");
    tags.tag(NVR, "f90-updates");
    assert_eq!(
        words(&tags, stages),
        [Word::Passed; 3],
        "what is tagged was built"
    );
    let mut status = Story::default();
    let mut shown = Shown::new(ALIAS, &[NVR]);
    shown.status = "testing";
    status.update("comment", &shown);
    assert_eq!(
        words(&status, stages),
        [Word::None, Word::Passed, Word::None]
    );
    shown.status = "stable";
    status.update("comment", &shown);
    assert_eq!(
        words(&status, stages),
        [Word::None, Word::Passed, Word::Passed]
    );
    let mut complete = Story::default();
    shown.status = "pending";
    complete.update("complete.testing", &shown);
    assert_eq!(word(&complete, Stage::Testing), Word::Passed);
}
