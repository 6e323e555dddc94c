//! The request shapes of programs in the wild, each answered as a working client needs.

use serde_json::Value;

use crate::own_database::{self, COMMENT, Entry, MINUTES, OwnDatabase, PUSH, TAG};
use crate::support::http::{get, request};
use crate::support::programs::Grepper;

/// The service as production has it: under a prefix and with a default window.
fn server() -> (&'static OwnDatabase, &'static Grepper) {
    static SERVER: std::sync::OnceLock<Grepper> = std::sync::OnceLock::new();
    let database = own_database::get();
    let arguments = [
        "--base-path",
        "/datagrepper",
        "--default-query-delta",
        "86400",
    ];
    (
        database,
        SERVER.get_or_init(|| Grepper::start(&database.url, &arguments)),
    )
}

fn ask(path: &str) -> Value {
    let (_, server) = server();
    let answer = server.get(&format!("/datagrepper{path}"));
    assert_eq!(answer.status, 200, "{path}: {}", answer.body);
    assert_eq!(
        answer.header("content-type"),
        Some("application/json"),
        "{path}"
    );
    answer.json()
}

/// Asserts the total and that the first page is the newest (or oldest) part of what matches.
fn check(path: &str, matches: impl Fn(&Entry) -> bool) {
    let (database, _) = server();
    let answer = ask(path);
    let mut expected = database.ids(matches);
    if answer["arguments"]["order"] == "desc" {
        expected.reverse();
    }
    assert_eq!(answer["total"], expected.len(), "{path}");
    let rows = answer["arguments"]["rows_per_page"]
        .as_u64()
        .expect("a number") as usize;
    let page = answer["arguments"]["page"].as_u64().expect("a number") as usize;
    assert_eq!(answer["pages"], expected.len().div_ceil(rows), "{path}");
    let messages = answer["raw_messages"].as_array().expect("a list");
    assert_eq!(answer["count"], messages.len(), "{path}");
    let id = if path.contains("/v2/") {
        "id"
    } else {
        "msg_id"
    };
    let given: Vec<&str> = messages
        .iter()
        .map(|message| message[id].as_str().expect("an id"))
        .collect();
    let wanted: Vec<&str> = expected
        .iter()
        .map(String::as_str)
        .skip((page - 1) * rows)
        .take(rows)
        .collect();
    assert_eq!(given, wanted, "{path}");
}

const OLD: &str = "start=1718236800.0&end=1718409600.0";

fn old(entry: &Entry) -> bool {
    !recent(entry)
}

fn recent(entry: &Entry) -> bool {
    entry.time.and_utc().timestamp() > 1_720_000_000
}

#[test]
fn plain_searches() {
    for path in [
        "/raw",
        "/raw/",
        "//raw?order=desc",
        "/v2/search",
        "/v2/search/",
        "/raw?delta=86400",
        "/raw?delta=31104000",
    ] {
        check(path, recent);
    }
    check(
        "//raw?user=sross&user=ralph&order=asc&rows_per_page=100",
        |e| recent(e) && ["sross", "ralph"].contains(&e.user),
    );
    check(&format!("/v2/search?topic={PUSH}"), |e| {
        recent(e) && e.topic == PUSH
    });
    check("/raw?user=ralph", |e| recent(e) && e.user == "ralph");
    check("/raw?package=firefox", |e| {
        recent(e) && e.package == "firefox"
    });
    check("/raw?category=brew", |e| recent(e) && e.topic == TAG);
    check("/raw?category=irc", |_| false);
    check(&format!("/raw?topic={TAG}&delta=127800"), |e| {
        recent(e) && e.topic == TAG
    });
}

#[test]
fn lists_combinations_and_negations() {
    check(
        &format!("/raw?delta=86400&topic={PUSH}&topic={TAG}&topic=C&topic=D"),
        |e| recent(e) && e.topic != COMMENT,
    );
    check(
        "/raw?rows_per_page=25&category=buildsys&category=bodhi&category=brew",
        |e| recent(e) && e.topic != PUSH,
    );
    check(
        "/raw/?user=ralph&category=bodhi&order=desc&rows_per_page=50&delta=5184000",
        |e| recent(e) && e.user == "ralph" && e.topic == COMMENT,
    );
    check(
        "/raw?user=alice&delta=604800&rows_per_page=100&not_category=meetbot&not_category=brew&page=1&size=small",
        |e| recent(e) && e.user == "alice" && e.topic != TAG,
    );
    check(
        &format!(
            "/raw?{OLD}&not_user=koschei&not_topic={PUSH}&meta=usernames&rows_per_page=100&order=asc"
        ),
        |e| old(e) && e.topic != PUSH,
    );
    check(
        &format!("/raw?package=kernel&topic={TAG}&rows_per_page=1"),
        |e| recent(e) && e.package == "kernel" && e.topic == TAG,
    );
    check(
        "/v2/search?delta=172800&category=bodhi&category=github&user=alice&user=bob",
        |e| recent(e) && e.topic != TAG && ["alice", "bob"].contains(&e.user),
    );
    check("/v2/search?agent=alice&not_agent=bob", |e| {
        recent(e) && e.user == "alice"
    });
}

