//! Continuous rebuilds of packages (Koschei).

use crate::json::json;

use crate::event::{Event, Schema};
use crate::scene::Scene;

const GROUPS: [&str; 4] = [
    "rust-sig",
    "python-packagers-sig",
    "java-sig",
    "critical-path-build",
];

pub(super) fn event(scene: &mut Scene) -> Event {
    let package = scene.package();
    let (old, new) = scene.random.pick(&[
        ("ok", "failing"),
        ("failing", "ok"),
        ("ok", "unresolved"),
        ("unresolved", "ok"),
    ]);
    let version = scene.fedora();
    let groups: Vec<&str> = (0..scene.random.index(3))
        .map(|index| GROUPS[index])
        .collect();
    let body = json!({
        "name": package,
        "old": old,
        "new": new,
        "koji_instance": "primary",
        "repo": format!("f{version}"),
        "collection": format!("f{version}"),
        "collection_name": format!("Fedora {version}"),
        "groups": groups,
    });
    let schema = Schema::new("koschei.package.state.change", "koschei_messages");
    Event::new("koschei.package.state.change", schema, body)
        .packages([package])
        .groups(groups)
}
