//! Imports: what was dumped is stored again, in any form, once.

use std::collections::BTreeMap;
use std::io::Write as _;

use archive::Body;
use devstack::{Database, Postgres};
use flate2::write::GzEncoder;
use serde_json::value::RawValue;
use serde_json::{Value, json};

use crate::moved::{Files, assert_took, count, import, import_piped, lines, samples, stored};
use crate::support::programs::{Grepper, verify_counters};
use crate::support::{golden_database, rows, shared_data};
use crate::typed::{migrated, run, said};

fn gzip(text: &str) -> Vec<u8> {
    let mut encoder = GzEncoder::new(Vec::new(), flate2::Compression::fast());
    encoder.write_all(text.as_bytes()).expect("packed");
    encoder.finish().expect("packed")
}

#[test]
fn what_was_dumped_is_imported_row_by_row_and_once() {
    let files = Files::new();
    let (postgres, first) = migrated();
    let messages = samples(700);
    let record = files.write("record.ndjson", lines(&messages));
    assert_took(&import(&first, &record), 700, 0, 0);
    verify_counters(&first.url);
    let expected = stored(postgres, &first);
    assert_eq!(expected.len(), 700);
    let dump = said(&first.url, &["nommer", "dump"]);
    let ndjson = said(&first.url, &["nommer", "dump", "--format", "ndjson"]);
    for (name, bytes) in [
        ("array", dump.clone().into_bytes()),
        ("lines", ndjson.clone().into_bytes()),
        ("packed by gzip", gzip(&dump)),
        (
            "packed by zstd",
            zstd::encode_all(ndjson.as_bytes(), 1).expect("packed"),
        ),
    ] {
        let (_, second) = migrated();
        assert_took(&import_piped(&second, &bytes), 700, 0, 0);
        assert!(stored(postgres, &second) == expected, "{name}");
        // Another time, from a file without a name that tells what it is.
        assert_took(&import(&second, &files.write("file", &bytes)), 0, 700, 0);
        assert!(stored(postgres, &second) == expected, "{name}, twice");
    }
    assert_took(&import(&first, &record), 0, 700, 0);
    assert!(stored(postgres, &first) == expected);
    verify_counters(&first.url);
}

#[test]
fn what_a_retry_has_stored_is_not_put_aside_again() {
    let files = Files::new();
    let (postgres, database) = migrated();
    let messages = samples(20);
    let record = files.write("record.ndjson", lines(&messages));
    let run_sql = |sql| postgres.run_sql(&database.name, sql).expect(sql);
    run_sql("ALTER TABLE messages ADD CONSTRAINT refuses CHECK (topic NOT LIKE '%buildsys%')");
    import(&database, &record);
    let letters = count(postgres, &database, "dead_letters");
    assert!(letters > 0);
    run_sql("ALTER TABLE messages DROP CONSTRAINT refuses");
    let retry = ["nommer", "dead-letters", "retry", "--all"];
    assert_eq!(run(&database.url, &retry).code, Some(0));
    assert_took(&import(&database, &record), 0, 20, 0);
    assert_eq!(count(postgres, &database, "dead_letters"), 0);
}

#[test]
fn several_files_are_one_import_that_can_go_on_anywhere() {
    let files = Files::new();
    let (postgres, database) = migrated();
    let messages = samples(60);
    let path = |name: &str, part: &[Value]| files.write(name, lines(part)).display().to_string();
    let (one, two) = (path("one", &messages[..20]), path("two", &messages[20..]));
    let typed = ["nommer", "import", &one, &two];
    let dry = run(&database.url, &[&typed[..], &["--dry-run"]].concat());
    assert_eq!(
        (dry.code, dry.text()),
        (
            Some(0),
            "60 messages would be stored where they are not there, 0 would be put aside\n"
        )
    );
    assert_eq!(count(postgres, &database, "messages"), 0);
    assert_took(
        &run(&database.url, &[&typed[..], &["--skip", "25"]].concat()),
        35,
        0,
        0,
    );
    assert_took(&run(&database.url, &typed), 25, 35, 0);
    let gone = run(&database.url, &["nommer", "import", "/no/such/file", &one]);
    assert_eq!(gone.code, Some(1), "{gone:?}");
    assert!(
        gone.stderr.contains("/no/such/file: it cannot be read"),
        "{gone:?}"
    );
    assert!(gone.text().contains("20 duplicates recognised"), "{gone:?}");
}

