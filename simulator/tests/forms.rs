//! Messages have the forms of their senders, random ones as those of stories.

use std::collections::BTreeSet;
use std::sync::LazyLock;

use serde_json::{Value, json};
use simulator::messages;

/// Topics without their first three words, and bodies.
static MESSAGES: LazyLock<Vec<(String, String, Value)>> = LazyLock::new(|| {
    let split = |sample: simulator::Sample| {
        let topic = sample.topic.splitn(4, '.').nth(3).unwrap_or_default();
        let schema = sample.headers["fedora_messaging_schema"].as_str();
        let body = serde_json::from_str(&sample.body).expect("bodies are JSON");
        (
            topic.to_owned(),
            schema.unwrap_or_default().to_owned(),
            body,
        )
    };
    messages(1).take(5000).map(split).collect()
});

/// The bodies of a topic, of which there are some.
fn bodies(wanted: &str) -> Vec<&'static Value> {
    let all = MESSAGES.iter();
    let bodies: Vec<&Value> = all
        .filter(|(topic, ..)| topic.starts_with(wanted))
        .map(|(.., body)| body)
        .collect();
    assert!(!bodies.is_empty(), "nobody sends {wanted}");
    bodies
}

#[test]
fn services_that_send_no_schema_send_none() {
    for (topic, schema, _) in MESSAGES.iter() {
        let service = topic.split('.').next().unwrap_or_default();
        let without = [
            "ci",
            "greenwave",
            "mbs",
            "openqa",
            "pungi",
            "resultsdb",
            "waiverdb",
        ];
        let base = schema == "base.message";
        assert_eq!(base, without.contains(&service), "{topic} {schema}");
    }
}

#[test]
fn only_tasks_of_scratch_builds_are_told() {
    for body in bodies("buildsys.task.state.change") {
        let request = &body["info"]["request"];
        assert_eq!(request[2]["scratch"], true, "{request}");
        let source = request[0].as_str().expect("an address");
        let srpm = body["srpm"].as_str().expect("a name");
        assert_eq!(source.contains('#'), !srpm.ends_with(".src.rpm"), "{srpm}");
        assert!(source.ends_with(srpm), "{source} {srpm}");
    }
}

#[test]
fn builds_say_of_what_they_are_made_and_nothing_extra() {
    for body in bodies("buildsys.build.state.change") {
        assert!(body.get("extra").is_none());
        let imported = body["task_id"].is_null();
        assert_eq!(body["request"].is_null(), imported);
        assert_eq!(body["task"].is_null(), imported);
        assert!(imported || body["task"]["id"] == body["task_id"]);
    }
    for body in bodies("buildsys.rpm.sign") {
        let build = &body["build"];
        assert!(build["task_id"].is_number());
        let source = build["source"].as_str().expect("an address");
        assert_eq!(source.split('#').nth(1).map(str::len), Some(40), "{source}");
    }
}

#[test]
fn builds_pass_through_all_tags() {
    let tags: BTreeSet<&str> = bodies("buildsys.tag")
        .iter()
        .filter_map(|body| body["tag"].as_str())
        .collect();
    for end in [
        "-updates-candidate",
        "-signing-pending",
        "-updates-testing-pending",
        "-updates-testing",
        "-updates-pending",
        "-updates",
    ] {
        assert!(tags.iter().any(|tag| tag.ends_with(end)), "{end}: {tags:?}");
    }
}

#[test]
fn tests_name_what_they_test_by_its_kind() {
    for body in bodies("ci.koji-build.test.") {
        assert_eq!(body["artifact"]["type"], "koji-build");
        // That of the task: builds have less.
        assert!(body["artifact"]["id"].as_u64() > Some(100_000_000));
    }
    for body in bodies("ci.dist-git-pr.test.") {
        let artifact = &body["artifact"];
        assert_eq!(artifact["type"], "pull-request");
        assert!(artifact.get("nvr").is_none());
        assert!(artifact["repository"].is_string() && artifact["commit_hash"].is_string());
    }
    for body in bodies("ci.fedora-update.test.") {
        let alias = body["artifact"]["alias"].as_str().expect("an alias");
        assert!(alias.starts_with("FEDORA-"), "{alias}");
        assert!(body["artifact"]["builds"][0]["nvr"].is_string());
    }
}

#[test]
fn decisions_are_about_builds_and_updates() {
    let decisions = bodies("greenwave.decision.update");
    let kinds: BTreeSet<&str> = decisions
        .iter()
        .filter_map(|body| body["subject_type"].as_str())
        .collect();
    assert_eq!(kinds, BTreeSet::from(["bodhi_update", "koji_build"]));
    assert!(decisions.iter().any(|body| body["previous"].is_null()));
    for body in decisions {
        let (kind, name) = (&body["subject_type"], &body["subject_identifier"]);
        assert_eq!(body["subject"], json!([{"type": kind, "item": name}]));
        let unsatisfied = body["unsatisfied_requirements"].as_array().map(Vec::len);
        assert_eq!(body["policies_satisfied"], unsatisfied == Some(0));
    }
}

#[test]
fn records_have_their_senders() {
    for body in bodies("resultsdb.result.new") {
        assert!(body["data"]["item"][0].is_string() && body["data"]["type"][0].is_string());
    }
    for topic in [
        "waiverdb.waiver.new",
        "openqa.job.create",
        "openqa.job.done",
        "openqa.job.restart",
        "mbs.module.state.change",
        "pagure.commit.flag.added",
        "pagure.pull-request.flag.added",
        "pagure.pull-request.flag.updated",
        "bodhi.compose.composing",
        "bodhi.update.eject",
        "bodhi.update.karma.threshold.reach",
    ] {
        bodies(topic);
    }
}
