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
        "--database-url=postgresql://127.0.0.1:1/nowhere",
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
    let headers: String = headers
        .iter()
        .map(|(name, value)| format!("{name}: {value}\r\n"))
        .collect();
    send(
        port,
        &format!(
            "{method} {path} HTTP/1.1\r\nHost: h:{port}\r\n{headers}Connection: close\r\n\r\n"
        ),
    )
}

/// Sends the request as it is; answers the response, of which only the head need be text.
fn send(port: u16, request: &str) -> String {
    let mut stream = TcpStream::connect(("127.0.0.1", port)).expect("connected");
    stream.write_all(request.as_bytes()).expect("sent");
    let mut answer = Vec::new();
    stream.read_to_end(&mut answer).expect("read");
    String::from_utf8_lossy(&answer).into_owned()
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

/// What a browser says when somebody opens a page.
const NAVIGATION: [(&str, &str); 2] = [
    ("Accept", "text/html,application/xhtml+xml,*/*;q=0.8"),
    ("Sec-Fetch-Mode", "navigate"),
];

#[test]
fn whoever_opens_a_page_is_refused_by_one() {
    let port = start(&["--base-path=/d"]);
    for (path, expected, texts) in [
        (
            "/d/raw?user=a%3Cb&page=0",
            400,
            &[
                "<h1>This cannot be asked</h1>",
                "<dt>Field</dt><dd><code>page</code></dd>",
                "<dt>Given</dt><dd><code>0</code></dd>",
                "<dt>Allowed</dt><dd>an integer of at least 1</dd>",
                "name=\"user\" value=\"a&#60;b\"",
                "href=\"/d/raw?user=a%3Cb\" rel=\"nofollow\">Show the first page</a>",
            ][..],
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

#[test]
fn charts_and_widgets_are_made_by_forms() {
    let port = start(&["--base-path=/d", "--base-url=https://h/d"]);
    for (path, texts) in [
        (
            "/d/charts/?user=a%3Cb&kind=dot",
            &[
                "name=\"user\" value=\"a&#60;b\" id=\"in-user\"",
                "value=\"dot\" checked",
                "src=\"/d/charts/dot?title=a%3Cb&#38;user=a%3Cb&#38;delta=2592000&#38;align=day&#38;height=400&#38;style=auto\" alt=\"a&#60;b\" width=\"800\" height=\"400\"",
                "href=\"/d/raw?user=a%3Cb&#38;delta=2592000\"",
                "alt=&#34;a&#38;lt;b&#34; width=&#34;800&#34;",
                "[![a&#60;b](https://h/d/charts/dot?",
                "<option value=\"auto\" selected>",
                "<option value=\"day\" selected>",
                "#horizontalstackedbar\"",
            ][..],
        ),
        (
            "/d/charts/?N=7&style=neon&width=400&height=50",
            &[
                "&#38;N=7&#38;",
                "width=\"400\" height=\"50\"",
                "<option value=\"7\" selected>",
                "<option value=\"neon\" selected>",
                "<details open><summary>Look",
            ],
        ),
        (
            "/d/widget/?user=%22x&icons=true&empty=none",
            &[
                "src=&#34;https://h/d/widget.js?css=true&#34;\n        data-user=&#34;&#38;quot;x&#34;\n        data-rows_per_page=&#34;10&#34;\n        data-empty=&#34;none&#34;\n        data-icons=&#34;true&#34;",
                "<script src=\"/d/widget.js?css=true\"\n        data-user=\"&quot;x\"\n        data-rows_per_page=\"10\"\n        data-empty=\"none\"></script>",
            ],
        ),
        ("/d/widget/?css=false", &["<script src=\"/d/widget.js\"\n"]),
    ] {
        let answer = ask(port, "GET", path, &[]);
        assert_eq!(status(&answer), 200, "{path}: {answer}");
        for text in texts {
            assert!(answer.contains(text), "{path}: {text} in {answer}");
        }
    }
    for (path, location) in [
        (
            "/d/charts/?kind=bar&user=+a+&user=&delta=2592000&align=day&style=auto",
            "https://h/d/charts/?kind=bar&user=a",
        ),
        (
            "/d/charts/?align=week&N=3",
            "https://h/d/charts/?align=week",
        ),
        (
            "/d/widget/?rows_per_page=10&order=desc&user=+a",
            "https://h/d/widget/?user=a",
        ),
    ] {
        let answer = ask(port, "GET", path, &[]);
        let leads_to = header(&answer, "location");
        assert_eq!((status(&answer), leads_to), (303, Some(location)));
    }
    for (path, name, allowed) in [
        ("/d/charts/?N=99&user=x", "align", "an integer from 3 to 15"),
        (
            "/d/charts/?start=soon&user=x",
            "start",
            "seconds since 1970",
        ),
        ("/d/charts/?style=loud&user=x", "style", "one of auto, blue"),
        ("/d/charts/?kind=cake&user=x", "kind", "one of line,"),
        (
            "/d/widget/?rows_per_page=x&user=x",
            "rows_per_page",
            "an integer from 1 to 100",
        ),
    ] {
        let answer = ask(port, "GET", path, &[]);
        assert_eq!(status(&answer), 400, "{path}");
        let place = format!("href=\"#in-{name}\"");
        let field = format!("id=\"in-{name}\"");
        for text in [
            place.as_str(),
            &field,
            allowed,
            "value=\"x\"",
            "id=\"fault\"",
        ] {
            assert!(answer.contains(text), "{path}: {text} in {answer}");
        }
        assert!(!answer.contains("<img"), "{path}");
    }
}
