//! Results of tests in continuous integration (Fedora CI). It sends them without a time; these have one, as a
//! history needs it.

use crate::json::{Value, json};

use super::openqa;
use super::pagure::Pull;
use super::state::State;
use crate::event::{Event, Schema};
use crate::scene::{Build, Scene, iso_time};

/// A test of the CI.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Test {
    pub(crate) name: &'static str,
    pub(crate) category: &'static str,
}

const fn test(name: &'static str, category: &'static str) -> Test {
    Test { name, category }
}

pub(crate) const TIER0: Test = test("tier0", "functional");
pub(crate) const INSTALLABILITY: Test = test("installability", "functional");
pub(crate) const RPMDEPLINT: Test = test("rpmdeplint", "functional");
const RPMINSPECT: Test = test("rpminspect", "static-analysis");
pub(crate) const RPMBUILD: Test = test("rpmbuild", "static-analysis");

pub(super) fn event(scene: &mut Scene) -> Event {
    let build = scene.build();
    let state = State::any(scene);
    match scene.random.between(0, 3) {
        0 => openqa::tested(scene),
        1 => {
            let pull = Pull::some(scene, &build.name);
            request_tested(scene, &pull, RPMBUILD, state)
        }
        _ => {
            let test = scene
                .random
                .pick(&[TIER0, RPMINSPECT, INSTALLABILITY, RPMDEPLINT]);
            let scratch = scene.random.percent(20);
            build_tested(scene, (&build, scratch), test, state)
        }
    }
}

/// A build, or a scratch build of the same name, is tested.
pub(crate) fn build_tested(
    scene: &mut Scene,
    (build, scratch): (&Build, bool),
    test: Test,
    state: State,
) -> Event {
    let mut artifact = json!({
        "type": "koji-build",
        "id": build.task(),
        "component": build.name,
        "issuer": build.owner,
        "nvr": build.nvr(),
        "scratch": scratch,
    });
    if !matches!(state, State::Queued) {
        artifact["source"] = build.address().unwrap_or_default().into();
    }
    told(scene, "koji-build", artifact, test, state)
}

/// The newest commit of a pull request is tested.
pub(crate) fn request_tested(scene: &mut Scene, pull: &Pull, test: Test, state: State) -> Event {
    let artifact = json!({
        "type": "pull-request",
        "id": pull.id,
        "repository": format!("https://src.fedoraproject.org/rpms/{}", pull.package),
        "commit_hash": pull.commit,
        "comment_id": 0,
        "issuer": pull.author,
        "uid": pull.uid,
    });
    told(scene, "dist-git-pr", artifact, test, state)
}

fn told(scene: &mut Scene, kind: &str, artifact: Value, test: Test, state: State) -> Event {
    let run = scene.random.between(10_000, 99_999);
    let Test { name, category } = test;
    let url = format!("https://ci.example.org/job/fedora-ci/job/{name}-pipeline/{run}/");
    let mut body = json!({
        "contact": {"name": name, "team": "Fedora CI", "email": "ci@example.org", "irc": "#fedora-ci",
            "docs": "https://docs.fedoraproject.org/en-US/ci/"},
        "run": {"url": url, "log": format!("{url}console"), "log_raw": format!("{url}consoleText"),
            "log_stream": format!("{url}console")},
        "artifact": artifact,
        "pipeline": {"id": scene.random.hex(64), "name": name, "build": "77"},
        "test": {"category": category, "type": name, "namespace": format!("fedora-ci.{kind}"),
            "docs": "https://docs.fedoraproject.org/en-US/ci/"},
        "generated_at": format!("{}Z", iso_time(scene.now)),
        "version": "1.1.14",
    });
    match state {
        State::Complete(result) => {
            body["system"] = json!([{"os": format!("fedora-{}", scene.fedora()), "provider": "testing-farm",
                "architecture": "x86_64"}]);
            body["test"]["result"] = result.into();
            body["test"]["xunit_urls"] = json!([format!("{url}artifact/results.xml")]);
            body["test"]["result_details"] = details(scene, &url).into();
            body["test"]["output"] = scene.text(3).into();
            body["test"]["runtime"] = scene.random.between(20, 9000).into();
        }
        State::Error(reason) => body["error"] = json!({"reason": reason}),
        State::Queued | State::Running => {}
    }
    let topic = format!("org.centos.prod.ci.{kind}.test.{}", state.word());
    Event::elsewhere(topic, Schema::BASE, body)
}

/// The outcome of each check of a test.
fn details(scene: &mut Scene, url: &str) -> Vec<Value> {
    let count = scene.random.between(1, 12);
    (0..count)
        .map(|number| {
            json!({"name": format!("/{}", scene.words(1, 4).replace(' ', "-")), "note": null,
                "result": scene.random.pick(&["pass", "pass", "pass", "warn", "fail"]),
                "duration": scene.random.between(1, 900), "log": format!("{url}artifact/{number}/output.txt")})
        })
        .collect()
}
