//! The private RabbitMQ server.

use std::io::{Read, Write};
use std::path::Path;
use std::process::{Command, Stdio};

use anyhow::{Context, Result};
use devstack::tls::{Identity, PrivateCa};
use devstack::{Rabbit, RabbitOptions, Tls, shared_rabbit};

/// Declares a durable queue on virtual host `/`.
fn declare(rabbit: &Rabbit, queue: &str) -> Result<()> {
    let name = format!(r#"rabbit_misc:r(<<"/">>, queue, <<"{queue}">>)"#);
    let call = format!(r#"rabbit_amqqueue:declare({name}, true, false, [], none, <<"test">>)."#);
    rabbit.rabbitmqctl(["eval", &call])?;
    Ok(())
}

#[test]
fn two_at_once_share_nothing_and_data_survives_stop_and_kill() -> Result<()> {
    let shared = shared_rabbit()?;
    let mut rabbit = Rabbit::start(RabbitOptions::default())?;
    let url = rabbit.url();
    assert_ne!(url, shared.url());
    declare(&rabbit, "kept")?;
    rabbit.stop()?;
    assert_eq!(rabbit.pid(), None);
    assert!(rabbit.queue_depth("kept").is_err());
    rabbit.start_again()?;
    rabbit.kill()?;
    rabbit.start_again()?;
    assert_eq!(rabbit.url(), url);
    assert_eq!(rabbit.queue_depth("kept")?, Some(0));
    assert_eq!(shared.queue_depth("kept")?, None);
    Ok(())
}

#[test]
fn alarms_queues_and_users_are_controlled() -> Result<()> {
    let rabbit = shared_rabbit()?;
    let alarms = || rabbit.rabbitmqctl(["eval", "rabbit_alarm:get_alarms()."]);
    rabbit.raise_memory_alarm()?;
    assert!(alarms()?.contains("memory"));
    rabbit.clear_memory_alarm()?;
    assert!(!alarms()?.contains("memory"));

    declare(rabbit, "short-lived")?;
    rabbit.delete_queue("short-lived")?;
    assert_eq!(rabbit.queue_depth("short-lived")?, None);

    rabbit.add_user("reader", "secret")?;
    rabbit.set_permissions("reader", "^$", "^$", ".*")?;
    let permissions = rabbit.rabbitmqctl(["list_user_permissions", "reader"])?;
    assert!(permissions.contains("^$\t^$\t.*"), "{permissions}");
    assert!(rabbit.add_user("reader", "secret").is_err());
    Ok(())
}

#[test]
fn tls_needs_a_client_certificate_of_the_same_ca() -> Result<()> {
    let folder = tempfile::tempdir()?;
    let ca = PrivateCa::new(folder.path())?;
    let Identity { certificate, key } = ca.server()?;
    assert!(std::fs::read_to_string(&key)?.starts_with("-----BEGIN PRIVATE KEY-----"));
    let tls = Tls {
        ca: ca.certificate().to_owned(),
        certificate,
        key,
    };
    let rabbit = Rabbit::start(RabbitOptions {
        tls: Some(tls),
        ..RabbitOptions::default()
    })?;
    assert!(
        rabbit
            .tls_url()
            .is_some_and(|url| url.starts_with("amqps://localhost:"))
    );

    let foreign = tempfile::tempdir()?;
    let foreign = PrivateCa::new(foreign.path())?.client("nommer")?;
    let offered = mechanisms(&rabbit, ca.certificate(), Some(&ca.client("nommer")?))?;
    assert!(
        offered.contains("EXTERNAL") && offered.contains("PLAIN"),
        "{offered}"
    );
    assert_eq!(mechanisms(&rabbit, ca.certificate(), None)?, "");
    assert_eq!(mechanisms(&rabbit, ca.certificate(), Some(&foreign))?, "");
    Ok(())
}

/// What the server sends first through TLS, its mechanisms among it; nothing when
/// it refuses the client.
fn mechanisms(rabbit: &Rabbit, ca: &Path, client: Option<&Identity>) -> Result<String> {
    let port = rabbit.tls_port().context("it speaks TLS")?;
    let mut openssl = Command::new("openssl");
    openssl.args([
        "s_client",
        "-quiet",
        "-verify_return_error",
        "-verify_hostname",
        "localhost",
    ]);
    openssl
        .arg("-connect")
        .arg(format!("127.0.0.1:{port}"))
        .arg("-CAfile")
        .arg(ca);
    if let Some(Identity { certificate, key }) = client {
        openssl.arg("-cert").arg(certificate).arg("-key").arg(key);
    }
    openssl
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::null());
    let mut openssl = openssl.spawn()?;
    openssl
        .stdin
        .as_mut()
        .context("its input")?
        .write_all(b"AMQP\0\0\x09\x01")?;
    let mut first = [0; 1000];
    let length = openssl
        .stdout
        .as_mut()
        .context("its output")?
        .read(&mut first)?;
    openssl.kill()?;
    openssl.wait()?;
    Ok(String::from_utf8_lossy(&first[..length]).into_owned())
}
