//! What clients do with their connections: send ahead, close one side, or go away.

use std::io::{Read, Write};
use std::net::{Shutdown, TcpStream};
use std::time::Duration;

use crate::own_database;
use crate::support::programs::Grepper;

/// A connection to grepper that waits for nothing longer than this.
const PATIENCE: Duration = Duration::from_secs(30);

fn connect(grepper: &Grepper) -> TcpStream {
    let address = grepper.authority.trim_start_matches("http://");
    let stream = TcpStream::connect(address).expect("connected");
    stream.set_read_timeout(Some(PATIENCE)).expect("set");
    stream
}

/// The status of each answer, its `content-length` and its body, as a client reads them that asked
/// by these methods.
fn answers(mut stream: TcpStream, methods: &[&str]) -> Vec<(u16, usize, String)> {
    let mut text = String::new();
    stream.read_to_string(&mut text).expect("text");
    let mut rest = text.as_str();
    let mut answers = Vec::new();
    for method in methods {
        let (head, after) = rest.split_once("\r\n\r\n").expect("a head");
        let status = head.get(9..12).and_then(|status| status.parse().ok());
        let length = head
            .lines()
            .find_map(|line| line.strip_prefix("content-length: "));
        let length: usize = length.and_then(|length| length.parse().ok()).expect(head);
        let body = if *method == "HEAD" { 0 } else { length };
        answers.push((status.expect(head), length, after[..body].to_owned()));
        rest = &after[body..];
    }
    assert_eq!(rest, "", "nothing else");
    answers
}

#[test]
fn answers_in_a_pipeline_are_those_of_their_requests() {
    let grepper = Grepper::start(&own_database::get().url, &[]);
    for order in [
        &["HEAD", "GET"][..],
        &["GET", "HEAD"],
        &["HEAD", "HEAD", "GET", "GET", "HEAD", "GET", "HEAD"],
        &["GET", "HEAD"].repeat(40),
    ] {
        let mut requests = String::new();
        for (n, method) in order.iter().enumerate() {
            let close = if n + 1 == order.len() {
                "Connection: close\r\n"
            } else {
                ""
            };
            requests += &format!("{method} /messagecount HTTP/1.1\r\nHost: h\r\n{close}\r\n");
        }
        let mut stream = connect(&grepper);
        stream.write_all(requests.as_bytes()).expect("sent");
        for (method, (status, length, body)) in order.iter().zip(answers(stream, order)) {
            assert_eq!(
                (status, length),
                (200, "{\"messagecount\":304}\n".len()),
                "{order:?}"
            );
            let expected = if *method == "HEAD" {
                ""
            } else {
                "{\"messagecount\":304}\n"
            };
            assert_eq!(body, expected, "{order:?}");
        }
    }
}

#[test]
fn who_closes_only_the_own_side_gets_the_answer() {
    let grepper = Grepper::start(&own_database::get().url, &[]);
    for requests in [1, 3] {
        let mut stream = connect(&grepper);
        let request = "GET /raw?rows_per_page=100&start=1 HTTP/1.1\r\nHost: h\r\n\r\n";
        stream
            .write_all(request.repeat(requests).as_bytes())
            .expect("sent");
        stream.shutdown(Shutdown::Write).expect("closed");
        for (status, _, body) in answers(stream, &vec!["GET"; requests]) {
            assert_eq!(status, 200);
            assert!(body.ends_with('}'), "{body}");
        }
    }
}

#[test]
fn a_request_with_a_body_is_answered_and_the_next_one_too() {
    let grepper = Grepper::start(&own_database::get().url, &[]);
    let mut stream = connect(&grepper);
    let post =
        "POST /raw HTTP/1.1\r\nHost: h\r\nContent-Length: 5\r\nConnection: close\r\n\r\nhello";
    stream.write_all(post.as_bytes()).expect("sent");
    assert_eq!(answers(stream, &["POST"])[0].0, 405);
    assert_eq!(grepper.get("/healthz/live").status, 200);
}

#[test]
fn a_connection_waits_for_its_next_request_longer_than_clients_pause() {
    let grepper = Grepper::start(&own_database::get().url, &[]);
    let mut stream = connect(&grepper);
    stream
        .write_all(b"GET /messagecount HTTP/1.1\r\nHost: h\r\n\r\n")
        .expect("sent");
    stream.read_exact(&mut [0; 9]).expect("an answer");
    std::thread::sleep(Duration::from_secs(7));
    let last = b"GET /messagecount HTTP/1.1\r\nHost: h\r\nConnection: close\r\n\r\n";
    stream.write_all(last).expect("sent");
    let mut text = String::new();
    stream.read_to_string(&mut text).expect("text");
    assert_eq!(text.matches("{\"messagecount\":304}").count(), 2, "{text}");
}
