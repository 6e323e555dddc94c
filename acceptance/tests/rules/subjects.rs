//! What messages are about is stored beside them, found by it, and found out again.

use std::collections::BTreeMap;
use std::time::Duration;

use serde_json::{Value, json};

use crate::extract::{database, extract};
use crate::support::amqp::{Publisher, from_json};
use crate::support::programs::{Grepper, Nommer, config_apart};
use crate::support::{eventually, rows};

/// Messages, each with the subjects that it is expected to have.
const MESSAGES: &str = include_str!("../../../metadata/tests/subjects.ndjson");

/// Publishes the messages; answers how many there are, and how many of each subject.
fn publish(publisher: &Publisher) -> (usize, BTreeMap<String, u64>) {
    let mut subjects = BTreeMap::new();
    let mut count = 0;
    for (number, line) in MESSAGES.lines().enumerate() {
        let message: Value = serde_json::from_str(line).expect("JSON");
        let topic = message["topic"].as_str().expect("a topic");
        let properties = from_json(&json!({
            "message_id": format!("about-{number}"), "content_encoding": "utf-8",
            "headers": {"sent-at": format!("2024-05-01T00:00:00.{number:06}+00:00")},
        }));
        let body = message["body"].to_string();
        publisher.publish(topic, properties, body.as_bytes());
        for subject in message["expected"]["subjects"]
            .as_array()
            .expect("subjects")
        {
            let subject = subject.as_str().expect("a text").to_owned();
            *subjects.entry(subject).or_default() += 1;
        }
        count += 1;
    }
    (count, subjects)
}

#[test]
fn what_extract_finds_out_is_what_came_with_the_messages() {
    let (postgres, database) = database();
    let rabbit = devstack::shared_rabbit().expect("a RabbitMQ server");
    let publisher = Publisher::connect(&rabbit.url()).apart("about");
    let settings = config_apart(&rabbit.url(), &database.url, "about", "about");
    let mut nommer = Nommer::start(&settings);
    nommer
        .process
        .wait_for_line("consuming", Duration::from_secs(60))
        .expect("it consumes");
    let (count, expected) = publish(&publisher);
    let sql = |sql: &str| rows(postgres, &database.name, sql);
    eventually("all are stored", Duration::from_secs(30), || {
        sql("SELECT count(*) FROM messages WHERE msg_id LIKE 'about-%'") == [count.to_string()]
    });
    assert_eq!(nommer.terminate(), Some(0));

    let grepper = Grepper::start(&database.url, &[]);
    let found = || -> BTreeMap<String, u64> {
        let total = |subject: &String| {
            let encoded = subject.replace('#', "%23").replace('+', "%2b");
            let answer = grepper.get(&format!("/raw?start=1&rows_per_page=1&subject={encoded}"));
            answer.json()["total"].as_u64().expect("a total")
        };
        let totals = expected
            .keys()
            .map(|subject| (subject.clone(), total(subject)));
        totals.collect()
    };
    assert_eq!(found(), expected);
    let stored = || sql("SELECT * FROM message_subjects ORDER BY component, msg_timestamp, msg_id");
    let from_the_bus = stored();
    sql("DELETE FROM message_subjects");
    assert!(found().values().all(|total| *total == 0));

    let (_, stdout, _) = extract(&database, &["subjects", "--dry-run"]);
    let (code, told, stderr) = extract(&database, &["subjects"]);
    assert_eq!(code, Some(0), "{stderr}");
    let changed = |text: &str, verb: &str| {
        let (_, rest) = text.split_once(verb).expect("a sum");
        rest.trim().split(' ').next().map(str::to_owned)
    };
    assert_eq!(
        changed(&stdout, "would change"),
        changed(&told, ", changed")
    );
    assert_eq!(stored(), from_the_bus);
    assert_eq!(found(), expected);

    // What a rule does not say any more is taken away, and nothing is changed that is right.
    sql(
        "UPDATE message_subjects SET subjects = '{7}', component = component + 1 WHERE msg_id % 3 = 0",
    );
    let (_, told, _) = extract(&database, &["all", "--chunk-size", "7"]);
    assert!(!told.contains(" 0 given other subjects"), "{told}");
    assert_eq!(stored(), from_the_bus);
    let (_, told, _) = extract(&database, &["subjects"]);
    assert!(told.contains(", changed 0 of them"), "{told}");

    // As an older nommer stores them, and as nobody should.
    for class in ["NULL", "7"] {
        sql(&format!(
            "UPDATE message_subjects SET topic_class = {class}"
        ));
        let (_, told, _) = extract(&database, &["subjects"]);
        assert!(!told.contains(" 0 given other subjects"), "{told}");
        assert_eq!(stored(), from_the_bus);
    }
}

#[test]
fn what_is_no_subject_is_refused_by_the_name_of_its_parameter() {
    let (_, database) = database();
    let grepper = Grepper::start(&database.url, &[]);
    for path in [
        "/raw?not_subject=nrv:zsh-5.9-1",
        "/charts/line?not_subject=nrv:zsh-5.9-1",
        "/v2/search?not_subject=nrv:zsh-5.9-1",
    ] {
        let answer = grepper.get(path);
        assert_eq!(answer.status, 400, "{path}");
        let text = answer.body;
        assert!(
            text.contains("not_subject") && text.contains("one of bug, build, commit"),
            "{text}"
        );
    }
    let arguments = |path: &str| grepper.get(path).json()["arguments"].clone();
    assert_eq!(
        arguments("/raw?subject=flatpak:zsh-flatpak")["subjects"],
        json!(["flatpak:zsh"])
    );
    assert_eq!(
        arguments("/raw?user=ann").get("subjects"),
        None,
        "as the incumbent answers"
    );
    let chart = grepper.get("/charts/line?subject=build:7&subject=package:zsh&split_on=subjects");
    assert!(
        chart.status == 200 && chart.body.contains("package:zsh"),
        "{}",
        chart.body
    );
}
