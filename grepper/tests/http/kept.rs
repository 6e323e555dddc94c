//! What may be kept, for how long, and by whom.

use crate::{ask, header, send, start, status};

#[test]
fn what_names_a_fixed_address_may_be_kept() {
    let port = start(&["--base-url=https://apps.example.org"]);
    for path in ["/", "/index/", "/widget.js"] {
        let answer = ask(port, "GET", path, &[("X-Forwarded-Host", "evil.example")]);
        assert_eq!(header(&answer, "cache-control"), None, "{path}");
        assert!(answer.contains("https://apps.example.org"), "{path}");
        assert!(!answer.contains("evil"), "{path}");
    }
}

#[test]
fn answers_that_may_be_kept_say_that_encodings_differ() {
    let port = start(&["--base-url=https://apps.example.org"]);
    let encoding = |path: &str, encodings: &str| {
        let answer = send(
            port,
            &format!(
                "GET {path} HTTP/1.1\r\nHost: h\r\nAccept-Encoding: {encodings}\r\nConnection: close\r\n\r\n"
            ),
        );
        let vary: Vec<_> = answer
            .lines()
            .filter(|line| line.to_ascii_lowercase().starts_with("vary: "))
            .filter(|line| line.to_ascii_lowercase().contains("accept-encoding"))
            .collect();
        let encoding = header(&answer, "content-encoding").map(str::to_owned);
        (status(&answer), encoding, vary.len())
    };
    for path in [
        "/index/",
        "/widget.js",
        "/static/css/main.css",
        "/static/favicon.svg",
    ] {
        let gzip = || Some("gzip".to_owned());
        for (encodings, expected) in [
            ("gzip", gzip()),
            ("gzip, *;q=0", gzip()),
            ("identity", None),
            ("br", None),
            ("nonsense;;q=x", None),
            ("", None),
            // Nothing is left to those, but clients are answered as before there were encodings.
            ("*;q=0", None),
            ("identity;q=0", None),
            ("br, *;q=0", None),
        ] {
            assert_eq!(
                encoding(path, encodings),
                (200, expected, 1),
                "{path} {encodings}"
            );
        }
    }
    assert_eq!(encoding("/static/favicon.png", "gzip"), (200, None, 0));
    assert_eq!(encoding("/nope/", "identity").2, 0, "no cache keeps it");
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
fn files_whose_paths_name_the_content_are_kept() {
    let port = start(&["--base-path=/d"]);
    let page = ask(port, "GET", "/d/index/", &[]);
    let sheet = page.split('"').find(|text| text.ends_with("/main.css"));
    let sheet = sheet.expect("a style sheet");
    let kept = |path: &str| {
        let answer = ask(port, "GET", path, &[]);
        assert_eq!(status(&answer), 200, "{path}");
        header(&answer, "cache-control").map(str::to_owned)
    };
    let for_a_year = Some("public, max-age=31536000, immutable".to_owned());
    assert_eq!(kept(sheet), for_a_year, "{sheet}");
    assert_eq!(kept(&sheet.replace("css/main.css", "zone.js")), for_a_year);
    for changing in ["/d/static/css/main.css", "/d/static/h/0123/css/main.css"] {
        assert_eq!(kept(changing).as_deref(), Some("no-cache"), "{changing}");
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
