//! Waivers of tests (WaiverDB).

use crate::json::json;

use super::item::{Case, Item};
use crate::event::{Event, Schema};
use crate::scene::{Scene, iso_time};

pub(super) fn event(scene: &mut Scene) -> Event {
    let release = scene.release();
    let (alias, user) = (scene.alias(release), scene.username());
    let case = Case::of_update(scene);
    waived(
        scene,
        Item::Update(&alias),
        &case,
        (&user, &release.product()),
    )
}

/// A user waives a test of an item, for a product.
pub(crate) fn waived(
    scene: &mut Scene,
    item: Item,
    case: &Case,
    (user, product): (&str, &str),
) -> Event {
    let (kind, name) = (item.kind(), item.name());
    let body = json!({
        "id": scene.random.between(9_000, 900_000),
        "subject_type": kind,
        "subject_identifier": name,
        "subject": {"type": kind, "item": name},
        "testcase": case.name,
        "scenario": case.scenario,
        "username": user,
        "proxied_by": "bodhi@service",
        "product_version": product,
        "waived": true,
        "comment": scene.words(3, 20),
        "timestamp": format!("{}.000000", iso_time(scene.now)),
    });
    Event::new("waiverdb.waiver.new", Schema::BASE, body)
}
