//! Queues that give up a message after a number of deliveries.

use std::time::{Duration, Instant};

use devstack::{Database, Rabbit, RabbitOptions};
use lapin::options::BasicGetOptions;
use lapin::{BasicProperties, Connection, ConnectionProperties};
use serde_json::json;

use crate::stack::{QUEUE, Stack};
use crate::support::amqp::{Publisher, properties};
use crate::support::programs::{Nommer, config, config_apart, migrate};
use crate::support::{eventually, rows};

const PATIENCE: Duration = Duration::from_secs(240);
const MESSAGES: usize = 100;

fn config_with_limit(limit: u8) -> impl FnOnce(&Rabbit, &Database) -> String {
    move |rabbit, database| {
        let arguments =
            format!("arguments = {{ x-queue-type = \"quorum\", x-delivery-limit = {limit} }}");
        Stack::config_of(rabbit, database).replace("arguments = {}", &arguments)
    }
}

fn publish(stack: &Stack, size: usize) {
    let publisher = Publisher::connect(&stack.rabbit.url());
    for n in 0..MESSAGES {
        let body = json!({"n": n, "padding": "x".repeat(size)}).to_string();
        publisher.publish("load.x", BasicProperties::default(), body.as_bytes());
    }
}

fn assert_all_stored(stack: &Stack) {
    let start = Instant::now();
    let empty = || stack.rabbit.queue_depth(QUEUE).expect("a depth") == Some(0);
    while start.elapsed() < PATIENCE && !empty() {
        std::thread::sleep(Duration::from_millis(500));
    }
    let distinct = "SELECT count(DISTINCT msg::json ->> 'n') FROM messages";
    let stored = rows(&stack.postgres, &stack.database.name, distinct);
    assert_eq!(stored, [MESSAGES.to_string()], "{}", stack.nommer.log());
}

fn headers_of_the_queue(stack: &Stack) -> Vec<String> {
    let sql = "SELECT DISTINCT jsonb_object_keys(headers::jsonb) FROM messages";
    rows(&stack.postgres, &stack.database.name, sql)
}

#[test]
fn a_database_that_takes_nothing_for_long_costs_no_delivery() {
    // A broker that soon throws out who does not read: by default it takes a minute.
    let options = RabbitOptions {
        configuration: vec!["tcp_listen_options.send_timeout = 3000".to_owned()],
        ..RabbitOptions::default()
    };
    let stack = Stack::start_with(options, config_with_limit(1));
    let lock = stack.lock_messages();
    publish(&stack, 1 << 19);
    // Twice as long as it takes the broker.
    std::thread::sleep(Duration::from_secs(80));
    stack.unlock(lock);
    assert_all_stored(&stack);
}

/// Whether a session of nommer that began after that time waits for a lock.
fn waits(stack: &Stack, since: &str) -> bool {
    let sql = format!(
        "SELECT pid FROM pg_stat_activity WHERE application_name = 'nommer'
         AND wait_event_type = 'Lock' AND backend_start > '{since}'"
    );
    !rows(&stack.postgres, &stack.database.name, &sql).is_empty()
}

#[test]
fn what_cannot_be_stored_is_not_taken_again_and_again() {
    let mut stack = Stack::start_with(RabbitOptions::default(), config_with_limit(3));
    let lock = stack.lock_messages();
    publish(&stack, 10);
    for _ in 0..5 {
        let now = rows(&stack.postgres, &stack.database.name, "SELECT now()").remove(0);
        stack.nommer.process.kill().expect("killed");
        stack.nommer.start_again();
        // What it takes, it takes before or soon after that.
        eventually("it waits, too", PATIENCE, || waits(&stack, &now));
        std::thread::sleep(Duration::from_secs(1));
    }
    // Whatever it is that waits: sequences are looked at before a probe.
    eventually("the wait is told", PATIENCE, || {
        let log = stack.nommer.log();
        log.contains("the database has not answered yet")
    });
    stack.unlock(lock);
    assert_all_stored(&stack);
    // They came back, and yet nothing of that is stored.
    assert_eq!(headers_of_the_queue(&stack), Vec::<String>::new());
    assert_eq!(stack.nommer.terminate(), Some(0));
}

