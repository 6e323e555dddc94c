//! Outcomes of tests (ResultsDB), which is where greenwave looks.

use crate::json::json;

use super::ci;
use super::item::{Case, Item};
use crate::event::{Event, Schema};
use crate::scene::{Build, Scene, iso_time};

pub(super) fn event(scene: &mut Scene) -> Event {
    let build = scene.build();
    let outcome = scene
        .random
        .pick(&["PASSED", "PASSED", "PASSED", "FAILED", "INFO"]);
    if scene.random.percent(60) {
        return of_build(scene, &build, &ci::TIER0.into(), outcome);
    }
    let (alias, case) = (scene.alias(build.made_for), Case::of_update(scene));
    of_update(scene, &alias, &case, outcome)
}

/// The outcome of a test of a build.
pub(crate) fn of_build(scene: &mut Scene, build: &Build, case: &Case, outcome: &str) -> Event {
    let nvr = build.nvr();
    let data = json!({
        "item": [nvr],
        "type": [Item::Build(&nvr).kind()],
        "category": ["functional"],
        "component": [build.name],
        "issuer": [build.owner],
        "scratch": ["False"],
    });
    told(scene, case, outcome, data)
}

/// The outcome of a test of an update, or how it stands: openQA also tells that.
pub(crate) fn of_update(scene: &mut Scene, alias: &str, case: &Case, outcome: &str) -> Event {
    let data = json!({
        "item": [alias],
        "type": [Item::Update(alias).kind()],
        "source": ["openqa"],
        "arch": ["x86_64"],
        "firmware": ["bios"],
        "meta.conventions": ["result fedora.bodhi"],
        "scenario": [case.scenario],
    });
    told(scene, case, outcome, data)
}

fn told(scene: &mut Scene, case: &Case, outcome: &str, data: crate::json::Value) -> Event {
    const API: &str = "https://resultsdb.fedoraproject.org/api/v2.0";
    let id = scene.random.between(40_000_000, 60_000_000);
    let name = &case.name;
    let body = json!({
        "id": id,
        "groups": [scene.random.uuid().to_string()],
        "testcase": {"name": name, "ref_url": format!("https://docs.example.org/tests/{name}"),
            "href": format!("{API}/testcases/{name}")},
        "submit_time": format!("{}.000000", iso_time(scene.now)),
        "outcome": outcome,
        "note": "",
        "ref_url": format!("https://logs.example.org/{id}"),
        "data": data,
        "href": format!("{API}/results/{id}"),
    });
    Event::new("resultsdb.result.new", Schema::BASE, body)
}
