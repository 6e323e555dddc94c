//! An archive that answers only those who show a token, or whom a proxy knows.

use std::io::Write as _;
use std::net::TcpStream;
use std::process::Command;
use std::time::Duration;

use crate::own_database;
use crate::support::eventually;
use crate::support::http::{Answer, get, request};
use crate::support::programs::{Grepper, watched_at};

pub const TOKEN: &str = "8u1Yq0bWbYt2m9Zk";
const NEXT: &str = "next-8u1Yq0bWbYt2m9Zk";

/// The value of the header `Authorization`.
pub fn bearer(token: &str) -> String {
    format!("Bearer {token}")
}

fn ask(grepper: &Grepper, path: &str, headers: &[(&str, &str)]) -> Answer {
    let url = format!("{}{path}", grepper.authority);
    request("GET", &url, headers)
}

/// All that there is, and paths with nothing.
const PATHS: [&str; 32] = [
    "/raw",
    "/raw/",
    "/v2/search",
    "/v2/search/?wait=1",
    "/id?id=x",
    "/id",
    "/v2/id?id=x",
    "/v2/id/?id=x&wait=1",
    "/v2/road?nvr=a-1-1",
    "/v2/road/",
    "/v2/digest",
    "/v2/digest/?start=2024-05-01&end=2024-05-01",
    "/v2/pulse",
    "/v2/aggregate?group_by=topic",
    "/v2/names/?kind=user",
    "/find?q=7",
    "/find/",
    "/topics/",
    "/users/?days=7",
    "/packages/a",
    "/messagecount",
    "/messagecount/",
    "/charts/line",
    "/charts/none",
    "/widget.js",
    "/",
    "/index/",
    "/index",
    "/reference/",
    "/none/",
    "/none/none/none",
    "/raw?callback=f",
];

fn is_problem(path: &str) -> bool {
    let problems = [
        "/v2/road",
        "/v2/digest",
        "/v2/aggregate",
        "/v2/names",
        "/v2/pulse",
        "/find",
        "/topics/",
        "/users/",
        "/packages/",
    ];
    problems.iter().any(|problem| path.starts_with(problem))
}

