//! The real client publishes, nommer archives, grepper serves, and the real client fetches back.

use std::collections::{BTreeMap, BTreeSet};
use std::io::Write as _;
use std::process::{Command, Stdio};
use std::time::Duration;

use serde_json::{Value, json};

use crate::environment;
use crate::support::amqp::Publisher;
use crate::support::programs::{Grepper, Nommer, config_apart, migrate};
use crate::support::{eventually, rows, shared_data};

#[test]
fn what_the_real_client_publishes_it_can_fetch_back() {
    let Some(programs) = environment::programs() else {
        return;
    };
    let messages = messages();
    let postgres = devstack::shared_postgres().expect("a PostgreSQL server");
    let rabbit = devstack::shared_rabbit().expect("a RabbitMQ server");
    let database = postgres.fresh_database().expect("a database");
    migrate(&database.url);
    drop(Publisher::connect(&rabbit.url()).apart("python"));
    let settings = "publish_exchange = \"python\"\n".to_owned()
        + &config_apart(&rabbit.url(), &database.url, "python", "python");
    let mut nommer = Nommer::start(&settings);
    let grepper = Grepper::start(&database.url, &["--base-path", "/datagrepper"]);
    eventually("nommer consumes", Duration::from_secs(30), || {
        rabbit
            .rabbitmqctl(["list_consumers", "queue_name"])
            .is_ok_and(|list| list.contains("python"))
    });

    let folder = tempfile::tempdir().expect("a folder");
    let (configuration, dump) = (
        folder.path().join("config.toml"),
        folder.path().join("messages.ndjson"),
    );
    std::fs::write(&configuration, &settings).expect("written");
    let lines: String = messages
        .values()
        .map(|message| format!("{message}\n"))
        .collect();
    std::fs::write(&dump, lines).expect("written");
    let client = programs.join("fedora-messaging");
    let printed = environment::run(
        Command::new(&client)
            .arg("--conf")
            .arg(&configuration)
            .arg("publish")
            .arg(&dump),
    );
    assert_eq!(
        printed.matches("Publishing message with topic").count(),
        messages.len()
    );

    let stored = || {
        rows(postgres, &database.name, "SELECT msg_id FROM messages")
            .into_iter()
            .collect::<BTreeSet<_>>()
    };
    eventually("all are stored", Duration::from_secs(30), || {
        stored().len() >= messages.len()
    });
    assert_eq!(stored(), messages.keys().cloned().collect());
    assert_eq!(
        rows(
            postgres,
            &database.name,
            "SELECT count(*) FROM dead_letters"
        ),
        ["0"]
    );

    let url = format!("{}/datagrepper", grepper.authority);
    let callback = format!("{}:show", environment::script("callback.py").display());
    let mut fetch = Command::new(programs.join("python"));
    fetch
        .arg(environment::script("reconsume.py"))
        .arg(&configuration)
        .args([&url, &callback]);
    let mut fetch = fetch
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .expect("python");
    let mut input = fetch.stdin.take().expect("piped");
    let ids: String = messages.keys().map(|id| format!("{id}\n")).collect();
    let feeder = std::thread::spawn(move || input.write_all(ids.as_bytes()));
    let output = fetch.wait_with_output().expect("waited");
    assert!(
        output.status.success(),
        "{}",
        String::from_utf8_lossy(&output.stderr)
    );
    feeder.join().expect("no panic").expect("fed");
    let fetched = String::from_utf8(output.stdout).expect("text");
    let mut count = 0;
    for line in fetched.lines() {
        let given: Value = serde_json::from_str(line).expect("JSON");
        let sent = &messages[given["id"].as_str().expect("an id")];
        assert_eq!(given["topic"], sent["topic"]);
        assert!(
            [&sent["body"], &sent["body_after"]].contains(&&given["body"]),
            "{given}"
        );
        if let Some(sent_at) = sent["headers"].get("sent-at") {
            assert_eq!(&given["headers"]["sent-at"], sent_at);
        }
        count += 1;
    }
    assert_eq!(count, messages.len());
    println!(
        "{count} messages published by fedora-messaging 3.9.1, archived, served and fetched back by it"
    );

    // The command as a person types it; and replay, which publishes a message anew.
    let id = messages.keys().next().expect("some");
    let one = |verb: &str| {
        let mut command = Command::new(&client);
        command
            .arg("--conf")
            .arg(&configuration)
            .args([verb, "--datagrepper-url", &url]);
        if verb == "reconsume" {
            command.args(["--callback-file", &callback]);
        }
        environment::run(command.arg(id))
    };
    assert!(one("reconsume").contains(id.as_str()));
    assert!(one("replay").contains("successfully replayed"));
    assert_eq!(nommer.terminate(), Some(0));
}

/// In the client's dump format, by id.
fn messages() -> BTreeMap<String, Value> {
    let Some(lines) = shared_data::ndjson("corpus/schemas.ndjson") else {
        let own = (0..50).map(|n| {
            let id = uuid::Uuid::from_u128(n).to_string();
            let message = json!({
                "id": id, "topic": "org.fedoraproject.prod.own.test", "body": {"n": n, "text": "é☃"},
                "headers": {"sent-at": "2024-05-01T10:00:00+00:00"}, "queue": null, "priority": 0,
            });
            (id, message)
        });
        return own.collect();
    };
    let valid = lines.into_iter().filter(|line| line["valid"] == true);
    valid
        .map(|line| {
            // `body_after` is what a class of the incumbent stores instead; the client ignores it, and
            // without the class publishes the message as of the base schema, which changes nothing.
            let message = json!({
                "id": line["id"], "topic": line["topic"], "body": line["body"], "headers": line["headers"],
                "queue": null, "priority": 0, "body_after": line["body_after"],
            });
            (line["id"].as_str().expect("an id").to_owned(), message)
        })
        .collect()
}
