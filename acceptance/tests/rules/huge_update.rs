//! The road of an update with as many builds as the largest have, and of one of these: whole, within bounds, and
//! honest about what is not read.

use std::time::{Duration, Instant};

use serde_json::{Value, json};

use crate::roads::archive_of;
use crate::support::amqp::from_json;
use crate::support::memory::peak;
use crate::support::programs::Grepper;

const BUILDS: usize = 300;
const ALIAS: &str = "FEDORA-2026-00000000a1";
/// Nobody waits this long; debug builds on a busy machine take a tenth.
const PATIENCE: Duration = Duration::from_secs(30);

/// Messages with the second at which each was sent.
#[derive(Default)]
struct Story(Vec<(String, Value)>);

impl Story {
    fn say(&mut self, topic: &str, body: Value) {
        let site = if topic.starts_with("ci.") {
            "centos"
        } else {
            "fedoraproject"
        };
        self.0.push((format!("org.{site}.prod.{topic}"), body));
    }

    /// A build that was made, tested and tagged for testing.
    fn build(&mut self, number: usize) {
        let name = format!("lion{number}");
        let koji = json!({"name": name, "version": "1.0", "release": "1.fc45", "build_id": 700_000 + number});
        let with = |more: Value| {
            let mut body = koji.clone();
            let object = body.as_object_mut().expect("an object");
            object.extend(more.as_object().cloned().unwrap_or_default());
            body
        };
        let task = 900_000 + number;
        let source = format!("git+https://src.fedoraproject.org/rpms/{name}.git#{number:040x}");
        for (old, new) in [(Value::Null, 0), (json!(0), 1)] {
            let request = json!([source, "f45-candidate", {}]);
            let state = json!({"attribute": "state", "old": old, "new": new, "task_id": task, "request": request});
            self.say("buildsys.build.state.change", with(state));
        }
        for tag in [
            "f45-updates-candidate",
            "f45-updates-testing-pending",
            "f45-updates-testing",
        ] {
            self.say("buildsys.tag", with(json!({"tag": tag, "user": "ann"})));
        }
        for word in ["queued", "running", "complete"] {
            let artifact = json!({"type": "koji-build", "id": task, "nvr": nvr(number), "component": name,
                                  "scratch": false});
            let test = json!({"namespace": "fedora-ci.koji-build", "type": "tier0", "category": "functional",
                              "result": "passed"});
            let body = json!({"artifact": artifact, "test": test, "pipeline": {"id": format!("run-{number}")}});
            self.say(&format!("ci.koji-build.test.{word}"), body);
        }
    }

    /// What Bodhi says of the update as a whole.
    fn update(&mut self, topic: &str, status: &str, request: Option<&str>) {
        let builds: Vec<Value> = (0..BUILDS)
            .map(|number| json!({"nvr": nvr(number), "signed": true, "type": "rpm", "epoch": 0, "release_id": 90}))
            .collect();
        let release = json!({"name": "F45", "long_name": "Fedora 45", "branch": "f45", "dist_tag": "f45",
                             "stable_tag": "f45-updates", "testing_tag": "f45-updates-testing",
                             "candidate_tag": "f45-updates-candidate", "composed_by_bodhi": true});
        let update = json!({"alias": ALIAS, "status": status, "request": request, "test_gating_status": "ignored",
                            "builds": builds, "bugs": [], "release": release, "critpath": false});
        self.say(
            &format!("bodhi.update.{topic}"),
            json!({"update": update, "agent": "ann"}),
        );
    }
}

fn nvr(number: usize) -> String {
    format!("lion{number}-1.0-1.fc45")
}

/// A grepper over an archive of these messages, sent a second apart.
fn grepper(story: Story, queue: &'static str) -> Grepper {
    let count = story.0.len();
    let delivery = |(second, (topic, body)): (usize, (String, Value))| {
        let (minute, second) = (second / 60, second % 60);
        let (hour, minute) = (minute / 60, minute % 60);
        let at = format!("2026-10-05T{hour:02}:{minute:02}:{second:02}+00:00");
        let properties = json!({"message_id": format!("{topic}-{at}"), "content_encoding": "utf-8",
                                "headers": {"sent-at": at}});
        let bytes = body.to_string().into_bytes();
        (topic, from_json(&properties), bytes)
    };
    let deliveries = story.0.into_iter().enumerate().map(delivery);
    let database = archive_of(deliveries, count, queue, "");
    Grepper::start(&database.url, &[])
}

/// The road, its answer's bytes and how long it took.
fn road(grepper: &Grepper, query: &str) -> (Value, usize, Duration) {
    let started = Instant::now();
    let answer = grepper.get(&format!("/v2/road?{query}"));
    assert_eq!(answer.status, 200, "{}", answer.body);
    (answer.json(), answer.body.len(), started.elapsed())
}

fn words(answer: &Value) -> [&Value; 4] {
    let stages = &answer["roads"][0]["stages"];
    ["build", "ci", "testing", "stable"].map(|stage| &stages[stage]["word"])
}

#[test]
fn three_hundred_builds_of_an_update_are_told_whole_and_within_bounds() {
    let mut story = Story::default();
    (0..BUILDS).for_each(|number| story.build(number));
    story.update("request.testing", "pending", Some("testing"));
    (0..30).for_each(|_| story.update("edit", "pending", Some("testing")));
    story.update("complete.testing", "testing", None);
    let grepper = grepper(story, "huge-update");
    let build = format!("nvr={}", nvr(7));
    let update = format!("update={ALIAS}");
    for query in [update.as_str(), &build, "package=lion299"] {
        let (answer, bytes, took) = road(&grepper, query);
        let told = ["passed", "passed", "passed", "none"];
        assert_eq!(words(&answer), told, "{query}");
        assert_eq!(answer["complete"], true, "{query}");
        let listed = answer["roads"][0]["builds"].as_array().map(Vec::len);
        assert_eq!(listed, (*query == update).then_some(BUILDS));
        assert!(
            bytes < 100_000 && took < PATIENCE,
            "{query}: {bytes} bytes after {took:?}"
        );
        println!("{query}: {bytes} bytes after {took:?}");
    }
    let held = peak(&grepper.process);
    assert!(held < 300 << 20, "{} MB", held >> 20);
}

#[test]
fn a_message_that_is_too_large_to_be_read_makes_a_road_incomplete() {
    let mut story = Story::default();
    story.update("complete.testing", "testing", None);
    let text = "x".repeat(5 << 20);
    let comment = json!({"text": text, "update": {"alias": ALIAS}});
    story.say("bodhi.update.comment", json!({"comment": comment}));
    let grepper = grepper(story, "huge-comment");
    let (answer, ..) = road(&grepper, &format!("update={ALIAS}"));
    assert_eq!(answer["complete"], false);
    assert_eq!(words(&answer)[2], "passed");
}
