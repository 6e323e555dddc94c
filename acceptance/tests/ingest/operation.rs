//! nommer in operation: configuration, schema, ends.

use std::process::Command;
use std::time::Duration;

use crate::support::amqp::{Publisher, properties};
use crate::support::programs::{Nommer, clean, config, migrate};
use crate::support::{eventually, rows};

fn run(command: &mut Command) -> (Option<i32>, String) {
    let output = command.output().expect("nommer");
    (
        output.status.code(),
        String::from_utf8_lossy(&output.stdout).into_owned()
            + &String::from_utf8_lossy(&output.stderr),
    )
}

#[test]
fn consume_refuses_a_schema_it_does_not_know() {
    let postgres = devstack::shared_postgres().expect("a PostgreSQL server");
    let rabbit = devstack::shared_rabbit().expect("a RabbitMQ server");
    let database = postgres.fresh_database().expect("a database");
    let mut nommer = Nommer::start(&config(&rabbit.url(), &database.url, "unmigrated", "#"));
    let status = nommer
        .process
        .wait(Duration::from_secs(120))
        .expect("waited")
        .expect("ended");
    let log = nommer.log();
    assert!(!status.success());
    assert!(log.contains("nommer migrate"), "{log}");
    assert_eq!(
        rabbit.queue_depth("unmigrated").expect("an answer"),
        None,
        "it has not touched the broker"
    );
}

#[test]
fn each_verb_refuses_a_schema_it_does_not_know() {
    let postgres = devstack::shared_postgres().expect("a PostgreSQL server");
    let database = postgres.fresh_database().expect("a database");
    let nommer = |arguments: &[&str]| {
        run(clean("nommer")
            .args(arguments)
            .env("DATABASE_URL", &database.url))
    };
    let refuse = |reason: &str| {
        for arguments in [
            &["consume"][..],
            &["counters", "verify"],
            &["counters", "rebuild"],
            &["dead-letters", "list"],
            &["dead-letters", "show", "1"],
            &["dead-letters", "export"],
            &["dead-letters", "retry", "--all"],
            &["dead-letters", "discard", "--because", "x", "1"],
            &["extract", "all"],
        ] {
            let (code, said) = nommer(arguments);
            assert_eq!(code, Some(20), "{arguments:?}: {said}");
            assert!(said.contains(reason), "{arguments:?}: {said}");
        }
    };
    refuse("run `nommer migrate`");
    assert_eq!(nommer(&["migrate"]).0, Some(0));
    assert_eq!(nommer(&["migrate", "--rollback", "--drop-data"]).0, Some(0));
    refuse("the database lacks 1 of");
    assert_eq!(nommer(&["migrate"]).0, Some(0));
    let newer = "INSERT INTO __diesel_schema_migrations (version) VALUES ('99991231000000')";
    postgres.run_sql(&database.name, newer).expect(newer);
    refuse("upgrade the program");
}

#[test]
fn migrate_can_be_repeated_and_rolled_back() {
    let postgres = devstack::shared_postgres().expect("a PostgreSQL server");
    let database = postgres.fresh_database().expect("a database");
    let with_url = |arguments: &[&str]| {
        run(clean("nommer")
            .args(arguments)
            .env("DATABASE_URL", &database.url))
    };
    assert_eq!(with_url(&["migrate"]).0, Some(0));
    assert_eq!(with_url(&["migrate"]).0, Some(0));
    let migrations = concat!(env!("CARGO_MANIFEST_DIR"), "/../migrations");
    let folders = std::fs::read_dir(migrations).expect("migrations");
    let all = folders
        .filter(|entry| entry.as_ref().is_ok_and(|entry| entry.path().is_dir()))
        .count()
        .to_string();
    for count in ["0", "99"] {
        let (code, text) = with_url(&["migrate", "--rollback", count, "--drop-data"]);
        assert_eq!(code, Some(2), "{text}");
        assert!(
            text.contains(&format!("there are {all} migrations")),
            "{text}"
        );
    }
    let (code, text) = with_url(&["migrate", "--rollback"]);
    assert_eq!(code, Some(2), "{text}");
    assert!(
        text.contains("would roll back 2026-") && text.contains("--drop-data"),
        "{text}"
    );
    let applied = "SELECT count(*) FROM __diesel_schema_migrations";
    assert_eq!(rows(postgres, &database.name, applied), [all.as_str()]);
    let (code, text) = with_url(&["migrate", "--rollback", &all, "--drop-data"]);
    assert_eq!(code, Some(0), "{text}");
    assert!(
        text.contains("rolled back 2026-11-21-000001_create_archive"),
        "{text}"
    );
    assert_eq!(
        rows(
            postgres,
            &database.name,
            "SELECT to_regclass('alembic_version') IS NULL, to_regclass('messages') IS NULL"
        ),
        ["t|t"]
    );
    assert_eq!(with_url(&["migrate"]).0, Some(0));
}

