//! Builds of modules (the module build service).

use crate::json::json;

use crate::event::{Event, Schema};
use crate::scene::{Scene, iso_time};

const STATES: [&str; 7] = [
    "init", "wait", "build", "done", "failed", "ready", "garbage",
];

pub(super) fn event(scene: &mut Scene) -> Event {
    let build = scene.build();
    let state = scene.random.index(STATES.len());
    let stream = scene.random.pick(&["stable", "rolling", "1.0"]);
    let version = format!("3820{}", scene.now.format("%y%m%d%H%M"));
    let context = scene.random.hex(8);
    let time = format!("{}Z", iso_time(scene.now));
    let body = json!({
        "id": scene.random.between(10_000, 20_000),
        "name": build.name,
        "stream": stream,
        "version": version,
        "context": context,
        "state": state,
        "state_name": STATES[state],
        "state_reason": null,
        "owner": build.owner,
        "scmurl": format!("https://src.fedoraproject.org/modules/{}.git?#{}", build.name, scene.random.hex(40)),
        "koji_tag": format!("module-{}-{stream}-{version}-{context}", build.name),
        "rebuild_strategy": "changed-and-after",
        "siblings": [],
        "scratch": false,
        "srpms": [],
        "time_submitted": time,
        "time_modified": time,
        "time_completed": null,
        "component_builds": [scene.random.between(800_000, 900_000)],
        "build_context": scene.random.hex(8),
        "runtime_context": scene.random.hex(8),
        "tasks": {},
    });
    Event::new("mbs.module.state.change", Schema::BASE, body)
}
