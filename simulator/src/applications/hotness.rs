//! Bugs about new upstream releases (the-new-hotness).

use crate::json::json;

use super::anitya::release;
use crate::event::{Event, Schema};
use crate::scene::Scene;

pub(super) fn event(scene: &mut Scene) -> Event {
    let package = scene.package();
    let message = release(scene, &package);
    let body = json!({
        "package": package,
        "bug": {"bug_id": scene.random.between(2_300_000, 2_600_000)},
        "trigger": {
            "topic": "org.release-monitoring.prod.anitya.project.version.update.v2",
            "msg": {"project": message["project"], "distro": null, "message": message},
        },
    });
    let schema = Schema {
        name: "hotness.update.bug.file",
        package: None,
    };
    Event::new("hotness.update.bug.file", schema, body).packages([package])
}
