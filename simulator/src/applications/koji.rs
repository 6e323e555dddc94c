//! The build system (Koji), the busiest publisher of all.

use serde_json::{Value, json};

use crate::event::{DEBUG, Event, Schema};
use crate::scene::{Build, Scene, plain_time};

const PACKAGE: &str = "koji_fedoramessaging_messages";

pub(super) fn event(scene: &mut Scene) -> Event {
    match scene.random.between(0, 99) {
        0..25 => build_changed(scene),
        25..50 => task_changed(scene),
        50..68 => tagged(scene, "buildsys.tag", "koji_fedoramessaging.tag.TagV1"),
        68..80 => tagged(scene, "buildsys.untag", "koji_fedoramessaging.tag.UntagV1"),
        80..92 => signed(scene),
        92..94 => list_changed(scene),
        94..97 => repo(scene, "buildsys.repo.init", "koji_fedoramessaging.repo.InitV1"),
        _ => repo(scene, "buildsys.repo.done", "koji_fedoramessaging.repo.DoneV1"),
    }
}

fn build_changed(scene: &mut Scene) -> Event {
    let build = scene.build();
    let (old, new) = scene.random.pick(&[(None, 0), (None, 0), (Some(0), 1), (Some(0), 1), (Some(0), 3), (Some(0), 4)]);
    let task = scene.random.between(120_000_000, 140_000_000);
    let source = format!("git+https://src.fedoraproject.org/rpms/{}.git#{}", build.name, scene.random.hex(40));
    let request = json!([source, format!("f{}-candidate", scene.fedora()), {}]);
    let body = json!({
        "build_id": build.id,
        "name": build.name,
        "version": build.version,
        "release": build.release,
        "epoch": null,
        "owner": build.owner,
        "attribute": "state",
        "old": old,
        "new": new,
        "instance": "primary",
        "task_id": task,
        "task": {"id": task, "method": "build", "arch": "noarch", "host_id": null, "request": request, "result": null},
        "request": request,
        "extra": {"source": {"original_url": source}, "typeinfo": {"rpm": null}},
        "creation_time": plain_time(scene.past(1)),
        "completion_time": if new == 0 { Value::Null } else { plain_time(scene.now).into() },
        "url": format!("https://koji.fedoraproject.org/koji/buildinfo?buildID={}", build.id),
    });
    let schema = Schema::new("koji_fedoramessaging.build.BuildStateChangeV1", PACKAGE);
    Event::new("buildsys.build.state.change", schema, body).users([build.owner]).packages([build.name])
}

fn task_changed(scene: &mut Scene) -> Event {
    let build = scene.build();
    let (old, new) = scene.random.pick(&[(None, "FREE"), (Some("FREE"), "OPEN"), (Some("OPEN"), "CLOSED")]);
    let id = scene.random.between(120_000_000, 140_000_000);
    let children: Vec<Value> = ["x86_64", "aarch64", "ppc64le", "s390x", "i686", "riscv64", "noarch"]
        .into_iter()
        .take(scene.random.index(8))
        .map(|arch| task(scene, id + 1, "buildArch", arch, Some(id)))
        .collect();
    let mut info = task(scene, id, "build", "noarch", None);
    info["children"] = children.into();
    info["url"] = format!("https://koji.fedoraproject.org/koji/taskinfo?taskID={id}").into();
    let body = json!({
        "id": id,
        "attribute": "state",
        "old": old,
        "new": new,
        "method": "build",
        "owner": build.owner,
        "srpm": format!("{}.src.rpm", build.nvr()),
        "instance": "primary",
        "base_url": "https://koji.fedoraproject.org/koji",
        "files_base_url": "https://kojipkgs.fedoraproject.org/",
        "info": info,
    });
    let schema = Schema::new("koji_fedoramessaging.task.TaskStateChangeV1", PACKAGE);
    Event::new("buildsys.task.state.change", schema, body).users([build.owner])
}

fn task(scene: &mut Scene, id: u64, method: &str, arch: &str, parent: Option<u64>) -> Value {
    json!({
        "id": id,
        "method": method,
        "arch": arch,
        "parent": parent,
        "label": arch,
        "state": scene.random.between(0, 2),
        "owner": scene.random.between(1, 9000),
        "host_id": scene.random.between(1, 500),
        "channel_id": 1,
        "priority": 20,
        "waiting": false,
        "awaited": null,
        "request": [format!("tasks/{}/{id}/srpm", id % 10_000), arch, true,
            {"repo_id": scene.random.between(5_000_000, 7_000_000), "wait_builds": [], "scratch": false}],
        "create_time": plain_time(scene.past(1)),
        "start_time": plain_time(scene.now),
        "completion_time": null,
        "result": null,
    })
}

fn tagged(scene: &mut Scene, topic: &str, schema: &'static str) -> Event {
    let build = scene.build();
    let user = if scene.random.percent(60) { "bodhi".to_owned() } else { build.owner.clone() };
    let version = scene.fedora();
    let (tag, priority) = match scene.random.between(0, 9) {
        0 => (format!("f{version}-rebuild"), 0),
        1 => ("eln".to_owned(), 1),
        2..6 => (format!("f{version}-updates-candidate"), 2),
        _ => (format!("f{version}-signing-pending"), 2),
    };
    let body = json!({
        "build_id": build.id,
        "name": build.name,
        "version": build.version,
        "release": build.release,
        "owner": build.owner,
        "tag": tag,
        "tag_id": scene.random.between(100, 90_000),
        "user": user,
        "instance": "primary",
    });
    Event::new(topic, Schema::new(schema, PACKAGE), body)
        .severity(DEBUG)
        .priority(priority)
        .users([user, build.owner])
        .packages([build.name])
}

fn signed(scene: &mut Scene) -> Event {
    let build = scene.build();
    let Build { name, version, release, .. } = &build;
    let body = json!({
        "sigkey": scene.random.hex(8),
        "sighash": scene.random.hex(32),
        "instance": "primary",
        "rpm": {"id": scene.random.between(1, 40_000_000), "name": name, "version": version, "release": release,
            "epoch": null, "arch": "x86_64", "build_id": build.id, "size": scene.random.between(9000, 90_000_000)},
        "build": {"id": build.id, "name": name, "package_name": name, "version": version, "release": release,
            "epoch": null, "nvr": build.nvr(), "owner_name": build.owner},
    });
    Event::new("buildsys.rpm.sign", Schema::new("koji_fedoramessaging.rpm.SignV1", PACKAGE), body)
        .severity(DEBUG)
        .users([build.owner])
        .packages([build.name])
}

fn list_changed(scene: &mut Scene) -> Event {
    let build = scene.build();
    let body = json!({
        "action": "add",
        "package": build.name,
        "owner": build.owner,
        "tag": format!("f{}", scene.fedora()),
        "instance": "primary",
        "block": false,
        "force": null,
        "update": null,
        "extra_arches": null,
    });
    Event::new("buildsys.package.list.change", Schema::new("koji_fedoramessaging.package.ListChangeV1", PACKAGE), body)
        .severity(DEBUG)
        .users([build.owner])
        .packages([build.name])
}

fn repo(scene: &mut Scene, topic: &str, schema: &'static str) -> Event {
    let version = scene.fedora();
    let body = json!({
        "repo_id": scene.random.between(5_000_000, 7_000_000),
        "tag": format!("f{version}-build"),
        "tag_id": scene.random.between(100, 90_000),
        "instance": "primary",
    });
    Event::new(topic, Schema::new(schema, PACKAGE), body).severity(DEBUG)
}
