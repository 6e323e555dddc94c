//! Composes of whole releases (Pungi).

use crate::json::json;

use crate::event::{Event, Schema};
use crate::scene::Scene;

pub(super) fn event(scene: &mut Scene) -> Event {
    let version = scene.random.pick(&["Rawhide", "43", "44"]);
    let date = scene.now.format("%Y%m%d").to_string();
    let id = format!("Fedora-{version}-{date}.n.{}", scene.random.between(0, 2));
    let status = scene
        .random
        .pick(&["STARTED", "FINISHED_INCOMPLETE", "FINISHED", "DOOMED"]);
    let body = json!({
        "compose_id": id,
        "compose_date": date,
        "compose_type": "nightly",
        "compose_respin": 0,
        "compose_label": null,
        "compose_path": format!("/mnt/koji/compose/{}/{id}/compose", version.to_lowercase()),
        "location": format!("https://kojipkgs.fedoraproject.org/compose/{}/{id}/compose", version.to_lowercase()),
        "release_name": "Fedora",
        "release_short": "Fedora",
        "release_version": version,
        "release_type": "ga",
        "release_is_layered": false,
        "status": status,
    });
    Event::new("pungi.compose.status.change", Schema::BASE, body)
}
