//! Bodies of any shape: no message can make a road fail, whatever stands where.

use crate::story::{Shown, Story, commit};
use proptest::collection::{hash_map, vec};
use proptest::prelude::*;
use serde_json::{Value, json};

const NVR: &str = "heron-libs-1.0-1.fc90";
const ALIAS: &str = "FEDORA-2026-aaaaaaaaaa";
const SUBJECTS: [&str; 8] = [
    "nvr:heron-libs-1.0-1.fc90",
    "update:FEDORA-2026-aaaaaaaaaa",
    "pr:rpms/heron-libs#4",
    "task:5001",
    "task:6001",
    "commit:aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa",
    "build:77",
    "package:heron-libs",
];

/// A story that has each kind of message.
fn story() -> Story {
    let mut story = Story::default();
    let of_commit = [
        format!("commit:{}", commit('a')),
        "pr:rpms/heron-libs#4".to_owned(),
        "package:heron-libs".to_owned(),
    ];
    let project = json!({"namespace": "rpms", "name": "heron-libs", "fullname": "rpms/heron-libs"});
    let pr = json!({
        "pullrequest": {"id": 4, "status": "Merged", "commit_stop": commit('a'), "project": project},
        "flag": {"username": "job", "status": "success", "commit_hash": commit('a')},
    });
    story.say("pagure.pull-request.flag.added", &of_commit, pr);
    let test = json!({
        "artifact": {"repository": "https://src.example.org/rpms/heron-libs", "id": 4, "commit_hash": commit('a')},
        "test": {"namespace": "n", "type": "t", "category": "c", "result": "passed"},
    });
    story.say("ci.dist-git-pr.test.complete", &of_commit, test);
    story.say(
        "git.receive",
        &of_commit,
        json!({"commit": {"rev": commit('a'), "path": "/srv/git/rpms/heron-libs.git"}}),
    );
    let push = json!({"end_commit": commit('a'), "start_commit": commit('a'), "pull_request_id": 4, "repo": project});
    story.say("pagure.git.receive", &of_commit, push);
    story.say(
        "buildsys.task.state.change",
        &["task:6001".to_owned()],
        json!({"id": 6001, "new": "OPEN"}),
    );
    story.build(NVR, 5001, 0, &commit('a'));
    story.build(NVR, 5001, 1, &commit('a'));
    story.tag(NVR, "f90-signing-pending");
    let nvr = [format!("nvr:{NVR}")];
    story.say(
        "buildsys.rpm.sign",
        &nvr,
        json!({"build": {"nvr": NVR, "id": 77, "task_id": 5001, "source": "x#y"}}),
    );
    story.untag(NVR, "f90-signing-pending");
    story.test(NVR, 5001, false, "complete", "passed");
    let old =
        json!({"nvr": NVR, "original_spec_nvr": "", "rev": "kojitask-5001", "status": "SUCCESS"});
    story.say("ci.pipeline.allpackages-build.package.complete", &nvr, old);
    update(&mut story);
    story
}

/// An update, and what is said about it.
fn update(story: &mut Story) {
    let mut shown = Shown::new(ALIAS, &[NVR, "heron-doc-1.0-1.fc90"]);
    story.ready(&shown);
    shown.request = Some("testing");
    story.update("request.testing", &shown);
    story.job(ALIAS, 11, "create", json!(null));
    story.job(ALIAS, 11, "done", json!("failed"));
    story.job(ALIAS, 11, "restart", json!({"11": 12}));
    let nvr = [format!("nvr:{NVR}")];
    let result = json!({
        "data": {"type": ["koji_build"], "item": [NVR], "scenario": ["s"], "arch": ["a"]},
        "testcase": {"name": "t"}, "outcome": "FAILED",
    });
    story.say("resultsdb.result.new", &nvr, result);
    let taskotron = json!({"task": {"type": "koji_build", "item": NVR, "name": "t"}, "result": {"outcome": "PASSED"}});
    story.say("taskotron.result.new", &nvr, taskotron);
    let waiver = json!({"subject": {"original_spec_nvr": NVR}, "testcase": "t", "scenario": null, "waived": true});
    story.say("waiverdb.waiver.new", &nvr, waiver);
    story.decision(
        "bodhi_update",
        ALIAS,
        "bodhi_update_push_stable",
        "fedora-90",
        "test-result-failed",
    );
    shown.builds.pop();
    story.update_with(
        "edit",
        &shown,
        json!({"new_builds": [], "removed_builds": ["heron-doc-1.0-1.fc90"]}),
    );
    story.composing("f90-updates-testing", &[NVR]);
    story.composed("f90-updates-testing", false);
    story.update_with("eject", &shown, json!({"repo": "f90-updates"}));
    story.update("comment", &shown);
}

/// Any JSON, with many of the values that bodies have.
fn any_json() -> impl Strategy<Value = Value> {
    let leaf = prop_oneof![
        Just(Value::Null),
        any::<bool>().prop_map(Value::from),
        any::<i64>().prop_map(Value::from),
        any::<f64>().prop_map(Value::from),
        "\\PC{0,12}".prop_map(Value::from),
        proptest::sample::select(vec![
            "",
            "-",
            "--",
            "#",
            "/",
            "a-b-c",
            "Open",
            "stable",
            "f90",
            "0",
            "99999999999999999999"
        ])
        .prop_map(Value::from),
    ];
    leaf.prop_recursive(4, 24, 4, |inner| {
        prop_oneof![
            vec(inner.clone(), 0..4).prop_map(Value::from),
            hash_map("[a-z_]{1,8}", inner, 0..4)
                .prop_map(|map| Value::Object(map.into_iter().collect())),
        ]
    })
}

/// Puts another value somewhere into a body: `turns` say where to go, and it ends where they end.
fn replace(body: &mut Value, turns: &[usize], with: Value) {
    let Some((turn, rest)) = turns.split_first() else {
        *body = with;
        return;
    };
    match body {
        Value::Array(members) if !members.is_empty() => {
            let place = turn % members.len();
            replace(&mut members[place], rest, with);
        }
        Value::Object(members) if !members.is_empty() => {
            let place = turn % members.len();
            if let Some(member) = members.values_mut().nth(place) {
                replace(member, rest, with);
            }
        }
        _ => *body = with,
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(100))]

    #[test]
    fn no_body_makes_a_road_fail(
        changes in vec((any::<usize>(), vec(any::<usize>(), 0..5), any_json()), 1..12),
    ) {
        let mut story = story();
        for (which, turns, value) in changes {
            let which = which % story.messages.len();
            replace(&mut story.messages[which].message.body, &turns, value);
        }
        let archive = story.archive();
        for subject in SUBJECTS {
            for road in archive.roads(subject, None).0 {
                for step in &road.stages {
                    prop_assert!(step.can_become(step.word));
                    prop_assert!(step.stage.words().contains(&step.word), "{} {}", step.stage, step.word);
                }
            }
        }
    }
}

#[test]
fn one_odd_field_costs_no_other() {
    let mut story = Story::default();
    let mut shown = Shown::new(ALIAS, &[NVR]);
    shown.status = "testing";
    story.update("comment", &shown);
    let update = &mut story.messages[0].message.body["comment"]["update"];
    update["release"] = json!("F90");
    update["critpath"] = json!(["yes"]);
    update["builds"]
        .as_array_mut()
        .expect("builds are a list")
        .push(json!(7));
    let road = story.archive().road(&format!("nvr:{NVR}"), None);
    assert_eq!(road.update.as_deref(), Some(ALIAS));
    assert_eq!(road.word(road::Stage::Testing), Some(road::Word::Passed));
}
