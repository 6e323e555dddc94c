//! An update's road is told from its builds', each of which looks only at what is near it: whatever is said, in
//! whatever order, it tells what the roads of the builds themselves do.

use proptest::collection::vec;
use proptest::prelude::*;
use road::Road;
use serde_json::json;

use crate::large_update::{ALIAS, STABLE, nvr};
use crate::story::{Shown, Story, commit};

const BUILDS: usize = 3;
/// How many kinds of acts there are.
const KINDS: usize = 14;

/// Lets something happen to one of the builds, with one of three commits, in one of two ways.
fn act(story: &mut Story, kind: usize, build: usize, digit: char, way: bool) {
    let (named, task) = (nvr(build), 5001 + u32::try_from(build).expect("few builds"));
    let subject = [format!("nvr:{named}")];
    let project = json!({"namespace": "rpms", "name": "bird", "fullname": "rpms/bird"});
    let pr = format!("pr:rpms/bird#{build}");
    let of_pr = [pr.clone(), format!("commit:{}", commit(digit))];
    let status = if way { "Merged" } else { "Open" };
    let mut request = json!({"pullrequest":
        {"id": build, "status": status, "commit_stop": commit(digit), "project": project}});
    match kind {
        0 => story.build(&named, task, u8::from(way), &commit(digit)),
        1 => story.tag(
            &named,
            if way {
                "f90-updates-testing"
            } else {
                "f90-signing-pending"
            },
        ),
        2 => story.untag(
            &named,
            if way {
                "f90-updates-testing"
            } else {
                "f90-signing-pending"
            },
        ),
        3 => story.test(
            &named,
            task,
            false,
            if way { "complete" } else { "queued" },
            "passed",
        ),
        4 => story.test(
            "",
            task,
            false,
            if way { "complete" } else { "queued" },
            "failed",
        ),
        5 => {
            let mut push =
                json!({"end_commit": commit(digit), "start_commit": commit('d'), "repo": project});
            if way {
                push["pull_request_id"] = json!(build);
            }
            story.say("pagure.git.receive", &of_pr, push);
        }
        6 => story.say("pagure.pull-request.closed", &of_pr, request),
        7 => {
            let status = if way { "success" } else { "failure" };
            request["flag"] =
                json!({"username": "job", "status": status, "commit_hash": commit(digit)});
            story.say("pagure.pull-request.flag.added", &of_pr, request);
        }
        8 => story.say(
            "buildsys.rpm.sign",
            &subject,
            json!({"build": {"nvr": named, "id": 77, "source": format!("x#{}", commit(digit))}}),
        ),
        9 => story.say(
            "buildsys.rpm.sign",
            &["build:77".to_owned()],
            json!({"build": {"id": 77, "source": format!("x#{}", commit(digit))}}),
        ),
        10 => {
            let (kind, item, subject) = match way {
                true => ("koji_build", named.clone(), subject[0].clone()),
                false => ("bodhi_update", ALIAS.to_owned(), format!("update:{ALIAS}")),
            };
            let body = json!({"data": {"type": [kind], "item": [item]}, "testcase": {"name": "t"}, "outcome": "RUNNING"});
            story.say("resultsdb.result.new", &[subject], body);
        }
        11 => {
            let body = json!({"subject_type": "koji_build", "subject_identifier": named, "testcase": "t", "waived": way});
            story.say("waiverdb.waiver.new", &subject, body);
        }
        12 => story.job(
            ALIAS,
            11,
            if way { "done" } else { "create" },
            json!("failed"),
        ),
        _ => {
            let requirement = if way {
                "test-result-failed"
            } else {
                "test-result-passed"
            };
            story.decision("koji_build", &named, STABLE, "fedora-90", requirement);
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(150))]

    #[test]
    fn an_update_tells_what_its_builds_tell(
        acts in vec((0..KINDS, 0..BUILDS, prop_oneof![Just('a'), Just('b'), Just('c')], any::<bool>()), 1..50),
        filed in 0_usize..50,
    ) {
        let mut story = Story::default();
        let names: Vec<String> = (0..BUILDS).map(nvr).collect();
        let names: Vec<&str> = names.iter().map(String::as_str).collect();
        let shown = Shown::new(ALIAS, &names);
        for (place, (kind, build, digit, way)) in acts.into_iter().enumerate() {
            if place == filed {
                story.ready(&shown);
            }
            act(&mut story, kind, build, digit, way);
        }
        story.update("comment", &shown);
        let archive = story.archive();
        let update = archive.road(&format!("update:{ALIAS}"), None);
        let builds: Vec<Road> = names.iter().map(|nvr| archive.road(&format!("nvr:{nvr}"), None)).collect();
        for step in &update.stages {
            let least = builds.iter().filter_map(|build| build.word(step.stage)).min();
            prop_assert_eq!(Some(step.word), least, "{}", step.stage);
        }
    }
}
