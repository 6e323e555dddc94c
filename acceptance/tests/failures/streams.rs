//! Queues that are streams, and those that only look so.

use std::time::Duration;

use devstack::Process;
use serde_json::json;

use crate::support::amqp::{Publisher, from_json};
use crate::support::programs::{Nommer, config, migrate};
use crate::support::{eventually, rows};

const PATIENCE: Duration = Duration::from_secs(240);

fn code(process: &mut Process) -> Option<i32> {
    let ended = process.wait(PATIENCE).expect("waited");
    ended.expect("it ends").code()
}

#[test]
fn a_stream_is_refused_before_anything_is_delivered() {
    let postgres = devstack::shared_postgres().expect("a PostgreSQL server");
    let rabbit = devstack::shared_rabbit().expect("a RabbitMQ server");
    let database = postgres.fresh_database().expect("a database");
    migrate(&database.url);
    let publisher = Publisher::connect(&rabbit.url());
    publisher.declare_stream("stream", "stream.#");
    let passive = config(&rabbit.url(), &database.url, "stream", "stream.#")
        .replace("arguments = {}", "passive = true");
    publisher.publish("stream.x", from_json(&json!({})), b"{}");
    let mut nommer = Nommer::start(&passive);
    assert_eq!(code(&mut nommer.process), Some(11), "{}", nommer.log());
    let log = nommer.log();
    assert!(log.contains("queue stream is a stream"), "{log}");
    assert!(!log.contains("consuming broker"), "{log}");
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
fn senders_that_pretend_to_be_a_stream_stop_nothing_and_cost_no_delivery() {
    const FORGED: usize = 40;
    const MESSAGES: usize = 2000;
    let postgres = devstack::shared_postgres().expect("a PostgreSQL server");
    let rabbit = devstack::shared_rabbit().expect("a RabbitMQ server");
    for (queue, kind) in [
        ("classic", "{}"),
        (
            "quorum",
            "{ x-queue-type = \"quorum\", x-delivery-limit = 1 }",
        ),
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
        assert_eq!(nommer.terminate(), Some(0), "{}", nommer.log());
        let forged = from_json(&json!({"headers": {"x-stream-offset": 7, "kept": true}}));
        let message = |n| match n < FORGED {
            true => (key.clone(), forged.clone(), b"{}".to_vec()),
            false => (key.clone(), from_json(&json!({})), b"{}".to_vec()),
        };
        // All of them are ready when the first is delivered.
        Publisher::connect(&rabbit.url()).publish_all((0..MESSAGES).map(message));
        nommer.start_again();
        // The depth that the broker tells of a quorum queue lags behind.
        eventually("all are stored", PATIENCE, || {
            rows(postgres, &database.name, "SELECT count(*) FROM messages")
                == [MESSAGES.to_string()]
        });
        let stored = "SELECT headers, count(*) FROM messages GROUP BY 1 ORDER BY 2";
        let expected = [
            format!("{{\"kept\": true}}|{FORGED}"),
            format!("{{}}|{}", MESSAGES - FORGED),
        ];
        let stored = rows(postgres, &database.name, stored);
        assert_eq!(stored, expected, "{}", nommer.log());
        assert_eq!(nommer.terminate(), Some(0), "{}", nommer.log());
    }
}
