//! Updates: requests, edits, composes and what lets them go.

use road::{Stage, Word};
use serde_json::json;

use crate::story::{Shown, Story, commit};
use crate::traps::{ALIAS, NVR, OTHER, STABLE, built, in_testing, word, word_of, words};

#[test]
fn an_edit_drops_a_build_and_starts_the_others_again() {
    for lists in [json!({"removed_builds": [OTHER]}), json!({})] {
        let mut story = built();
        let mut shown = Shown::new(ALIAS, &[NVR, OTHER]);
        shown.gate = Some("passed");
        shown.status = "testing";
        story.update("complete.testing", &shown);
        shown.builds.pop();
        (shown.status, shown.request) = ("pending", Some("testing"));
        story.update("request.testing", &shown);
        story.update_with("edit", &shown, lists);
        let left = [Stage::Update, Stage::Gating, Stage::Testing];
        assert_eq!(
            words(&story, left),
            [Word::Waiting, Word::Waiting, Word::Waiting]
        );
        let update = story.archive().road(&format!("update:{ALIAS}"), None);
        assert_eq!(update.builds, [NVR]);
        let road = story.archive().road(&format!("nvr:{OTHER}"), None);
        let gone = [Stage::Update, Stage::Gating, Stage::Testing, Stage::Stable]
            .map(|stage| road.word(stage));
        assert_eq!(road.update, None);
        assert_eq!(
            gone.map(Option::unwrap),
            [Word::Failed, Word::None, Word::Failed, Word::None]
        );
    }
}

#[test]
fn a_build_takes_no_request_along_to_another_update() {
    let (mut story, mut shown) = in_testing();
    shown.request = Some("stable");
    story.update("request.stable", &shown);
    let second = Shown::new("FEDORA-2026-bbbbbbbbbb", &[NVR]);
    story.ready(&second);
    let road = story.archive().road(&format!("nvr:{NVR}"), None);
    assert_eq!(road.update.as_deref(), Some(second.alias));
    assert_eq!(road.word(Stage::Stable), Some(Word::None));
    assert_eq!(
        word_of(&story, &format!("update:{ALIAS}"), Stage::Stable),
        Word::Waiting
    );
}

#[test]
fn what_became_of_the_pushes_of_an_update_is_known_when_it_counts_again() {
    let (mut story, first) = in_testing();
    let mut second = Shown::new("FEDORA-2026-bbbbbbbbbb", &[NVR]);
    second.status = "testing";
    story.update("request.stable", &second);
    assert_eq!(word(&story, Stage::Stable), Word::Waiting);
    story.update("comment", &first);
    assert_eq!(word(&story, Stage::Stable), Word::None);
    story.update("comment", &second);
    assert_eq!(word(&story, Stage::Stable), Word::Waiting);
    story.composing("f90-updates", &[NVR]);
    story.update("comment", &first);
    story.update_with("eject", &second, json!({"repo": "f90-updates"}));
    story.update("comment", &first);
    assert_eq!(word(&story, Stage::Stable), Word::None);
    story.update("comment", &second);
    assert_eq!(word(&story, Stage::Stable), Word::Failed);
}

#[test]
fn a_withdrawn_update_fails_all_that_was_to_come() {
    let ends = [
        ("request.obsolete", "obsolete"),
        ("request.unpush", "unpushed"),
        ("karma.threshold.reach", "obsolete"),
    ];
    for (what, status) in ends {
        let (mut story, mut shown) = in_testing();
        shown.status = status;
        story.update(what, &shown);
        let stages = [Stage::Update, Stage::Testing, Stage::Stable];
        assert_eq!(words(&story, stages), [Word::Failed; 3], "{what}");
    }
}

fn replaced_by(story: &Story) -> Option<String> {
    let road = story.archive().road(&format!("nvr:{NVR}"), None);
    road.replaced_by
}

#[test]
fn an_update_is_silently_obsolete_once_a_later_one_is_there_and_the_tags_are_lost() {
    let (mut story, _) = in_testing();
    let mut later = Shown::new("FEDORA-2026-bbbbbbbbbb", &["heron-libs-1.1-1.fc90"]);
    later.submitted = "2026-03-02 08:00:00";
    story.ready(&later);
    assert_eq!(
        word(&story, Stage::Update),
        Word::Running,
        "it is still in testing"
    );
    assert_eq!(replaced_by(&story), None);
    story.untag(NVR, "f90-updates-testing");
    let stages = [Stage::Update, Stage::Testing, Stage::Stable];
    assert_eq!(words(&story, stages), [Word::Failed; 3]);
    let replaced_by = replaced_by(&story);
    assert_eq!(replaced_by.as_deref(), Some("FEDORA-2026-bbbbbbbbbb"));
}

