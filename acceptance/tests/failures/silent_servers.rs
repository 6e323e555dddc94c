//! A database URL of several servers, of which those before the one that answers are gone or stand still.

use std::io::Write as _;
use std::net::{TcpListener, TcpStream};
use std::thread;
use std::time::{Duration, Instant};

use devstack::RabbitOptions;
use tempfile::NamedTempFile;

use crate::stack::Stack;
use crate::support::programs::{Grepper, clean};

/// What checks promise, with some time for a slow machine.
const PROMISED: Duration = Duration::from_secs(20);

/// A machine that stands still: its kernel takes connections, and nobody answers.
struct Silent(TcpListener);

impl Silent {
    fn new() -> Self {
        Self(TcpListener::bind("127.0.0.1:0").expect("a port"))
    }

    fn place(&self) -> String {
        self.0.local_addr().expect("an address").to_string()
    }
}

/// The URL with these servers before its own.
fn behind(url: &str, servers: &[&Silent]) -> String {
    let (user, place) = url.rsplit_once('@').expect("a user");
    let servers: String = servers.iter().map(|one| one.place() + ",").collect();
    format!("{user}@{servers}{place}")
}

/// Leads to the server of this URL, after a time.
fn slow(url: &str, time: Duration) -> String {
    let (user, place) = url.rsplit_once('@').expect("a user");
    let (server, database) = place.split_once('/').expect("a database");
    let server = server.to_owned();
    let listener = TcpListener::bind("127.0.0.1:0").expect("a port");
    let own = listener.local_addr().expect("an address");
    let lead = move |client: TcpStream| {
        thread::sleep(time);
        // It may be gone at the end.
        let Ok(server) = TcpStream::connect(server.clone()) else {
            return;
        };
        let halves = [(&client, &server), (&server, &client)];
        let halves = halves.map(|(from, to)| {
            (
                from.try_clone().expect("a clone"),
                to.try_clone().expect("a clone"),
            )
        });
        for (mut from, mut to) in halves {
            thread::spawn(move || {
                let _ = std::io::copy(&mut from, &mut to);
                let _ = to.shutdown(std::net::Shutdown::Both);
            });
        }
    };
    thread::spawn(move || {
        for client in listener.incoming().flatten() {
            let lead = lead.clone();
            thread::spawn(move || lead(client));
        }
    });
    format!("{user}@{own}/{database}")
}

/// What a command prints, and how it ends.
fn answers(config: &str, arguments: &[&str]) -> (Option<i32>, String, Duration) {
    let mut file = NamedTempFile::with_suffix(".toml").expect("a file");
    file.write_all(config.as_bytes()).expect("written");
    let start = Instant::now();
    let output = clean("nommer")
        .args(arguments)
        .arg("--config")
        .arg(file.path())
        .output();
    let output = output.expect("run");
    let text = String::from_utf8_lossy(&[output.stdout, output.stderr].concat()).into_owned();
    println!("{arguments:?} after {:?}: {text}", start.elapsed());
    (output.status.code(), text, start.elapsed())
}

#[test]
fn who_is_silent_before_the_server_that_answers_keeps_nobody_from_it() {
    let silent = [Silent::new(), Silent::new()];
    // It would not consume.
    let mut stack = Stack::start_with(RabbitOptions::default(), |rabbit, database| {
        let url = behind(&database.url, &[&silent[0], &silent[1]]);
        acceptance::configuration(&rabbit.url(), &url, "load", "load.#")
    });
    let url = behind(&stack.database.url, &[&silent[0]]);
    let config = acceptance::configuration(&stack.rabbit.url(), &url, "load", "load.#");
    thread::scope(|scope| {
        for arguments in [
            vec!["check", "database"],
            vec!["check", "archive"],
            vec!["latest"],
            vec!["stats"],
            vec!["migrate", "--plan"],
            vec!["counters", "verify"],
        ] {
            let config = &config;
            scope.spawn(move || {
                let (code, text, took) = answers(config, &arguments);
                assert_eq!(code, Some(0), "{arguments:?}: {text}");
                assert!(took < PROMISED, "{arguments:?}: {took:?}");
            });
        }
    });
    let grepper = Grepper::start(&url, &[]);
    let answer = grepper.get("/messagecount");
    assert_eq!(
        answer.status,
        200,
        "{}",
        grepper.process.log().expect("a log")
    );
    assert_eq!(stack.nommer.terminate(), Some(0));
}

#[test]
fn nommer_starts_though_each_connection_takes_longer_than_a_try() {
    let mut stack = Stack::start_with(RabbitOptions::default(), |rabbit, database| {
        let url = slow(&database.url, Duration::from_millis(3_600));
        acceptance::configuration(&rabbit.url(), &url, "load", "load.#")
    });
    assert_eq!(stack.nommer.terminate(), Some(0));
}
