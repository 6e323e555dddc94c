//! The newest datagrepper, of which answers were recorded, beside grepper.

use std::collections::BTreeMap;
use std::io::{BufRead as _, BufReader, Write as _};
use std::net::{TcpListener, TcpStream};
use std::sync::Arc;

use serde_json::Value;
use serde_json::value::RawValue;

use crate::support::differ::compare;
use crate::support::programs::Grepper;
use crate::support::sample_archive::fresh;
use crate::support::{golden_database, shared_data};

/// What a datagrepper without a default span says of a search that matches nothing.
const NOTHING: &str = r#"{"raw_messages": [], "total": 0, "pages": 0, "count": 0, "arguments": {"start": null, "delta": null,
    "end": null, "rows_per_page": 25, "order": "desc"}}"#;

/// By method, path and `Accept`: status, headers and body.
type Answers = BTreeMap<(String, String, Option<String>), (u64, String, String)>;

#[test]
fn recorded_answers_differ_as_the_reference_says() {
    let (Some(url), Some(file)) = (
        golden_database::url(),
        shared_data::path("reference/golden/cases.ndjson"),
    ) else {
        return;
    };
    let text = std::fs::read_to_string(file).expect("readable");
    let cases: Vec<(Value, &str)> = text
        .lines()
        .map(|line| (serde_json::from_str(line).expect("JSON"), line))
        .collect();
    let (mut answers, mut requests) = (Answers::new(), String::new());
    // Of pages only parts were recorded.
    let whole = cases.iter().filter(|(case, _)| {
        let method = &case["request"]["method"];
        let is_whole = case.get("json").is_some() || case["text"].is_string() || method == "HEAD";
        (method == "GET" || method == "HEAD")
            && case["config"]
                .as_object()
                .is_none_or(serde_json::Map::is_empty)
            && is_whole
    });
    for (case, line) in whole {
        let request = &case["request"];
        let text = |value: &Value| value.as_str().map(str::to_owned);
        let accept = text(&request["headers"]["Accept"]);
        let origin =
            text(&request["headers"]["Origin"]).map(|origin| format!("\tOrigin: {origin}"));
        let (method, path) = (
            text(&request["method"]).expect("a method"),
            text(&request["path"]).expect("a path"),
        );
        requests += &format!(
            "{method} {path}\tAccept: {}{}\n",
            accept.as_deref().unwrap_or_default(),
            origin.unwrap_or_default()
        );
        answers.insert((method, path, accept), recorded(case, line));
    }
    let count = answers.len();
    assert!(count > 100, "{count}");
    let old = serve(answers);
    let new = Grepper::start(url, &[]);
    let told = compare(&old, &new.authority, &requests, &["--as-is"]);
    println!("{}", told.text);
    // What would be asked in other words was not recorded.
    let unknown: Vec<&str> = told.different();
    assert!(unknown.is_empty(), "{}", told.text);
    assert_eq!(told.code, Some(0));
}

#[test]
fn where_the_old_service_fails_at_what_was_meant_is_known() {
    let mut answers = Answers::new();
    let mut tell = |path: &str, status, body: &str| {
        let key = ("GET".to_owned(), path.to_owned(), Some("*/*".to_owned()));
        let headers = "Content-Type: application/json\r\n".to_owned();
        answers.insert(key, (status, headers, body.to_owned()));
    };
    let asked = "/raw?category=none&start=2024-05-01T10:11:12+00:00&end=2024-05-02T10:11:12+00:00";
    let understood = NOTHING.replace(r#""total": 0"#, r#""total": 7"#);
    tell(asked, 200, &understood);
    let meant = "/raw?category=none&start=2024-05-01T10%3A11%3A12%2B00%3A00&end=2024-05-02T10%3A11%3A12%2B00%3A00";
    tell(meant, 500, r#"{"error": "year 0 is out of range"}"#);
    let old = serve(answers);
    let database = fresh(10);
    let new = Grepper::start(&database.url, &[]);
    let told = compare(&old, &new.authority, &format!("{asked}\n"), &[]);
    assert_eq!(
        (told.code, told.kinds()),
        (Some(0), vec!["failed", "plus-in-time"]),
        "{}",
        told.text
    );
}

/// Status, headers and body of a case, whose JSON is that of the line: numbers stay as they were written.
fn recorded(case: &Value, line: &str) -> (u64, String, String) {
    let mut headers = String::new();
    if let Some(content_type) = case["content_type"].as_str() {
        headers += &format!("Content-Type: {content_type}\r\n");
    }
    for (name, value) in case["response_headers"].as_object().into_iter().flatten() {
        if let Some(value) = value.as_str() {
            headers += &format!("{name}: {value}\r\n");
        }
    }
    let members: BTreeMap<&str, Box<RawValue>> = serde_json::from_str(line).expect("an object");
    let text = case["text"].as_str().unwrap_or_default();
    let body = members
        .get("json")
        .map_or(text, |json| json.get())
        .to_owned();
    (case["status"].as_u64().expect("a status"), headers, body)
}

/// Answers as recorded, until the process ends; what is not known is said to be a 599.
fn serve(answers: Answers) -> String {
    let listener = TcpListener::bind("127.0.0.1:0").expect("a port");
    let address = format!("http://{}", listener.local_addr().expect("an address"));
    let answers = Arc::new(answers);
    std::thread::spawn(move || {
        for stream in listener.incoming().flatten() {
            // Who goes away is not answered.
            let _ = answer(stream, &answers);
        }
    });
    address
}

fn answer(mut stream: TcpStream, answers: &Answers) -> std::io::Result<()> {
    let mut lines = BufReader::new(stream.try_clone()?).lines();
    let request = lines.next().transpose()?.unwrap_or_default();
    let mut words = request.split(' ').map(str::to_owned);
    let (method, path) = (
        words.next().unwrap_or_default(),
        words.next().unwrap_or_default(),
    );
    let (mut accept, mut host) = (None, String::new());
    for line in lines {
        let line = line?;
        match line.split_once(": ") {
            Some((name, value)) if name.eq_ignore_ascii_case("accept") => {
                accept = Some(value.to_owned());
            }
            Some((name, value)) if name.eq_ignore_ascii_case("host") => host = value.to_owned(),
            _ if line.is_empty() => break,
            _ => {}
        }
    }
    let probe = (
        200,
        "Content-Type: application/json\r\n".to_owned(),
        NOTHING.to_owned(),
    );
    let unknown = (
        599,
        "Content-Type: text/plain\r\n".to_owned(),
        String::new(),
    );
    let is_probe = path.starts_with("/raw?topic=grepper-diff");
    let known = answers.get(&(method.clone(), path, accept));
    let (status, headers, body) = known.unwrap_or(if is_probe { &probe } else { &unknown });
    let headers = headers.replace("{base}", &format!("http://{host}"));
    let body = if method == "HEAD" { "" } else { body };
    write!(
        stream,
        "HTTP/1.1 {status} Recorded\r\n{headers}Connection: close\r\nContent-Length: {}\r\n\r\n{body}",
        body.len()
    )
}