/// Pages of 10 messages each, as they are answered.
fn pages(grepper: &Grepper, path: &str) -> Vec<String> {
    let page = |number: u32| {
        let answer = grepper.get(&format!("{path}?rows_per_page=10&order=asc&page={number}"));
        assert_eq!(answer.status, 200, "{}", answer.body);
        answer
    };
    let mut bodies = vec![page(1)];
    for number in 2..=bodies[0].json()["pages"].as_u64().expect("pages") {
        bodies.push(page(u32::try_from(number).expect("few")));
    }
    bodies.into_iter().map(|answer| answer.body).collect()
}

#[test]
fn answers_of_both_versions_and_dumps_of_the_reference_database_are_the_same_messages() {
    let Some(url) = golden_database::url() else {
        return;
    };
    let Some(golden) = shared_data::ndjson("reference/golden/messages.ndjson") else {
        return;
    };
    let grepper = Grepper::start(url, &[]);
    let (raw, v2) = (pages(&grepper, "/raw"), pages(&grepper, "/v2/search"));
    let dump = said(url, &["nommer", "dump"]);
    let (postgres, database) = migrated();
    // What has no object as body has no place in either form.
    assert_took(
        &import_piped(&database, raw.join("\n").as_bytes()),
        golden.len(),
        0,
        0,
    );
    let found = by_second(postgres, &database);
    for row in &golden {
        check_row(&found[&key_of(row)], row);
    }
    let expected = stored(postgres, &database);
    for file in [v2.concat(), dump.clone(), raw.join("\n")] {
        assert_took(
            &import_piped(&database, file.as_bytes()),
            0,
            golden.len(),
            0,
        );
        assert!(stored(postgres, &database) == expected);
    }
    // The other way round, single messages, each with its fraction of a second.
    let (_, other) = migrated();
    let single: Vec<String> = v2.iter().flat_map(|page| messages(page)).collect();
    assert_took(
        &import_piped(&other, single.join("\n").as_bytes()),
        golden.len(),
        0,
        0,
    );
    let single: Vec<String> = raw.iter().flat_map(|page| messages(page)).collect();
    let array = format!("[{}]", single.join(","));
    // Some tell their time in `/raw` alone, and were stored as of their import.
    let undated = golden
        .iter()
        .filter(|row| row["headers"]["sent-at"] == "")
        .count();
    let dated = golden.len() - undated;
    assert_took(&import_piped(&other, array.as_bytes()), undated, dated, 0);
    assert_took(&import_piped(&other, dump.as_bytes()), 0, golden.len(), 0);
    assert_eq!(count(postgres, &other, "messages"), golden.len() + undated);
}

fn messages(page: &str) -> Vec<String> {
    // As texts: there is half a surrogate pair in one.
    let page: BTreeMap<String, Box<RawValue>> = serde_json::from_str(page).expect("JSON");
    let messages: Vec<Box<RawValue>> =
        serde_json::from_str(page["raw_messages"].get()).expect("a list");
    messages
        .iter()
        .map(|message| message.get().to_owned())
        .collect()
}

