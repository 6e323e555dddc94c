//! A broker that lets in only who has a certificate.

use std::time::Duration;

use devstack::tls::PrivateCa;
use devstack::{Rabbit, RabbitOptions, Tls};

use crate::support::amqp::{Publisher, properties};
use crate::support::programs::{Nommer, config, migrate};
use crate::support::{eventually, rows};

#[test]
fn nommer_logs_in_by_its_certificate() {
    let folder = tempfile::tempdir().expect("a folder");
    let ca = PrivateCa::new(folder.path()).expect("a CA");
    let server = ca.server().expect("a certificate");
    let tls = Tls {
        ca: ca.certificate().to_owned(),
        certificate: server.certificate,
        key: server.key,
    };
    let rabbit = Rabbit::start(RabbitOptions {
        tls: Some(tls),
        ..RabbitOptions::default()
    })
    .expect("a RabbitMQ server");
    rabbit.add_user("nommer", "unused").expect("a user");
    rabbit
        .set_permissions("nommer", ".*", ".*", ".*")
        .expect("permissions");
    let client = ca.client("nommer").expect("a certificate");
    let postgres = devstack::shared_postgres().expect("a PostgreSQL server");
    let database = postgres.fresh_database().expect("a database");
    migrate(&database.url);
    let url = rabbit.tls_url().expect("a TLS port");
    // The password in the URL is wrong on purpose: the certificate is what counts.
    let url = url.replacen("amqps://", "amqps://someone:wrong@", 1);
    let keys = format!(
        "\n[tls]\nca_cert = {:?}\ncertfile = {:?}\nkeyfile = {:?}\n",
        ca.certificate().display().to_string(),
        client.certificate.display().to_string(),
        client.key.display().to_string()
    );
    let mut nommer = Nommer::start(&(config(&url, &database.url, "secure", "#") + &keys));
    eventually(
        &format!("it consumes:\n{}", nommer.log()),
        Duration::from_secs(20),
        || {
            rabbit
                .rabbitmqctl(["list_consumers", "queue_name"])
                .is_ok_and(|list| list.contains("secure"))
        },
    );
    let users = rabbit
        .rabbitmqctl(["list_connections", "user", "ssl", "auth_mechanism"])
        .expect("connections");
    assert!(users.contains("nommer\ttrue\tEXTERNAL"), "{users}");
    Publisher::connect(&rabbit.url()).publish(
        "a.b.c.d",
        properties("one", Some("2024-01-01T00:00:00Z")),
        b"{}",
    );
    eventually("it is stored", Duration::from_secs(10), || {
        rows(postgres, &database.name, "SELECT msg_id FROM messages") == ["one"]
    });
    assert_eq!(nommer.terminate(), Some(0));

    // A CA that did not sign the server's certificate: no connection, said plainly.
    let elsewhere = tempfile::tempdir().expect("a folder");
    let stranger = PrivateCa::new(elsewhere.path()).expect("a CA");
    let keys = keys.replace(
        &ca.certificate().display().to_string(),
        &stranger.certificate().display().to_string(),
    );
    let mut nommer = Nommer::start(&(config(&url, &database.url, "secure", "#") + &keys));
    let status = nommer
        .process
        .wait(Duration::from_secs(20))
        .expect("waited");
    assert_eq!(
        status.and_then(|status| status.code()),
        Some(14),
        "{}",
        nommer.log()
    );
}
