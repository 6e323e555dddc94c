//! Packages and commits, and what belongs to which road at all.

use road::{Closure, Stage, Subject, Undone, Word};
use serde_json::json;

use crate::story::{Shown, Story, commit, parts};
use crate::traps::{ALIAS, NVR, OTHER, built, word, word_of, words};

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
fn only_the_primary_koji_of_fedora_builds_tags_and_signs() {
    let mut story = Story::default();
    let nvr = [format!("nvr:{NVR}")];
    let elsewhere = |story: &mut Story| {
        let (name, version, release) = parts(NVR);
        let mut body = json!({
            "name": name, "version": version, "release": release, "instance": "s390",
            "tag": "f90-updates", "build_id": 8, "task_id": 9,
            "build": {"nvr": NVR, "id": 8}, "rpm": {"build_id": 8}, "info": {"build_id": 8},
        });
        for (state, instance, site) in [
            (0, "s390", "org.fedoraproject"),
            (3, "ppc", "org.fedoraproject"),
            (1, "arm", "org.fedoraproject"),
            (2, "primary", "org.centos"),
        ] {
            body["instance"] = json!(instance);
            body["new"] = json!(state);
            for about in ["build.state.change", "tag", "rpm.sign", "untag"] {
                let topic = format!("{site}.prod.buildsys.{about}");
                story.say_as(&topic, &nvr, body.clone());
            }
        }
    };
    let stages = [Stage::Build, Stage::Sign, Stage::Stable];
    elsewhere(&mut story);
    assert_eq!(words(&story, stages), [Word::None; 3]);
    for (state, told) in [(0, Word::Running), (1, Word::Passed)] {
        story.build(NVR, 5001, state, &commit('a'));
        let last = story.messages.last_mut().expect("koji spoke");
        last.message.body["instance"] = json!("primary");
        elsewhere(&mut story);
        assert_eq!(words(&story, stages), [told, Word::None, Word::None]);
    }
    let road = story.archive().road(&nvr[0], None);
    assert!(road.tags.is_empty(), "{:?}", road.tags);
    assert!(!road.can_become(Stage::Build, Word::Running));
}