/// The rows of an archive as JSON, with an id and a second for the key.
fn by_second(postgres: &Postgres, database: &Database) -> BTreeMap<(String, String), Value> {
    let names = |table: &str, key: &str| {
        format!(
            "ARRAY(SELECT name FROM {table} n JOIN {table}_messages t ON t.{key} = n.id
                   WHERE t.msg_id = m.id AND t.msg_timestamp = m.\"timestamp\" ORDER BY name COLLATE \"C\")"
        )
    };
    let (users, packages) = (names("users", "user_id"), names("packages", "package_id"));
    let sql = format!(
        "SELECT to_jsonb(m) || jsonb_build_object('users', {users}, 'packages', {packages}) FROM messages m"
    );
    let row = |row: String| {
        let row: Value = serde_json::from_str(&row).expect("JSON");
        (key_of(&row), row)
    };
    rows(postgres, &database.name, &sql)
        .into_iter()
        .map(row)
        .collect()
}

fn key_of(row: &Value) -> (String, String) {
    let text = |name: &str| row[name].as_str().expect("a text").to_owned();
    let second = text("timestamp").get(..19).expect("seconds").to_owned();
    (text("msg_id"), second)
}

/// Compares a row with the one that was dumped, but for what `/raw` does not tell: fractions of seconds that the headers
/// do not have.
#[track_caller]
fn check_row(found: &Value, golden: &Value) {
    for (name, value) in found.as_object().expect("columns") {
        if !["id", "timestamp", "msg"].contains(&name.as_str()) {
            assert_eq!(value, &golden[name], "{name} of {golden}");
        }
    }
    let body = Body::parse(golden["msg"].as_str().expect("a text")).expect("a body");
    assert_eq!(found["msg"], body.as_str(), "{golden}");
}

#[test]
fn messages_of_the_zeromq_age_keep_what_only_they_have() {
    let own = || {
        let message = |n: u32| {
            json!({"topic": "org.fedoraproject.prod.git.push", "msg": {"n": n}, "i": n, "timestamp": 1_400_000_000 + n,
                   "msg_id": format!("2014-{n}"), "username": "apache", "crypto": "x509"})
        };
        (0..50).map(message).collect()
    };
    let corpus = shared_data::ndjson("corpus/fedmsg-legacy.ndjson").unwrap_or_else(own);
    let (postgres, database) = migrated();
    let file = lines(&corpus);
    let ended = import_piped(&database, file.as_bytes());
    let stored_now = count(postgres, &database, "messages");
    let letters = count(postgres, &database, "dead_letters");
    assert_eq!(ended.code, Some(0), "{ended:?}");
    println!("{} messages: {}", corpus.len(), ended.text());
    let found = rows(
        postgres,
        &database.name,
        "SELECT json_build_object('msg_id', msg_id, 'topic', topic, 'i', i, 'username', agent_name, 'crypto', crypto,
                    'certificate', certificate, 'signature', signature, 'headers', headers,
                    'timestamp', extract(epoch FROM \"timestamp\"))
         FROM messages",
    );
    for row in found {
        let row: Value = serde_json::from_str(&row).expect("JSON");
        let mut same = corpus
            .iter()
            .filter(|message| message["msg_id"] == row["msg_id"]);
        // Some ids are there several times, and some messages have none.
        if let (Some(message), None) = (same.next(), same.next()) {
            check_old(&row, message);
        }
    }
    let expected = stored(postgres, &database);
    let again = import_piped(&database, file.as_bytes());
    assert_took(&again, 0, corpus.len() - letters, letters);
    assert!(stored(postgres, &database) == expected);
    assert_eq!(count(postgres, &database, "messages"), stored_now);
    assert_eq!(count(postgres, &database, "dead_letters"), letters);
    verify_counters(&database.url);
}

/// Compares a row with the message that it was made of; of what that does not have, rules and the clock tell what they can.
#[track_caller]
fn check_old(row: &Value, message: &Value) {
    for (name, value) in row.as_object().expect("columns") {
        match message.get(name) {
            Some(told) if name == "timestamp" => {
                assert_eq!(value.as_f64(), told.as_f64().map(micros), "{message}");
            }
            Some(told) => assert_eq!(value, told, "{name} of {message}"),
            None => {}
        }
    }
}

/// As the database keeps it.
fn micros(seconds: f64) -> f64 {
    (seconds * 1e6).round() / 1e6
}