#[test]
fn a_migration_that_fails_leaves_word_of_those_before_it() {
    let postgres = devstack::shared_postgres().expect("a PostgreSQL server");
    let database = postgres.fresh_database().expect("a database");
    let in_the_way = "CREATE TABLE dead_letters ()";
    postgres.run_sql(&database.name, in_the_way).expect("made");
    let (code, text) = run(clean("nommer")
        .arg("migrate")
        .env("DATABASE_URL", &database.url));
    assert_eq!(code, Some(1), "{text}");
    assert!(
        text.contains("applied 2026-11-21-000001_create_archive\n"),
        "{text}"
    );
    assert!(!text.contains("applied 2026-11-21-000002"), "{text}");
}

#[test]
fn who_may_not_change_the_tables_is_told_who_may() {
    let postgres = devstack::shared_postgres().expect("a PostgreSQL server");
    let database = postgres.fresh_database().expect("a database");
    let sql = |sql: &str| rows(postgres, &database.name, sql);
    let (owner, other) = (
        sql("SELECT current_user").remove(0),
        format!("other_{}", database.name),
    );
    sql(&format!("CREATE ROLE {other} LOGIN"));
    let url = database
        .url
        .replace(&format!("//{owner}@"), &format!("//{other}@"));
    let as_other = |arguments: &[&str]| {
        let (code, text) = run(clean("nommer").args(arguments).env("DATABASE_URL", &url));
        assert_eq!(code, Some(1), "{text}");
        assert!(
            text.contains(&format!("this is {other}: run it as {owner}")),
            "{text}"
        );
    };
    as_other(&["migrate"]);
    migrate(&database.url);
    as_other(&["counters", "rebuild"]);
    sql(&format!(
        "GRANT SELECT ON ALL TABLES IN SCHEMA public TO {other}"
    ));
    as_other(&["counters", "rebuild"]);
    sql(
        "DELETE FROM __diesel_schema_migrations WHERE version = (SELECT max(version) FROM __diesel_schema_migrations)",
    );
    as_other(&["migrate"]);
    let (_, text) = run(clean("nommer").arg("migrate").env("DATABASE_URL", &url));
    assert!(text.contains("permission denied"), "{text}");
}

#[test]
fn wrong_counters_are_told_and_mended() {
    let postgres = devstack::shared_postgres().expect("a PostgreSQL server");
    let database = postgres.fresh_database().expect("a database");
    migrate(&database.url);
    let insert = "INSERT INTO messages (i, topic, \"timestamp\", category, msg) VALUES (0, 'a.b.c.d', '2024-05-01', 'd', '{}')";
    postgres.run_sql(&database.name, insert).expect("inserted");
    let counters = |command: &str| {
        run(clean("nommer")
            .args(["counters", command])
            .env("DATABASE_URL", &database.url))
    };
    assert_eq!(counters("verify").0, Some(0));
    postgres
        .run_sql(
            &database.name,
            "DELETE FROM counter_changes WHERE kind = 't'",
        )
        .expect("spoiled");
    let (code, text) = counters("verify");
    assert_eq!(code, Some(1));
    assert!(
        text.contains("a.b.c.d") && text.contains("rebuild"),
        "{text}"
    );
    assert_eq!(counters("rebuild").0, Some(0));
    assert_eq!(counters("verify").0, Some(0));
}

#[test]
fn wrong_settings_are_refused_with_key_and_reason() {
    for (toml, fragments) in [
        ("amqp_url = 5", ["amqp_url", "string"]),
        ("amqp_uri = \"x\"", ["amqp_uri", "unknown"]),
        (
            "[qos]\nprefetch_count = \"many\"",
            ["prefetch_count", "expected"],
        ),
        (
            "[[bindings]]\nexchange = \"amq.topic\"\nrouting_keys = \"#\"",
            ["routing_keys", "expected"],
        ),
        ("not toml", ["line 1", "="]),
    ] {
        let file = tempfile::NamedTempFile::with_suffix(".toml").expect("a file");
        std::fs::write(file.path(), toml).expect("written");
        let (code, text) = run(clean("nommer")
            .arg("consume")
            .arg("-c")
            .arg(file.path())
            .env("DATABASE_URL", "postgres://x/y"));
        assert_eq!(code, Some(2), "{toml}: {text}");
        for fragment in fragments {
            assert!(
                text.to_lowercase().contains(fragment),
                "{toml}: {fragment}: {text}"
            );
        }
    }
    let (code, text) = run(clean("nommer").args(["consume", "-c", "/no/such/file.toml"]));
    assert_eq!(code, Some(2));
    assert!(text.contains("/no/such/file.toml"), "{text}");
    let (code, text) = run(clean("nommer").arg("consume"));
    assert_eq!(code, Some(1));
    assert!(
        text.contains("datanommer_sqlalchemy_url") && text.contains("DATABASE_URL"),
        "{text}"
    );
}

