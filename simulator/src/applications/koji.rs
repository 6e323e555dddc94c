//! The build system (Koji), the busiest publisher of all.

use crate::json::{Value, json};

use super::koji_task::{self, PACKAGE, build_task};
use crate::event::{DEBUG, Event, Schema};
use crate::scene::{Build, Scene, plain_time};

pub(super) fn event(scene: &mut Scene) -> Event {
    match scene.random.between(0, 99) {
        0..25 => build_changed(scene),
        25..50 => koji_task::changed(scene),
        50..68 => tagged(scene, "buildsys.tag", "koji_fedoramessaging.tag.TagV1"),
        68..80 => tagged(scene, "buildsys.untag", "koji_fedoramessaging.tag.UntagV1"),
        80..92 => signed(scene),
        92..94 => list_changed(scene),
        94..97 => repo(
            scene,
            "buildsys.repo.init",
            "koji_fedoramessaging.repo.InitV1",
        ),
        _ => repo(
            scene,
            "buildsys.repo.done",
            "koji_fedoramessaging.repo.DoneV1",
        ),
    }
}

fn build_changed(scene: &mut Scene) -> Event {
    let build = scene.build();
    let (old, new) = scene.random.pick(&[
        (None, 0),
        (None, 0),
        (Some(0), 1),
        (Some(0), 1),
        (Some(0), 3),
        (Some(0), 4),
    ]);
    let task = scene.random.between(120_000_000, 140_000_000);
    let source = format!(
        "git+https://src.fedoraproject.org/rpms/{}.git#{}",
        build.name,
        scene.random.hex(40)
    );
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
        "task": build_task(scene, task, &request),
        "request": request,
        "extra": {"source": {"original_url": source}, "typeinfo": {"rpm": null},
            "_export_source": {"build": {"id": build.id, "nvr": build.nvr(), "volume": "DEFAULT", "cg_name": null}}},
        "creation_time": plain_time(scene.past(1)),
        "completion_time": if new == 0 { Value::Null } else { plain_time(scene.now).into() },
        "url": format!("https://koji.fedoraproject.org/koji/buildinfo?buildID={}", build.id),
    });
    let schema = Schema::new("koji_fedoramessaging.build.BuildStateChangeV1", PACKAGE);
    Event::new("buildsys.build.state.change", schema, body)
        .users([build.owner])
        .packages([build.name])
}

fn tagged(scene: &mut Scene, topic: &str, schema: &'static str) -> Event {
    let build = scene.build();
    let user = if scene.random.percent(60) {
        "bodhi".to_owned()
    } else {
        build.owner.clone()
    };
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
    let Build {
        name,
        version,
        release,
        ..
    } = &build;
    let body = json!({
        "sigkey": scene.random.hex(8),
        "sighash": scene.random.hex(32),
        "instance": "primary",
        "rpm": {"id": scene.random.between(1, 40_000_000), "name": name, "version": version, "release": release,
            "epoch": null, "arch": "x86_64", "build_id": build.id, "size": scene.random.between(9000, 90_000_000),
            "buildroot_id": scene.random.between(50_000_000, 70_000_000), "buildtime": scene.past(1).timestamp(),
            "payloadhash": scene.random.hex(32), "external_repo_id": 0, "external_repo_name": "INTERNAL",
            "extra": null, "metadata_only": false, "draft": false},
        "build": {"id": build.id, "name": name, "package_name": name, "version": version, "release": release,
            "epoch": null, "nvr": build.nvr(), "owner_name": build.owner, "state": 1, "task_id": null,
            "volume_name": "DEFAULT", "cg_id": null, "cg_name": null, "source": null,
            "creation_time": plain_time(scene.past(1)), "completion_time": plain_time(scene.now)},
    });
    Event::new(
        "buildsys.rpm.sign",
        Schema::new("koji_fedoramessaging.rpm.SignV1", PACKAGE),
        body,
    )
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
    Event::new(
        "buildsys.package.list.change",
        Schema::new("koji_fedoramessaging.package.ListChangeV1", PACKAGE),
        body,
    )
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
