//! How often clients may ask.

use crate::support::http::{self, Answer};
use crate::support::programs::{Grepper, migrate};

const LIMIT: [&str; 4] = ["--rate-limit", "2/h", "--client-header", "X-Real-IP"];

fn asked(grepper: &Grepper, path: &str, client: &str) -> Answer {
    let url = format!("{}{path}", grepper.authority);
    http::request("GET", &url, &[("X-Real-IP", client)])
}

#[test]
fn a_client_that_asks_too_often_is_told_when_to_ask_again_and_others_are_answered() {
    let postgres = devstack::shared_postgres().expect("a PostgreSQL server");
    let database = postgres.fresh_database().expect("a database");
    migrate(&database.url);
    let grepper = Grepper::start(&database.url, &LIMIT);
    for _ in 0..2 {
        assert_eq!(asked(&grepper, "/raw", "192.0.2.1").status, 200);
    }
    for (path, form, kind) in [
        (
            "/raw",
            "application/json",
            r#""error": "too_many_requests""#,
        ),
        (
            "/v2/search",
            "application/json",
            r#""error": "too_many_requests""#,
        ),
        (
            "/charts/line",
            "application/json",
            r#""error": "too_many_requests""#,
        ),
        (
            "/v2/aggregate?group_by=topic",
            "application/problem+json",
            r#""type": "urn:grepper:too_many_requests""#,
        ),
        (
            "/v2/digest",
            "application/problem+json",
            r#""type": "urn:grepper:too_many_requests""#,
        ),
    ] {
        let refused = asked(&grepper, path, "192.0.2.1");
        assert_eq!(refused.status, 429, "{path}: {}", refused.body);
        assert_eq!(refused.header("content-type"), Some(form), "{path}");
        assert_eq!(refused.header("cache-control"), Some("no-store"));
        assert!(refused.body.contains(kind), "{path}: {}", refused.body);
        let seconds: u32 = refused
            .header("retry-after")
            .and_then(|text| text.parse().ok())
            .expect("a number");
        assert!((1..=1800).contains(&seconds), "{seconds}");
    }
    assert_eq!(asked(&grepper, "/healthz/ready", "192.0.2.1").status, 200);
    assert_eq!(asked(&grepper, "/raw", "192.0.2.2").status, 200);

    let unlimited = Grepper::start(&database.url, &["--client-header", "X-Real-IP"]);
    for _ in 0..20 {
        assert_eq!(asked(&unlimited, "/raw", "192.0.2.1").status, 200);
    }
}
