//! What plugins of monitoring are told: a line, and a code.

use std::io::Write as _;
use std::time::Duration;

use chrono::Datelike as _;
use devstack::{Database, StopMode};
use tempfile::NamedTempFile;

use crate::restored::{give_roles, of_role};
use crate::stack::Stack;
use crate::support::amqp::{Publisher, properties};
use crate::support::programs::clean;
use crate::support::{eventually, rows};

/// The code and the line.
fn check(stack: &Stack, arguments: &[&str]) -> (i32, String) {
    check_as(&stack.database, stack, arguments)
}

/// The code and the line for somebody who has this URL of the database.
fn check_as(database: &Database, stack: &Stack, arguments: &[&str]) -> (i32, String) {
    check_by("", database, stack, arguments)
}

/// The code and the line, with further keys of the application in the configuration.
fn check_by(keys: &str, database: &Database, stack: &Stack, arguments: &[&str]) -> (i32, String) {
    let mut file = NamedTempFile::with_suffix(".toml").expect("a file");
    let text = Stack::config_of(&stack.rabbit, database);
    let own = "[consumer_config]\n";
    let text = match text.contains(own) {
        true => text.replace(own, &format!("{own}{keys}\n")),
        false => format!("{text}\n{own}{keys}\n"),
    };
    file.write_all(text.as_bytes()).expect("written");
    let output = clean("nommer")
        .arg("check")
        .args(arguments)
        .arg("--config")
        .arg(file.path())
        .output()
        .expect("run");
    let text = String::from_utf8(output.stdout).expect("text");
    assert_eq!(text.lines().count(), 1, "{text}");
    assert!(!text.contains(&database.url), "{text}");
    let code = output.status.code().expect("a code");
    println!("{code} {text}");
    (code, text.trim_end().to_owned())
}

fn publish(stack: &Stack, messages: usize) {
    let publisher = Publisher::connect(&stack.rabbit.url());
    let message = |n: usize| {
        let properties = properties(&format!("id-{n}"), Some("2024-05-01T10:00:00+00:00"));
        ("load.x".to_owned(), properties, b"{}".to_vec())
    };
    publisher.publish_all((0..messages).map(message));
}

#[test]
fn queues_are_told_by_what_waits_and_who_consumes() {
    let mut stack = Stack::start();
    let (code, line) = check(&stack, &["queue"]);
    let fine = "QUEUE OK: load: 0 messages ready | 'load'=0;50;500 'load consumers'=1";
    assert_eq!((code, line.as_str()), (0, fine));
    stack.nommer.terminate();
    publish(&stack, 60);
    let (code, line) = check(&stack, &["queue"]);
    assert_eq!(code, 2);
    let expected =
        "QUEUE CRITICAL: load: nobody consumes; load: 60 messages ready | 'load'=60;50;500";
    assert!(line.starts_with(expected), "{line}");
    stack.nommer.start_again();
    eventually("all are stored", Duration::from_secs(60), || {
        stack.stored() == 60
    });
    assert_eq!(check(&stack, &["queue", "--warning", "0"]).0, 1);
    check_archive(&stack);
    let mut other = Stack::config_of(&stack.rabbit, &stack.database);
    other = other.replace("amqp://", "http://");
    let mut file = NamedTempFile::with_suffix(".toml").expect("a file");
    file.write_all(other.as_bytes()).expect("written");
    let output = clean("nommer")
        .args(["check", "queue", "-c"])
        .arg(file.path())
        .output()
        .expect("run");
    assert_eq!(output.status.code(), Some(3), "{output:?}");
    assert!(output.stdout.starts_with(b"QUEUE UNKNOWN: "), "{output:?}");
}

