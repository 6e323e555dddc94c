//! How requests are refused: for programs, for people, and as a picture.

use crate::{NAVIGATION, ask, header, start, status};

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
            !answer.contains("127.0.0.1") && !answer.contains("nowhere"),
            "{answer}"
        );
    }
}

#[test]
fn whoever_opens_a_page_is_refused_by_one() {
    let port = start(&["--base-path=/d"]);
    for (path, expected, texts) in [
        (
            "/d/raw?user=a%3Cb&page=0",
            400,
            &[
                "<h1>This cannot be asked</h1>",
                "<p>page must be an integer of at least 1.</p>",
                "Given: <code>0</code>",
                "name=\"user\" value=\"a&#60;b\"",
                "href=\"/d/raw?user=a%3Cb\" rel=\"nofollow\">Show the first page</a>",
            ][..],
        ),
        (
            "/d/raw?user=a%00b&package=c",
            400,
            &[
                "<p>user must be free of NUL characters.</p>",
                "name=\"user\" value=\"ab\"",
                "href=\"/d/raw?package=c\" rel=\"nofollow\">Ask without user</a>",
            ],
        ),
        (
            "/d/v2/search/?contains=x",
            400,
            &[
                "name=\"category\" value=\"\" autocomplete=\"off\" spellcheck=\"false\" class=\"wrong\" aria-invalid=\"true\"",
            ],
        ),
        (
            "/d/v2/search?start=soon",
            400,
            &[
                "<input type=\"hidden\" name=\"to\" value=\"/v2/search\">",
                "value=\"soon\" autocomplete=\"off\" spellcheck=\"false\" class=\"wrong\"",
                "href=\"/d/v2/search\" rel=\"nofollow\">Search without start</a>",
            ],
        ),
        ("/d/charts/cake", 404, &["<h1>There is no such thing</h1>"]),
        (
            "/d/nope/",
            404,
            &["<h1>There is no such page</h1>", "action=\"/d/find\""],
        ),
        ("/elsewhere", 404, &["<h1>There is no such page</h1>"]),
        (
            "/d/static/none.css",
            404,
            &["<h1>There is no such page</h1>"],
        ),
        (
            "/d/raw",
            503,
            &["<h1>Archive not available</h1>", "asks again by itself"],
        ),
    ] {
        let answer = ask(port, "GET", path, &NAVIGATION);
        assert_eq!(status(&answer), expected, "{path}: {answer}");
        assert_eq!(
            header(&answer, "content-type"),
            Some("text/html; charset=utf-8")
        );
        assert_eq!(header(&answer, "cache-control"), Some("no-store"), "{path}");
        let retries = header(&answer, "refresh").is_some();
        assert_eq!(retries, expected == 503, "{path}");
        for text in texts.iter().chain(&["<main id=\"main\"", "noindex"]) {
            assert!(answer.contains(text), "{path}: {text} in {answer}");
        }
        // Others get what they know.
        for headers in [
            &NAVIGATION[..1],
            &NAVIGATION[1..],
            &[("Sec-Fetch-Mode", "no-cors"), NAVIGATION[0]],
        ] {
            let known = ask(port, "GET", path, headers);
            assert_eq!(status(&known), expected, "{path}");
            assert!(!known.contains("<main"), "{path}: {known}");
        }
    }
    let post = ask(port, "POST", "/d/raw", &NAVIGATION);
    assert_eq!(
        (status(&post), header(&post, "allow")),
        (405, Some("GET, HEAD, OPTIONS"))
    );
    assert!(post.contains("<h1>Method not allowed</h1>"), "{post}");
}

#[test]
fn who_loads_a_chart_as_a_picture_is_refused_by_one() {
    let port = start(&["--base-path=/d"]);
    let loads = [("Sec-Fetch-Dest", "image"), ("Sec-Fetch-Mode", "no-cors")];
    for (path, expected, texts) in [
        (
            "/d/charts/bar?N=99",
            400,
            &["N must be an integer from 3 to 15.", "Given: 99"][..],
        ),
        ("/d/charts/bar?N=%3C%26%3E", 400, &["Given: &lt;&amp;&gt;"]),
        ("/d/charts/cake", 404, &["type must be one of line,"]),
        ("/d/charts/bar", 503, &["There is no chart at the moment"]),
    ] {
        let answer = ask(port, "GET", path, &loads);
        assert_eq!(status(&answer), expected, "{path}: {answer}");
        let kind = header(&answer, "content-type");
        assert_eq!(kind, Some("image/svg+xml; charset=utf-8"), "{path}");
        assert_eq!(header(&answer, "cache-control"), Some("no-store"), "{path}");
        let policy = header(&answer, "content-security-policy").unwrap_or_default();
        assert!(policy.contains("style-src 'sha256-"), "{path}: {policy}");
        for text in texts
            .iter()
            .chain(&["<svg", "</svg>", "prefers-color-scheme"])
        {
            assert!(answer.contains(text), "{path}: {text} in {answer}");
        }
        let known = ask(port, "GET", path, &[]);
        let kind = header(&known, "content-type");
        assert_eq!((status(&known), kind), (expected, Some("application/json")));
    }
}