#[test]
fn an_acknowledgement_timeout_of_the_broker_costs_one_delivery() {
    let stack = Stack::start_with(RabbitOptions::default(), |rabbit, database| {
        // The broker looks once in a tick for what is overdue.
        for (key, milliseconds) in [("consumer_timeout", 3000), ("channel_tick_interval", 500)] {
            let set = format!("application:set_env(rabbit, {key}, {milliseconds}).");
            rabbit.rabbitmqctl(["eval", &set]).expect("set");
        }
        config_with_limit(1)(rabbit, database)
    });
    let lock = stack.lock_messages();
    publish(&stack, 10);
    eventually("the broker closes the channel", PATIENCE, || {
        stack
            .nommer
            .log()
            .contains("not consuming: will connect again")
    });
    // So long that it would happen again and again.
    std::thread::sleep(Duration::from_secs(15));
    let log = stack.nommer.log();
    assert_eq!(log.matches("consuming broker").count(), 1, "{log}");
    stack.unlock(lock);
    assert_all_stored(&stack);
}

/// Takes all that a queue has, and leaves without a word about it.
fn take_and_leave(url: &str, queue: &str) {
    let runtime = tokio::runtime::Runtime::new().expect("a runtime");
    runtime.block_on(async {
        let connection = Connection::connect(url, ConnectionProperties::default());
        let connection = connection.await.expect("connected");
        let channel = connection.create_channel().await.expect("a channel");
        let get = || channel.basic_get(queue.into(), BasicGetOptions::default());
        while get().await.expect("an answer").is_some() {}
        connection.close(200, "".into()).await.expect("closed");
    });
}

#[test]
fn what_a_limit_gave_up_is_archived_from_another_queue_as_it_was_sent() {
    let (postgres, rabbit) = (devstack::shared_postgres(), devstack::shared_rabbit());
    let (postgres, rabbit) = (postgres.expect("a server"), rabbit.expect("a broker"));
    let database = postgres.fresh_database().expect("a database");
    migrate(&database.url);
    let url = rabbit.url();
    // Not of type fanout, but it passes all on as well.
    drop(Publisher::connect(&url).apart("given-up"));
    let limited =
        "x-queue-type = 'quorum', x-delivery-limit = 1, x-dead-letter-exchange = 'given-up'";
    let arguments = format!("arguments = {{ {limited} }}");
    let configs = [
        config(&url, &database.url, "limited", "limited.#").replace("arguments = {}", &arguments),
        config_apart(&url, &database.url, "given-up", "given-up"),
    ];
    let consuming = |nommer: &Nommer| {
        eventually("nommer consumes", PATIENCE, || {
            nommer.log().contains("consuming broker")
        });
    };
    let [_, mut second] = configs.map(|config| {
        let mut nommer = Nommer::start(&config);
        consuming(&nommer);
        assert_eq!(nommer.terminate(), Some(0));
        nommer
    });
    let message = |number: usize| {
        let properties = properties(&format!("id-{number}"), Some("2024-05-01T10:00:00+00:00"));
        ("limited.x".to_owned(), properties, b"{}".to_vec())
    };
    Publisher::connect(&url).publish_all((0..10).map(message));
    eventually("all is given up", PATIENCE, || {
        take_and_leave(&url, "limited");
        rabbit.queue_depth("given-up").expect("a depth") == Some(10)
    });
    second.start_again();
    let topics = "SELECT topic, count(DISTINCT msg_id) FROM messages GROUP BY topic";
    eventually("it is archived", PATIENCE, || {
        rows(postgres, &database.name, topics) == ["limited.x|10"]
    });
    assert_eq!(second.terminate(), Some(0));
}
