//! Nodes of a RabbitMQ cluster that go, or do not see each other any more.

use std::ops::Range;
use std::time::Duration;

use devstack::cluster::start_brokers;
use devstack::{Rabbit, RabbitOptions};

use crate::support::amqp::{Publisher, properties};
use crate::support::programs::{Nommer, config, migrate};
use crate::support::{eventually, rows};

const PATIENCE: Duration = Duration::from_secs(30);
const QUEUE: &str = "homed";

/// Publishes messages of these numbers, by a node that confirms them and keeps them on its disk.
fn publish(node: &Rabbit, numbers: Range<u8>) {
    let publisher = Publisher::connect(&node.url());
    let message = |number| {
        let properties = properties(&format!("id-{number}"), Some("2024-05-01T10:00:00+00:00"));
        ("load.x".to_owned(), properties, b"{}".to_vec())
    };
    publisher.publish_all(numbers.map(message));
}

#[test]
fn a_queue_that_is_out_of_reach_is_waited_for_and_consumed_by_the_node_that_has_it() {
    let postgres = devstack::shared_postgres().expect("a PostgreSQL server");
    let database = postgres.fresh_database().expect("a database");
    migrate(&database.url);
    let stored = || rows(postgres, &database.name, "SELECT count(*) FROM messages").remove(0);
    let brokers = start_brokers(2, &RabbitOptions::default()).expect("a cluster");
    let [mut home, near] = <[Rabbit; 2]>::try_from(brokers).expect("two nodes");
    let consuming = |nommer: &Nommer, times| {
        eventually("nommer consumes", PATIENCE, || {
            nommer.log().matches("consuming broker").count() >= times
        });
    };

    let of = |url: &str| config(url, &database.url, QUEUE, "load.#");
    let mut first = Nommer::start(&of(&home.url()));
    consuming(&first, 1);
    assert_eq!(first.terminate(), Some(0));
    publish(&home, 0..10);
    home.kill().expect("killed");

    let both = near
        .url()
        .replace("/%2F", &format!(",127.0.0.1:{}/%2F", home.port()));
    let mut nommer = Nommer::start(&of(&both));
    eventually("the queue is not there", PATIENCE, || {
        nommer.log().contains("is down or inaccessible")
    });
    home.start_again().expect("started");
    consuming(&nommer, 1);
    eventually("what waited is stored", PATIENCE, || stored() == "10");
    assert_eq!(nommer.terminate(), Some(0));

    // It begins with the first server of the URL, which the other one leaves now.
    nommer.start_again();
    consuming(&nommer, 1);
    near.part_from(&home).expect("parted");
    consuming(&nommer, 2);
    let at_home = format!("server=\"127.0.0.1:{}\"", home.port());
    assert!(nommer.log().contains(&at_home), "{}", nommer.log());
    publish(&home, 10..20);
    eventually("it is stored", PATIENCE, || stored() == "20");
    assert_eq!(nommer.terminate(), Some(0));
}