#[test]
fn users_packages_and_unusual_headers_are_kept() {
    let postgres = devstack::shared_postgres().expect("a PostgreSQL server");
    let rabbit = devstack::shared_rabbit().expect("a RabbitMQ server");
    let database = postgres.fresh_database().expect("a database");
    migrate(&database.url);
    // Environment overrides the file, whose URLs lead nowhere.
    let file = tempfile::NamedTempFile::with_suffix(".toml").expect("a file");
    std::fs::write(
        file.path(),
        config(
            "amqp://127.0.0.1:1",
            "postgres://127.0.0.1:1/x",
            "headers",
            "headers.#",
        ),
    )
    .expect("written");
    let mut command = clean("nommer");
    command
        .args(["consume", "-c"])
        .arg(file.path())
        .env("DATABASE_URL", &database.url)
        .env("AMQP_URL", rabbit.url());
    let mut process = devstack::Process::spawn(&command).expect("nommer");
    eventually("it consumes", Duration::from_secs(20), || {
        rabbit
            .rabbitmqctl(["list_consumers", "queue_name"])
            .is_ok_and(|list| list.contains("headers"))
    });
    let publisher = Publisher::connect(&rabbit.url());
    let odd = crate::support::amqp::from_json(&serde_json::json!({
        "message_id": "odd", "content_encoding": "utf-8",
        "headers": {
            "fedora_messaging_user_zoë": true, "fedora_messaging_user_a b": true, "fedora_messaging_rpm_c++": true,
            "x-time": {"$timestamp": 1_704_067_200}, "x-bytes": {"$bytes_hex": "ff00"},
            "x-decimal": {"$decimal": ""}, "x-nul": "a\0b", "x-float": 1.5, "x-void": null,
            "sent-at": "2024-01-01T00:00:00+02:00",
        },
    }));
    publisher.publish("headers.b.c.d", odd, "{\"a\":\"\u{e9}\"}".as_bytes());
    let stored = || {
        rows(
            postgres,
            &database.name,
            "SELECT \"timestamp\", category, msg, headers FROM messages",
        )
    };
    eventually("it is stored", Duration::from_secs(10), || {
        stored().len() == 1
    });
    let row = stored().remove(0);
    assert!(
        row.starts_with("2023-12-31 22:00:00|d|{\"a\": \"\\u00e9\"}|"),
        "{row}"
    );
    let headers: serde_json::Value =
        serde_json::from_str(row.split_once("}|").expect("two objects").1).expect("JSON");
    assert_eq!(headers["x-time"], "2024-01-01T00:00:00+00:00");
    assert_eq!(headers["x-float"], 1.5);
    assert_eq!(headers.get("x-void"), Some(&serde_json::Value::Null));
    assert!(headers["x-bytes"].to_string().contains("ff00"), "{headers}");
    let names = rows(
        postgres,
        &database.name,
        "SELECT name FROM users UNION ALL SELECT name FROM packages ORDER BY 1",
    );
    assert_eq!(
        names
            .iter()
            .map(String::as_str)
            .collect::<std::collections::BTreeSet<_>>(),
        ["a b", "c++", "zoë"].into()
    );
    process.terminate().expect("signalled");
    assert_eq!(
        process
            .wait(Duration::from_secs(120))
            .expect("waited")
            .and_then(|status| status.code()),
        Some(0)
    );
}

#[test]
fn a_message_is_visible_soon_though_no_other_follows() {
    let postgres = devstack::shared_postgres().expect("a PostgreSQL server");
    let rabbit = devstack::shared_rabbit().expect("a RabbitMQ server");
    let database = postgres.fresh_database().expect("a database");
    migrate(&database.url);
    let mut nommer = Nommer::start(&config(&rabbit.url(), &database.url, "quiet", "quiet.#"));
    eventually("it consumes", Duration::from_secs(20), || {
        rabbit
            .rabbitmqctl(["list_consumers", "queue_name"])
            .is_ok_and(|list| list.contains("quiet"))
    });
    Publisher::connect(&rabbit.url()).publish("quiet.b.c.d", properties("alone", None), b"{}");
    eventually("it is stored", Duration::from_secs(5), || {
        rows(postgres, &database.name, "SELECT msg_id FROM messages") == ["alone"]
    });
    assert_eq!(nommer.terminate(), Some(0));
    assert_eq!(rabbit.queue_depth("quiet").expect("a depth"), Some(0));
    // The stop is said in a line of its own, the last one.
    let log = nommer.log();
    let last = log.trim_end().lines().last().expect("a line");
    assert!(last.contains("stop") || last.contains("ended"), "{log}");
}
