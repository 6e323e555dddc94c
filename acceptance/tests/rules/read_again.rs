//! SIGHUP: rules are read again, and a mistake in them changes nothing.

use std::time::Duration;

use devstack::{Process, Signal};

use crate::support::amqp::{Publisher, from_json};
use crate::support::programs::{Grepper, Nommer, clean, config, migrate};
use crate::support::{eventually, rows};
use crate::zoo::{Directory, RULE, SCHEMA, archive_unknown};

const PATIENCE: Duration = Duration::from_secs(20);
const MISTAKE: &str = "[[rule]]\nschemas = ['zoo.lion.fed.v1']\nsumary = 'x'\n";

/// Sends SIGHUP and waits for a line that comes after it.
fn hang_up(process: &mut Process, expected: &str) -> String {
    let before = process.log_length();
    process.signal(Signal::SIGHUP).expect("signalled");
    process
        .wait_for_line_from(before, expected, PATIENCE)
        .expect("a line")
}

#[test]
fn nommer_stores_the_next_message_by_the_new_rules() {
    let postgres = devstack::shared_postgres().expect("a PostgreSQL server");
    let rabbit = devstack::shared_rabbit().expect("a RabbitMQ server");
    let database = postgres.fresh_database().expect("a database");
    migrate(&database.url);
    let directory = Directory::empty();
    let setting = format!("rules_directory = \"{}\"\n", directory.path());
    let mut nommer =
        Nommer::start(&(config(&rabbit.url(), &database.url, "hangup", "hangup.#") + &setting));
    nommer
        .process
        .wait_for_line("consuming", PATIENCE)
        .expect("it consumes");
    let publisher = Publisher::connect(&rabbit.url());
    let users_of = |id: &str| {
        let properties = from_json(&serde_json::json!({
            "message_id": id, "content_encoding": "utf-8", "headers": {"fedora_messaging_schema": SCHEMA},
        }));
        publisher.publish(
            "hangup.b.c.zoo",
            properties,
            br#"{"keeper": "ann", "helpers": ["bob"]}"#,
        );
        let stored = format!("SELECT id FROM messages WHERE msg_id = '{id}'");
        eventually("it is stored", PATIENCE, || {
            !rows(postgres, &database.name, &stored).is_empty()
        });
        let sql = format!(
            "SELECT u.name FROM messages m JOIN users_messages a ON a.msg_id = m.id JOIN users u ON u.id = a.user_id
             WHERE m.msg_id = '{id}' ORDER BY 1"
        );
        rows(postgres, &database.name, &sql)
    };

    assert!(users_of("before").is_empty());
    directory.write(RULE);
    hang_up(&mut nommer.process, "rules read again");
    assert_eq!(users_of("after"), ["ann", "bob"]);

    directory.write(MISTAKE);
    let line = hang_up(&mut nommer.process, "a mistake in the rules");
    assert!(
        line.contains("zoo.toml") && line.contains("line=3") && line.contains("sumary"),
        "{line}"
    );
    assert_eq!(users_of("with a mistake"), ["ann", "bob"]);

    std::fs::remove_dir_all(directory.path()).expect("removed");
    hang_up(&mut nommer.process, "the old ones stay");
    assert_eq!(users_of("without a directory"), ["ann", "bob"]);
    assert_eq!(nommer.terminate(), Some(0));
}

#[test]
fn nommer_survives_the_signal_without_a_database_and_without_a_directory() {
    let config = config(
        "amqp://127.0.0.1:1",
        "postgresql://127.0.0.1:1/x",
        "hangup",
        "#",
    );
    let mut nommer = Nommer::start(&config);
    nommer
        .process
        .wait_for_line("waiting for the database", PATIENCE)
        .expect("it waits");
    hang_up(&mut nommer.process, "no directory of rules");
    assert_eq!(nommer.terminate(), Some(0));
}

#[test]
fn grepper_answers_the_next_request_by_the_new_rules() {
    let postgres = devstack::shared_postgres().expect("a PostgreSQL server");
    let database = postgres.fresh_database().expect("a database");
    migrate(&database.url);
    archive_unknown(postgres, &database, 1);
    let directory = Directory::empty();
    let mut grepper = Grepper::start(&database.url, &["--rules", directory.path()]);
    let summary = |grepper: &Grepper| {
        grepper.get("/raw?start=1&meta=summary").json()["raw_messages"][0]["meta"]["summary"]
            .clone()
    };

    assert_eq!(summary(&grepper), "org.example.prod.zoo.lion.fed");
    directory.write(RULE);
    hang_up(&mut grepper.process, "rules read again");
    assert_eq!(summary(&grepper), "keeper-0 fed the lions");

    directory.write(MISTAKE);
    let line = hang_up(&mut grepper.process, "a mistake in the rules");
    assert!(
        line.contains("zoo.toml") && line.contains("line=3"),
        "{line}"
    );
    assert_eq!(summary(&grepper), "keeper-0 fed the lions");
    grepper.process.terminate().expect("signalled");
    assert_eq!(
        grepper
            .process
            .wait(PATIENCE)
            .expect("waited")
            .and_then(|status| status.code()),
        Some(0)
    );
}

#[test]
fn a_mistake_at_the_start_is_a_wrong_setting() {
    let directory = Directory::empty();
    directory.write(MISTAKE);
    let mut nommer = clean("nommer");
    nommer
        .args(["consume", "-c", "/dev/null", "--rules", directory.path()])
        .env("DATABASE_URL", "postgres://127.0.0.1:1/x");
    let mut grepper = clean("grepper");
    grepper
        .args([
            "--database-url",
            "postgres://127.0.0.1:1/x",
            "--listen",
            "127.0.0.1:0",
        ])
        .env("GREPPER_RULES", directory.path());
    for command in [&mut nommer, &mut grepper] {
        let output = command.output().expect("run");
        let text = String::from_utf8_lossy(&output.stderr);
        assert_eq!(output.status.code(), Some(2), "{text}");
        assert!(text.contains("zoo.toml:3: "), "{text}");
    }
}