#[test]
fn an_update_that_lost_its_tags_while_an_earlier_one_speaks_is_not_obsolete() {
    let (mut story, _) = in_testing();
    story.untag(NVR, "f90-updates-testing");
    let mut earlier = Shown::new("FEDORA-2026-bbbbbbbbbb", &["heron-libs-0.9-1.fc90"]);
    earlier.submitted = "2026-02-02 08:00:00";
    story.update("request.stable", &earlier);
    assert_eq!(word(&story, Stage::Update), Word::Running);
}

#[test]
fn of_two_updates_filed_in_one_second_the_later_is_the_one_that_was_heard_of_last() {
    let (mut story, _) = in_testing();
    let later = Shown::new("FEDORA-2026-bbbbbbbbbb", &["heron-libs-1.1-1.fc90"]);
    story.ready(&later);
    story.untag(NVR, "f90-updates-testing");
    assert_eq!(word(&story, Stage::Update), Word::Failed);
    assert_eq!(
        replaced_by(&story).as_deref(),
        Some("FEDORA-2026-bbbbbbbbbb")
    );
    for tag in ["f90-updates-candidate", "f90-updates-testing-pending"] {
        story.tag("heron-libs-1.1-1.fc90", tag);
        story.untag("heron-libs-1.1-1.fc90", tag);
    }
    let later = story.archive().road("nvr:heron-libs-1.1-1.fc90", None);
    assert_eq!(later.word(Stage::Update), Some(Word::Waiting));
    assert_eq!(later.replaced_by, None, "each is not the other's");
}

#[test]
fn a_stable_build_stays_so() {
    let (mut story, _) = in_testing();
    story.tag(NVR, "f90-updates");
    story.untag(NVR, "f90-updates");
    story.untag(NVR, "f90-updates-testing");
    let mut later = Shown::new("FEDORA-2026-bbbbbbbbbb", &["heron-libs-1.1-1.fc90"]);
    later.submitted = "2026-03-02 08:00:00";
    story.ready(&later);
    let stages = [Stage::Update, Stage::Testing, Stage::Stable];
    assert_eq!(words(&story, stages), [Word::Passed; 3]);
}

#[test]
fn an_ejected_update_can_be_requested_again() {
    let (mut story, mut shown) = in_testing();
    shown.request = Some("stable");
    story.update("request.stable", &shown);
    assert_eq!(word(&story, Stage::Stable), Word::Waiting);
    story.composing("f90-updates", &[NVR]);
    story.update("comment", &shown);
    assert_eq!(
        word(&story, Stage::Stable),
        Word::Running,
        "a request that is known says nothing new"
    );
    shown.request = None;
    story.update_with(
        "eject",
        &shown,
        json!({"repo": "f90-updates", "reason": "r", "request": "stable"}),
    );
    assert_eq!(
        words(&story, [Stage::Testing, Stage::Stable]),
        [Word::Passed, Word::Failed]
    );
    shown.request = Some("stable");
    story.update("request.stable", &shown);
    assert_eq!(word(&story, Stage::Stable), Word::Waiting);
    shown.request = None;
    story.update("request.revoke", &shown);
    assert_eq!(word(&story, Stage::Stable), Word::None);
}

#[test]
fn a_compose_that_failed_is_waited_for_again() {
    let mut story = built();
    let mut shown = Shown::new(ALIAS, &[NVR]);
    shown.request = Some("testing");
    story.update("request.testing", &shown);
    story.composing("f90-updates-testing", &[NVR]);
    assert_eq!(word(&story, Stage::Testing), Word::Running);
    story.composed("f90-updates", false);
    assert_eq!(
        word(&story, Stage::Testing),
        Word::Running,
        "it was another compose"
    );
    story.composed("f90-updates-testing", false);
    assert_eq!(word(&story, Stage::Testing), Word::Waiting);
}

#[test]
fn an_old_ready_message_names_the_update_in_its_artifact() {
    let mut story = built();
    let body = json!({"artifact": {"id": format!("{ALIAS}-{}", commit('e')), "builds": [{"nvr": NVR, "id": 77, "task_id": 5001}]}});
    let subjects = [format!("nvr:{NVR}"), format!("update:{ALIAS}")];
    story.say(
        "bodhi.update.status.testing.koji-build-group.build.complete",
        &subjects,
        body,
    );
    let road = story.archive().road(&format!("nvr:{NVR}"), None);
    assert_eq!(road.update.as_deref(), Some(ALIAS));
    assert_eq!(road.word(Stage::Update), Some(Word::Waiting));
}

