//! Messages that are large, and pages of them.

use std::io::Read as _;
use std::time::Duration;

use serde_json::Value;

use crate::support::http::{as_sent, request};
use crate::support::memory::peak;
use crate::support::programs::{Grepper, migrate};

/// A database with `number` messages of about so many bytes, among small ones.
fn database(number: u32, bytes: u32) -> devstack::Database {
    let postgres = devstack::shared_postgres().expect("a PostgreSQL server");
    let own = postgres.fresh_database().expect("a database");
    migrate(&own.url);
    let insert = |id: &str, number: u32, parts: u32| {
        format!(
            "INSERT INTO messages (msg_id, i, topic, \"timestamp\", category, msg, headers)
             SELECT '{id}' || n, 0, 'org.example.t', timestamp '2024-05-01' + n * interval '1 minute',
                    'many', json_build_object('n', n, 'text', repeat(md5(n::text), {parts})), '{{}}'
             FROM generate_series(1, {number}) AS n;"
        )
    };
    let sql = insert("large", number, bytes / 32) + &insert("small", number, 1);
    postgres.run_sql(&own.name, &sql).expect("messages");
    own
}

fn ids(page: &Value) -> Vec<&str> {
    let messages = page["raw_messages"].as_array().expect("messages");
    let ids = messages.iter().map(|message| message["msg_id"].as_str());
    ids.map(|id| id.expect("an id")).collect()
}

#[test]
fn large_messages_are_answered_like_others() {
    let own = database(3, 200_000);
    let grepper = Grepper::start(&own.url, &[]);
    let page = grepper.get("/raw?order=asc&meta=text&rows_per_page=5");
    assert_eq!(
        page.header("content-length"),
        None,
        "it is sent while it is made"
    );
    let page = page.json();
    assert_eq!(
        ids(&page),
        ["large1", "small1", "large2", "small2", "large3"]
    );
    for (name, expected) in [("total", 6), ("pages", 2), ("count", 5)] {
        assert_eq!(page[name], expected, "{name}");
    }
    assert_eq!(page["arguments"]["rows_per_page"], 5);
    let large = &page["raw_messages"][2];
    let body = large["msg"]["text"].as_str().expect("a text");
    assert_eq!((body.len(), &large["msg"]["n"]), (200_000, &2.into()));
    assert!(
        large["meta"]["text"]
            .as_str()
            .is_some_and(|text| text.contains(body))
    );
    // Once more: what is remembered of pages has the small ones only.
    assert_eq!(
        grepper
            .get("/raw?order=asc&meta=text&rows_per_page=5")
            .json(),
        page
    );

    let one = grepper.get("/id?id=large2&meta=text").json();
    assert_eq!(&one, large);
    let on_bus = grepper.get("/v2/search?order=asc&rows_per_page=1").json();
    assert_eq!(on_bus["raw_messages"][0]["body"]["n"], 1);

    let called = grepper
        .get("/raw?order=asc&rows_per_page=1&callback=f")
        .body;
    let json = called
        .strip_prefix("f(")
        .and_then(|rest| rest.strip_suffix(");"));
    let called: Value = serde_json::from_str(json.expect("a call")).expect("JSON");
    assert_eq!(ids(&called), ["large1"]);

    let path = "/raw?rows_per_page=6";
    let url = format!("{}{path}", grepper.authority);
    let (head, body) = as_sent(&grepper.authority, path, &[("Connection", "keep-alive")]);
    assert!(!head.contains("chunked"), "{head}");
    let body: Value = serde_json::from_slice(&body).expect("JSON");
    assert_eq!(ids(&body).len(), 6);

    let head = request("HEAD", &url, &[]);
    assert_eq!((head.status, head.body.as_str()), (200, ""));
    let (head, body) = as_sent(&grepper.authority, path, &[("Accept-Encoding", "gzip")]);
    assert!(head.contains("content-encoding: gzip\r\n"), "{head}");
    assert!(body.len() < 200_000);
    let html = request("GET", &url, &[("Accept", "text/html")]);
    assert_eq!(html.status, 200);
    assert!(html.body.len() < 100_000 && html.body.contains("large3"));
    let html = request(
        "GET",
        &(url + "&size=extra-large"),
        &[("Accept", "text/html")],
    );
    assert_eq!(html.status, 200);
    assert!(html.body.len() < 200_000, "their own pages show them");
}

/// Asks for a page of large messages, and answers how long it was and how it ended.
fn read_all(grepper: &Grepper, path: &str) -> (u64, String) {
    let agent: ureq::Agent = ureq::Agent::config_builder()
        .timeout_global(Some(Duration::from_secs(300)))
        .build()
        .into();
    let answer = agent.get(format!("{}{path}", grepper.authority)).call();
    let mut body = answer.expect("an answer").into_body().into_reader();
    let mut piece = vec![0; 1 << 16];
    let (mut length, mut end) = (0, Vec::new());
    loop {
        let read = body.read(&mut piece).expect("all of it");
        if read == 0 {
            return (length, String::from_utf8(end).expect("ASCII"));
        }
        length += read as u64;
        end.extend_from_slice(&piece[..read]);
        end.drain(..end.len().saturating_sub(1000));
    }
}

#[test]
fn pages_of_any_size_take_little_memory() {
    const NUMBER: u32 = 20;
    const BYTES: u32 = 5_000_000;
    let own = database(NUMBER, BYTES);
    let grepper = Grepper::start(&own.url, &[]);
    let path = "/raw?rows_per_page=40";
    std::thread::scope(|scope| {
        let paths = [path, path, "/raw?rows_per_page=40&meta=text"];
        let pages = paths.map(|path| scope.spawn(|| read_all(&grepper, path)));
        for page in pages {
            let (length, end) = page.join().expect("a page");
            assert!(length > u64::from(NUMBER * BYTES), "{length} bytes");
            assert!(end.contains(r#"], "total": 40, "pages": 1, "count": 40, "arguments""#));
        }
    });
    let peak = peak(&grepper.process);
    assert!(peak < 300 << 20, "{} MB", peak >> 20);
}
