//! `/find` leads to what a name, number or address means.

use archive::{Body, ConnectionOptions, Identity, NewMessage, Subject, Writer};
use chrono::NaiveDateTime;
use serde_json::json;

use crate::support::http::{Answer, request};
use crate::support::programs::{Grepper, clean, migrate};

/// A message about these subjects.
fn about(number: i64, subjects: &[&str]) -> NewMessage {
    let at: NaiveDateTime = "2026-05-01T10:00:00".parse().expect("a time");
    NewMessage {
        msg_id: format!("find-{number}"),
        identity: Identity::IdAndTime,
        topic: "org.zoo.prod.lion.fed".to_owned(),
        timestamp: at + chrono::TimeDelta::seconds(number),
        category: "lion".to_owned(),
        agent_name: None,
        body: Body::parse("{}").expect("a body"),
        headers: Some(serde_json::Map::new()),
        legacy: None,
        users: Vec::new(),
        packages: Vec::new(),
        subjects: subjects.iter().map(|text| Subject::written(text)).collect(),
    }
}

fn grepper(arguments: &[&str]) -> Grepper {
    let database = devstack::shared_postgres()
        .and_then(devstack::Postgres::fresh_database)
        .expect("a database");
    migrate(&database.url);
    let writer = Writer::new(&ConnectionOptions {
        url: database.url.clone(),
        application_name: "test",
        pool_size: 1,
        checkout_timeout: std::time::Duration::from_secs(10),
        statement_timeout: None,
        read_only: false,
    });
    let mut batch = vec![
        about(1, &["task:7", "bug:8"]),
        about(2, &["bug:7"]),
        about(3, &["task:7"]),
        about(4, &["package:defaced"]),
        NewMessage {
            users: vec!["ann".to_owned(), "otter".to_owned(), "c0ffee1".to_owned()],
            ..about(5, &["package:otter"])
        },
    ];
    writer.store(&mut batch).expect("stored");
    // Topics of long ago are completed by their counters.
    let mut rebuild = clean("nommer");
    rebuild.args(["counters", "rebuild"]);
    let rebuilt = rebuild.env("DATABASE_URL", &database.url).output();
    assert!(rebuilt.expect("nommer").status.success());
    Grepper::start(&database.url, arguments)
}

fn accepting(grepper: &Grepper, path: &str, accepted: &str) -> Answer {
    let url = format!("{}{path}", grepper.authority);
    request("GET", &url, &[("Accept", accepted)])
}

#[test]
fn what_is_known_by_its_looks_is_led_to() {
    let grepper = grepper(&[]);
    for (text, path) in [
        ("zsh-5.9-1.fc45", "/v2/road?nvr=zsh-5.9-1.fc45"),
        (
            "1%3Azsh-5.9-1.fc45.x86_64.rpm",
            "/v2/road?nvr=zsh-5.9-1.fc45",
        ),
        (
            "fedora-2026-1a4877e39f",
            "/v2/road?update=FEDORA-2026-1a4877e39f",
        ),
        ("rpms%2Fzsh%237", "/v2/road?pr=rpms%2Fzsh%237"),
        ("rpms%2Fzsh", "/v2/road?package=zsh"),
        // It could be the first digits of a commit, but messages are about it.
        ("defaced", "/v2/road?package=defaced"),
        ("%23100", "/v2/search?subject=bug%3A100"),
        // One of the things that have this number is known.
        ("8", "/v2/search?subject=bug%3A8"),
        ("org.zoo.prod.lion.fed", "/topics/org.zoo.prod.lion.fed"),
    ] {
        for accepted in ["text/html", "application/json"] {
            let answer = accepting(&grepper, &format!("/find?q={text}"), accepted);
            assert_eq!(
                (answer.status, answer.header("location")),
                (303, Some(path))
            );
            assert_eq!(answer.header("cache-control"), Some("no-store"));
            let there = grepper.get(path);
            assert_eq!(there.status, 200, "{path}: {}", there.body);
        }
    }
}

