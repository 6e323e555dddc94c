//! Gates and the tests that they look at.

use road::{Stage, Word};
use serde_json::json;

use crate::story::{Shown, commit};
use crate::traps::{ALIAS, NVR, OTHER, STABLE, built, in_testing, word, word_of, words};

#[test]
fn a_red_sibling_holds_a_green_build() {
    let mut story = built();
    story.build(OTHER, 5002, 1, &commit('b'));
    story.ready(&Shown::new(ALIAS, &[NVR, OTHER]));
    story.test(OTHER, 5002, false, "complete", "failed");
    story.decision(
        "koji_build",
        OTHER,
        STABLE,
        "fedora-90",
        "test-result-failed",
    );
    assert_eq!(
        words(&story, [Stage::Ci, Stage::Gating]),
        [Word::None, Word::Failed]
    );
    assert_eq!(
        word_of(&story, &format!("update:{ALIAS}"), Stage::Ci),
        Word::Failed
    );
}

#[test]
fn a_failing_test_is_no_failed_gate() {
    let (mut story, _) = in_testing();
    story.test(NVR, 5001, false, "complete", "failed");
    assert_eq!(
        words(&story, [Stage::Ci, Stage::Gating]),
        [Word::Failed, Word::None]
    );
}

#[test]
fn decisions_for_other_contexts_and_products_do_not_count() {
    let (mut story, mut shown) = in_testing();
    shown.critpath_groups = "core";
    story.update("comment", &shown);
    for (context, product) in [
        ("bodhi_update_push_testing", "fedora-90"),
        (STABLE, "fedora-91"),
        (STABLE, "fedora-*"),
        ("bodhi_update_push_stable_base_critpath", "fedora-90"),
    ] {
        story.decision(
            "bodhi_update",
            ALIAS,
            context,
            product,
            "test-result-failed",
        );
        assert_eq!(
            word(&story, Stage::Gating),
            Word::None,
            "{context} {product}"
        );
    }
    story.decision("koji_build", NVR, STABLE, "fedora-*", "test-result-failed");
    assert_eq!(
        word(&story, Stage::Gating),
        Word::None,
        "a pattern is no product"
    );
    story.decision(
        "bodhi_update",
        ALIAS,
        "bodhi_update_push_stable_core_critpath",
        "fedora-90",
        "test-result-missing",
    );
    assert_eq!(word(&story, Stage::Gating), Word::Waiting);
}

#[test]
fn the_newer_of_decisions_and_bodhi_counts() {
    let (mut story, mut shown) = in_testing();
    story.decision("koji_build", NVR, STABLE, "whatever", "test-result-failed");
    shown.gate = Some("running");
    story.update("comment", &shown);
    assert_eq!(word(&story, Stage::Gating), Word::Running);
    story.decision(
        "koji_build",
        NVR,
        STABLE,
        "whatever",
        "test-result-failed-waived",
    );
    assert_eq!(word(&story, Stage::Gating), Word::Waived);
    shown.gate = Some("passed");
    story.update("comment", &shown);
    assert_eq!(
        word(&story, Stage::Gating),
        Word::Waived,
        "Bodhi does not tell a waived gate from a passed one"
    );
    shown.gate = Some("failed");
    story.ready(&shown);
    assert_eq!(
        word(&story, Stage::Gating),
        Word::Waived,
        "what starts tests shows the gate from before"
    );
}

#[test]
fn what_was_decided_is_told_before_who_repeats_it() {
    for (requirement, said) in [
        ("test-result-failed", "failed"),
        ("test-result-passed", "passed"),
    ] {
        let (mut story, mut shown) = in_testing();
        story.decision("koji_build", NVR, STABLE, "whatever", requirement);
        let decision = story.messages.last().expect("one").message.id.clone();
        for what in ["comment", "complete.testing"] {
            shown.gate = Some(said);
            story.update(what, &shown);
        }
        let newest = story.messages.last().expect("one").message.id.clone();
        for subject in [format!("nvr:{NVR}"), format!("update:{ALIAS}")] {
            let road = story.archive().road(&subject, None);
            let step = road.step(Stage::Gating).expect("it has a gate");
            assert_eq!(step.messages, [&*decision, &*newest], "{subject}: {said}");
        }
    }
}

