//! Which paths there are, and where links, redirects and forms lead.

use crate::{NAVIGATION, ask, header, send, start, status};

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
}

/// `ask`, with just these headers and in HTTP/1.0, where none is required.
fn ask_bare(port: u16, path: &str, headers: &[(&str, &str)]) -> String {
    let headers: String = headers
        .iter()
        .map(|(name, value)| format!("{name}: {value}\r\n"))
        .collect();
    send(port, &format!("GET {path} HTTP/1.0\r\n{headers}\r\n"))
}

#[test]
fn redirects_name_no_host_unless_it_is_a_setting() {
    let hosts = [
        ("X-Forwarded-Proto", "https"),
        ("X-Forwarded-Host", "evil.example"),
        ("Forwarded", "host=evil.example;proto=https"),
    ];
    let redirect = |arguments: &[&str], path: &str| {
        let port = start(arguments);
        let answer = ask(port, "GET", path, &hosts);
        assert_eq!(status(&answer), 308, "{path}");
        let header = |name| header(&answer, name).map(str::to_owned);
        (header("location"), header("cache-control"))
    };
    let no_store = Some("no-store".to_owned());
    for (arguments, path, location) in [
        (&[][..], "/reference?x=1", "/reference/?x=1"),
        (&[], "/v2//search", "/v2/search"),
        (&[], "//evil.example", "/evil.example/"),
        (&[], "/\\evil.example", "/%5Cevil.example/"),
        (&[], "/\\evil.example//", "/%5Cevil.example/"),
        (&["--base-path=/d"], "/d", "/d/"),
        (&["--base-path=/d"], "/d/reference?x=1", "/d/reference/?x=1"),
    ] {
        let expected = (Some(location.to_owned()), no_store.clone());
        assert_eq!(redirect(arguments, path), expected, "{path}");
    }
    let fixed = ["--base-path=/d", "--base-url=https://apps.example.org/d"];
    let location = "https://apps.example.org/d/reference/".to_owned();
    assert_eq!(redirect(&fixed, "/d/reference"), (Some(location), None));
}

#[test]
fn links_follow_the_proxy_and_the_host_and_nothing_else() {
    let port = start(&["--base-path=/d"]);
    let own = format!("http://127.0.0.1:{port}/d");
    for (headers, root) in [
        (&[("Host", "a.example:81")][..], "http://a.example:81/d"),
        (&[("Host", "[::1]:81")], "http://[::1]:81/d"),
        (
            &[("Host", "a.example"), ("X-Forwarded-Proto", "https")],
            "https://a.example/d",
        ),
        (
            &[("Host", "a.example"), ("X-Forwarded-Proto", "HTTPS, http")],
            "https://a.example/d",
        ),
        (
            &[("Host", "a.example"), ("X-Forwarded-Proto", "javascript")],
            "http://a.example/d",
        ),
        (
            &[
                ("Host", "a.example"),
                ("X-Forwarded-Host", "b.example, c.example"),
            ],
            "http://b.example/d",
        ),
        (
            &[("Host", "a.example"), ("X-Forwarded-Host", "")],
            "http://a.example/d",
        ),
        (
            &[("Host", "a.example"), ("X-Forwarded-Host", "b\"onload=")],
            "http://a.example/d",
        ),
        (
            &[
                ("Host", "a.example"),
                ("Forwarded", "host=evil.example;proto=https"),
            ],
            "http://a.example/d",
        ),
        (
            &[
                ("Host", "a.example"),
                ("X-Forwarded-Host", "b.example"),
                ("Forwarded", "host=evil.example"),
            ],
            "http://b.example/d",
        ),
        (&[("Host", "")], &own),
        (&[("Host", ":80")], &own),
        (&[], &own),
    ] {
        for path in ["/d/", "/d/index/", "/d/widget.js"] {
            let answer = ask_bare(port, path, headers);
            assert_eq!(status(&answer), 200, "{path} {headers:?}: {answer}");
            assert!(answer.contains(root), "{path} {headers:?}: {answer}");
            assert!(!answer.contains("evil"), "{path} {headers:?}");
            assert_eq!(header(&answer, "cache-control"), Some("no-store"), "{path}");
        }
    }
}

#[test]
fn forms_lead_to_clean_addresses() {
    let port = start(&["--base-path=/d"]);
    for (query, location) in [
        (
            "to=/raw&user=+adamk+&package=&order=desc&size=large",
            "/d/raw?user=adamk",
        ),
        (
            "to=/v2/search&user=a&field=package&op=not&value=+gtk%2B",
            "/d/v2/search?user=a&not_package=gtk%2B",
        ),
        ("to=/raw", "/d/raw"),
    ] {
        let answer = ask(port, "GET", &format!("/d/find?{query}"), &NAVIGATION);
        assert_eq!(
            (status(&answer), header(&answer, "location")),
            (303, Some(location))
        );
    }
    for elsewhere in [
        "https://evil.org",
        "//evil.org/",
        "/raw%0d%0ax:y",
        "/find",
        "",
    ] {
        let answer = ask(port, "GET", &format!("/d/find?to={elsewhere}"), &[]);
        assert_eq!((status(&answer), header(&answer, "location")), (400, None));
    }
}

#[test]
fn search_engines_and_browsers_are_told_where_to_look() {
    let port = start(&["--base-path=/d"]);
    let robots = ask(port, "GET", "/d/robots.txt", &[]);
    assert_eq!(
        header(&robots, "content-type"),
        Some("text/plain; charset=utf-8")
    );
    assert!(robots.contains("Disallow: /d/*page=\n"), "{robots}");
    let description = ask(port, "GET", "/d/opensearch.xml", &[]);
    let kind = header(&description, "content-type");
    assert_eq!(kind, Some("application/opensearchdescription+xml"));
    let (_, xml) = description.split_once("\r\n\r\n").expect("a body");
    let xml = roxmltree::Document::parse(xml).expect("well-formed");
    let urls: Vec<_> = xml
        .descendants()
        .filter_map(|node| node.attribute("template"))
        .collect();
    assert_eq!(urls, [format!("http://h:{port}/d/find?q={{searchTerms}}")]);
    for (path, expected) in [
        ("/d/raw?user=a", Some("noindex")),
        ("/d/raw", None),
        ("/d/", None),
    ] {
        let answer = ask(port, "GET", path, &[]);
        assert_eq!(header(&answer, "x-robots-tag"), expected, "{path}");
    }
}
