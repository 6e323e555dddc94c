//! `format` says which form an answer has, so that each form has an address.

use serde_json::{Value, json};

use crate::own_database::{self, COMMENT, MINUTES, PUSH};
use crate::support::http::{Answer, request};
use crate::support::programs::Grepper;

fn ask(grepper: &Grepper, path: &str, accepted: &str) -> Answer {
    let url = format!("{}{path}", grepper.authority);
    request("GET", &url, &[("Accept", accepted)])
}

#[test]
fn a_format_that_is_named_beats_accept_and_loses_to_a_callback() {
    let database = own_database::get();
    let grepper = Grepper::start(&database.url, &[]);
    let id = &database.entries[0].id;
    for path in [
        "/raw?rows_per_page=1".to_owned(),
        "/v2/search?rows_per_page=1".to_owned(),
        format!("/id?id={id}"),
        format!("/v2/id?id={id}"),
        "/v2/road?nvr=zsh-5.9-1.fc45".to_owned(),
        "/find?q=7".to_owned(),
    ] {
        for accepted in ["text/html", "application/json", "*/*"] {
            for (format, kind) in [
                ("html", "text/html; charset=utf-8"),
                ("json", "application/json"),
                ("json&callback=f", "application/javascript; charset=utf-8"),
                ("html&callback=f", "application/javascript; charset=utf-8"),
            ] {
                let path = format!("{path}&format={format}");
                let answer = ask(&grepper, &path, accepted);
                let told = (answer.status, answer.header("content-type"));
                assert_eq!(told, (200, Some(kind)), "{path}: {}", answer.body);
            }
        }
        for unknown in ["csv", "JSON", "xml"] {
            let answer = ask(&grepper, &format!("{path}&format={unknown}"), "text/html");
            assert_eq!(answer.status, 400, "{path}");
            let refusal = answer.json();
            let told = ["parameter", "given", "allowed"].map(|member| &refusal[member]);
            let expected = [json!("format"), json!(unknown), json!("html or json")];
            assert_eq!(told.map(Value::clone), expected, "{path}");
        }
    }
}

#[test]
fn a_format_changes_nothing_of_what_is_answered() {
    let grepper = Grepper::start(&own_database::get().url, &[]);
    for path in ["/raw", "/v2/search"] {
        let query = format!("{path}?start=1718236801&end=1718236805&user=ralph");
        let plain = ask(&grepper, &query, "*/*").body;
        for format in ["json", ""] {
            let named = ask(&grepper, &format!("{query}&format={format}"), "*/*");
            assert_eq!(named.body, plain, "{path}");
        }
    }
    // What is refused is refused in that form, too.
    let refused = ask(&grepper, "/v2/road?nvr=a&format=html", "*/*");
    let kind = refused.header("content-type");
    assert_eq!(
        (refused.status, kind),
        (400, Some("text/html; charset=utf-8"))
    );
    let refused = ask(&grepper, "/v2/road?nvr=a&format=json", "text/html");
    let kind = refused.header("content-type");
    assert_eq!(kind, Some("application/problem+json"));
}

#[test]
fn the_numbers_of_a_chart_are_those_of_its_search() {
    let grepper = Grepper::start(&own_database::get().url, &[]);
    let query =
        format!("/charts/line?delta=86400&N=4&topic={PUSH}&topic={COMMENT}&split_on=topics");
    let picture = ask(&grepper, &query, "text/html");
    let kind = Some("image/svg+xml; charset=utf-8");
    assert_eq!(picture.header("content-type"), kind);
    let same = ask(&grepper, &format!("{query}&format=svg&callback=f"), "*/*");
    assert_eq!(same.header("content-type"), kind);

    let data = ask(&grepper, &format!("{query}&format=json"), "text/html").json();
    let lengths = ["edges", "labels", "series"].map(|member| data[member].as_array().map(Vec::len));
    assert_eq!(lengths, [Some(5), Some(4), Some(2)], "{data}");
    let sum = |counts: &Value| {
        let counts = counts.as_array().expect("a list").iter();
        counts.filter_map(Value::as_u64).sum::<u64>()
    };
    for (n, label) in ["github.push", "bodhi.update.comment"].iter().enumerate() {
        let series = &data["series"][n];
        assert_eq!(series["label"], *label);
        assert_eq!(sum(&series["counts"]), MINUTES as u64 / 3, "{series}");
    }

    let table = ask(&grepper, &format!("{query}&format=csv"), "*/*");
    let kind = Some("text/csv; charset=utf-8; header=present");
    assert_eq!(table.header("content-type"), kind);
    let lines: Vec<&str> = table.body.lines().collect();
    assert_eq!(lines[0], "series,start,end,messages");
    assert_eq!(lines.len(), 1 + 2 * 4, "{lines:?}");
    let counts = lines[1..]
        .iter()
        .filter_map(|line| line.rsplit(',').next()?.parse::<u64>().ok());
    assert_eq!(counts.sum::<u64>(), 2 * MINUTES as u64 / 3);

    let aligned = format!("{query}&align=day&format=json");
    let aligned = ask(&grepper, &aligned, "*/*").json();
    let edges = aligned["edges"].as_array().expect("a list");
    assert_eq!(edges.len(), 3, "two days, in part or whole: {aligned}");
    for edge in edges {
        let edge = edge.as_str().expect("a time");
        assert!(edge.ends_with("T00:00:00+00:00"), "{edge}");
    }
    assert_eq!(
        sum(&aligned["series"][0]["counts"]),
        MINUTES as u64 / 3,
        "{aligned}"
    );

    let refused = ask(&grepper, &format!("{query}&format=png"), "*/*");
    let allowed = &refused.json()["allowed"];
    assert_eq!((refused.status, allowed), (400, &json!("svg, json or csv")));
}
