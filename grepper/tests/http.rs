//! What can be answered without a database: paths, methods, cross-origin rules, refusals.

use std::io::{Read, Write};
use std::net::TcpStream;

use clap::Parser;
use grepper::app::Application;
use grepper::config::Config;
use grepper::config::settings::CommandLine;

/// Starts a server whose database is away, for as long as the test program runs.
fn start(arguments: &[&str]) -> u16 {
    let fixed = [
        "grepper",
        "--listen=127.0.0.1:0",
        "--database-url=postgresql://127.0.0.1:1/none",
        "--checkout-timeout-ms=100",
        "--workers=1",
    ];
    let arguments: Vec<String> = fixed
        .iter()
        .chain(arguments)
        .map(|&text| text.to_owned())
        .collect();
    let (sender, receiver) = std::sync::mpsc::channel();
    std::thread::spawn(move || {
        actix_web::rt::System::new().block_on(async move {
            let config = Config::load(CommandLine::parse_from(arguments)).expect("settings");
            let application = Application::build(config).expect("a free port");
            sender.send(application.port).expect("the test waits");
            application.server.await.expect("served");
        });
    });
    receiver.recv().expect("a port")
}

/// Sends one request; answers the whole response with its header names in lower case.
fn ask(port: u16, method: &str, path: &str, headers: &[(&str, &str)]) -> String {
    let mut stream = TcpStream::connect(("127.0.0.1", port)).expect("connected");
    let headers: String = headers
        .iter()
        .map(|(name, value)| format!("{name}: {value}\r\n"))
        .collect();
    write!(
        stream,
        "{method} {path} HTTP/1.1\r\nHost: h:{port}\r\n{headers}Connection: close\r\n\r\n"
    )
    .expect("sent");
    let mut answer = String::new();
    stream.read_to_string(&mut answer).expect("a text");
    answer
}

fn status(answer: &str) -> u16 {
    answer
        .split(' ')
        .nth(1)
        .and_then(|status| status.parse().ok())
        .expect("a status")
}

fn header<'a>(answer: &'a str, name: &str) -> Option<&'a str> {
    let (head, _) = answer.split_once("\r\n\r\n").expect("a head");
    head.lines()
        .filter_map(|line| line.split_once(": "))
        .find(|(key, _)| *key == name)
        .map(|(_, value)| value)
}

#[test]
fn everything_lies_under_the_base_path() {
    let port = start(&["--base-path=/datagrepper"]);
    for (path, expected) in [
        ("/datagrepper/healthz/live", 200),
        ("/datagrepper//healthz/live", 200),
        ("//datagrepper/healthz/live", 200),
        ("/datagrepper/", 200),
        ("/datagrepper", 308),
        ("/datagrepper/reference", 308),
        ("/datagrepper/reference//", 308),
        ("/datagrepper/reference/", 200),
        ("/datagrepper/nope/", 404),
        ("/datagrepper/nope/nope", 404),
        ("/datagrepperhealthz/live", 404),
        ("/healthz/live", 404),
        ("/", 404),
    ] {
        assert_eq!(status(&ask(port, "GET", path, &[])), expected, "{path}");
    }
    let redirect = ask(
        port,
        "GET",
        "/datagrepper/reference?x=1",
        &[("X-Forwarded-Proto", "https")],
    );
    assert_eq!(
        header(&redirect, "location"),
        Some(&*format!("https://h:{port}/datagrepper/reference/?x=1"))
    );
}

#[test]
fn methods_are_get_head_and_options() {
    let port = start(&[]);
    for path in [
        "/raw",
        "/v2/id/",
        "/messagecount/",
        "/charts/line",
        "/widget.js",
        "/",
        "/static/css/main.css",
    ] {
        let options = ask(port, "OPTIONS", path, &[]);
        assert_eq!(
            (status(&options), header(&options, "allow")),
            (200, Some("GET, HEAD, OPTIONS")),
            "{path}"
        );
        let post = ask(port, "POST", path, &[]);
        assert_eq!(
            (status(&post), header(&post, "allow")),
            (405, Some("GET, HEAD, OPTIONS")),
            "{path}"
        );
    }
    let head = ask(port, "HEAD", "/widget.js", &[]);
    assert!(status(&head) == 200 && head.ends_with("\r\n\r\n"), "{head}");
}

#[test]
fn without_a_database_the_answer_is_503_and_tells_nothing() {
    let port = start(&[]);
    for path in [
        "/raw",
        "/v2/search/",
        "/id?id=x",
        "/messagecount",
        "/charts/bar",
        "/healthz/ready",
    ] {
        let answer = ask(port, "GET", path, &[]);
        assert_eq!(
            (status(&answer), header(&answer, "retry-after")),
            (503, Some("5")),
            "{path}"
        );
        assert!(
            !answer.contains("127.0.0.1") && !answer.contains("none"),
            "{answer}"
        );
    }
}

#[test]
fn origins_match_as_a_whole() {
    let port = start(&[
        r"--cors-domains=https://safe\.example",
        "--cors-headers=X-.*",
    ]);
    let allowed = |origin: &str| {
        let headers = [
            ("Origin", origin),
            ("Access-Control-Request-Method", "GET"),
            ("Access-Control-Request-Headers", "X-A, Cookie,X-B"),
        ];
        let answer = ask(port, "OPTIONS", "/raw", &headers);
        let named = header(&answer, "access-control-allow-origin").is_some();
        assert_eq!(header(&answer, "vary"), named.then_some("Origin"));
        ["origin", "methods", "headers"].map(|name| {
            header(&answer, &format!("access-control-allow-{name}"))
                .unwrap_or("-")
                .to_owned()
        })
    };
    assert_eq!(
        allowed("https://safe.example"),
        ["https://safe.example", "GET, OPTIONS", "X-A, X-B"]
    );
    for origin in [
        "https://safe.example.evil.com",
        "https://safeXexample",
        "http://https://safe.example",
        "null",
    ] {
        assert_eq!(allowed(origin), ["-", "-", "-"], "{origin}");
    }
}

#[test]
fn types_are_never_guessed_and_errors_never_kept() {
    let port = start(&[]);
    for path in [
        "/raw?page=x",
        "/raw?page=0",
        "/nope/",
        "/widget.js",
        "/static/css/main.css",
        "/reference",
        "/x/y",
    ] {
        let answer = ask(port, "GET", path, &[]);
        assert_eq!(
            header(&answer, "x-content-type-options"),
            Some("nosniff"),
            "{path}"
        );
        if status(&answer) >= 400 {
            assert_eq!(header(&answer, "cache-control"), Some("no-store"), "{path}");
        }
    }
}

#[test]
fn static_files_are_fetched_once() {
    let port = start(&[]);
    let first = ask(port, "GET", "/static/css/main.css", &[]);
    let tag = header(&first, "etag").expect("a tag");
    let again = ask(
        port,
        "GET",
        "/static/css/main.css",
        &[("If-None-Match", tag)],
    );
    assert_eq!(status(&again), 304);
    assert!(again.ends_with("\r\n\r\n"), "{again}");
}
