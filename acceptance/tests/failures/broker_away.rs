//! RabbitMQ goes, comes back, is full, or loses the queue.

use std::time::Duration;

use devstack::RabbitOptions;

use crate::stack::{QUEUE, Stack};
use crate::support::eventually;
use crate::support::programs::{Nommer, config, migrate};

const PATIENCE: Duration = Duration::from_secs(60);

#[test]
fn nothing_is_lost_while_rabbitmq_restarts_and_is_killed() {
    let mut stack = Stack::start();
    let stream = stack.stream();
    stack.wait_for_stored(200);
    stack.rabbit.stop().expect("stopped");
    stack.rabbit.start_again().expect("started");
    stack.wait_for_stored(200);
    stack.rabbit.kill().expect("killed");
    stack.rabbit.start_again().expect("started");
    stack.wait_for_stored(200);
    stack.assert_all_stored_once(stream);
    assert_eq!(stack.nommer.terminate(), Some(0));
}

#[test]
fn nothing_is_lost_while_rabbitmq_is_killed_again_and_again() {
    let mut stack = Stack::start();
    let stream = stack.stream();
    for _ in 0..3 {
        stack.wait_for_stored(100);
        stack.rabbit.kill().expect("killed");
        stack.rabbit.start_again().expect("started");
        stack.wait_for_stored(100);
    }
    stack.assert_all_stored_once(stream);
    assert_eq!(stack.nommer.terminate(), Some(0));
}

#[test]
fn of_several_servers_the_next_one_is_taken() {
    let away = devstack::free_port().expect("a port");
    let mut stack = Stack::start_with(RabbitOptions::default(), |rabbit, database| {
        let url = rabbit.url();
        let (user, server) = url.split_once('@').expect("a user");
        let several = format!("{user}@127.0.0.1:{away},{server}");
        config(&several, &database.url, QUEUE, "load.#")
    });
    let stream = stack.stream();
    stack.wait_for_stored(500);
    stack.assert_all_stored_once(stream);
    stack.rabbit.stop().expect("stopped");
    let both = format!("amqp://127.0.0.1:{away},127.0.0.1:{}", stack.rabbit.port());
    eventually("each server's fault is told", PATIENCE, || {
        let log = stack.nommer.log();
        log.contains(&both) && log.contains(&format!("127.0.0.1:{away}: "))
    });
    assert_eq!(stack.nommer.terminate(), Some(0));
}

#[test]
fn nommer_waits_for_a_broker_that_is_away_at_the_start() {
    let mut stack = Stack::start();
    assert_eq!(stack.nommer.terminate(), Some(0));
    stack.rabbit.stop().expect("stopped");
    stack.nommer.start_again();
    std::thread::sleep(Duration::from_secs(3));
    assert!(
        stack
            .nommer
            .process
            .wait(Duration::ZERO)
            .expect("waited")
            .is_none(),
        "{}",
        stack.nommer.log()
    );
    stack.rabbit.start_again().expect("started");
    let stream = stack.stream();
    stack.wait_for_stored(400);
    stack.assert_all_stored_once(stream);
}

#[test]
fn a_deleted_queue_is_declared_and_bound_again() {
    let stack = Stack::start();
    let stream = stack.stream();
    stack.wait_for_stored(200);
    let (confirmed, _) = stream.finish();
    eventually("all are stored", Duration::from_secs(20), || {
        stack.stored() >= confirmed.len()
    });
    stack.rabbit.delete_queue(QUEUE).expect("deleted");
    stack.wait_until_consuming();
    let before = stack.stored();
    let stream = stack.stream();
    eventually("messages are stored again", Duration::from_secs(30), || {
        stack.stored() > before + 200
    });
    drop(stream.finish());
}

#[test]
fn a_memory_alarm_passes() {
    let stack = Stack::start();
    let stream = stack.stream();
    stack.wait_for_stored(200);
    stack.rabbit.raise_memory_alarm().expect("raised");
    std::thread::sleep(Duration::from_secs(3));
    let confirmed = stream.confirmed();
    stack.rabbit.clear_memory_alarm().expect("cleared");
    eventually("publishing goes on", Duration::from_secs(30), || {
        stream.confirmed() > confirmed + 200
    });
    stack.assert_all_stored_once(stream);
}

#[test]
fn a_broker_that_takes_the_connection_and_says_nothing_is_given_up_soon() {
    let postgres = devstack::shared_postgres().expect("a PostgreSQL server");
    let database = postgres.fresh_database().expect("a database");
    migrate(&database.url);
    // The system accepts for it, and nobody ever answers.
    let silent = std::net::TcpListener::bind("127.0.0.1:0").expect("a port");
    let url = format!("amqp://{}", silent.local_addr().expect("an address"));
    let nommer = Nommer::start(&config(&url, &database.url, QUEUE, "load.#"));
    eventually("it gives up", Duration::from_secs(45), || {
        nommer.log().contains("does not finish the handshake")
    });
}