/// With messages of `load.x` from 2024.
fn check_archive(stack: &Stack) {
    let (code, line) = check(stack, &["archive"]);
    assert_eq!(
        (code, line.as_str()),
        (0, "ARCHIVE OK: nothing is wrong | 'findings'=0")
    );
    assert_eq!(check(stack, &["freshness"]).0, 0);
    let mut expected = NamedTempFile::with_suffix(".toml").expect("a file");
    expected
        .write_all(b"[topics]\n'load.x' = '1h'\n")
        .expect("written");
    let path = expected.path().to_str().expect("text");
    let (code, line) = check(stack, &["freshness", "--only", "--expected", path]);
    assert_eq!(code, 2);
    assert!(
        line.starts_with("FRESHNESS CRITICAL: silent topic: load.x"),
        "{line}"
    );
    assert!(line.ends_with(" | 'late'=1 'silent'=0"), "{line}");
    let (code, _) = check(stack, &["freshness", "--expected", "/no/such/file"]);
    assert_eq!(code, 3);
    let publisher = Publisher::connect(&stack.rabbit.url());
    let broken = (
        "load.x".to_owned(),
        properties("broken", None),
        b"no JSON".to_vec(),
    );
    publisher.publish_all([broken]);
    eventually("it is put aside", Duration::from_secs(30), || {
        check(stack, &["archive"]).0 == 1
    });
    assert!(check(stack, &["archive"]).1.contains("dead letters"));
}

#[test]
fn the_database_is_told_by_what_stays_of_what_is_committed() {
    let mut stack = Stack::start();
    let (code, line) = check(&stack, &["database"]);
    assert_eq!(code, 0, "{line}");
    assert!(
        line.contains("commits wait for the disk; there is no standby"),
        "{line}"
    );
    assert!(line.contains("'dead letters'=0"), "{line}");
    let (code, line) = check_by("standbys = 1", &stack.database, &stack, &["database"]);
    assert_eq!(code, 1, "{line}");
    let told = "commits wait for fewer standbys than the configuration expects (1)";
    assert!(line.contains(told), "{line}");
    let name = &stack.database.name;
    let becomes = |code, told: &str| {
        eventually(told, Duration::from_secs(20), || {
            let (now, line) = check(&stack, &["database"]);
            now == code && line.contains(told)
        });
    };
    let sql = |statement: &str| rows(&stack.postgres, name, statement);
    sql("ALTER SYSTEM SET synchronous_standby_names = 'other'");
    sql("SELECT pg_reload_conf()");
    becomes(
        2,
        "commits are to wait for 1 standby, of which there is none",
    );
    sql("ALTER SYSTEM RESET synchronous_standby_names");
    sql("SELECT pg_reload_conf()");
    becomes(0, "OK");
    let standby = stack.postgres.standby(Stack::durable());
    let standby = standby.expect("a standby");
    becomes(0, "1 standby, of which commits wait for 0");
    sql("ALTER SYSTEM SET synchronous_standby_names = ''");
    sql("SELECT pg_reload_conf()");
    becomes(1, "ALTER SYSTEM RESET synchronous_standby_names");
    // Who may not read which file says it is told, too.
    give_roles(&stack.database);
    let writer = of_role("nommer", &stack.database);
    let (code, _) = check_as(&writer, &stack, &["database"]);
    assert_eq!(code, 1);
    sql("ALTER SYSTEM RESET synchronous_standby_names");
    sql("SELECT pg_reload_conf()");
    becomes(0, "OK");
    drop(standby);
    let read_only = format!("ALTER DATABASE \"{name}\" SET default_transaction_read_only");
    sql(&format!("{read_only} = on"));
    becomes(2, "default_transaction_read_only is on");
    let back = format!("ALTER DATABASE \"{name}\" RESET default_transaction_read_only");
    rows(&stack.postgres, "postgres", &back);
    becomes(0, "OK");
    let year = chrono::Utc::now().year() + 1;
    sql(&format!("DROP TABLE messages_y{year}"));
    becomes(1, &format!("there is no partition for {year}"));
    stack.postgres.stop(StopMode::Fast).expect("stopped");
    let (code, line) = check(&stack, &["database"]);
    assert_eq!(code, 2);
    assert!(
        line.starts_with("DATABASE CRITICAL: the database is not available"),
        "{line}"
    );
}
