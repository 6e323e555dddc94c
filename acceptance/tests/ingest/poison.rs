//! Broken deliveries among many others: they are put aside alone, and can be stored after all.

use std::process::Output;
use std::time::Duration;

use devstack::{Database, Postgres};
use lapin::BasicProperties;
use serde_json::{Value, json};

use crate::support::amqp::{Publisher, from_json, properties};
use crate::support::programs::{Nommer, clean, config, migrate};
use crate::support::{eventually, rows};

type Delivery = (String, BasicProperties, Vec<u8>);

const SENT_AT: &str = "2026-05-01T10:00:00+00:00";

/// One that nothing is wrong with.
fn plain(id: &str, body: impl Into<Vec<u8>>) -> Delivery {
    (
        "poison.a".to_owned(),
        properties(id, Some(SENT_AT)),
        body.into(),
    )
}

fn with(id: &str, encoding: &str, header: (&str, Value), body: &[u8]) -> Delivery {
    let mut headers = json!({"sent-at": SENT_AT});
    headers[header.0] = header.1;
    let properties = json!({"message_id": id, "content_encoding": encoding, "headers": headers});
    ("poison.b".to_owned(), from_json(&properties), body.to_vec())
}

fn nested(levels: usize) -> String {
    format!("{}1{}", "{\"a\": ".repeat(levels), "}".repeat(levels))
}

/// Broken deliveries by their reason, each kind as often as its number says: 25 of 12 kinds.
fn poison() -> Vec<(&'static str, Vec<Delivery>)> {
    let each = |count: usize, of: &dyn Fn(String) -> Delivery| {
        (0..count).map(|n| of(n.to_string())).collect()
    };
    let header = |name: &'static str, value: Value| {
        move |n: String| with(&format!("{name}{n}"), "utf-8", (name, value.clone()), b"{}")
    };
    vec![
        (
            "not JSON",
            each(3, &|n| plain(&format!("json{n}"), format!("{{{n}"))),
        ),
        (
            "not an object",
            each(2, &|n| plain(&format!("array{n}"), format!("[{n}]"))),
        ),
        (
            "body is not UTF-8",
            each(2, &|n| {
                plain(
                    &format!("utf8{n}"),
                    [b"{\"a\": \"\xff".as_slice(), n.as_bytes()].concat(),
                )
            }),
        ),
        (
            "no known text encoding",
            each(2, &|n| {
                with(&format!("enc{n}"), "rot-47", ("x", n.into()), b"{}")
            }),
        ),
        ("900", each(2, &|n| plain(&format!("deep{n}"), nested(901)))),
        (
            "4300",
            each(2, &|n| {
                plain(
                    &format!("digits{n}"),
                    format!("{{\"a\": {}}}", "1".repeat(4301)),
                )
            }),
        ),
        (
            "message_id holds the character NUL",
            each(2, &|n| plain(&format!("\0{n}"), "{}")),
        ),
        (
            "routing key holds the character NUL",
            each(2, &|n| {
                (
                    format!("poison.\0{n}"),
                    properties(&n, Some(SENT_AT)),
                    b"{}".to_vec(),
                )
            }),
        ),
        (
            "severity",
            each(2, &header("fedora_messaging_severity", json!(11))),
        ),
        (
            "header fedora_messaging_schema is no text",
            each(2, &header("fedora_messaging_schema", json!(1))),
        ),
        (
            "header sent-at is no text",
            each(2, &header("sent-at", json!({"$timestamp": 5}))),
        ),
        (
            "SQLSTATE 23514",
            each(2, &|n| {
                (
                    "poison.refused".to_owned(),
                    properties(&format!("check{n}"), Some(SENT_AT)),
                    b"{}".to_vec(),
                )
            }),
        ),
    ]
}

