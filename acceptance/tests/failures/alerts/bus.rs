//! What is wrong with the bus.

use std::time::Duration;

use devstack::tls::{Identity, PrivateCa};
use devstack::{Rabbit, RabbitOptions, Tls, free_port};
use lapin::options::{BasicGetOptions, BasicNackOptions};
use lapin::{BasicProperties, Connection, ConnectionProperties};

use crate::alerts::prometheus::Prometheus;
use crate::alerts::{start_watched, watched_at};
use crate::stack::{QUEUE, Stack};
use crate::support::amqp::Publisher;
use crate::support::eventually;
use crate::support::programs::{Nommer, config, migrate};

pub const REDELIVERIES: &[&str] = &["NommerRedeliveries"];
pub const CERTIFICATES: &[&str] = &["NommerCertificateEnds"];

/// Takes what is in the queue, and gives it back, again and again.
fn take_and_give_back(url: &str, times: u32) {
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .expect("a runtime");
    runtime.block_on(async {
        let connection = Connection::connect(url, ConnectionProperties::default())
            .await
            .expect("connected");
        let channel = connection.create_channel().await.expect("a channel");
        let mut taken = 0;
        while taken < times {
            let got = channel.basic_get(QUEUE.into(), BasicGetOptions::default());
            let Some(message) = got.await.expect("answered") else {
                tokio::time::sleep(Duration::from_millis(50)).await;
                continue;
            };
            let again = BasicNackOptions {
                requeue: true,
                ..BasicNackOptions::default()
            };
            message.nack(again).await.expect("given back");
            taken += 1;
        }
        connection.close(200, "done".into()).await.expect("closed");
    });
}

#[test]
fn what_comes_back_again_and_again_is_told() {
    let started = start_watched(|rabbit, database| {
        let quorum = "arguments = { x-queue-type = \"quorum\" }";
        Stack::config_of(rabbit, database).replace("arguments = {}", quorum)
    });
    let Some((mut stack, mut prometheus)) = started else {
        return;
    };
    assert_eq!(stack.nommer.terminate(), Some(0));
    let publisher = Publisher::connect(&stack.rabbit.url());
    publisher.publish("load.x", BasicProperties::default(), b"{}");
    take_and_give_back(&stack.rabbit.url(), 6);
    prometheus.fires(&["NommerDown"]);
    stack.nommer.start_again();
    prometheus.fires(REDELIVERIES);
    // It goes by itself after ten minutes at most, and nothing of it is left after a restart.
    assert_eq!(stack.stored(), 1);
    stack.nommer.terminate();
    stack.nommer.start_again();
    prometheus.assert_all_fired(&["NommerDown", "NommerRedeliveries"]);
}

fn encrypted(ca: &PrivateCa) -> Rabbit {
    let Identity {
        certificate, key, ..
    } = ca.server().expect("a certificate");
    let tls = Tls {
        ca: ca.certificate().to_owned(),
        certificate,
        key,
    };
    let options = RabbitOptions {
        tls: Some(tls),
        ..RabbitOptions::default()
    };
    let rabbit = Rabbit::start(options).expect("a RabbitMQ server");
    rabbit.add_user("nommer", "unused").expect("a user");
    rabbit
        .set_permissions("nommer", ".*", ".*", ".*")
        .expect("permissions");
    rabbit
}

#[test]
fn a_certificate_near_its_end_is_told() {
    let port = free_port().expect("a port");
    let Some(mut prometheus) = Prometheus::watching(&[("nommer", port)]) else {
        return;
    };
    let folder = tempfile::tempdir().expect("a folder");
    let ca = PrivateCa::new(folder.path()).expect("a CA");
    let rabbit = encrypted(&ca);
    let client = ca.client_for("nommer", 5).expect("a certificate");
    let postgres = devstack::shared_postgres().expect("a PostgreSQL server");
    let database = postgres.fresh_database().expect("a database");
    migrate(&database.url);
    let url = rabbit.tls_url().expect("a TLS port");
    let settings = config(&url, &database.url, QUEUE, "load.#");
    let keys = format!(
        "\n[tls]\nca_cert = {:?}\ncertfile = {:?}\nkeyfile = {:?}\n",
        ca.certificate(),
        client.certificate,
        client.key
    );
    let mut nommer = Nommer::start(&watched_at(port, &(settings + &keys)));
    prometheus.fires(CERTIFICATES);
    // In place of the other one.
    let renewed = ca.client("nommer").expect("a certificate");
    assert_eq!(renewed.certificate, client.certificate);
    // It looks at each start, too, and not only once an hour.
    nommer.terminate();
    nommer.start_again();
    eventually("it consumes", Duration::from_secs(60), || {
        nommer.log().contains("consuming broker")
    });
    prometheus.assert_all_fired(CERTIFICATES);
}
