//! A restored archive gets what it lacks from a stream beside the queue.

use std::io::Write as _;
use std::process::{Command, Output, Stdio};
use std::time::Duration;

use chrono::{SecondsFormat, Utc};
use devstack::{Process, StopMode};
use serde_json::json;
use tempfile::NamedTempFile;

use crate::stack::{QUEUE, Stack};
use crate::support::amqp::{Publisher, from_json, properties};
use crate::support::blocks::block;
use crate::support::programs::{Nommer, clean, config, migrate};
use crate::support::{eventually, rows};

const PAGE: &str = include_str!("../../../docs/operating.md");
const PATIENCE: Duration = Duration::from_secs(90);

/// `nommer consume` with further arguments.
pub fn consume(config: &NamedTempFile, arguments: &[&str]) -> Command {
    let mut command = clean("nommer");
    command
        .args(["consume", "-c", config.path().to_str().expect("UTF-8")])
        .args(arguments)
        .stdin(Stdio::null());
    command
}

pub fn file(text: &str) -> NamedTempFile {
    let mut file = NamedTempFile::with_suffix(".toml").expect("a file");
    file.write_all(text.as_bytes()).expect("written");
    file
}

fn now() -> String {
    Utc::now().to_rfc3339_opts(SecondsFormat::Secs, true)
}

/// All that it said, and its exit code.
pub fn said(output: &Output) -> (String, Option<i32>) {
    let text = [output.stdout.as_slice(), &output.stderr].concat();
    (
        String::from_utf8_lossy(&text).into_owned(),
        output.status.code(),
    )
}

#[test]
fn nothing_is_missing_or_doubled_after_a_restore_and_a_stream_that_was_read_through_faults() {
    const STREAM: &str = "load-stream";
    let mut stack = Stack::start();
    Publisher::connect(&stack.rabbit.url()).declare_stream(STREAM, "load.#");
    let since = now();
    let stream = stack.stream();
    stack.wait_for_stored(300);
    assert_eq!(stack.nommer.terminate(), Some(0));
    let name = stack.database.name.clone();
    let server = |stack: &Stack, sql: String| rows(&stack.postgres, "postgres", &sql);
    server(&stack, format!("CREATE DATABASE copy TEMPLATE {name}"));
    stack.nommer.start_again();
    stack.wait_for_stored(2500);
    let (confirmed, tried) = stream.finish();
    eventually("the queue is empty", PATIENCE, || {
        stack.rabbit.queue_depth(QUEUE).expect("a depth") == Some(0)
    });
    assert_eq!(stack.nommer.terminate(), Some(0));
    let before = stack.stored();
    server(&stack, format!("DROP DATABASE {name}"));
    server(&stack, format!("ALTER DATABASE copy RENAME TO {name}"));
    let restored = stack.stored();
    assert!(
        restored + 2000 < before,
        "too little was lost: {restored} of {before}"
    );

    // Killed on its way.
    let settings = file(
        &Stack::config_of(&stack.rabbit, &stack.database)
            .replace("[consumer_config]", "[consumer_config]\nbatch_size = 50"),
    );
    let arguments = ["--from-stream", STREAM, "--since", &since];
    let mut killed = Process::spawn(&consume(&settings, &arguments)).expect("nommer");
    eventually("some are stored again", PATIENCE, || {
        stack.stored() > restored
    });
    let lock = stack.lock_messages();
    let kept = || {
        rows(
            &stack.postgres,
            &name,
            "SELECT stored_before FROM stream_offsets",
        )
    };
    eventually("some is kept", PATIENCE, || !kept().is_empty());
    killed.kill().expect("killed");
    stack.unlock(lock);
    assert!(stack.stored() < before, "it was done before it was killed");
    let kept = kept().remove(0);

    // It goes on there, and the connection and the database go away meanwhile.
    let mut again = Process::spawn(&consume(&settings, &arguments[..2])).expect("nommer");
    let log = || again.log().unwrap_or_default();
    eventually("it reads", PATIENCE, || {
        log().contains("reading the stream")
    });
    let place = format!("going on at the kept offset queue=\"{STREAM}\" offset={kept}\n");
    assert!(log().contains(&place), "{place}: {}", log());
    let lock = stack.lock_messages();
    eventually("a batch is held", PATIENCE, || log().contains("it is held"));
    let cut = stack
        .rabbit
        .rabbitmqctl(["close_all_connections", "a test"]);
    cut.expect("cut");
    let connects = "will connect again";
    eventually("it connects again", PATIENCE, || log().contains(connects));
    stack.postgres.stop(StopMode::Fast).expect("stopped");
    stack.postgres.start_again().expect("started");
    stack.unlock(lock);
    let status = again.wait(PATIENCE).expect("waited").expect("it ends");
    let log = again.log().unwrap_or_default();
    assert_eq!(status.code(), Some(0), "{log}");
    // What the database may have lost is read once more.
    assert!(
        log.matches("going on at the kept offset").count() > 1,
        "{log}"
    );
    stack.assert_stored_once(&confirmed, tried);

    // As the page says it, where an offset is kept and where none is.
    let nommer = devstack::binary("nommer").expect("nommer");
    let path = std::env::var("PATH").expect("a PATH");
    for (name, read) in [
        ("replay", "0 messages read: 0 stored, "),
        ("replay-all", " read: 0 stored, "),
        ("replay-since", " read: 0 stored, "),
    ] {
        let mut shell = Command::new("sh");
        acceptance::clean(&mut shell)
            .args(["-euc", &block(PAGE, "sh", name)])
            .env(
                "PATH",
                format!("{}:{path}", nommer.parent().expect("a folder").display()),
            )
            .env("FEDORA_MESSAGING_CONF", settings.path())
            .env("STREAM", STREAM)
            .env("SINCE", &since);
        let (text, code) = said(&shell.output().expect("sh"));
        assert_eq!(code, Some(0), "{name}: {text}");
        assert!(text.contains(read), "{name}: {text}");
    }
    stack.assert_stored_once(&confirmed, tried);
}

