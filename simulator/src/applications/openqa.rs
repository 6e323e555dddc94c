//! Tests of whole systems (openQA), for updates.

use crate::json::{Value, json};

use super::state::State;
use crate::event::{Event, Schema};
use crate::release::Release;
use crate::scene::{Scene, iso_time};

/// What is tried out, and on what.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Scenario {
    pub(crate) test: &'static str,
    pub(crate) flavor: &'static str,
}

pub(crate) const SELINUX: Scenario = Scenario {
    test: "base_selinux",
    flavor: "updates-server",
};
pub(crate) const BROWSER: Scenario = Scenario {
    test: "desktop_browser",
    flavor: "updates-workstation",
};
const COCKPIT: Scenario = Scenario {
    test: "server_cockpit_default",
    flavor: "updates-server",
};

impl Scenario {
    /// One of a few.
    pub(super) fn some(scene: &mut Scene) -> Self {
        scene.random.pick(&[SELINUX, BROWSER, COCKPIT])
    }

    /// What ResultsDB calls the test.
    pub(crate) fn testcase(self) -> String {
        format!("update.{}", self.test)
    }

    /// What ResultsDB calls that on which it ran.
    pub(crate) fn scenario(self) -> String {
        format!("fedora.{}.x86_64.64bit", self.flavor)
    }
}

/// A job: one attempt at a scenario for an update.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Job<'a> {
    pub(crate) id: u64,
    pub(crate) scenario: Scenario,
    pub(crate) alias: &'a str,
    pub(crate) release: Release,
}

/// What becomes of a job.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Turn {
    Create,
    Done(&'static str),
    /// Another job takes its place.
    Restart(u64),
}

pub(super) fn event(scene: &mut Scene) -> Event {
    let release = scene.release();
    let alias = scene.alias(release);
    let job = some_job(scene, &alias);
    let turn = match scene.random.between(0, 9) {
        0..4 => Turn::Create,
        9 => Turn::Restart(job.id + 1),
        _ => Turn::Done(scene.random.pick(&[
            "passed",
            "passed",
            "softfailed",
            "failed",
            "incomplete",
        ])),
    };
    turned(&job, turn)
}

fn some_job<'a>(scene: &mut Scene, alias: &'a str) -> Job<'a> {
    Job {
        id: scene.random.between(3_000_000, 3_900_000),
        scenario: Scenario::some(scene),
        alias,
        release: scene.release(),
    }
}

/// Something became of a job.
pub(crate) fn turned(job: &Job, turn: Turn) -> Event {
    let Job { id, scenario, .. } = job;
    let version = job.release.number();
    let mut body = json!({
        "id": id,
        "BUILD": format!("Update-{}", job.alias),
        "TEST": scenario.test,
        "ARCH": "x86_64",
        "MACHINE": "64bit",
        "FLAVOR": scenario.flavor,
        "group_id": 2,
        "remaining": 4,
        "HDD_1": format!("disk_f{version}_desktop_4_x86_64.qcow2"),
    });
    let topic = match turn {
        Turn::Create => {
            body["VERSION"] = version.to_string().into();
            body["DISTRI"] = "fedora".into();
            body["ADVISORY"] = job.alias.into();
            "openqa.job.create"
        }
        Turn::Done(result) => {
            body["result"] = result.into();
            for name in ["reason", "newbuild", "bugref"] {
                body[name] = Value::Null;
            }
            body["failedmodules"] = json!([]);
            "openqa.job.done"
        }
        Turn::Restart(next) => {
            let mut jobs = json!({});
            jobs[id.to_string()] = next.into();
            body["result"] = jobs;
            body["auto"] = 1.into();
            "openqa.job.restart"
        }
    };
    Event::new(topic, Schema::BASE, body)
}

/// Some update is tested, in the words of all CI systems.
pub(super) fn tested(scene: &mut Scene) -> Event {
    let build = scene.build();
    let alias = scene.alias(build.made_for);
    let job = some_job(scene, &alias);
    let state = match State::any(scene) {
        // openQA does not tell when a job begins.
        State::Running => State::Queued,
        other => other,
    };
    update_tested(scene, &job, &[build.nvr()], state)
}

/// An update with these builds is tested, in the words of all CI systems.
pub(crate) fn update_tested(
    scene: &mut Scene,
    job: &Job,
    builds: &[String],
    state: State,
) -> Event {
    let Job {
        id,
        scenario,
        alias,
        release,
    } = job;
    let Scenario { test, flavor } = scenario;
    let url = format!("https://openqa.fedoraproject.org/tests/{id}");
    let version = release.number().to_string();
    let builds: Vec<Value> = builds.iter().map(|nvr| json!({"nvr": nvr})).collect();
    let pipeline = format!("openqa.Update-{alias}.{test}.64bit.{flavor}.x86_64");
    let mut body = json!({
        "contact": {"name": "Fedora openQA", "team": "Fedora QA", "url": "https://openqa.fedoraproject.org",
            "docs": "https://fedoraproject.org/wiki/OpenQA", "irc": "#fedora-qa", "email": "qa@example.org"},
        "run": {"url": url, "log": format!("{url}/file/autoinst-log.txt"), "id": id},
        "artifact": {"type": "fedora-update", "id": format!("sha256:{}", scene.random.hex(64)), "alias": alias,
            "release": {"version": version, "name": release.name()}, "builds": builds},
        "pipeline": {"id": pipeline, "name": pipeline},
        "test": {"category": "validation", "type": format!("{test} 64bit {flavor} x86_64"), "namespace": "update"},
        "system": [{"os": format!("fedora-{version}"), "provider": "openqa", "architecture": "x86_64"}],
        "generated_at": format!("{}Z", iso_time(scene.now)),
        "version": "0.2.1",
    });
    match state {
        State::Queued | State::Running => body["test"]["lifetime"] = 240.into(),
        State::Complete(result) => body["test"]["result"] = result.into(),
        State::Error(reason) => body["error"] = json!({"reason": reason}),
    }
    let topic = format!("ci.fedora-update.test.{}", state.word());
    Event::new(&topic, Schema::BASE, body)
}
