//! The build system (Koji), the busiest publisher of all.

use crate::json::{Value, json};

use super::koji_task::{self, PACKAGE, build_task};
use crate::event::{DEBUG, Event, Schema};
use crate::release::Place;
use crate::scene::{Build, Scene, iso_time};

const SITE: &str = "https://koji.fedoraproject.org";

pub(super) fn event(scene: &mut Scene) -> Event {
    match scene.random.between(0, 99) {
        0..20 => {
            let build = scene.build();
            let change = scene.random.pick(&[
                (None, BUILDING),
                (None, BUILDING),
                (Some(BUILDING), COMPLETE),
                (Some(BUILDING), COMPLETE),
                (Some(BUILDING), FAILED),
                (Some(BUILDING), CANCELED),
            ]);
            build_changed(scene, &build, change)
        }
        20..47 => koji_task::event(scene),
        47..64 => some_tag(scene, true),
        64..80 => some_tag(scene, false),
        80..92 => {
            let build = scene.build();
            let arch = scene.random.pick(&["src", "x86_64", "aarch64", "noarch"]);
            signed(scene, &build, arch)
        }
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

// States of builds.
pub(crate) const BUILDING: i32 = 0;
pub(crate) const COMPLETE: i32 = 1;
pub(crate) const FAILED: i32 = 3;
const CANCELED: i32 = 4;

/// A build went from one state to another; from none when it began.
pub(crate) fn build_changed(
    scene: &mut Scene,
    build: &Build,
    (old, new): (Option<i32>, i32),
) -> Event {
    let request = build
        .address()
        .map(|source| json!([source, build.target(), {}]));
    let task = match (build.task(), &request) {
        (Some(id), Some(request)) => build_task(scene, id, build, request),
        _ => Value::Null,
    };
    let body = json!({
        "base_url": SITE,
        "files_base_url": "https://kojipkgs.fedoraproject.org/work",
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
        "task_id": build.task(),
        "task": task,
        "request": request,
        "creation_time": precise_time(scene),
        "completion_time": if new == BUILDING { Value::Null } else { precise_time(scene).into() },
        "url": format!("{SITE}/koji/buildinfo?buildID={}", build.id),
    });
    let schema = Schema::new("koji_fedoramessaging.build.BuildStateChangeV1", PACKAGE);
    Event::new("buildsys.build.state.change", schema, body)
        .users([&build.owner])
        .packages([&build.name])
}

/// The present, as Koji writes it.
fn precise_time(scene: &Scene) -> String {
    format!("{}.118203+00:00", iso_time(scene.now))
}

/// Some build comes into a tag or leaves one.
fn some_tag(scene: &mut Scene, comes: bool) -> Event {
    let build = scene.build();
    let place = scene.random.pick(&[
        Place::Candidate,
        Place::Candidate,
        Place::SigningPending,
        Place::SigningPending,
        Place::TestingPending,
        Place::TestingPending,
        Place::Testing,
        Place::Pending,
        Place::Stable,
    ]);
    match scene.random.between(0, 19) {
        0..2 => {
            let tag = format!("f{}-rebuild", build.made_for.number());
            tagged(&build, &tag, "releng", comes)
        }
        2..4 => tagged(&build, "eln", "distrobuildsync", comes),
        _ => placed(&build, place, comes),
    }
}

/// A build comes to a place or leaves it, by the hand of who does that.
pub(crate) fn placed(build: &Build, place: Place, comes: bool) -> Event {
    let user = match (place, comes) {
        (Place::Candidate, true) => &build.owner,
        // Signing takes it from one to the other.
        (Place::SigningPending, false) | (Place::TestingPending, true) => "autopen",
        _ => "bodhi",
    };
    tagged(build, &build.made_for.tag(place), user, comes)
}

/// A build comes into a tag or leaves it.
pub(crate) fn tagged(build: &Build, tag: &str, user: &str, comes: bool) -> Event {
    let (topic, schema) = match comes {
        true => ("buildsys.tag", "koji_fedoramessaging.tag.TagV1"),
        false => ("buildsys.untag", "koji_fedoramessaging.tag.UntagV1"),
    };
    let priority = match tag {
        _ if tag.ends_with("-rebuild") => 0,
        "eln" => 1,
        _ => 2,
    };
    let number: u64 = tag
        .bytes()
        .fold(7, |sum, byte| (sum * 31 + u64::from(byte)) % 90_000);
    let body = json!({
        "base_url": SITE,
        "build_id": build.id,
        "name": build.name,
        "version": build.version,
        "release": build.release,
        "owner": build.owner,
        "tag": tag,
        "tag_id": number,
        "user": user,
        "instance": "primary",
    });
    Event::new(topic, Schema::new(schema, PACKAGE), body)
        .severity(DEBUG)
        .priority(priority)
        .users([user, &build.owner])
        .packages([&build.name])
}

/// A package of a build was signed.
pub(crate) fn signed(scene: &mut Scene, build: &Build, arch: &str) -> Event {
    let Build {
        name,
        version,
        release,
        ..
    } = build;
    let source = build.address();
    let body = json!({
        "base_url": SITE,
        "sigkey": scene.random.hex(8),
        "sighash": scene.random.hex(32),
        "instance": "primary",
        "rpm": {"id": scene.random.between(1, 40_000_000), "name": name, "version": version, "release": release,
            "epoch": null, "arch": arch, "build_id": build.id, "size": scene.random.between(9000, 90_000_000),
            "buildroot_id": scene.random.between(50_000_000, 70_000_000), "buildtime": scene.past(1).timestamp(),
            "payloadhash": scene.random.hex(32), "external_repo_id": 0, "external_repo_name": "INTERNAL",
            "extra": null, "metadata_only": false, "draft": false},
        "build": {"id": build.id, "build_id": build.id, "name": name, "package_name": name, "version": version,
            "release": release, "epoch": null, "nvr": build.nvr(), "owner_name": build.owner, "state": COMPLETE,
            "task_id": build.task(), "volume_id": 0, "volume_name": "DEFAULT", "cg_id": null, "cg_name": null,
            "source": source, "extra": {"source": {"original_url": source}},
            "creation_time": scene.epoch(), "completion_time": scene.epoch()},
    });
    Event::new(
        "buildsys.rpm.sign",
        Schema::new("koji_fedoramessaging.rpm.SignV1", PACKAGE),
        body,
    )
    .severity(DEBUG)
    .users([&build.owner])
    .packages([name])
}

fn list_changed(scene: &mut Scene) -> Event {
    let build = scene.build();
    let body = json!({
        "action": "add",
        "package": build.name,
        "owner": build.owner,
        "tag": build.made_for.dist_tag(),
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