/// What looks broken and is not: 33 of them.
fn odd() -> Vec<Delivery> {
    let mut odd: Vec<Delivery> = Vec::new();
    let bodies = [
        "null",
        "false",
        "0",
        "\"\"",
        "[]",
        "{}",
        " {}\n",
        "{\"a\": \"\\u0000\"}",
        "{\"a\": \"\\ud800\"}",
        "{\"a\": NaN}",
        "{\"a\": 1, \"a\": 2}",
        "{\"\": -0.0}",
        "{\"a\": 1e400}",
        "{\"\u{7f}\": \"\u{2028}\"}",
        "{\"a\": \"🦀\"}",
    ];
    odd.extend(
        bodies
            .iter()
            .enumerate()
            .map(|(n, body)| plain(&format!("body{n}"), *body)),
    );
    odd.push(plain("deep", nested(890)));
    odd.push(plain("digits", format!("{{\"a\": {}}}", "1".repeat(4300))));
    odd.push(with(
        "latin",
        "latin-1",
        ("x", json!(1)),
        b"{\"a\": \"\xe9\"}",
    ));
    odd.push(with("utf16", "utf-16-le", ("x", json!(1)), b"{\0}\0"));
    let headers = [
        ("x", json!("nul \0")),
        ("x", json!({"$bytes_hex": "ff00"})),
        ("x", json!({"$decimal": ""})),
        ("x", Value::Null),
        ("x\0", json!([[], {}])),
        ("fedora_messaging_user_nul\0", json!(true)),
        ("fedora_messaging_severity", json!(40)),
        ("sent-at", json!("yesterday")),
        ("sent-at", json!("")),
        ("sent-at", json!("0001-01-01T00:00:00+00:00")),
        ("sent-at", json!("9999-12-31T23:59:59+00:00")),
    ];
    for (n, header) in headers.into_iter().enumerate() {
        odd.push(with(&format!("header{n}"), "utf-8", header, b"{}"));
    }
    odd.push((
        "poison".to_owned(),
        properties("topic", Some(SENT_AT)),
        b"{}".to_vec(),
    ));
    odd.push((
        "poison...é'\\".to_owned(),
        properties("topic'\\", None),
        b"{}".to_vec(),
    ));
    odd.push((
        "poison.a".to_owned(),
        BasicProperties::default(),
        b"{\"no\": \"id\"}".to_vec(),
    ));
    odd
}

/// A database that refuses a topic, and nommer consuming from `queue` what begins with its name.
fn consuming(queue: &str) -> (&'static Postgres, Database, Nommer, Publisher) {
    let postgres = devstack::shared_postgres().expect("a PostgreSQL server");
    let rabbit = devstack::shared_rabbit().expect("a RabbitMQ server");
    let database = postgres.fresh_database().expect("a database");
    migrate(&database.url);
    let check = "ALTER TABLE messages ADD CONSTRAINT wanted CHECK (topic NOT LIKE '%.refused')";
    postgres.run_sql(&database.name, check).expect("added");
    let nommer = Nommer::start(&config(
        &rabbit.url(),
        &database.url,
        queue,
        &format!("{queue}.#"),
    ));
    eventually("it consumes", Duration::from_secs(60), || {
        let list = rabbit.rabbitmqctl(["list_consumers", "queue_name"]);
        list.is_ok_and(|list| list.contains(queue))
    });
    (
        postgres,
        database,
        nommer,
        Publisher::connect(&rabbit.url()),
    )
}

#[test]
fn poison_is_put_aside_alone_and_for_the_right_reasons() {
    let (poison, odd) = (poison(), odd());
    let broken: Vec<Delivery> = poison
        .iter()
        .flat_map(|(_, deliveries)| deliveries.clone())
        .collect();
    assert_eq!((broken.len(), odd.len()), (25, 33));
    let mut deliveries: Vec<Delivery> = (25 + 33..10_000)
        .map(|n| plain(&format!("plain{n}"), format!("{{\"n\": {n}}}")))
        .collect();
    for (n, delivery) in broken.into_iter().chain(odd).enumerate() {
        // Spread over the batches, some of them side by side.
        deliveries.insert(n / 2 * 331, delivery);
    }
    assert_eq!(deliveries.len(), 10_000);

    let (postgres, database, mut nommer, publisher) = consuming("poison");
    publisher.publish_all(deliveries);
    let count = |sql: &str| {
        rows(postgres, &database.name, sql)[0]
            .parse::<usize>()
            .expect("a number")
    };
    eventually("all had their turn", Duration::from_secs(120), || {
        count("SELECT (SELECT count(*) FROM messages) + (SELECT sum(deliveries) FROM dead_letters)")
            == 10_000
    });
    assert_eq!(count("SELECT count(*) FROM messages"), 9_975);
    let reasons = rows(postgres, &database.name, "SELECT reason FROM dead_letters");
    for (reason, deliveries) in poison {
        let told = reasons.iter().filter(|told| told.contains(reason)).count();
        assert_eq!(told, deliveries.len(), "{reason}: {reasons:#?}");
    }
    assert_eq!(nommer.terminate(), Some(0));
    let log = nommer.log();
    for n in 0..3 {
        let name = format!("poison.a json{n}");
        let told = log.lines().find(|line| line.contains(&name));
        assert!(told.is_some_and(|line| line.contains("not JSON")), "{name}");
    }
}

