//! Upstream release monitoring (Anitya).

use crate::json::{Value, json};

use crate::event::{Event, Schema};
use crate::scene::Scene;

const PACKAGE: &str = "anitya_schema";
const PREFIX: &str = "org.release-monitoring.prod";

pub(super) fn event(scene: &mut Scene) -> Event {
    let package = scene.package();
    match scene.random.between(0, 19) {
        0 => added(scene, &package),
        1 => mapped(scene, package),
        _ => released(scene, package),
    }
}

fn released(scene: &mut Scene, package: String) -> Event {
    let message = release(scene, &package);
    let body = json!({"project": message["project"], "distro": null, "message": message});
    let topic = format!("{PREFIX}.anitya.project.version.update.v2");
    Event::elsewhere(
        topic,
        Schema::new("anitya.project.version.update.v2", PACKAGE),
        body,
    )
    .packages([package])
}

fn added(scene: &mut Scene, package: &str) -> Event {
    let project = project(scene, package, &[]);
    let agent = scene.username();
    let body = json!({"project": project, "distro": null, "message": {"agent": agent, "project": package}});
    Event::elsewhere(
        format!("{PREFIX}.anitya.project.add"),
        Schema::new("anitya.project.add", PACKAGE),
        body,
    )
}

fn mapped(scene: &mut Scene, package: String) -> Event {
    let project = project(scene, &package, &[]);
    let message =
        json!({"agent": scene.username(), "project": package, "distro": "Fedora", "new": package});
    let body = json!({"project": project, "distro": {"name": "Fedora"}, "message": message});
    let schema = Schema::new("anitya.project.map.new", PACKAGE);
    Event::elsewhere(format!("{PREFIX}.anitya.project.map.new"), schema, body).packages([package])
}

/// What Anitya says of a new release of the project behind `package`.
pub(super) fn release(scene: &mut Scene, package: &str) -> Value {
    let count = scene.random.between(2, 150);
    let versions: Vec<String> = (0..count).map(|_| scene.version()).collect();
    let packages = json!([
        {"package_name": package, "distro": "Fedora"},
        {"package_name": package.to_lowercase(), "distro": "Alpine"},
    ]);
    json!({
        "agent": "anitya",
        "project": project(scene, package, &versions),
        "upstream_versions": &versions[..1],
        "old_version": versions[1],
        "packages": packages,
        "versions": versions,
        "stable_versions": versions,
        "ecosystem": format!("https://{package}.example.org/"),
        "odd_change": scene.random.percent(1),
    })
}

fn project(scene: &mut Scene, package: &str, versions: &[String]) -> Value {
    let created = scene.past(2000);
    let homepage = format!("https://{package}.example.org/");
    json!({
        "id": scene.random.between(1, 380_000),
        "name": package,
        "homepage": homepage,
        "regex": null,
        "backend": scene.random.pick(&["GitHub", "PyPI", "crates.io", "custom", "GitLab"]),
        "version_url": format!("{homepage}releases"),
        "version": versions.first(),
        "versions": versions,
        "ecosystem": homepage,
        "created_on": created.timestamp() as f64,
        "updated_on": scene.epoch(),
    })
}
