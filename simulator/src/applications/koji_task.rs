//! Tasks of the build system, with all the tasks below them.

use crate::json::{Value, json};

use crate::event::{Event, Schema};
use crate::scene::{Build, Scene};

/// The Python package with the schemas of the build system.
pub(super) const PACKAGE: &str = "koji_fedoramessaging_messages";

const ARCHES: [&str; 7] = [
    "x86_64", "aarch64", "ppc64le", "s390x", "i686", "riscv64", "noarch",
];

/// A scratch build, of which nothing but its task is told.
pub(crate) struct Scratch<'a> {
    pub(crate) id: u64,
    pub(crate) owner: &'a str,
    /// What is built.
    pub(crate) build: &'a Build,
    /// Where Koji gets the sources: an address with a commit, or a file that was brought.
    pub(crate) source: String,
}

/// The parent task of some scratch build changed its state; others are not told.
pub(super) fn event(scene: &mut Scene) -> Event {
    let build = scene.build();
    let change = scene.random.pick(&[
        (None, "FREE"),
        (Some("FREE"), "OPEN"),
        (Some("OPEN"), "CLOSED"),
        (Some("OPEN"), "CLOSED"),
        (Some("OPEN"), "FAILED"),
    ]);
    let upload = || format!("cli-build/{}.src.rpm", build.nvr());
    let source = match build.address().filter(|_| scene.random.percent(60)) {
        Some(address) => address,
        None => upload(),
    };
    let scratch = Scratch {
        id: scene.random.between(120_000_000, 140_000_000),
        owner: &build.owner,
        build: &build,
        source,
    };
    changed(scene, &scratch, change)
}

/// The parent task of a scratch build changed its state, from none when it began.
pub(crate) fn changed(
    scene: &mut Scene,
    scratch: &Scratch,
    (old, new): (Option<&str>, &str),
) -> Event {
    let Scratch {
        id,
        owner,
        build,
        source,
    } = scratch;
    let children: Vec<Value> = ARCHES
        .into_iter()
        .take(scene.random.index(8))
        .map(|arch| {
            let mut child = part(scene, *id, (arch, owner), (build, true));
            if new == "CLOSED" || new == "OPEN" && scene.random.percent(50) {
                child["result"] = result(scene, build, arch, id + 1);
            }
            child
        })
        .collect();
    let mut info = task(scene, *id, "build", ("noarch", owner), None);
    info["request"] = json!([source, build.target(), {"repo_opts": {}, "scratch": true}]);
    info["children"] = children.into();
    info["url"] = format!("https://koji.fedoraproject.org/koji/taskinfo?taskID={id}").into();
    // The last part of the source, which only names a source package if one was brought.
    let srpm = source.rsplit('/').next().unwrap_or_default();
    let body = json!({
        "id": id,
        "attribute": "state",
        "old": old,
        "new": new,
        "method": "build",
        "owner": owner,
        "srpm": srpm,
        "instance": "primary",
        "base_url": "https://koji.fedoraproject.org/koji",
        "files_base_url": "https://kojipkgs.fedoraproject.org/",
        "info": info,
    });
    let schema = Schema::new("koji_fedoramessaging.task.TaskStateChangeV1", PACKAGE);
    Event::new("buildsys.task.state.change", schema, body).users([*owner])
}

/// The task behind a build, which was asked for with `request`.
pub(super) fn build_task(scene: &mut Scene, id: u64, build: &Build, request: &Value) -> Value {
    let mut whole = task(scene, id, "build", ("noarch", &build.owner), None);
    whole["request"] = request.clone();
    let count = scene.random.between(1, 5) as usize;
    let children: Vec<Value> = ARCHES[..count]
        .iter()
        .map(|arch| part(scene, id, (arch, &build.owner), (build, false)))
        .collect();
    whole["children"] = children.into();
    whole
}

/// The part of a task that builds for one architecture.
fn part(
    scene: &mut Scene,
    whole: u64,
    (arch, owner): (&str, &str),
    (build, scratch): (&Build, bool),
) -> Value {
    let mut part = task(scene, whole + 1, "buildArch", (arch, owner), Some(whole));
    let source = format!("tasks/{}/{whole}/{}.src.rpm", whole % 10_000, build.nvr());
    part["request"] = json!([source, arch, true,
        {"repo_id": scene.random.between(5_000_000, 7_000_000), "wait_builds": [], "scratch": scratch}]);
    part
}

fn task(
    scene: &mut Scene,
    id: u64,
    method: &str,
    (arch, owner): (&str, &str),
    parent: Option<u64>,
) -> Value {
    json!({
        "id": id,
        "method": method,
        "arch": arch,
        "parent": parent,
        "label": arch,
        "state": scene.random.between(0, 2),
        "owner": owner,
        "host_id": scene.random.between(1, 500),
        "channel_id": 1,
        "priority": 20,
        "weight": 1.5,
        "waiting": false,
        "awaited": null,
        "request": null,
        "create_time": scene.epoch(),
        "start_time": scene.epoch(),
        "completion_time": null,
        "result": null,
    })
}

/// The files that a task made.
fn result(scene: &mut Scene, build: &Build, arch: &str, id: u64) -> Value {
    let folder = format!("tasks/{}/{id}", id % 10_000);
    let Build {
        name,
        version,
        release,
        ..
    } = build;
    let count = scene.random.between(1, 8);
    let rpms: Vec<String> = [
        "",
        "-devel",
        "-libs",
        "-doc",
        "-debuginfo",
        "-debugsource",
        "-tests",
        "-common",
    ]
    .into_iter()
    .take(count as usize)
    .map(|part| format!("{folder}/{name}{part}-{version}-{release}.{arch}.rpm"))
    .collect();
    let logs = [
        "build",
        "root",
        "state",
        "mock_output",
        "hw_info",
        "installed_pkgs",
        "noarch_rpmdiff",
    ]
    .map(|log| format!("{folder}/{log}.log"));
    json!({"brootid": scene.random.between(50_000_000, 70_000_000), "rpms": rpms, "srpms": [], "logs": logs})
}
