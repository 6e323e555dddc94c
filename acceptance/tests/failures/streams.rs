//! Queues that are streams, and those that only look so.

use std::time::Duration;

use devstack::Process;
use serde_json::json;

use crate::support::amqp::{Publisher, from_json};
use crate::support::programs::{Nommer, config, migrate};
use crate::support::{eventually, rows};

const PATIENCE: Duration = Duration::from_secs(60);

fn code(process: &mut Process) -> Option<i32> {
    let ended = process.wait(PATIENCE).expect("waited");
    ended.expect("it ends").code()
}

#[test]
fn a_stream_is_refused_with_nothing_settled() {
    let postgres = devstack::shared_postgres().expect("a PostgreSQL server");
    let rabbit = devstack::shared_rabbit().expect("a RabbitMQ server");
    let database = postgres.fresh_database().expect("a database");
    migrate(&database.url);
    let publisher = Publisher::connect(&rabbit.url());
    publisher.declare_stream("stream", "stream.#");
    let passive = config(&rabbit.url(), &database.url, "stream", "stream.#")
        .replace("arguments = {}", "passive = true");
    let mut nommer = Nommer::start(&passive);
    eventually("it consumes", PATIENCE, || {
        nommer.log().contains("consuming broker")
    });
    publisher.publish("stream.x", from_json(&json!({})), b"{}");
    assert_eq!(code(&mut nommer.process), Some(11), "{}", nommer.log());
    let log = nommer.log();
    assert!(log.contains("queue stream is a stream"), "{log}");
    eventually("the stream has it still", PATIENCE, || {
        rabbit.queue_depth("stream").expect("a depth") == Some(1)
    });
    assert!(rows(postgres, &database.name, "SELECT 1 FROM messages").is_empty());
}

#[test]
fn a_stream_in_the_settings_is_a_mistake() {
    let argument = "arguments = { x-queue-type = \"stream\" }";
    let stream = config("amqp://", "postgresql://x/y", "stream", "stream.#")
        .replace("arguments = {}", argument);
    let mut nommer = Nommer::start(&stream);
    assert_eq!(code(&mut nommer.process), Some(2), "{}", nommer.log());
    let log = nommer.log();
    assert!(
        log.contains("queues.stream.arguments.x-queue-type"),
        "{log}"
    );
}

#[test]
fn a_sender_that_pretends_to_be_a_stream_stops_nothing() {
    let postgres = devstack::shared_postgres().expect("a PostgreSQL server");
    let rabbit = devstack::shared_rabbit().expect("a RabbitMQ server");
    for (queue, kind) in [
        ("classic", "{}"),
        ("quorum", "{ x-queue-type = \"quorum\" }"),
    ] {
        let database = postgres.fresh_database().expect("a database");
        migrate(&database.url);
        let key = format!("{queue}.x");
        let settings = config(&rabbit.url(), &database.url, queue, &key)
            .replace("arguments = {}", &format!("arguments = {kind}"));
        let mut nommer = Nommer::start(&settings);
        eventually("it consumes", PATIENCE, || {
            nommer.log().contains("consuming broker")
        });
        let publisher = Publisher::connect(&rabbit.url());
        let forged = from_json(&json!({"headers": {"x-stream-offset": 7, "kept": true}}));
        publisher.publish(&key, forged, b"{}");
        let headers = || rows(postgres, &database.name, "SELECT headers FROM messages");
        eventually("it is stored", PATIENCE, || headers().len() == 1);
        let headers: serde_json::Value = serde_json::from_str(&headers()[0]).expect("JSON");
        assert_eq!(headers, json!({"kept": true}));
        assert_eq!(nommer.terminate(), Some(0), "{}", nommer.log());
    }
}
