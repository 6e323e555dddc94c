//! What people see of roads, and what the script of their pages relies on.

use crate::support::http::{Answer, request};
use crate::support::programs::Grepper;
use crate::waiting::Scene;

const NVR: &str = "tidepool-1.4.2-1.fc45";

fn page(grepper: &Grepper, query: &str) -> Answer {
    let url = format!("{}/v2/road?nvr={NVR}{query}", grepper.authority);
    request("GET", &url, &[("Accept", "text/html")])
}

#[test]
fn a_page_that_waits_tells_how_it_stands_and_why() {
    let scene = Scene::new();
    scene.build(NVR, 3);
    let grepper = Grepper::start(&scene.database.url, &[]);
    for (query, told) in [
        ("&until=build:failed", "✓ it is so"),
        ("&until=build:failed&wait=60", "✓ it is so"),
        ("&until=build:passed&wait=1", "… not yet"),
        ("&until=build:running&until=build:passed", "… not yet"),
    ] {
        let page = page(&grepper, query).body;
        assert!(page.contains(told), "{query}: {page}");
        assert!(page.contains("class=\"reason\""), "{query}: {page}");
    }
    let known = page(&grepper, "");
    assert!(!known.body.contains("Waited for"), "{}", known.body);
    assert_eq!(known.header("cache-control"), Some("no-store"));
}

#[test]
fn the_cursor_of_a_page_is_that_of_programs() {
    let scene = Scene::new();
    scene.build(NVR, 0);
    let grepper = Grepper::start(&scene.database.url, &["--max-wait", "20"]);
    let road = grepper.get(&format!("/v2/road?nvr={NVR}")).json();
    let cursor = road["cursor"].as_str().expect("a cursor");
    let page = page(&grepper, "").body;
    let line = format!("data-cursor=\"{cursor}\" data-wait=\"20\"");
    assert!(page.contains(&line), "{line}: {page}");
}