#[test]
fn times() {
    check(&format!("/raw?{OLD}"), old);
    check(&format!("/raw?{OLD}&topic={PUSH}"), |e| {
        old(e) && e.topic == PUSH
    });
    check(
        "/raw/?package=nethack&start=1&end=1718409600.6381154&meta=subtitle&meta=link&rows_per_page=3&page=1&order=desc",
        |e| old(e) && e.package == "nethack",
    );
    check("/raw?rows_per_page=1&delta=3600&end=1718236900", |e| {
        old(e) && e.id != "2024-0003"
    });
    check(
        "/raw?delta=86400&page=2&end=1718236900&rows_per_page=2",
        |e| old(e) && e.id != "2024-0003",
    );
    check(
        "/v2/search?category=bodhi&page=1&start=2024-06-12&end=2024-06-15",
        |e| old(e) && e.topic == COMMENT,
    );
    check(
        "/v2/search?start=2024-06-13T00%3A00%3A00&end=2024-06-13T23%3A59%3A59&rows_per_page=100&page=1",
        |e| old(e) && e.id != "2024-0003",
    );
    check(
        &format!("/v2/search?start=2015-01-01T00:00:00Z&rows_per_page=100&topic={PUSH}"),
        |e| e.topic == PUSH,
    );
    let moment = |e: &Entry| old(e) && e.id != "2024-0003";
    check(
        "/v2/search?end=2024-06-13T00%3A00%3A02%2B00%3A00&start=2024-06-13T00%3A00%3A01%2B00%3A00",
        moment,
    );
    check(
        "/v2/search?end=2024-06-13T00:00:02+00:00&start=2024-06-13T00:00:01+00:00",
        moment,
    );
    check(
        "/raw?package=firefox&page=1&delta=2628000&end=1718236900",
        |e| moment(e) && e.package == "firefox",
    );
    check("/raw?start=1370534556.0&end=1367856156.0", |_| false);
    check(
        &format!("/raw?start=1441402109&rows_per_page=1&page=3&topic={PUSH}"),
        |e| e.topic == PUSH,
    );
    check("/raw?start=1", |_| true);
}

#[test]
fn all_three_times_and_contains() {
    let (_, server) = server();
    // The window is too old for `contains`, as the incumbent has it.
    let path = format!("/datagrepper/raw?delta=259200&{OLD}&contains=x&topic={PUSH}&page=2");
    assert_eq!(server.get(&path).status, 400);
    check(&format!("/raw?delta=259200&{OLD}&page=1"), old);
}

#[test]
fn contains_looks_into_the_stored_text() {
    check(
        "/raw?delta=2592000&category=brew&category=git&contains=%22name%22:%20%22kernel%22&meta=link&meta=date&meta=subtitle",
        |e| recent(e) && e.topic == TAG && e.package == "kernel",
    );
    check(
        &format!("/v2/search?topic={PUSH}&contains=systemd&delta=100000"),
        |e| recent(e) && e.topic == PUSH && e.package == "systemd",
    );
    check(
        &format!("/raw?topic={PUSH}&delta=86400&contains=%22anonymous%22%3A%20false"),
        |e| recent(e) && e.topic == PUSH,
    );
    check(
        &format!("/raw?contains=nethack&contains=dracut&topic={PUSH}"),
        |e| recent(e) && e.topic == PUSH && ["nethack", "dracut"].contains(&e.package),
    );
    check(
        &format!("/raw?topic={PUSH}&delta=86400&contains=%25"),
        |_| false,
    );
}

