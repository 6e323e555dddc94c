//! What browsers are told that answers may do, and who may read them.

use crate::{ask, header, start, status};

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
fn browsers_are_told_what_answers_may_do() {
    let port = start(&[]);
    for (path, status_of, policy) in [
        ("/", 200, "script-src 'self'"),
        ("/reference", 308, "script-src 'self'"),
        ("/raw?page=0", 400, "script-src 'self'"),
        ("/nope/", 404, "default-src 'none'; frame-ancestors 'none'"),
        (
            "/widget.js",
            200,
            "default-src 'none'; frame-ancestors 'none'",
        ),
        ("/raw", 503, "default-src 'none'; frame-ancestors 'none'"),
        (
            "/static/favicon.svg",
            200,
            "default-src 'none'; style-src 'sha256-",
        ),
    ] {
        let answer = ask(port, "GET", path, &[]);
        assert_eq!(status(&answer), status_of, "{path}");
        let told = header(&answer, "content-security-policy").unwrap_or_default();
        assert!(told.contains(policy), "{path}: {told}");
        let is_page = policy.starts_with("script-src");
        let referrer = is_page.then_some("same-origin");
        assert_eq!(header(&answer, "referrer-policy"), referrer, "{path}");
        let permissions = header(&answer, "permissions-policy");
        let tells = permissions.is_some_and(|told| told.contains("camera=()"));
        assert_eq!(tells, is_page, "{path}");
    }
}