fn dead_letters(database: &Database, arguments: &[&str]) -> Output {
    let mut command = clean("nommer");
    command
        .arg("dead-letters")
        .args(arguments)
        .env("DATABASE_URL", &database.url);
    command.output().expect("nommer")
}

#[track_caller]
fn told(output: &Output, code: i32) -> String {
    let told = String::from_utf8_lossy(&output.stdout).into_owned();
    assert_eq!(
        output.status.code(),
        Some(code),
        "{told}{}",
        String::from_utf8_lossy(&output.stderr)
    );
    told
}

#[test]
fn dead_letters_are_told_of_stored_after_all_or_discarded() {
    let (postgres, database, mut nommer, publisher) = consuming("letters");
    let no_id = json!({"headers": {"sent-at": SENT_AT, "x": {"$bytes_hex": "ff"}}});
    let topic = || "letters.refused".to_owned();
    let broken = |id: &str, body: &[u8]| {
        (
            "letters.a".to_owned(),
            properties(id, Some(SENT_AT)),
            body.to_vec(),
        )
    };
    let deliveries = [
        (
            topic(),
            properties("one", Some(SENT_AT)),
            b"{\"n\": 1}".to_vec(),
        ),
        (topic(), properties("two", None), b"{\"n\": 2}".to_vec()),
        (topic(), from_json(&no_id), b"{\"n\": 3}".to_vec()),
        broken("json\0", "{\u{1b}[2J".as_bytes()),
        broken("bytes", b"\xff\0"),
    ];
    publisher.publish_all(deliveries);
    let sql = |sql: &str| rows(postgres, &database.name, sql);
    eventually("all are put aside", Duration::from_secs(60), || {
        sql("SELECT count(*) FROM dead_letters") == ["5"]
    });
    assert_eq!(nommer.terminate(), Some(0));
    let run = |arguments: &[&str], code| told(&dead_letters(&database, arguments), code);
    let came =
        sql("SELECT received_at FROM dead_letters WHERE properties ->> 'message_id' = 'two'");

    let list = run(&["list"], 0);
    assert_eq!(list.lines().count(), 6, "{list}");
    assert_eq!(
        run(
            &[
                "list",
                "--topic",
                "letters.refused",
                "--limit",
                "2",
                "--json"
            ],
            0
        )
        .lines()
        .count(),
        2
    );
    let id_of = |body: &str| {
        sql(&format!(
            "SELECT id FROM dead_letters WHERE body = '{body}'"
        ))
        .remove(0)
    };
    let (escape, bytes) = (id_of("{\u{1b}[2J"), id_of("\\xff00"));
    assert!(run(&["show", &bytes], 0).contains("00000000  ff 00"));
    let shown = run(&["show", &escape], 0);
    assert!(
        shown.contains("{\\u{1b}[2J") && !shown.contains('\u{1b}'),
        "{shown}"
    );
    run(&["show", "99"], 1);
    let exported = run(&["export"], 0);
    let exported: Vec<Value> = exported
        .lines()
        .map(|line| serde_json::from_str(line).expect("JSON"))
        .collect();
    let find = |id: &str| {
        let id: i64 = id.parse().expect("a number");
        exported
            .iter()
            .find(|letter| letter["id"] == id)
            .expect("exported")
    };
    assert_eq!(find(&bytes)["body_base64"], "/wA=");
    assert_eq!(find(&escape)["properties"]["message_id"], "json\0");

    run(&["retry"], 2);
    run(&["discard", "1"], 2);
    let retried = run(&["retry", "--all"], 1);
    assert!(
        retried.contains("0 stored, 0 recognised as duplicates, 5 refused again"),
        "{retried}"
    );
    sql("ALTER TABLE messages DROP CONSTRAINT wanted");
    let dry = run(&["retry", "--topic", "letters.refused", "--dry-run"], 0);
    assert!(dry.contains("3 would be stored"), "{dry}");
    let one = "SELECT msg_id FROM messages ORDER BY msg";
    assert_eq!(sql("SELECT count(*) FROM messages"), ["0"]);
    let retried = run(&["retry", "--all"], 1);
    assert!(
        retried.contains("3 stored, 0 recognised as duplicates, 2 refused again"),
        "{retried}"
    );
    assert_eq!(sql(one)[..2], ["one", "two"]);
    assert_eq!(
        sql("SELECT \"timestamp\" FROM messages WHERE msg_id = 'two'"),
        came
    );
    assert_eq!(
        sql("SELECT headers ->> 'x' FROM messages ORDER BY msg")[2],
        "hex:ff"
    );

    assert!(run(&["discard", "--all", "--because", "junk"], 0).contains("discarded 2"));
    assert_eq!(run(&["list", "--json"], 0), "");
    assert_eq!(
        run(&["list", "--json", "--discarded"], 0).lines().count(),
        2
    );
    run(&["retry", "--all"], 0);
    run(&["retry", &bytes], 1);
}

