//! The database takes nothing for a while, and the broker has more than fits into memory.

use std::time::{Duration, Instant};

use devstack::RabbitOptions;
use lapin::BasicProperties;
use serde_json::json;

use crate::stack::{QUEUE, Stack};
use crate::support::amqp::{Publisher, from_json};
use crate::support::{eventually, rows};

const PATIENCE: Duration = Duration::from_secs(240);
const MEGABYTE: usize = 1 << 20;

/// A broker that soon throws out who does not read: by default it takes a minute.
fn impatient() -> RabbitOptions {
    RabbitOptions {
        configuration: vec!["tcp_listen_options.send_timeout = 3000".to_owned()],
        ..RabbitOptions::default()
    }
}

fn publish(stack: &Stack, messages: usize, size: usize) {
    let publisher = Publisher::connect(&stack.rabbit.url());
    for n in 0..messages {
        let body = json!({"n": n, "padding": "x".repeat(size)}).to_string();
        publisher.publish("load.x", BasicProperties::default(), body.as_bytes());
    }
}

fn assert_stored(stack: &Stack, messages: usize) {
    let start = Instant::now();
    while stack.stored() < messages && start.elapsed() < PATIENCE {
        std::thread::sleep(Duration::from_millis(100));
    }
    let distinct = "SELECT count(DISTINCT msg::json ->> 'n') FROM messages";
    let stored = rows(&stack.postgres, &stack.database.name, distinct);
    assert_eq!(stored, [messages.to_string()], "{}", stack.nommer.log());
}

fn peak_of_memory(pid: u32) -> usize {
    let status = std::fs::read_to_string(format!("/proc/{pid}/status")).expect("a process");
    let line = status.lines().find(|line| line.starts_with("VmHWM:"));
    let kilobytes = line.and_then(|line| line.split_whitespace().nth(1));
    kilobytes
        .and_then(|text| text.parse::<usize>().ok())
        .expect("VmHWM")
        << 10
}

#[test]
fn a_queue_that_goes_with_its_consumer_stays_while_the_database_takes_nothing() {
    let mut stack = Stack::start_with(impatient(), |rabbit, database| {
        Stack::config_of(rabbit, database)
            .replace("durable = true", "durable = false")
            .replace("auto_delete = false", "auto_delete = true")
    });
    let lock = stack.lock_messages();
    publish(&stack, 90, MEGABYTE);
    std::thread::sleep(Duration::from_secs(40));
    let depth = stack.rabbit.queue_depth(QUEUE).expect("a depth");
    assert_eq!(depth, Some(90), "{}", stack.nommer.log());
    stack.unlock(lock);
    assert_stored(&stack, 90);
    let log = stack.nommer.log();
    assert_eq!(
        log.matches("INFO nommer::bus::consumer: consuming").count(),
        1,
        "{log}"
    );
    let late = log
        .lines()
        .find(|line| line.contains("the database is late with a batch"));
    assert!(
        late.is_some_and(|line| line.contains("oldest=\"load.")),
        "{log}"
    );
    assert_eq!(stack.nommer.terminate(), Some(0));
}

#[test]
fn large_headers_do_not_fill_the_memory() {
    let stack = Stack::start();
    let lock = stack.lock_messages();
    let headers: serde_json::Map<String, serde_json::Value> =
        (0..5000).map(|n| (format!("h{n}"), json!(n))).collect();
    let properties = from_json(&json!({ "headers": headers }));
    let publisher = Publisher::connect(&stack.rabbit.url());
    let delivery = |n| {
        (
            "load.x".to_owned(),
            properties.clone(),
            format!("{{\"n\": {n}}}").into(),
        )
    };
    for part in 0..5 {
        publisher.publish_all((0..50).map(|n| delivery(50 * part + n)));
    }
    eventually("it asks for no more", PATIENCE, || {
        let log = stack.nommer.log();
        log.contains("the database takes nothing: asking the broker for no more")
    });
    // What was asked for before comes still.
    std::thread::sleep(Duration::from_secs(2));
    stack.unlock(lock);
    assert_stored(&stack, 250);
    let peak = peak_of_memory(stack.nommer.process.pid().expect("it runs")) / MEGABYTE;
    assert!(peak < 220, "{peak} MiB");
}
