//! What the real client records is imported as nommer would have archived it.

use std::process::{Command, Stdio};
use std::time::Duration;

use simulator::Sample;

use crate::environment;
use crate::support::amqp::{Publisher, properties};
use crate::support::programs::{Nommer, clean, config_apart, migrate};
use crate::support::{eventually, rows};

const COUNT: usize = 200;

#[test]
fn a_record_of_the_client_is_imported_as_what_came() {
    let Some(programs) = environment::programs() else {
        return;
    };
    let postgres = devstack::shared_postgres().expect("a PostgreSQL server");
    let rabbit = devstack::shared_rabbit().expect("a RabbitMQ server");
    let (consumed, imported) = (
        postgres.fresh_database().expect("a database"),
        postgres.fresh_database().expect("a database"),
    );
    let publisher = Publisher::connect(&rabbit.url()).apart("recorded");
    let settings = |database: &devstack::Database, queue: &str| {
        migrate(&database.url);
        config_apart(&rabbit.url(), &database.url, queue, "recorded")
    };
    let mut nommer = Nommer::start(&settings(&consumed, "archived"));
    let folder = tempfile::tempdir().expect("a folder");
    let (configuration, record) = (
        folder.path().join("config.toml"),
        folder.path().join("record.ndjson"),
    );
    std::fs::write(&configuration, settings(&imported, "recorder")).expect("written");
    let mut recorder = Command::new(programs.join("fedora-messaging"))
        .arg("--conf")
        .arg(&configuration)
        .args(["record", "--limit", &COUNT.to_string()])
        .arg(&record)
        .stdout(Stdio::null())
        .spawn()
        .expect("the client");
    eventually("both consume", Duration::from_secs(30), || {
        rabbit
            .rabbitmqctl(["list_consumers", "queue_name"])
            .is_ok_and(|list| list.contains("archived") && list.contains("recorder"))
    });
    let odd = properties("odd", Some("2024-05-01T10:00:00.25+02:00"));
    publisher.publish(
        "a.b.c.d",
        odd,
        r#"{"é": "☃\u2028", "n": 1.5, "list": [null, {}]}"#.as_bytes(),
    );
    let sent = |sample: Sample| {
        let properties = sample.properties();
        (sample.topic, properties, sample.body.into_bytes())
    };
    publisher.publish_all(simulator::messages(3).take(COUNT - 1).map(sent));
    let recorded = recorder.wait().expect("waited");
    assert!(recorded.success(), "{recorded:?}");
    let output = clean("nommer")
        .arg("-c")
        .arg(&configuration)
        .arg("import")
        .arg(&record)
        .output()
        .expect("nommer");
    let said = String::from_utf8_lossy(&output.stdout);
    assert!(
        said.starts_with("200 messages stored, 0 duplicates recognised, 0 put aside"),
        "{said}"
    );
    // The client sorts the members of bodies.
    let archived = |database: &devstack::Database| {
        let sql = "SELECT msg_id, i, topic, \"timestamp\", category, agent_name, msg::jsonb, headers, source_name FROM messages
                   ORDER BY msg_id";
        rows(postgres, &database.name, sql)
    };
    eventually("all are stored", Duration::from_secs(30), || {
        archived(&consumed).len() == COUNT
    });
    assert_eq!(archived(&imported), archived(&consumed));
    assert_eq!(nommer.terminate(), Some(0));
    println!("{COUNT} messages recorded by fedora-messaging 3.9.1 and imported");
}
