//! nommer stops within its transactions, with all that it has locked.

use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use serde_json::json;

use crate::stack::Stack;
use crate::support::amqp::{Publisher, from_json};
use crate::support::programs::Nommer;
use crate::support::{eventually, rows};

const PATIENCE: Duration = Duration::from_secs(100);

fn signal(pid: u32, name: &str) {
    let done = Command::new("kill").args([name, &pid.to_string()]).status();
    assert!(done.expect("kill").success());
}

#[test]
fn another_nommer_goes_on_soon_after_one_freezes_within_two_transactions() {
    let mut stack = Stack::start();
    let (postgres, name) = (&stack.postgres, stack.database.name.clone());
    let count = |sql: &str| rows(postgres, &name, &format!("SELECT count(*) {sql}")).remove(0);
    let lock = "BEGIN; LOCK TABLE packages; SELECT pg_sleep(600)";
    let mut locker = devstack::psql(&stack.database.url)
        .expect("psql")
        .args(["--command", lock])
        .stderr(Stdio::null())
        .spawn()
        .expect("psql");
    let sleeping = "FROM pg_stat_activity WHERE wait_event = 'PgSleep'";
    eventually("the table is locked", PATIENCE, || count(sleeping) == "1");
    let publisher = Publisher::connect(&stack.rabbit.url());
    let publish = |id: &str| {
        let headers =
            json!({"fedora_messaging_rpm_new": true, "sent-at": "2026-05-01T12:00:00+00:00"});
        let properties = json!({"message_id": id, "headers": headers});
        publisher.publish("load.x", from_json(&properties), b"{}");
    };
    let waiting = "FROM pg_stat_activity WHERE application_name = 'nommer' AND wait_event_type = 'Lock' AND query LIKE '%packages%'";
    for (n, id) in ["first", "second"].into_iter().enumerate() {
        publish(id);
        eventually("its batch waits", PATIENCE, || {
            count(waiting) == (n + 1).to_string()
        });
    }
    let frozen = stack.nommer.process.pid().expect("a process");
    signal(frozen, "-STOP");
    rows(
        postgres,
        &name,
        "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE wait_event = 'PgSleep'",
    );
    locker.wait().expect("ended");
    let start = Instant::now();
    stack
        .rabbit
        .rabbitmqctl(["close_all_connections", "frozen"])
        .expect("closed");
    let mut other = Nommer::start(&Stack::config_of(&stack.rabbit, &stack.database));
    eventually("the other one stores them", PATIENCE, || {
        count("FROM messages") == "2"
    });
    println!("stored after {:?}", start.elapsed());
    let word = "a program that stopped within a transaction: its session is ended";
    assert_eq!(other.log().matches(word).count(), 2, "{}", other.log());
    signal(frozen, "-CONT");
    assert_eq!(other.terminate(), Some(0));
    assert_eq!(stack.nommer.terminate(), Some(0));
}
