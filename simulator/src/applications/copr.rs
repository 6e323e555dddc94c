//! Builds of everybody's own repositories (Copr).

use crate::json::json;

use crate::event::{DEBUG, Event, Schema};
use crate::scene::Scene;

const PACKAGE: &str = "copr_messaging";

pub(super) fn event(scene: &mut Scene) -> Event {
    let build = scene.build();
    let user = scene.username();
    let owner = match scene.random.between(0, 9) {
        0..3 => "@copr-team".to_owned(),
        3 => scene.username(),
        _ => user.clone(),
    };
    let id = scene.random.between(7_000_000, 9_999_999);
    let chroot = format!(
        "fedora-{}-{}",
        scene.fedora(),
        scene
            .random
            .pick(&["x86_64", "aarch64", "s390x", "ppc64le"])
    );
    let copr = scene.random.pick(&[
        "nightly",
        "testing",
        "rebuilds",
        "playground",
        "rust",
        "gnome-next",
    ]);
    let (topic, schema, status) = match scene.random.between(0, 2) {
        0 => ("copr.build.start", "copr.build.start", 3),
        1 => ("copr.chroot.start", "copr.chroot.start", 3),
        _ => (
            "copr.build.end",
            "copr.build.end",
            scene.random.pick(&[1, 1, 1, 1, 0, 2]),
        ),
    };
    let verb = topic.trim_start_matches("copr.");
    let body = json!({
        "build": id,
        "chroot": chroot,
        "copr": copr,
        "owner": owner,
        "user": user,
        "pkg": build.name,
        "version": format!("{}-{}", build.version, build.release),
        "ip": format!("10.0.{}.{}", scene.random.between(0, 9), scene.random.between(1, 254)),
        "pid": scene.random.between(1000, 400_000),
        "status": status,
        "who": format!("backend.worker-rpm_build_worker:{id}-{chroot}"),
        "what": format!("{verb}: user:{user} copr:{copr} build:{id} pkg:{}", build.name),
    });
    let users = [user, owner]
        .into_iter()
        .filter(|name| !name.starts_with('@'));
    let event = Event::new(topic, Schema::new(schema, PACKAGE), body).users(users);
    if topic == "copr.chroot.start" {
        event.severity(DEBUG)
    } else {
        event
    }
}
