//! Recorded deliveries and what the incumbent made of them.

use std::collections::BTreeMap;
use std::time::Duration;

use devstack::{Rabbit, RabbitOptions};
use serde_json::{Value, json};

use crate::support::amqp::{self, Publisher};
use crate::support::programs::{Nommer, config, migrate};
use crate::support::{eventually, rows, shared_data};

const MESSAGES: &str = r#"SELECT json_build_object(
    'msg_id', msg_id, 'i', i, 'topic', topic, 'timestamp', "timestamp"::text, 'category', category, 'agent_name', agent_name,
    'certificate', certificate, 'signature', signature, 'crypto', crypto, 'source_name', source_name,
    'source_version', source_version, 'msg', msg, 'headers', headers,
    'users', ARRAY(SELECT u.name FROM users_messages a JOIN users u ON u.id = a.user_id WHERE a.msg_id = m.id ORDER BY 1),
    'packages', ARRAY(SELECT p.name FROM packages_messages a JOIN packages p ON p.id = a.package_id WHERE a.msg_id = m.id ORDER BY 1))
    FROM messages m WHERE id > "#;

#[test]
fn every_contract_delivery_is_kept_and_none_is_lost() {
    let Some(cases) = shared_data::ndjson("reference/golden/ingest-cases.ndjson") else {
        return;
    };
    let postgres = devstack::shared_postgres().expect("a PostgreSQL server");
    // A broker of its own: the queue takes every routing key, and other tests publish too.
    let rabbit = Rabbit::start(RabbitOptions::default()).expect("a RabbitMQ server");
    let database = postgres.fresh_database().expect("a database");
    migrate(&database.url);
    let nommer = Nommer::start(&config(&rabbit.url(), &database.url, "golden", "#"));
    eventually("the queue is there", Duration::from_secs(30), || {
        rabbit
            .queue_depth("golden")
            .is_ok_and(|depth| depth.is_some())
    });
    let bound = || {
        rabbit
            .rabbitmqctl(["list_bindings", "destination_name", "source_name"])
            .is_ok_and(|list| list.contains("golden\tamq.topic"))
    };
    eventually("the queue is bound", Duration::from_secs(30), bound);
    let publisher = Publisher::connect(&rabbit.url());

    let count = |table: &str| {
        rows(
            postgres,
            &database.name,
            &format!("SELECT count(*), coalesce(max(id), 0) FROM {table}"),
        )[0]
        .clone()
    };
    let duplicates =
        |log: String| log.matches("duplicates=1").count() + log.matches("\"duplicates\":1").count();
    let mut tally = BTreeMap::<String, usize>::new();
    let mut failures = Vec::new();
    for case in &cases {
        let before = (
            count("messages"),
            count("dead_letters"),
            duplicates(nommer.log()),
        );
        let key = case["routing_key"].as_str().expect("a key");
        publisher.publish(
            key,
            amqp::from_json(&case["properties"]),
            &base64(case["body_base64"].as_str().expect("base64")),
        );
        let mut after = before.clone();
        let settled = || {
            after = (
                count("messages"),
                count("dead_letters"),
                duplicates(nommer.log()),
            );
            after != before
        };
        eventually(
            &format!("{} is settled:\n{}", case["name"], nommer.log()),
            Duration::from_secs(20),
            settled,
        );
        let outcome = match () {
            () if after.0 != before.0 => "stored",
            () if after.1 != before.1 => "put aside",
            () => "duplicate",
        };
        let last_id = before.0.split('|').nth(1).expect("an id");
        let row = rows(postgres, &database.name, &format!("{MESSAGES}{last_id}"))
            .first()
            .map(|row| serde_json::from_str(row).expect("JSON"));
        let class = case["class"].as_str().expect("a class");
        let verdict = match verdict(case, outcome, row.as_ref()) {
            None => "as the incumbent".to_owned(),
            Some(difference) if class == "contract" => {
                failures.push(format!("{}: {difference}", case["name"]));
                "BROKEN".to_owned()
            }
            Some(difference) => {
                println!(
                    "{}: {outcome}: {}",
                    case["name"],
                    difference.chars().take(200).collect::<String>()
                );
                format!("improved: {outcome}")
            }
        };
        *tally.entry(format!("{class}: {verdict}")).or_default() += 1;
    }
    println!("{} golden deliveries:", cases.len());
    for (verdict, count) in &tally {
        println!("  {count:4} {verdict}");
    }
    assert!(
        failures.is_empty(),
        "{} deliveries:\n{}",
        failures.len(),
        failures.join("\n")
    );
    let settled = || {
        rabbit
            .queue_depth("golden")
            .is_ok_and(|depth| depth == Some(0))
    };
    eventually(
        "nothing is left in the queue",
        Duration::from_secs(10),
        settled,
    );
    let kept = rows(
        postgres,
        &database.name,
        "SELECT encode(body, 'base64') FROM dead_letters WHERE reason = '' OR body IS NULL",
    );
    assert!(kept.is_empty(), "each has a reason and a body");
}

/// What differs from the incumbent.
fn verdict(case: &Value, outcome: &str, row: Option<&Value>) -> Option<String> {
    let expected = match (case["outcome"].as_str(), case["stored"].as_u64()) {
        (Some("ack"), Some(1)) => "stored",
        // The incumbent loses them: only a duplicate may be acknowledged without a trace.
        (Some("ack"), _) if case["class"] == "contract" => "duplicate",
        (Some("ack"), _) => "lost",
        (Some("nack_no_requeue"), _) => "put aside",
        _ => "crash",
    };
    if outcome != expected {
        return Some(format!("{outcome} instead of {expected}"));
    }
    let (Some(row), Some(expected)) = (row, case["row"].as_object()) else {
        return None;
    };
    for (name, expected) in expected {
        let given = &row[name];
        let same = match expected.as_str() {
            Some("<now utc>") => given.as_str().is_some_and(is_now),
            Some("<uuid4>") => given
                .as_str()
                .and_then(|id| id.parse::<uuid::Uuid>().ok())
                .is_some_and(|id| id.get_version_num() == 4),
            _ => floats(given) == floats(expected),
        };
        if !same {
            return Some(format!("{name} is {given} instead of {expected}"));
        }
    }
    None
}

fn is_now(text: &str) -> bool {
    let time = chrono::NaiveDateTime::parse_from_str(text, "%Y-%m-%d %H:%M:%S%.f");
    time.is_ok_and(|time| (chrono::Utc::now().naive_utc() - time).num_seconds().abs() < 60)
}

/// 20 and 20.0 are equal.
fn floats(value: &Value) -> Value {
    match value {
        Value::Number(number) => json!(number.as_f64()),
        Value::Array(items) => items.iter().map(floats).collect(),
        Value::Object(members) => {
            let sorted: BTreeMap<&String, Value> = members
                .iter()
                .map(|(name, value)| (name, floats(value)))
                .collect();
            json!(sorted)
        }
        other => other.clone(),
    }
}

fn base64(text: &str) -> Vec<u8> {
    const ALPHABET: &[u8] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    let digits: Vec<u32> = text
        .bytes()
        .filter_map(|byte| ALPHABET.iter().position(|other| *other == byte))
        .map(|digit| digit as u32)
        .collect();
    let mut bytes = Vec::new();
    for group in digits.chunks(4) {
        let bits = group.iter().fold(0, |bits, digit| bits << 6 | digit) << (6 * (4 - group.len()));
        bytes.extend(bits.to_be_bytes()[1..].iter().take(group.len() - 1));
    }
    bytes
}
