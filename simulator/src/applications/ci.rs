//! Results of tests in continuous integration.

use crate::json::{Value, json};

use crate::event::{Event, Schema};
use crate::scene::{Scene, iso_time};

pub(super) fn event(scene: &mut Scene) -> Event {
    let build = scene.build();
    let status = scene.random.pick(&[
        "queued", "running", "complete", "complete", "complete", "error",
    ]);
    let kind = scene
        .random
        .pick(&["koji-build", "koji-build", "dist-git-pr", "fedora-update"]);
    let run = scene.random.between(10_000, 99_999);
    let url = format!("https://ci.example.org/jobs/{kind}/{run}/");
    let mut body = json!({
        "contact": {"name": "Fedora CI", "team": "Fedora CI", "email": "ci@example.org",
            "docs": "https://docs.fedoraproject.org/en-US/ci/", "url": "https://ci.example.org/",
            "irc": "#fedora-ci", "version": null},
        "run": {"url": url, "log": format!("{url}console"), "debug": format!("{url}debug"), "rebuild": null},
        "artifact": {"type": kind, "id": build.id, "component": build.name, "issuer": build.owner,
            "nvr": build.nvr(), "scratch": scene.random.percent(20), "source": null},
        "pipeline": {"id": scene.random.uuid().to_string(), "name": "tier0"},
        "test": {"category": "functional", "type": scene.random.pick(&["tier0", "rpminspect", "installability"]),
            "namespace": format!("fedora-ci.{kind}"), "docs": "https://docs.fedoraproject.org/en-US/ci/",
            "scenario": format!("fedora-{}-x86_64", scene.fedora())},
        "system": [{"os": format!("fedora-{}", scene.fedora()), "provider": "beaker", "architecture": "x86_64"}],
        "generated_at": format!("{}Z", iso_time(scene.now)),
        "version": "1.1.14",
    });
    if status == "complete" {
        body["test"]["result"] = scene
            .random
            .pick(&["passed", "passed", "failed", "needs_inspection"])
            .into();
        body["test"]["xunit_urls"] = json!([format!("{url}artifact/results.xml")]);
        body["test"]["result_details"] = details(scene, &url).into();
        body["test"]["output"] = scene.text(3).into();
        body["test"]["runtime"] = scene.random.between(20, 9000).into();
    }
    let schema = Schema::new("ci_messages.CIMessageV1", "ci_messages");
    Event::elsewhere(
        format!("org.centos.prod.ci.{kind}.test.{status}"),
        schema,
        body,
    )
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