#[test]
fn meta_under_old_and_new_names() {
    let answer =
        ask("/raw?package=firefox&meta=subtitle&meta=link&meta=icon&meta=date&rows_per_page=1");
    let meta = answer["raw_messages"][0]["meta"].as_object().expect("meta");
    let keys: Vec<&str> = meta.keys().map(String::as_str).collect();
    assert_eq!(keys, ["subtitle", "WARNING", "link", "icon", "date"]);
    assert_eq!(meta["WARNING"].as_array().map(Vec::len), Some(3));
    assert!(
        meta["date"]
            .as_str()
            .is_some_and(|date| date.ends_with("ago") || date.contains("now")),
        "{meta:?}"
    );
    let answer = ask(
        "/v2/search?meta=url&meta=app_icon&meta=agent_avatar&meta=summary&meta=date&order=desc&chrome=false",
    );
    assert_eq!(
        answer["raw_messages"][0]["meta"]
            .as_object()
            .map(serde_json::Map::len),
        Some(5)
    );
    let answer = ask("/raw/?page=1&rows_per_page=100&meta=usernames&meta=packages");
    assert!(answer["raw_messages"][99]["meta"]["usernames"].is_array());
    let (_, server) = server();
    for name in ["title", "secondary_icon", "objects"] {
        let answer = server.get(&format!("/datagrepper/raw?meta={name}"));
        assert_eq!(answer.status, 400);
        assert_eq!(
            (&answer.json()["parameter"], &answer.json()["given"]),
            (&"meta".into(), &name.into())
        );
    }
}

#[test]
fn odd_but_sent() {
    let (_, server) = server();
    check(
        &format!("/raw?topic={PUSH}&delta=86400&page=2&page=2"),
        |e| recent(e) && e.topic == PUSH,
    );
    check("/raw/?grouped=true&timezone=UTC", recent);
    check(
        &format!("/v2/search?username=alice&source=koji&topic={PUSH}"),
        |e| recent(e) && e.topic == PUSH,
    );
    check(
        "/v2/search?user%5B%5D=a&user%5B%5D=b&rows_per_page=1",
        recent,
    );
    check("/raw?page=81", recent);
    assert_eq!(
        server.get("/datagrepper/raw/?rows_per_page=1000").status,
        400
    );
    let head = request(
        "HEAD",
        &format!(
            "{}/datagrepper/raw?delta=824000&topic={PUSH}&contains=power",
            server.authority
        ),
        &[],
    );
    assert_eq!((head.status, head.body.as_str()), (200, ""));
    for query in [
        "meta=date&callback=jQuery22408618739710087528_1795248884758&_=1795248884759",
        "callback=jQuery1_2&grouped=true&_=3",
    ] {
        let answer = server.get(&format!("/datagrepper/raw/?rows_per_page=1&{query}"));
        assert_eq!(
            answer.header("content-type"),
            Some("application/javascript; charset=utf-8")
        );
        let inner = answer
            .body
            .strip_suffix(");")
            .and_then(|text| text.split_once('('))
            .expect("a call")
            .1;
        assert_eq!(
            serde_json::from_str::<Value>(inner).expect("JSON")["count"],
            1
        );
    }
}

#[test]
fn messages_by_id() {
    let (database, server) = server();
    let id = &database.entries[0].id;
    for path in [
        format!("/id?id={id}&is_raw=true&size=extra-large"),
        format!("/id/?id={id}"),
        format!("/id?id={id}"),
        format!("/id?id={id}&chrome=false&is_raw=false"),
    ] {
        let message = ask(&path);
        assert_eq!(
            (&message["msg_id"], &message["timestamp"]),
            (&id.as_str().into(), &1_718_236_801.0.into()),
            "{path}"
        );
    }
    for path in [
        format!("/v2/id?id={id}&is_raw=true"),
        format!("/v2/id?id={id}&is_raw=True&size=extra-large"),
        format!("//v2/id?id={id}"),
    ] {
        assert_eq!(ask(&path)["id"], id.as_str(), "{path}");
    }
    for path in [
        "/id?id=nope",
        "/v2/id?id=ID:host-41882-1571157850402-3:268902:0:0:1&is_raw=true",
        "/id?id=",
    ] {
        let answer = server.get(&format!("/datagrepper{path}"));
        assert_eq!(
            (answer.status, answer.json()),
            (404, serde_json::json!({"error": "not_found"})),
            "{path}"
        );
    }
    assert_eq!(server.get("/datagrepper/id").status, 400);
}

