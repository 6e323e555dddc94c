//! Room that answers take while they are made and sent.

use std::io::{Read, Write};
use std::net::TcpStream;
use std::thread;
use std::time::{Duration, Instant};

use actix_web::web::Data;
use archive::{ConnectionOptions, Message};
use clap::Parser;
use grepper::app::Application;
use grepper::config::Config;
use grepper::config::settings::CommandLine;
use grepper::state::State;

/// No test waits longer.
const PATIENCE: Duration = Duration::from_secs(120);

/// A database with a hundred messages of some 60 kB, three of 8 MB and one of 100 kB, and one whose
/// headers are as large, which the database keeps in a few kB; a hundred of 60 kB with one of 100 kB before
/// them; and three of 58 kB that are hundred times as long once they are laid out.
fn database() -> devstack::Database {
    let postgres = devstack::shared_postgres().expect("a PostgreSQL server");
    let own = postgres.fresh_database().expect("a database");
    archive::migration::apply(&ConnectionOptions {
        url: own.url.clone(),
        application_name: "test",
        pool_size: 1,
        checkout_timeout: PATIENCE,
        statement_timeout: None,
        read_only: false,
    })
    .expect("migrated");
    for (category, number, bytes) in [
        ("many", 100, 60_000),
        ("huge", 3, 8 << 20),
        ("large", 1, 100_000),
        ("mixed", 100, 60_000),
    ] {
        let sql = format!(
            "INSERT INTO messages (msg_id, i, topic, \"timestamp\", category, msg, headers)
             SELECT '{category}' || n, 0, 'org.example.t', timestamp '2024-05-01' + n * interval '1 minute',
                    '{category}', json_build_object('text', repeat(md5(n::text), {bytes} / 32)), '{{}}'
             FROM generate_series(1, {number}) AS n"
        );
        postgres.run_sql(&own.name, &sql).expect("messages");
    }
    let sql = "INSERT INTO messages (msg_id, i, topic, \"timestamp\", category, msg, headers)
               SELECT 'mixed', 0, 'org.example.t', timestamp '2024-05-02', 'mixed',
                      json_build_object('text', repeat('y', 100000))::text, '{}'::jsonb
               UNION ALL
               SELECT 'nested' || n, 0, 'org.example.t', timestamp '2024-05-01', 'nested',
                      repeat('[', 48) || '1' || repeat(',1', 29000) || repeat(']', 48), '{}'::jsonb
               FROM generate_series(1, 3) AS n";
    postgres.run_sql(&own.name, sql).expect("messages");
    let sql = "INSERT INTO messages (msg_id, i, topic, \"timestamp\", category, msg, headers)
               SELECT 'headers1', 0, 'org.example.t', '2024-05-01', 'headers', '{}',
                      json_build_object('x', repeat('x', 100000))";
    postgres.run_sql(&own.name, sql).expect("a message");
    own
}

/// Serves a database for as long as the test program runs; answers the port.
fn start(database_url: &str) -> (u16, Data<State>) {
    let url = format!("--database-url={database_url}");
    let arguments = ["grepper", "--listen=127.0.0.1:0", "--workers=1", &url].map(str::to_owned);
    let (sender, receiver) = std::sync::mpsc::channel();
    thread::spawn(move || {
        actix_web::rt::System::new().block_on(async move {
            let config = Config::load(CommandLine::parse_from(arguments)).expect("settings");
            let application = Application::build(config).expect("a free port");
            let started = (application.port, application.views.all);
            sender.send(started).expect("the test waits");
            application.server.await.expect("served");
        });
    });
    receiver.recv().expect("a server")
}

/// Asks, and does not read yet.
fn ask(port: u16, path: &str, accept: &str) -> TcpStream {
    let mut stream = TcpStream::connect(("127.0.0.1", port)).expect("connected");
    let request =
        format!("GET {path} HTTP/1.1\r\nHost: h\r\nAccept: {accept}\r\nConnection: close\r\n\r\n");
    stream.write_all(request.as_bytes()).expect("sent");
    stream
}

fn read(mut stream: TcpStream) -> String {
    let mut answer = String::new();
    stream.read_to_string(&mut answer).expect("text");
    answer
}

#[track_caller]
fn eventually(what: &str, mut condition: impl FnMut() -> bool) {
    let start = Instant::now();
    while !condition() {
        assert!(start.elapsed() < PATIENCE, "never: {what}");
        thread::sleep(Duration::from_millis(10));
    }
}

#[test]
fn large_answers_take_room_and_give_it_back_however_they_end() {
    let own = database();
    let (port, state) = start(&own.url);
    let all = state.budget.left();
    let is_free = || state.budget.left() == all;
    for path in [
        "/raw?category=many&rows_per_page=100",
        "/raw?category=huge&rows_per_page=3",
        "/raw?category=mixed&rows_per_page=100",
        "/raw?category=nested&meta=text",
        "/id?id=huge1",
    ] {
        // The sockets hold a part of what is not read.
        let is_taken = || state.budget.left() < all - (1 << 20);
        let stream = ask(port, path, "*/*");
        eventually("room is taken", is_taken);
        let answer = read(stream);
        assert!(answer.starts_with("HTTP/1.1 200"), "{path}");
        eventually("who has read all gives it back", is_free);
        let stream = ask(port, path, "*/*");
        eventually("room is taken", is_taken);
        drop(stream);
        eventually("who goes away gives it back", is_free);
    }
}

#[test]
fn large_messages_wait_for_room_to_read_them() {
    let own = database();
    let (port, state) = start(&own.url);
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_time()
        .build()
        .expect("a runtime");
    let largest = Message {
        left_out: u64::MAX >> 8,
        ..Message::default()
    };
    let all = runtime.block_on(state.budget.of_message(&largest));
    assert!(read(ask(port, "/raw?category=many", "text/html")).starts_with("HTTP/1.1 200"));
    thread::scope(|scope| {
        let waiting = [
            ("/raw?category=large", "text/html"),
            ("/raw?category=large", "*/*"),
            ("/raw?category=headers", "*/*"),
            ("/id?id=headers1", "*/*"),
        ]
        .map(|(path, accept)| (path, scope.spawn(move || read(ask(port, path, accept)))));
        thread::sleep(Duration::from_secs(2));
        for (path, answer) in &waiting {
            assert!(!answer.is_finished(), "{path}: there is no room");
        }
        drop(all);
        for (path, answer) in waiting {
            let answer = answer.join().expect("an answer");
            assert!(answer.starts_with("HTTP/1.1 200"), "{path}");
            assert!(
                answer.contains("large1") || answer.contains("headers1"),
                "{path}"
            );
        }
    });
}

#[test]
fn messages_that_are_laid_out_at_length_are_written_one_after_another() {
    let own = database();
    let (port, _) = start(&own.url);
    let answer = read(ask(port, "/raw?category=nested&meta=text", "*/*"));
    let (head, _) = answer.split_once("\r\n\r\n").expect("a head");
    assert!(
        head.to_ascii_lowercase()
            .contains("transfer-encoding: chunked"),
        "{head}"
    );
    assert!(answer.len() > 15_000_000, "{}", answer.len());
    assert_eq!(answer.matches("\"msg_id\": \"nested").count(), 3);
    let few = read(ask(
        port,
        "/raw?category=nested&rows_per_page=1&meta=text",
        "*/*",
    ));
    assert!(
        few.to_ascii_lowercase().contains("content-length: "),
        "one is written at once"
    );
}