#[test]
fn of_several_updates_of_a_build_a_living_one_counts() {
    let mut story = built();
    let mut dead = Shown::new(ALIAS, &[NVR]);
    story.ready(&dead);
    dead.status = "unpushed";
    story.update("request.unpush", &dead);
    let mut living = Shown::new("FEDORA-2026-bbbbbbbbbb", &[NVR]);
    story.ready(&living);
    living.status = "testing";
    story.update("complete.testing", &living);
    for number in 0..10 {
        story.update("comment", &dead);
        let road = story.archive().road(&format!("nvr:{NVR}"), None);
        assert_eq!(road.update.as_deref(), Some(living.alias), "{number}");
        assert_eq!(road.word(Stage::Update), Some(Word::Running));
        assert_eq!(road.word(Stage::Testing), Some(Word::Passed));
    }
    living.status = "obsolete";
    story.update("request.obsolete", &living);
    let road = story.archive().road(&format!("nvr:{NVR}"), None);
    assert_eq!(road.update.as_deref(), Some(living.alias));
    assert_eq!(road.word(Stage::Update), Some(Word::Failed));
}

#[test]
fn more_updates_than_are_looked_at_are_not_complete() {
    let aliases = ["A", "B", "C", "D", "E", "F"];
    let mut story = built();
    for alias in &aliases[..5] {
        story.ready(&Shown::new(alias, &[NVR]));
    }
    assert!(story.archive().is_complete(&format!("nvr:{NVR}")));
    story.ready(&Shown::new(aliases[5], &[NVR]));
    assert!(!story.archive().is_complete(&format!("nvr:{NVR}")));
}

#[test]
fn an_update_has_a_road_by_whatever_speaks_of_it() {
    let subject = format!("update:{ALIAS}");
    let road = |story: &Story| {
        let road = story.archive().road(&subject, None);
        assert_eq!(road.update.as_deref(), Some(ALIAS));
        assert_eq!(road.subject.to_string(), subject);
        assert_eq!(road.word(Stage::Update), Some(Word::None));
        road
    };
    let mut decided = Story::default();
    let missing = "test-result-missing";
    decided.decision("bodhi_update", ALIAS, STABLE, "fedora-90", missing);
    assert_eq!(road(&decided).word(Stage::Gating), Some(Word::Waiting));
    assert!(road(&decided).can_become(Stage::Stable, Word::Passed));
    let mut tested = Story::default();
    let testing = "bodhi_update_push_testing";
    tested.decision(
        "bodhi_update",
        ALIAS,
        testing,
        "fedora-90",
        "test-result-passed",
    );
    assert_eq!(road(&tested).word(Stage::Gating), Some(Word::Passed));
    tested.decision(
        "bodhi_update",
        ALIAS,
        STABLE,
        "fedora-90",
        "test-result-failed",
    );
    assert_eq!(road(&tested).word(Stage::Gating), Some(Word::Failed));
    let mut job = Story::default();
    job.job(ALIAS, 11, "done", json!("failed"));
    assert_eq!(road(&job).word(Stage::Openqa), Some(Word::Failed));
    assert_eq!(road(&job).step(Stage::Openqa).expect("it").messages, ["m0"]);
    let mut ci = Story::default();
    let body = json!({"artifact": {"type": "fedora-update", "alias": ALIAS}, "run": {"id": 3},
        "test": {"type": "boot", "result": "passed"}});
    ci.say(
        "ci.fedora-update.test.complete",
        std::slice::from_ref(&subject),
        body,
    );
    assert_eq!(road(&ci).word(Stage::Openqa), Some(Word::Passed));
    let mut waiver = Story::default();
    let body = json!({"subject_type": "bodhi_update", "subject_identifier": ALIAS, "testcase": "t", "waived": true});
    waiver.say("waiverdb.waiver.new", std::slice::from_ref(&subject), body);
    assert_eq!(road(&waiver).word(Stage::Waiver), Some(Word::Waived));
    let mut nameless = Story::default();
    let body = json!({"subject_type": "bodhi_update", "subject_identifier": ALIAS, "waived": true});
    nameless.say("waiverdb.waiver.new", std::slice::from_ref(&subject), body);
    let body = json!({"data": {"type": "bodhi_update", "item": ALIAS}, "outcome": "FAILED"});
    nameless.say("resultsdb.result.new", std::slice::from_ref(&subject), body);
    assert_eq!(road(&nameless).word(Stage::Waiver), Some(Word::Waived));
    assert_eq!(road(&nameless).word(Stage::Results), Some(Word::Failed));
}

#[test]
fn an_update_whose_messages_name_no_build_tells_its_status() {
    let mut story = Story::default();
    let mut shown = Shown::new(ALIAS, &[]);
    story.update("request.testing", &shown);
    let waiting = story.archive().road(&format!("update:{ALIAS}"), None);
    assert_eq!(waiting.word(Stage::Update), Some(Word::Waiting));
    shown.status = "stable";
    story.update("complete.stable", &shown);
    let road = story.archive().road(&format!("update:{ALIAS}"), None);
    assert_eq!(road.word(Stage::Stable), Some(Word::Passed));
    assert_eq!(road.branch.as_deref(), Some("f90"));
}