#[test]
fn pages_and_assets_for_browsers() {
    let (database, server) = server();
    let browse = |path: &str, accept: &str| {
        request(
            "GET",
            &format!("{}/datagrepper{path}", server.authority),
            &[("Accept", accept)],
        )
    };
    let firefox = "text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8";
    let page = browse(
        &format!("/v2/id?id={}&size=extra-large", database.entries[0].id),
        firefox,
    );
    assert_eq!(
        (page.status, page.header("content-type")),
        (200, Some("text/html; charset=utf-8"))
    );
    let fragment = browse(
        "/raw?rows_per_page=5&order=desc&chrome=false&user=alice",
        "text/html",
    );
    assert_eq!(fragment.body.matches("<li").count(), 5);
    assert!(
        fragment.body.contains("/datagrepper/v2/id?id="),
        "links keep the prefix"
    );
    let end = browse(
        "/raw?category=bodhi&page=300&chrome=false",
        "text/html, */*; q=0.01",
    );
    assert_eq!((end.status, end.body.as_str()), (200, ""));
    for path in ["/widget.js", "/widget.js?css=true", "/widget.js?css=false"] {
        assert_eq!(
            server.get(&format!("/datagrepper{path}")).status,
            200,
            "{path}"
        );
    }
    for path in [
        "/charts/line?delta=86400&N=12&style=clean&height=300&fill=true&user=alice",
        "/charts/stackedline?delta=604800&N=12&style=clean&height=300&fill=true&user=bob&split_on=categories&category=git&category=bodhi",
        "/charts/line?package=kernel&package=systemd&package=dracut&split_on=packages",
    ] {
        let chart = server.get(&format!("/datagrepper{path}"));
        assert_eq!(
            (chart.status, chart.header("content-type")),
            (200, Some("image/svg+xml; charset=utf-8")),
            "{path}"
        );
    }
    for path in ["/messagecount", "/messagecount/"] {
        assert_eq!(
            server.get(&format!("/datagrepper{path}")).body,
            format!("{{\"messagecount\":{}}}\n", MINUTES + 4)
        );
    }
    for path in ["/healthz/live", "/healthz/ready"] {
        assert_eq!(server.get(&format!("/datagrepper{path}")).status, 200);
    }
    assert_eq!(
        get(&format!("{}/raw", server.authority)).status,
        404,
        "outside of the prefix"
    );
}

#[test]
fn accept_headers_seen() {
    let (_, server) = server();
    let json = [
        "*/*",
        "application/json",
        "application/json, text/plain, */*",
        "application/json, */*;q=0.5",
        "image/png",
        "",
    ];
    let url = format!("{}/datagrepper/raw?rows_per_page=1", server.authority);
    for accept in json {
        let answer = request("GET", &url, &[("Accept", accept)]);
        assert_eq!(
            answer.header("content-type"),
            Some("application/json"),
            "{accept:?}"
        );
    }
    assert_eq!(
        request("GET", &url, &[]).header("content-type"),
        Some("application/json")
    );
    for accept in ["text/html", "text/html, */*; q=0.01"] {
        assert_eq!(
            request("GET", &url, &[("Accept", accept)]).header("content-type"),
            Some("text/html; charset=utf-8"),
            "{accept:?}"
        );
    }
    let browser = request(
        "GET",
        &url,
        &[("Accept", "*/*"), ("Origin", "https://dashboard.example")],
    );
    assert_eq!(
        browser.header("access-control-allow-origin"),
        Some("https://dashboard.example")
    );
}

#[test]
fn the_six_ways_to_page_yield_every_message_once() {
    let (database, _) = server();
    let expected = database.ids(|e| recent(e) && e.topic == PUSH);
    let (start, end) = (
        database.entries[4].time.and_utc().timestamp() - 60,
        chrono::Utc::now().timestamp(),
    );
    let page = |number: u64| {
        ask(&format!(
            "/raw?topic={PUSH}&start={start}&end={end}&order=asc&rows_per_page=9&page={number}"
        ))
    };
    let ids = |answer: &Value| -> Vec<String> {
        answer["raw_messages"]
            .as_array()
            .expect("a list")
            .iter()
            .map(|m| m["msg_id"].as_str().expect("an id").to_owned())
            .collect()
    };
    let pages = page(1)["pages"].as_u64().expect("a number");
    let by_count: Vec<String> = (1..=pages).flat_map(|number| ids(&page(number))).collect();
    assert_eq!(by_count, expected);
    let mut until_empty = Vec::new();
    for number in 1.. {
        let answer = page(number);
        assert_eq!(
            (&answer["arguments"]["page"], &answer["pages"]),
            (&number.into(), &pages.into())
        );
        if answer["count"] == 0 {
            break;
        }
        until_empty.extend(ids(&answer));
    }
    assert_eq!(until_empty, expected);
}
