//! By which id a request is known: to its client, and in the log.

use std::time::Duration;

use devstack::Process;
use serde_json::Value;

use crate::own_database;
use crate::support::eventually;
use crate::support::http::{Answer, as_sent, request};
use crate::support::programs::{Grepper, migrate};

const TRACE: &str = "4bf92f3577b34da6a3ce929d0e0e4736";

/// Asks with this id, and as a part of a trace.
fn ask(grepper: &Grepper, path: &str, id: &str) -> Answer {
    let url = format!("{}{path}", grepper.authority);
    let parent = format!("00-{TRACE}-00f067aa0ba902b7-01");
    request(
        "GET",
        &url,
        &[("X-Request-Id", id), ("traceparent", &parent)],
    )
}

/// The lines of a log of JSON that speak of this request.
fn lines_of(process: &Process, id: &str) -> Vec<Value> {
    let log = process.log().unwrap_or_default();
    let lines = log
        .lines()
        .filter_map(|line| serde_json::from_str(line).ok());
    lines
        .filter(|line: &Value| line["request"] == id || line["span"]["id"] == id)
        .collect()
}

#[test]
fn every_answer_tells_the_id_of_its_request() {
    let grepper = Grepper::start(&own_database::get().url, &["--base-path", "/d"]);
    for path in [
        "/d/raw",
        "/d/raw?page=0",
        "/d/v2/road?nvr=x",
        "/d/nothing/here",
        "/d/healthz/live",
        "/d//raw//",
        "/elsewhere",
        "/d/static/none.css",
    ] {
        let answer = ask(&grepper, path, "an-id/1");
        assert_eq!(answer.header("x-request-id"), Some("an-id/1"), "{path}");
        let made = [ask(&grepper, path, "no id"), grepper.get(path)];
        let [one, other] = made.each_ref().map(|answer| answer.header("x-request-id"));
        let one = one.expect("an id");
        assert!(one.len() == 16 && Some(one) != other, "{path}: {one}");
    }
    for method in ["POST", "HEAD", "OPTIONS"] {
        let url = format!("{}/d/raw", grepper.authority);
        let answer = request(method, &url, &[("X-Request-Id", "an-id")]);
        assert_eq!(answer.header("x-request-id"), Some("an-id"), "{method}");
    }
}

#[test]
fn an_id_is_the_only_header_that_is_added() {
    let grepper = Grepper::start(&own_database::get().url, &[]);
    let (head, _) = as_sent(&grepper.authority, "/raw?start=1&end=2", &[]);
    let mut names: Vec<&str> = head
        .lines()
        .filter_map(|line| Some(line.split_once(": ")?.0))
        .collect();
    names.sort_unstable();
    let expected = [
        "content-length",
        "content-security-policy",
        "content-type",
        "date",
        "vary",
        "vary",
        "x-content-type-options",
        "x-request-id",
        "x-robots-tag",
    ];
    assert_eq!(names, expected, "{head}");
}

#[test]
fn lines_of_a_request_name_it() {
    let postgres = devstack::shared_postgres().expect("a PostgreSQL server");
    let own = postgres.fresh_database().expect("a database");
    migrate(&own.url);
    let grepper = Grepper::start_with(&own.url, &[], &[("LOG_FORMAT", "json")]);
    assert_eq!(ask(&grepper, "/raw?user=secretive", "quick").status, 200);
    std::thread::scope(|scope| {
        scope.spawn(|| {
            let sql = "BEGIN; LOCK TABLE messages, counters; SELECT pg_sleep(3); COMMIT";
            postgres.run_sql(&own.name, sql).expect("locked")
        });
        std::thread::sleep(Duration::from_millis(800));
        assert_eq!(ask(&grepper, "/raw", "slow").status, 200);
    });
    eventually("both are told", Duration::from_secs(20), || {
        lines_of(&grepper.process, "slow").len() >= 2
    });
    let quick = lines_of(&grepper.process, "quick");
    let [line] = &quick[..] else {
        panic!("{quick:?}");
    };
    let expected: [(&str, Value); 7] = [
        ("trace", TRACE.into()),
        ("method", "GET".into()),
        ("path", "/raw".into()),
        ("route", "/raw".into()),
        ("status", 200.into()),
        ("rows", 0.into()),
        ("target", "grepper::access".into()),
    ];
    for (name, expected) in expected {
        assert_eq!(line[name], expected, "{name}: {line}");
    }
    assert!(line["bytes"].as_u64() > Some(50), "{line}");
    assert!(!line.to_string().contains("secretive"), "{line}");
    let slow = lines_of(&grepper.process, "slow");
    let told = |message: &str| slow.iter().find(|line| line["message"] == message);
    let line = told("the database took long").unwrap_or_else(|| panic!("{slow:?}"));
    assert_eq!(line["span"]["trace"], TRACE, "{line}");
    assert!(line["shape"].is_string(), "{line}");
}

#[test]
fn the_log_has_lines_for_those_requests_that_were_asked_for() {
    for (which, expected) in [("all", 12), ("errors", 2), ("1/5", 4), ("off", 0)] {
        let grepper = Grepper::start(&own_database::get().url, &["--access-log", which]);
        for _ in 0..10 {
            assert_eq!(grepper.get("/healthz/live").status, 200);
        }
        for _ in 0..2 {
            assert_eq!(grepper.get("/raw?page=0").status, 400);
        }
        let mut process = grepper.process;
        process.terminate().expect("signalled");
        process.wait(Duration::from_secs(120)).expect("waited");
        let log = process.log().expect("a log");
        let told = log.matches("grepper::access").count();
        assert_eq!(told, expected, "{which}: {log}");
    }
}