#[test]
fn a_stream_is_read_to_where_it_ended_and_told_what_is_new() {
    let postgres = devstack::shared_postgres().expect("a PostgreSQL server");
    let rabbit = devstack::shared_rabbit().expect("a RabbitMQ server");
    let database = postgres.fresh_database().expect("a database");
    migrate(&database.url);
    let publisher = Publisher::connect(&rabbit.url());
    publisher.declare_stream("told", "told.#");
    publisher.declare_stream("empty", "empty.#");
    let settings = file(&config(
        &rabbit.url(),
        &database.url,
        "ordinary",
        "ordinary.#",
    ));
    let replay = |arguments: &[&str]| {
        let output = consume(&settings, arguments).output().expect("nommer");
        said(&output)
    };
    let since = now();
    let from = |queue: &'static str| ["--from-stream", queue, "--since", since.as_str()];

    let (text, code) = replay(&from("empty"));
    assert_eq!(code, Some(0), "{text}");
    assert!(text.contains("stream empty has no message"), "{text}");

    let sent_at = Some("2024-05-01T10:00:00+00:00");
    for n in 0..20 {
        publisher.publish("told.x", properties(&format!("told-{n}"), sent_at), b"{}");
    }
    // No id, no time: only their content tells that they are here already.
    for n in 0..5 {
        let body = format!(r#"{{"n": {n}}}"#);
        publisher.publish("told.x", from_json(&json!({})), body.as_bytes());
    }
    // No messages.
    for n in 0..3 {
        let body = format!("no JSON {n}");
        publisher.publish("told.x", from_json(&json!({})), body.as_bytes());
    }
    let (text, code) = replay(&from("told"));
    assert_eq!(code, Some(0), "{text}");
    assert!(
        text.contains("28 messages read: 25 stored, 0 here already, 3 kept as dead letters"),
        "{text}"
    );
    let (text, code) = replay(&from("told"));
    assert_eq!(code, Some(0), "{text}");
    assert!(
        text.contains("28 messages read: 0 stored, 25 here already, 3 kept as dead letters"),
        "{text}"
    );
    let count = |sql: &str| rows(postgres, &database.name, sql).remove(0);
    assert_eq!(count("SELECT count(*) FROM messages"), "25");
    assert_eq!(count("SELECT count(*) FROM dead_letters"), "3");

    for (offset, read) in [
        ("25", "3 messages read"),
        ("27", "1 message read"),
        ("28", "0 messages read"),
    ] {
        let (text, code) = replay(&["--from-stream", "told", "--offset", offset]);
        assert_eq!(code, Some(0), "{text}");
        assert!(text.contains(read), "{offset}: {text}");
    }
    // All that came before it is older than it says.
    std::thread::sleep(Duration::from_secs(2));
    let later = now();
    let (text, code) = replay(&["--from-stream", "told", "--since", &later]);
    assert_eq!(code, Some(0), "{text}");
    assert!(text.contains("0 messages read"), "{text}");
}

#[test]
fn a_dead_letter_of_the_queue_is_the_same_one_in_the_stream() {
    let postgres = devstack::shared_postgres().expect("a PostgreSQL server");
    let rabbit = devstack::shared_rabbit().expect("a RabbitMQ server");
    let database = postgres.fresh_database().expect("a database");
    migrate(&database.url);
    let publisher = Publisher::connect(&rabbit.url());
    publisher.declare_stream("letters", "letter.#");
    let settings = config(&rabbit.url(), &database.url, "of-letters", "letter.#");
    let mut nommer = Nommer::start(&settings);
    let settings = file(&settings);
    eventually("it consumes", PATIENCE, || {
        rabbit
            .queue_depth("of-letters")
            .is_ok_and(|depth| depth.is_some())
    });
    let variants = [
        json!({}),
        json!({"headers": {}}),
        json!({"content_type": "text/plain", "delivery_mode": 1}),
        json!({
            "content_type": "application/json", "content_encoding": "utf-8", "delivery_mode": 2, "priority": 3,
            "message_id": "a", "correlation_id": "b", "reply_to": "c", "expiration": "60000", "type": "d",
            "app_id": "e", "timestamp": 1_714_521_601,
            // RabbitMQ's streams keep no tables within headers.
            "headers": {"fedora_messaging_severity": 20, "x-own": "text", "yes": true},
        }),
        json!({"message_id": "one", "headers": {"sent-at": "2024-05-01T10:00:00+00:00", "priority": 0}}),
    ];
    for (n, variant) in variants.iter().enumerate() {
        let body = format!("no JSON {n}");
        publisher.publish("letter.x", from_json(variant), body.as_bytes());
    }
    let all = variants.len().to_string();
    let count = || {
        rows(
            postgres,
            &database.name,
            "SELECT count(*) FROM dead_letters",
        )
        .remove(0)
    };
    eventually("they are put aside", PATIENCE, || count() == all);
    assert_eq!(nommer.terminate(), Some(0));
    let output = consume(&settings, &["--from-stream", "letters", "--offset", "0"])
        .output()
        .expect("nommer");
    let (text, code) = said(&output);
    assert_eq!(code, Some(0), "{text}");
    let letters = rows(
        postgres,
        &database.name,
        "SELECT convert_from(body, 'UTF8'), deliveries, queue, properties FROM dead_letters ORDER BY 1, id",
    );
    assert_eq!(count(), all, "{letters:#?}");
}

#[test]
fn what_is_no_stream_or_no_time_is_refused_and_loses_nothing() {
    let postgres = devstack::shared_postgres().expect("a PostgreSQL server");
    let rabbit = devstack::shared_rabbit().expect("a RabbitMQ server");
    let database = postgres.fresh_database().expect("a database");
    migrate(&database.url);
    let settings = file(&config(&rabbit.url(), &database.url, "unread", "unread.#"));
    let mut ordinary = Process::spawn(&consume(&settings, &[])).expect("nommer");
    eventually("it consumes", PATIENCE, || {
        ordinary
            .log()
            .unwrap_or_default()
            .contains("consuming broker")
    });
    ordinary.terminate().expect("signalled");
    ordinary.wait(PATIENCE).expect("waited").expect("it ends");
    let forged = from_json(&json!({"headers": {"x-stream-offset": 7}}));
    Publisher::connect(&rabbit.url()).publish("unread.x", forged, b"{}");
    let since = now();
    for (arguments, code, word) in [
        (
            ["unread", "--since", &since],
            11,
            "queue unread is no stream",
        ),
        (["nowhere", "--since", &since], 10, "queue nowhere"),
        (["unread", "--since", "2999-01-01"], 2, "lies in the future"),
        (
            ["unread", "--since", "yesterday"],
            2,
            "not a day or a time by ISO 8601",
        ),
    ] {
        let arguments = [&["--from-stream"], &arguments[..]].concat();
        let output = consume(&settings, &arguments).output().expect("nommer");
        let (text, ended) = said(&output);
        assert_eq!(ended, Some(code), "{arguments:?}: {text}");
        assert!(text.contains(word), "{arguments:?}: {text}");
    }
    assert_eq!(rabbit.queue_depth("unread").expect("a depth"), Some(1));
}