#[test]
fn nobody_is_answered_without_a_token_but_for_health() {
    let url = &own_database::get().url;
    let grepper = Grepper::start_with(url, &["--private", "true"], &[("GREPPER_TOKENS", TOKEN)]);
    let (right, wrong) = (bearer(TOKEN), bearer("8u1Yq0bWbYt2m9Zl"));
    for path in PATHS {
        for (authorization, challenge, detail) in [
            (None, r#"Bearer realm="archive""#, "shows no token"),
            (
                Some(&*wrong),
                r#"Bearer realm="archive", error="invalid_token""#,
                "none of those",
            ),
            (
                Some("Basic dTpw"),
                r#"Bearer realm="archive""#,
                "shows no token",
            ),
        ] {
            let headers: Vec<_> = authorization
                .iter()
                .map(|value| ("Authorization", *value))
                .collect();
            let answer = ask(&grepper, path, &headers);
            assert_eq!(answer.status, 401, "{path}: {}", answer.body);
            assert_eq!(answer.header("www-authenticate"), Some(challenge), "{path}");
            assert_eq!(answer.header("cache-control"), Some("no-store"), "{path}");
            let told = answer.json();
            assert!(
                told["detail"]
                    .as_str()
                    .is_some_and(|told| told.contains(detail)),
                "{path}: {told}"
            );
            let (form, name, word) = match is_problem(path) {
                true => (
                    "application/problem+json",
                    "type",
                    "urn:grepper:unauthorized",
                ),
                false => ("application/json", "error", "unauthorized"),
            };
            assert_eq!(answer.header("content-type"), Some(form), "{path}");
            assert_eq!(told[name], word, "{path}");
            let page = ask(
                &grepper,
                path,
                &[&headers[..], &[("Accept", "text/html")]].concat(),
            );
            assert_eq!(page.status, 401, "{path}");
            if !path.contains("callback") {
                assert!(
                    page.body.contains("<h1>Not admitted</h1>"),
                    "{path}: {}",
                    page.body
                );
            }
        }
        let admitted = ask(&grepper, path, &[("Authorization", &right)]);
        assert_ne!(admitted.status, 401, "{path}");
    }
    for (path, status) in [
        ("/healthz/live", 200),
        ("/healthz/ready", 200),
        ("/healthz/none", 404),
        ("/static/css/main.css", 200),
    ] {
        assert_eq!(grepper.get(path).status, status, "{path}");
    }
    let url = format!("{}/raw", grepper.authority);
    let asked = [
        ("Origin", "https://a.example.org"),
        ("Access-Control-Request-Method", "GET"),
        ("Access-Control-Request-Headers", "authorization"),
    ];
    let preflight = request("OPTIONS", &url, &asked);
    assert_eq!(preflight.status, 200);
    assert_eq!(
        preflight.header("access-control-allow-headers"),
        Some("authorization")
    );
    for method in ["HEAD", "POST", "BREW"] {
        assert_eq!(request(method, &url, &[]).status, 401, "{method}");
    }
    let kept = ask(
        &grepper,
        "/raw?rows_per_page=1",
        &[("Authorization", &right)],
    );
    assert_eq!(kept.header("cache-control"), Some("private"));
    let vary = kept.header("vary").expect("a header");
    for name in ["Accept", "Authorization", "Origin"] {
        assert!(vary.split(", ").any(|told| told == name), "{name}: {vary}");
    }
}

#[test]
fn a_proxy_that_is_trusted_admits_by_its_header() {
    let url = &own_database::get().url;
    let topic = format!("--hidden-topics={}", own_database::PUSH);
    let header = [
        "--trusted-header=X-Groups",
        "--trusted-values=staff,auditors",
        &topic,
    ];
    let near = Grepper::start(
        url,
        &[&header[..], &["--trusted-proxies=127.0.0.0/8"]].concat(),
    );
    let far = Grepper::start(
        url,
        &[&header[..], &["--trusted-proxies=192.0.2.1"]].concat(),
    );
    let entries = &own_database::get().entries;
    let all = entries.len();
    let shown = entries
        .iter()
        .filter(|entry| entry.topic != own_database::PUSH)
        .count();
    assert!(shown < all);
    let total = |grepper: &Grepper, path: &str, headers: &[(&str, &str)]| {
        let answer = ask(grepper, path, headers);
        assert_eq!(answer.status, 200, "{}", answer.body);
        let json = answer.body.trim_start_matches("f(").trim_end_matches(");");
        let json: serde_json::Value = serde_json::from_str(json).expect("JSON");
        json["total"].as_u64().map(|total| total as usize)
    };
    let one = "/raw?rows_per_page=1";
    for (value, expected) in [
        ("staff", all),
        ("people, auditors", all),
        ("people", shown),
        ("", shown),
    ] {
        assert_eq!(
            total(&near, one, &[("X-Groups", value)]),
            Some(expected),
            "{value}"
        );
        assert_eq!(
            total(&far, one, &[("X-Groups", value)]),
            Some(shown),
            "{value}"
        );
    }
    let twice = [("X-Groups", "staff"), ("X-Groups", "staff")];
    assert_eq!(
        total(&near, one, &twice),
        Some(shown),
        "one may be the client's"
    );
    // Any page could have the browser of somebody known ask for a script.
    let script = "/raw?rows_per_page=1&callback=f";
    assert_eq!(total(&near, script, &[("X-Groups", "staff")]), Some(shown));
    // So could a script of it that reads what it asks for.
    for (value, allowed) in [("staff", None), ("people", Some("https://a.example.com"))] {
        let origin = ("Origin", "https://a.example.com");
        let answer = ask(&near, one, &[("X-Groups", value), origin]);
        assert_eq!(answer.status, 200);
        let told = answer.header("access-control-allow-origin");
        assert_eq!(told, allowed, "{value}");
        assert_eq!(answer.header("cache-control"), Some("no-store"));
    }
    let answer = ask(&near, one, &[("X-Groups", "staff")]);
    assert_eq!(answer.header("cache-control"), Some("private"));
    assert!(
        answer
            .header("vary")
            .expect("a header")
            .contains("x-groups")
    );
    let answer = ask(&near, one, &[("X-Groups", "people")]);
    assert_eq!(answer.header("cache-control"), None);
    let vary = answer.header("vary").expect("a header");
    assert!(
        vary.contains("x-groups"),
        "others see another answer: {vary}"
    );
    // What a client says of where it comes from is nothing to it.
    let pretends = [
        ("X-Groups", "staff"),
        ("X-Forwarded-For", "192.0.2.1"),
        ("Forwarded", "for=192.0.2.1"),
    ];
    assert_eq!(total(&far, one, &pretends), Some(shown));
    // It takes no tokens, so that one is nothing to it.
    let token = bearer(TOKEN);
    assert_eq!(total(&near, one, &[("Authorization", &token)]), Some(shown));
}

#[test]
fn tokens_are_changed_while_grepper_runs() {
    let directory = tempfile::tempdir().expect("a directory");
    let file = directory.path().join("tokens");
    let write = |text: &str| std::fs::write(&file, text).expect("written");
    write(&format!("# of the auditors\n{TOKEN}\n"));
    let path = file.to_str().expect("a text");
    let private = ["--private=true"];
    let grepper = Grepper::start_with(
        &own_database::get().url,
        &private,
        &[("GREPPER_TOKENS_FILE", path)],
    );
    let status = |token: &str| {
        ask(
            &grepper,
            "/raw?rows_per_page=1",
            &[("Authorization", &bearer(token))],
        )
        .status
    };
    assert_eq!((status(TOKEN), status(NEXT)), (200, 401));
    let signal = || {
        let pid = grepper.process.pid().expect("it runs").to_string();
        let told = Command::new("kill").args(["-HUP", &pid]).status();
        assert!(told.expect("kill").success());
    };
    let patience = Duration::from_secs(20);
    write(&format!("{TOKEN}\n{NEXT}\n"));
    signal();
    eventually("both admit", patience, || status(NEXT) == 200);
    assert_eq!(status(TOKEN), 200);
    write(NEXT);
    signal();
    eventually("the old one is gone", patience, || status(TOKEN) == 401);
    write("hunter2");
    signal();
    let log = || grepper.process.log().expect("a log");
    eventually("it is told", patience, || {
        log().contains("tokens not read again")
    });
    assert_eq!(status(NEXT), 200, "those before stay");
    let log = log();
    for secret in [TOKEN, NEXT, "hunter2"] {
        assert!(!log.contains(secret), "{log}");
    }
    assert!(log.contains("token 1 must have 16"), "{log}");
}

#[test]
fn whoever_tries_many_tokens_is_held_to_the_limit_of_clients() {
    let limit = [
        "--private=true",
        "--rate-limit=3/h",
        "--client-header=X-Real-IP",
    ];
    let grepper = Grepper::start_with(
        &own_database::get().url,
        &limit,
        &[("GREPPER_TOKENS", TOKEN)],
    );
    let status = |token: &str, client: &str| {
        ask(
            &grepper,
            "/raw",
            &[("Authorization", &bearer(token)), ("X-Real-IP", client)],
        )
        .status
    };
    for _ in 0..3 {
        assert_eq!(status(NEXT, "192.0.2.1"), 401);
    }
    assert_eq!(
        (status(NEXT, "192.0.2.1"), status(TOKEN, "192.0.2.1")),
        (429, 429)
    );
    assert_eq!(status(TOKEN, "192.0.2.2"), 200);
}

#[test]
fn limits_and_numbers_are_those_of_all_clients_together() {
    let topic = format!("--hidden-topics={}", own_database::PUSH);
    let limit = [
        &topic,
        "--rate-limit=3/h",
        "--client-header=X-Real-IP",
        "--monitoring=127.0.0.1:0",
    ];
    let url = &own_database::get().url;
    let grepper = Grepper::start_with(url, &limit, &[("GREPPER_TOKENS", TOKEN)]);
    let token = bearer(TOKEN);
    let (public, admitted) = (("X-Real-IP", "192.0.2.1"), ("Authorization", &*token));
    let status = |headers: &[_]| ask(&grepper, "/raw?rows_per_page=1", headers).status;
    assert_eq!(status(&[public]), 200);
    assert_eq!(status(&[public, admitted]), 200);
    assert_eq!(status(&[public]), 200);
    assert_eq!((status(&[public, admitted]), status(&[public])), (429, 429));

    let wait = |others: &str| {
        let mut stream =
            TcpStream::connect(grepper.authority.trim_start_matches("http://")).expect("connected");
        write!(
            stream,
            "GET /v2/id?id=none&wait=120 HTTP/1.1\r\nHost: h\r\n{others}\r\n"
        )
        .expect("sent");
        stream
    };
    let _waiting = [
        wait("X-Real-IP: 192.0.2.2\r\n"),
        wait(&format!(
            "X-Real-IP: 192.0.2.3\r\nAuthorization: {token}\r\n"
        )),
    ];
    let metrics = format!("{}/metrics", watched_at(&grepper.process));
    eventually("both are counted", Duration::from_secs(20), || {
        get(&metrics).body.contains("\ngrepper_waiters 2\n")
    });
}