#[test]
fn a_task_of_another_koji_is_no_scratch_build_here() {
    let mut story = Story::default();
    let task = ["task:9".to_owned()];
    for (state, instance) in [("OPEN", "primary"), ("FAILED", "arm")] {
        let body = json!({"id": 9, "new": state, "method": "build", "instance": instance});
        story.say("buildsys.task.state.change", &task, body);
    }
    assert_eq!(word_of(&story, "task:9", Stage::Build), Word::Running);
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
fn roads_that_are_read_together_are_as_when_each_is_read_alone() {
    let mut story = built();
    story.build(OTHER, 5004, 3, &commit('b'));
    story.tag(NVR, "f90-signing-pending");
    let archive = story.archive();
    let subjects = [NVR, OTHER, "heron-libs-9-9.fc90"].map(|nvr| format!("nvr:{nvr}"));
    let parsed = subjects
        .iter()
        .filter_map(|subject| Subject::parse(subject));
    let mut together = Closure::of_all(parsed.collect(), "prod", None);
    loop {
        let questions = together.questions();
        if questions.is_empty() {
            break;
        }
        for question in questions {
            together.add(archive.ask(&question));
        }
    }
    let alone = subjects.iter().map(|subject| archive.road(subject, None));
    assert_eq!(together.roads(), Vec::from_iter(alone));
}

#[test]
fn all_builds_of_a_package_are_told_the_newest_first() {
    let mut story = built();
    story.build("heron-libs-1.1-1.fc90", 5003, 3, &commit('c'));
    story.build("heron-2.0-1.fc90", 5005, 1, &commit('e'));
    story.build("heron-libs-1.1-2.fc90", 5006, 4, &commit('c'));
    story.build("heron-libs-0.9-1.fc90", 5007, 1, &commit('b'));
    story.build("heron-libs-0.9-1.fc90", 5007, 2, &commit('b'));
    let subject = Subject::parse("package:heron-libs").expect("a package");
    let mut closure = Closure::new(subject, "prod", None);
    closure.add(story.messages.iter().map(|stored| stored.message.clone()));
    let builds = closure.builds_of_package("heron-libs");
    let told = builds.iter().map(|build| {
        let (_, nvr) = build.road.subject.parts();
        (nvr, build.road.word(Stage::Build), build.undone)
    });
    assert_eq!(
        Vec::from_iter(told),
        [
            (
                "heron-libs-0.9-1.fc90",
                Some(Word::Failed),
                Some(Undone::Deleted)
            ),
            (
                "heron-libs-1.1-2.fc90",
                Some(Word::Failed),
                Some(Undone::Cancelled)
            ),
            ("heron-libs-1.1-1.fc90", Some(Word::Failed), None),
            (NVR, Some(Word::Passed), None),
        ]
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

#[test]
fn what_dist_git_said_is_so_since_it_said_so_whenever_koji_tells_what_it_builds() {
    let mut story = Story::default();
    let of_pr = ["pr:rpms/heron-libs#4".to_owned()];
    let of_commit = [of_pr[0].clone(), format!("commit:{}", commit('a'))];
    let project = json!({"namespace": "rpms", "name": "heron-libs"});
    let shown = |status: &str| {
        json!({
            "pullrequest": {"id": 4, "status": status, "commit_stop": commit('a'), "project": project},
            "flag": {"username": "Zuul", "status": "success", "commit_hash": commit('a')},
        })
    };
    let flagged = story.now;
    story.say("pagure.pull-request.flag.added", &of_commit, shown("Open"));
    let merged = story.now;
    story.say("pagure.pull-request.closed", &of_commit, shown("Merged"));
    let pushed = story.now;
    let push = json!({"end_commit": commit('a'), "pull_request_id": 4, "repo": project});
    story.say("pagure.git.receive", &of_commit, push);
    story.build(NVR, 5001, 0, &commit('a'));
    let mut filed = Shown::new(ALIAS, &[NVR]);
    filed.status = "testing";
    story.ready(&filed);
    for subject in [format!("nvr:{NVR}"), format!("update:{ALIAS}")] {
        let road = story.archive().road(&subject, None);
        let since = |stage| road.step(stage).expect("it has the stage").since;
        let found = [Stage::Commit, Stage::Pr, Stage::PrCi].map(since);
        assert_eq!(found, [pushed, merged, flagged].map(Some), "{subject}");
    }
}

/// A pull request of `heron-libs` that is open.
fn open_pull_request(story: &mut Story, number: usize) {
    let body = json!({"pullrequest": {
        "id": number, "status": "Open", "commit_stop": commit('f'),
        "project": {"namespace": "rpms", "name": "heron-libs"},
    }});
    let subjects = [
        "package:heron-libs".to_owned(),
        format!("pr:rpms/heron-libs#{number}"),
    ];
    story.say("pagure.pull-request.new", &subjects, body);
}

#[test]
fn a_busy_branch_hides_no_other_branch_of_its_package() {
    let mut story = Story::default();
    let built = |story: &mut Story, nvr: &str, target: &str| {
        story.build(nvr, 5001, 1, &commit('a'));
        let place = story.messages.len() - 1;
        story.messages[place].message.body["request"][1] = json!(target);
    };
    built(&mut story, "heron-libs-1-1.fc88", "f88-candidate");
    for number in 1..=400 {
        let nvr = format!("heron-libs-2-{number}.fc90");
        built(&mut story, &nvr, "f90-candidate");
        story.tag(&nvr, "f90-updates-candidate");
        story.tag(&nvr, "f90");
    }
    let archive = story.archive();
    let (roads, _) = archive.roads("package:heron-libs", None);
    let names = roads.iter().map(|road| road.subject.to_string());
    assert_eq!(
        Vec::from_iter(names),
        ["nvr:heron-libs-2-400.fc90", "nvr:heron-libs-1-1.fc88"]
    );
    assert!(archive.is_complete("package:heron-libs"));
}

#[test]
fn what_a_bound_keeps_back_is_not_complete() {
    let of_branch = |story: &mut Story, number: usize| {
        story.build(&format!("heron-libs-1-1.fc{number}"), 5001, 1, &commit('b'));
        let place = story.messages.len() - 1;
        let target = format!("f{number}-candidate");
        story.messages[place].message.body["request"][1] = json!(target);
    };
    let mut story = Story::default();
    for number in 1..=20 {
        open_pull_request(&mut story, number);
        of_branch(&mut story, number);
    }
    let package = "package:heron-libs";
    let of_commit = format!("commit:{}", commit('b'));
    assert!(story.archive().is_complete(package));
    assert!(story.archive().is_complete(&of_commit));
    let mut more_requests = Story {
        messages: story.messages.clone(),
        ..story
    };
    of_branch(&mut story, 21);
    open_pull_request(&mut more_requests, 21);
    for story in [&story, &more_requests] {
        assert_eq!(story.archive().roads(package, None).0.len(), 40);
        assert!(!story.archive().is_complete(package));
    }
    assert!(!story.archive().is_complete(&of_commit));
    assert!(more_requests.archive().is_complete(&of_commit));
}

#[test]
fn more_messages_than_are_asked_for_are_not_complete() {
    let mut story = built();
    let nvr = format!("nvr:{NVR}");
    let flags = |story: &mut Story, count: usize| {
        for _ in 0..count {
            open_pull_request(story, 4);
        }
    };
    flags(&mut story, 999);
    for _ in 0..100 {
        let body = json!({"build": {"nvr": NVR, "id": 77}});
        story.say("buildsys.rpm.sign", std::slice::from_ref(&nvr), body);
    }
    assert!(story.archive().is_complete("pr:rpms/heron-libs#4"));
    assert!(story.archive().is_complete(&nvr), "signatures are enough");
    flags(&mut story, 1);
    assert!(!story.archive().is_complete("pr:rpms/heron-libs#4"));
    for _ in 0..1000 {
        story.untag(NVR, "f90-a");
        story.tag(NVR, "f90-a");
    }
    assert!(!story.archive().is_complete(&nvr));
}
