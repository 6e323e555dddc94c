//! Small made-up stories, each about one thing that is easily told wrong.

use crate::story::{Shown, Story, commit};
use road::{Stage, Subject, Word};
use serde_json::json;

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
    story.untag(NVR, "f90-updates-testing");
    let stages = [Stage::Update, Stage::Testing, Stage::Stable];
    assert_eq!(words(&story, stages), [Word::Failed; 3]);
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
    assert_eq!(road.word(Stage::Build), Some(Word::Passed));
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
fn tests_without_a_name_are_known_by_the_task() {
    let mut story = built();
    story.test("", 5001, false, "queued", "");
    assert_eq!(word(&story, Stage::Ci), Word::Waiting);
    story.test(NVR, 5001, false, "complete", "info");
    assert_eq!(word(&story, Stage::Ci), Word::Passed, "it is the same test");
    story.test("", 5055, false, "complete", "failed");
    assert_eq!(word(&story, Stage::Ci), Word::Passed);
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
fn no_other_environment_or_site_counts() {
    let mut story = built();
    let nvr = [format!("nvr:{NVR}"), "pr:rpms/heron#1".to_owned()];
    let deleted = story.messages[0].message.body.clone();
    story.say_as(
        "org.fedoraproject.stg.buildsys.build.state.change",
        &nvr,
        deleted,
    );
    assert_eq!(word(&story, Stage::Build), Word::Passed);
    let pr = json!({"pullrequest": {"id": 1, "status": "Open", "project": {"namespace": "rpms", "name": "heron"}}});
    story.say_as("io.pagure.prod.pagure.pull-request.new", &nvr, pr);
    assert!(story.archive().roads("pr:rpms/heron#1", None).0.is_empty());
}

#[test]
fn a_push_to_a_fork_is_no_step() {
    let mut story = built();
    let subjects = [format!("commit:{}", commit('a'))];
    let mut push = json!({
        "end_commit": commit('a'), "pull_request_id": null,
        "repo": {"namespace": "rpms", "name": "heron-libs", "fullname": "forks/rook/rpms/heron-libs"},
    });
    story.say("pagure.git.receive", &subjects, push.clone());
    assert_eq!(word(&story, Stage::Commit), Word::None);
    push["repo"]["fullname"] = json!("rpms/heron-libs");
    push["pull_request_id"] = json!(9);
    story.say("pagure.git.receive", &subjects, push);
    let stages = [Stage::Commit, Stage::Pr, Stage::PrCi];
    assert_eq!(
        words(&story, stages),
        [Word::Passed, Word::Passed, Word::None]
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
fn a_package_has_a_road_for_each_branch_and_open_pull_request() {
    let mut story = built();
    story.build("heron-libs-1.1-1.fc90", 5003, 0, &commit('c'));
    story.build("heron-libs-0.9-1.el9", 5004, 0, &commit('d'));
    story.build("heron-2.0-1.fc90", 5005, 0, &commit('e'));
    let last = &mut story.messages[4].message.body;
    last["request"][1] = json!("epel9-candidate");
    let mut pr = json!({"pullrequest": {
        "id": 4, "status": "Open", "commit_stop": commit('f'),
        "project": {"namespace": "rpms", "name": "heron-libs"},
    }});
    let subjects = [
        "package:heron-libs".to_owned(),
        "pr:rpms/heron-libs#4".to_owned(),
    ];
    story.say("pagure.pull-request.new", &subjects, pr.clone());
    let (roads, _) = story.archive().roads("package:heron-libs", None);
    let names: Vec<String> = roads.iter().map(|road| road.subject.to_string()).collect();
    assert_eq!(
        names,
        [
            "nvr:heron-libs-0.9-1.el9",
            "nvr:heron-libs-1.1-1.fc90",
            "pr:rpms/heron-libs#4"
        ]
    );
    pr["pullrequest"]["status"] = json!("Closed");
    story.say("pagure.pull-request.closed", &subjects, pr);
    assert_eq!(story.archive().roads("package:heron-libs", None).0.len(), 2);
    assert_eq!(
        word_of(&story, "pr:rpms/heron-libs#4", Stage::Pr),
        Word::Failed
    );
}

#[test]
fn a_commit_leads_to_all_that_was_built_from_it() {
    let mut story = built();
    story.build("heron-libs-1.0-1.el9", 5004, 3, &commit('a'));
    story.build(OTHER, 5005, 1, &commit('c'));
    let (roads, _) = story
        .archive()
        .roads(&format!("commit:{}", commit('a')), None);
    let names: Vec<String> = roads.iter().map(|road| road.subject.to_string()).collect();
    assert_eq!(
        names,
        ["nvr:heron-libs-1.0-1.el9".to_owned(), format!("nvr:{NVR}")]
    );
    assert!(
        story
            .archive()
            .roads(&format!("commit:{}", commit('9')), None)
            .0
            .is_empty()
    );
}

#[test]
fn a_commit_that_nothing_was_built_from_has_the_road_of_its_pull_request() {
    let mut story = Story::default();
    let of_pr = ["pr:rpms/heron-libs#4".to_owned()];
    let of_commit = [of_pr[0].clone(), format!("commit:{}", commit('a'))];
    let pr = json!({"pullrequest": {
        "id": 4, "status": "Open", "commit_stop": commit('a'),
        "project": {"namespace": "rpms", "name": "heron-libs"},
    }});
    story.say("pagure.pull-request.new", &of_commit, pr);
    let test = json!({
        "artifact": {"repository": "https://src.example.org/rpms/heron-libs", "id": 4, "commit_hash": commit('a')},
        "test": {"namespace": "n", "type": "t", "category": "c"},
    });
    story.say("ci.dist-git-pr.test.running", &of_pr, test);
    let road = story.archive().road(&of_commit[1], None);
    let found = [Stage::Commit, Stage::Pr, Stage::PrCi].map(|stage| road.word(stage).unwrap());
    assert_eq!(found, [Word::None, Word::Waiting, Word::Running]);
}

#[test]
fn a_step_tells_since_when_and_by_which_messages() {
    let mut story = built();
    let began = story.now;
    story.test(NVR, 5001, false, "complete", "failed");
    let road = story.archive().road(&format!("nvr:{NVR}"), None);
    let step = road.step(Stage::Ci).expect("builds have tests");
    assert_eq!(step.since, Some(began));
    assert_eq!(step.messages, ["m3"]);
    assert_eq!(
        road.step(Stage::Gating).expect("builds have a gate").since,
        None
    );
    let before = story.archive().road(
        &format!("nvr:{NVR}"),
        Some(began - chrono::TimeDelta::seconds(1)),
    );
    assert_eq!(
        before.word(Stage::Ci),
        Some(Word::None),
        "a moment in the past knows nothing of later ones"
    );
}
