//! Metrics of requests, on a listener of their own.

use crate::own_database;
use crate::support::http::{get, request};
use crate::support::programs::{Grepper, watched_at};

#[test]
fn metrics_tell_requests_by_route_and_are_not_for_the_public() {
    let grepper = Grepper::start(&own_database::get().url, &["--monitoring", "127.0.0.1:0"]);
    let address = watched_at(&grepper.process);
    let metrics = || get(&format!("{address}/metrics")).body;

    assert_eq!(grepper.get("/metrics/").status, 404);
    for path in [
        "/raw?rows_per_page=1",
        "/raw/",
        "/raw?rows_per_page=1000",
        "/id?id=none",
        "/made/up",
    ] {
        grepper.get(path);
    }
    grepper.get("/v2/id?id=none&wait=1");
    let url = format!("{}/raw", grepper.authority);
    assert_eq!(request("BREW", &url, &[]).status, 405);

    let told = metrics();
    let count = |labels: &str| {
        let name = format!("grepper_http_requests_total{{{labels}}} ");
        let line = told.lines().find_map(|line| line.strip_prefix(&name));
        line.and_then(|value| value.parse::<u32>().ok())
    };
    for (route, method, status, expected) in [
        ("/raw", "GET", 200, 1),
        ("/raw/", "GET", 200, 1),
        ("/raw", "GET", 400, 1),
        ("/raw", "other", 405, 1),
        ("/id", "GET", 404, 1),
        ("/v2/id", "GET", 404, 1),
        ("none", "GET", 404, 1),
    ] {
        let labels = format!("route=\"{route}\",method=\"{method}\",status=\"{status}\"");
        assert_eq!(count(&labels), Some(expected), "{labels}\n{told}");
    }
    let is_timed = |route: &str| {
        told.contains(&format!(
            "grepper_http_request_seconds_count{{route=\"{route}\"}}"
        ))
    };
    assert!(
        is_timed("/raw") && !is_timed("/v2/id"),
        "who waits is not slow:\n{told}"
    );
    for name in [
        "grepper_waiters 0",
        "grepper_turns_taken 0",
        "grepper_answers_free_bytes ",
        "grepper_answers_waiting 0",
        "grepper_answers_refused_total 0",
        "grepper_answers_cut_off_total 0",
        "process_threads ",
    ] {
        assert!(told.contains(&format!("\n{name}")), "{name}\n{told}");
    }
    assert!(!told.contains("made"), "{told}");
}

#[test]
fn metrics_tell_connections_and_how_caches_fare() {
    let grepper = Grepper::start(&own_database::get().url, &["--monitoring", "127.0.0.1:0"]);
    let address = watched_at(&grepper.process);
    let value = |name: &str| {
        let told = get(&format!("{address}/metrics")).body;
        let line = told
            .lines()
            .find_map(|line| line.strip_prefix(&format!("{name} ")));
        line.and_then(|value| value.parse::<u64>().ok())
            .unwrap_or_else(|| panic!("{name}: {told}"))
    };
    let url = &own_database::get().url;
    let server = url.rsplit('@').next().expect("a place");
    let connections = |state| {
        value(&format!(
            "grepper_database_connections{{state=\"{state}\",server=\"{server}\"}}"
        ))
    };
    assert_eq!(connections("idle"), 0);
    assert_eq!(value("grepper_cache_bytes{cache=\"pages\"}"), 0);
    for (hits, misses) in [(0, 1), (1, 1), (2, 1)] {
        assert_eq!(grepper.get("/raw?rows_per_page=5").status, 200);
        assert_eq!(value("grepper_cache_hits_total{cache=\"pages\"}"), hits);
        assert_eq!(value("grepper_cache_misses_total{cache=\"pages\"}"), misses);
    }
    assert!(value("grepper_cache_bytes{cache=\"pages\"}") > 0);
    for cache in ["postings", "found"] {
        value(&format!("grepper_cache_bytes{{cache=\"{cache}\"}}"));
    }
    assert_eq!(connections("used"), 0);
    assert_eq!(connections("idle"), 1);
}