#[test]
fn numbers_that_no_dead_letter_has_are_named_and_the_others_are_done() {
    let postgres = devstack::shared_postgres().expect("a PostgreSQL server");
    let database = postgres.fresh_database().expect("a database");
    migrate(&database.url);
    let insert = "INSERT INTO dead_letters (digest, reason, received_at, last_received_at, queue,
                                            exchange, routing_key, properties, body)
                  SELECT n::text::bytea, 'r', '2026-05-01', '2026-05-01', 'q', 'e', 'k', '{}', '{}'
                  FROM generate_series(1, 4) n";
    let sql = |sql: &str| rows(postgres, &database.name, sql);
    sql(insert);
    let run = |arguments: &[&str]| {
        let output = dead_letters(&database, arguments);
        let said = told(&output, 1);
        (said, String::from_utf8_lossy(&output.stderr).into_owned())
    };
    let (exported, complaint) = run(&["export", "98", "1", "99"]);
    assert_eq!(exported.lines().count(), 1, "{exported}");
    assert!(
        complaint.contains("there are no dead letters 98, 99"),
        "{complaint}"
    );
    let (retried, complaint) = run(&["retry", "99", "2"]);
    assert!(retried.contains("1 stored"), "{retried}");
    assert!(
        complaint.contains("there is no dead letter 99"),
        "{complaint}"
    );
    let (discarded, complaint) = run(&["discard", "3", "2", "--because", "junk"]);
    assert!(discarded.contains("discarded 1"), "{discarded}");
    assert!(
        complaint.contains("there is no dead letter 2"),
        "{complaint}"
    );
    assert!(
        discarded.contains("discarded 1 dead letter\n"),
        "{discarded}"
    );
    let (retried, complaint) = run(&["retry", "3", "99"]);
    assert!(retried.contains("0 stored"), "{retried}");
    assert!(
        complaint.contains("there is no dead letter 99; dead letter 3 was discarded on 2"),
        "{complaint}"
    );
    assert!(complaint.contains("(junk): see --discarded"), "{complaint}");
    let (exported, complaint) = run(&["export", "--discarded", "3", "1"]);
    assert_eq!(exported.lines().count(), 1, "{exported}");
    assert!(
        complaint.contains("there is no discarded dead letter 1"),
        "{complaint}"
    );
    let left = sql("SELECT id FROM dead_letters WHERE discarded_at IS NULL ORDER BY id");
    assert_eq!(left, ["1", "4"]);
    let output = dead_letters(&database, &["retry", "3", "--discarded"]);
    let said = told(&output, 0);
    // As one without an id of which an equal one is stored.
    assert!(said.contains("0 stored, 1 recognised"), "{said}");
    assert_eq!(sql("SELECT id FROM dead_letters ORDER BY id"), ["1", "4"]);
}