#[test]
fn of_bodhis_messages_the_first_that_said_so_is_told_and_no_mail() {
    let (mut story, mut shown) = in_testing();
    let mut say = |gate, what: &str| {
        shown.gate = Some(gate);
        match what {
            "errata" => story.errata(&shown),
            _ => story.update(what, &shown),
        }
        let id = story.messages.last().expect("one").message.id.clone();
        let road = story.archive().road(&format!("update:{ALIAS}"), None);
        let step = road.step(Stage::Gating).expect("it has a gate");
        (id, step.messages.clone())
    };
    let (mail, told) = say("passed", "errata");
    assert_eq!(told, [mail], "nobody else has said so");
    let (first, told) = say("passed", "complete.stable");
    assert_eq!(told, std::slice::from_ref(&first));
    let (newest, told) = say("passed", "comment");
    assert_eq!(told, [first.clone(), newest]);
    let (mail, told) = say("passed", "errata");
    assert_eq!(told, [first, mail]);
    let (other, told) = say("failed", "comment");
    assert_eq!(told, [other]);
}

#[test]
fn a_build_without_update_has_a_gate_of_its_own() {
    let mut story = built();
    story.decision(
        "koji_build",
        OTHER,
        STABLE,
        "fedora-90",
        "test-result-failed",
    );
    assert_eq!(word(&story, Stage::Gating), Word::None);
    story.decision(
        "koji_build",
        NVR,
        STABLE,
        "fedora-90",
        "test-result-missing",
    );
    assert_eq!(word(&story, Stage::Gating), Word::Waiting);
}

#[test]
fn an_edit_of_an_update_without_gate_opens_none() {
    let (mut story, mut shown) = in_testing();
    shown.builds.push(OTHER.to_owned());
    (shown.status, shown.request) = ("pending", Some("testing"));
    story.update_with(
        "edit",
        &shown,
        json!({"new_builds": [OTHER], "removed_builds": []}),
    );
    assert_eq!(word(&story, Stage::Gating), Word::None);
    assert_eq!(
        word_of(&story, &format!("nvr:{OTHER}"), Stage::Update),
        Word::Waiting
    );
}

#[test]
fn of_openqa_the_newest_job_of_a_scenario_counts() {
    let (mut story, _) = in_testing();
    story.job(ALIAS, 11, "create", json!(null));
    story.job(ALIAS, 11, "done", json!("failed"));
    assert_eq!(word(&story, Stage::Openqa), Word::Failed);
    story.job(ALIAS, 11, "restart", json!({"11": 12}));
    story.job(ALIAS, 11, "create", json!(null));
    assert_eq!(word(&story, Stage::Openqa), Word::Waiting);
    story.job(ALIAS, 12, "done", json!("softfailed"));
    story.job(ALIAS, 11, "done", json!("parallel_failed"));
    story.job(ALIAS, 12, "create", json!(null));
    assert_eq!(
        word(&story, Stage::Openqa),
        Word::Passed,
        "late news of older jobs say nothing"
    );
    let cancelled = json!({
        "artifact": {"type": "fedora-update", "alias": ALIAS}, "run": {"id": "13"},
        "test": {"namespace": "update", "type": "boot 64bit server x86_64", "category": "validation"},
        "error": {"reason": "user_cancelled"},
    });
    story.say(
        "ci.fedora-update.test.error",
        &[format!("update:{ALIAS}")],
        cancelled,
    );
    assert_eq!(
        word(&story, Stage::Openqa),
        Word::None,
        "what somebody stopped has not failed"
    );
}

#[test]
fn tests_without_a_name_are_known_by_the_task() {
    let mut story = built();
    story.test("", 5001, false, "queued", "");
    assert_eq!(word(&story, Stage::Ci), Word::Waiting);
    story.test(NVR, 5001, false, "complete", "info");
    assert_eq!(word(&story, Stage::Ci), Word::Passed, "it is the same test");
    story.test("", 5055, false, "complete", "failed");
    assert_eq!(word(&story, Stage::Ci), Word::Passed);
}
