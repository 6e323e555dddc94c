//! A broker that lets in only who has a certificate.

use std::io::Write as _;
use std::time::Duration;

use devstack::tls::{Identity, PrivateCa};
use devstack::{Rabbit, RabbitOptions, Tls};

use tempfile::NamedTempFile;

use crate::support::amqp::{Publisher, properties};
use crate::support::http::get;
use crate::support::programs::{Nommer, clean, config, migrate, watched_at};
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
    let watched = "[monitoring]\naddress = 'localhost'\nport = 0\n";
    let mut nommer = Nommer::start(&(config(&url, &database.url, "secure", "#") + &keys + watched));
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
    let address = watched_at(&nommer.process);
    eventually("the metrics have its end", Duration::from_secs(10), || {
        let metrics = get(&format!("{address}/metrics")).body;
        let name = "nommer_certificate_expiry_timestamp_seconds";
        ["authority", "nommer", "broker"]
            .iter()
            .all(|owner| metrics.contains(&format!("{name}{{owner=\"{owner}\"}} 1")))
    });
    assert_eq!(nommer.terminate(), Some(0));
    certificates_are_told_by_the_days_that_are_left(&ca, &client, &|keys| {
        config(&url, &database.url, "secure", "#") + &keys
    });

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
        .wait(Duration::from_secs(120))
        .expect("waited");
    assert_eq!(
        status.and_then(|status| status.code()),
        Some(14),
        "{}",
        nommer.log()
    );
}

/// `nommer check certificates` with these options and settings.
fn check(settings: &str, options: &[&str]) -> (Option<i32>, String) {
    let mut file = NamedTempFile::with_suffix(".toml").expect("a file");
    file.write_all(settings.as_bytes()).expect("written");
    let mut command = clean("nommer");
    command.args(["check", "certificates", "--config"]);
    let output = command.arg(file.path()).args(options).output();
    let output = output.expect("run");
    let line = String::from_utf8(output.stdout).expect("text");
    println!("{line}");
    (output.status.code(), line)
}

fn certificates_are_told_by_the_days_that_are_left(
    ca: &PrivateCa,
    client: &Identity,
    settings: &dyn Fn(String) -> String,
) {
    let with = |client: &Identity| {
        settings(format!(
            "\n[tls]\nca_cert = {:?}\ncertfile = {:?}\nkeyfile = {:?}\n",
            ca.certificate(),
            client.certificate,
            client.key
        ))
    };
    let (code, line) = check(&with(client), &[]);
    assert_eq!(code, Some(0), "{line}");
    let figures = "| 'authority days'=59;30:;7: 'nommer days'=59;30:;7: 'broker days'=59;30:;7:\n";
    assert!(line.starts_with("CERTIFICATES OK: "), "{line}");
    assert!(line.ends_with(figures), "{line}");
    // Of the three, made within a second or a few, the one that ends first.
    assert!(line.contains(" ends in 59 days, 2"), "{line}");
    assert_eq!(check(&with(client), &["--warning", "60"]).0, Some(1));
    let soon = ca.client_for("soon", 5).expect("a certificate");
    let (code, line) = check(&with(&soon), &[]);
    assert_eq!(code, Some(2), "{line}");
    let told = "CERTIFICATES CRITICAL: certificate of nommer (CN=soon) ends in 4 days, ";
    assert!(line.starts_with(told), "{line}");
    let missing = Identity {
        certificate: "/no/such/file".into(),
        ..soon
    };
    let (code, line) = check(&with(&missing), &[]);
    assert_eq!(code, Some(2), "{line}");
    assert!(line.contains("tls.certfile: /no/such/file: "), "{line}");
    let plain = settings(String::new()).replace("amqps://", "amqp://");
    let (code, line) = check(&plain, &[]);
    assert_eq!(code, Some(0), "{line}");
    assert!(line.contains("the connection to the broker is not encrypted"));
}