#[test]
fn exact_names_lead_to_what_they_name() {
    let grepper = grepper(&[]);
    for (text, path) in [
        ("+ann+", "/users/ann"),
        ("lion", "/categories/lion"),
        // As rows have users.
        ("@ann", "/users/ann"),
        ("otter&kind=user", "/users/otter"),
        // It could be the first digits of a commit.
        ("c0ffee1", "/users/c0ffee1"),
        // As pages show topics.
        ("lion.fed", "/topics/org.zoo.prod.lion.fed"),
        ("Lion.Fed", "/topics/org.zoo.prod.lion.fed"),
    ] {
        let answer = grepper.get(&format!("/find?q={text}"));
        let led = (answer.status, answer.header("location"));
        assert_eq!(led, (303, Some(path)), "{text}");
        let found = grepper.get(path).json();
        assert_ne!(found["total"], 0, "{path}: {found}");
    }
    // People are led to what is called like that but for the case, and shown topics that begin alike.
    for (text, path) in [("OTTER&kind=user", "/users/otter"), ("@ANN", "/users/ann")] {
        let answer = accepting(&grepper, &format!("/find?q={text}"), "text/html");
        let led = (answer.status, answer.header("location"));
        assert_eq!(led, (303, Some(path)), "{text}");
    }
    let begun = accepting(&grepper, "/find?q=lion.fe", "text/html");
    let topic = "href=\"/topics/org.zoo.prod.lion.fed\"";
    assert!(begun.body.contains(topic), "{}", begun.body);
    let several = grepper.get("/find?q=otter").json();
    let expected = json!([
        {"subject": "package:otter", "messages": 1, "path": "/v2/road?package=otter"},
        {"user": "otter", "messages": 1, "path": "/users/otter"},
    ]);
    assert_eq!(several["meanings"], expected);
    let page = accepting(&grepper, "/find?q=otter", "text/html").body;
    assert!(page.contains("><bdi>User otter</bdi></a>"), "{page}");
    let alike = accepting(&grepper, "/find?q=OTT", "text/html").body;
    let link = "<a href=\"/users/otter\"><bdi>User otter</bdi></a>";
    assert!(alike.contains(link), "{alike}");
    let mistyped = accepting(&grepper, "/find?q=ottar", "text/html").body;
    assert!(mistyped.contains(link), "{mistyped}");
    let nothing = accepting(&grepper, "/find?q=zsh", "text/html");
    assert!(nothing.body.contains("href=\"/v2/road?package=zsh\""));
    let other = accepting(&grepper, "/find?q=ot&kind=user", "text/html").body;
    assert!(
        other.contains(link) && !other.contains("Package otter"),
        "{other}"
    );
    assert_eq!(grepper.get("/find?q=ann&kind=group").status, 400);
    let for_programs = grepper.get("/find?q=zsh");
    assert_eq!(
        for_programs.header("location"),
        Some("/v2/road?package=zsh")
    );
}

#[test]
fn a_number_of_several_things_is_a_choice() {
    let grepper = grepper(&[]);
    let answer = grepper.get("/find?q=7").json();
    let meant = |kind: &str, messages: u64, path: &str| json!({"subject": format!("{kind}:7"), "messages": messages, "path": path});
    let expected = json!([
        meant("task", 2, "/v2/road?task=7"),
        meant("build", 0, "/v2/road?build=7"),
        meant("bug", 1, "/v2/search?subject=bug%3A7"),
        meant("copr", 0, "/v2/search?subject=copr%3A7"),
    ]);
    assert_eq!(answer, json!({"asked": "7", "meanings": expected}));
    let page = accepting(&grepper, "/find?q=7", "text/html");
    assert!(
        page.status == 200 && page.body.contains("><bdi>Koji task 7</bdi></a>"),
        "{}",
        page.body
    );
    let short = accepting(&grepper, "/find?q=dc60c4a", "text/html");
    let hint = "a commit by all 40 digits";
    assert!(short.body.contains(hint), "{}", short.body);
    for nothing in [
        "/find",
        "/find/?q=",
        "/find?q=what+is+this",
        "/find?q=dc60c4a",
    ] {
        assert_eq!(
            grepper.get(nothing).json()["meanings"],
            json!([]),
            "{nothing}"
        );
    }
    let refused = grepper.get(&format!("/find?q={}", "a".repeat(2000)));
    assert_eq!(
        (refused.status, &refused.json()["parameter"]),
        (400, &json!("q"))
    );
}

#[test]
fn whoever_asks_with_a_browser_is_refused_by_a_page() {
    let grepper = grepper(&["--base-path", "/datagrepper"]);
    let long = format!("/find?q={}", "a".repeat(2000));
    for (path, says) in [
        ("/v2/road?nvr=zsh%3C-1", "name-version-release"),
        ("/v2/road", "exactly one"),
        ("/v2/road?nvr=zsh-1-1&until=stable:done", "until must be"),
        (&long, "q must be"),
    ] {
        let path = format!("/datagrepper{path}");
        let page = accepting(&grepper, &path, "text/html");
        assert_eq!(page.status, 400, "{path}");
        let form = "action=\"/datagrepper/find\"";
        let is_page = page.body.starts_with("<!DOCTYPE html>") && page.body.contains(form);
        assert!(is_page && page.body.contains(says), "{path}: {}", page.body);
        for accepted in ["*/*", "application/json"] {
            let problem = accepting(&grepper, &path, accepted);
            let kind = problem.header("content-type");
            assert_eq!(kind, Some("application/problem+json"), "{path}");
        }
    }
    let found = accepting(&grepper, "/datagrepper/v2/road?nvr=zsh%3C-1", "text/html");
    assert!(
        found.body.contains("value=\"zsh&#60;-1\""),
        "{}",
        found.body
    );
    let path = "/datagrepper/v2/road?nvr=zsh-1-1&until=stable:done";
    let given = accepting(&grepper, path, "text/html").body;
    assert!(
        given.contains("<code>stable:done</code>") && !given.contains("value="),
        "{given}"
    );
    let script = accepting(&grepper, "/datagrepper/v2/road?callback=f", "text/html");
    assert_eq!(
        script.header("content-type"),
        Some("application/problem+json")
    );
}

#[test]
fn it_leads_below_the_base_path() {
    let grepper = grepper(&["--base-path", "/datagrepper"]);
    let answer = grepper.get("/datagrepper/find?q=zsh");
    let location = answer.header("location");
    assert_eq!(location, Some("/datagrepper/v2/road?package=zsh"));
}
