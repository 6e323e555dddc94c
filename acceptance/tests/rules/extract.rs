//! `nommer extract`: a rule that came later finds out about the messages that came before it.

use std::process::Output;
use std::time::Duration;

use devstack::{Database, Postgres};

use crate::support::amqp::{Publisher, from_json};
use crate::support::programs::{Grepper, Nommer, clean, config, migrate};
use crate::support::{eventually, rows};
use crate::zoo::{Directory, SCHEMA, TOPIC, archive_unknown, known};

pub fn database() -> (&'static Postgres, Database) {
    let postgres = devstack::shared_postgres().expect("a PostgreSQL server");
    let database = postgres.fresh_database().expect("a database");
    migrate(&database.url);
    (postgres, database)
}

/// Exit code, standard output and standard error.
pub fn extract(database: &Database, arguments: &[&str]) -> (Option<i32>, String, String) {
    let mut command = clean("nommer");
    command
        .args(["extract", "-c", "/dev/null"])
        .args(arguments)
        .env("DATABASE_URL", &database.url);
    let Output {
        status,
        stdout,
        stderr,
    } = command.output().expect("nommer");
    let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
    (status.code(), text(&stdout), text(&stderr))
}

#[test]
fn users_appear_while_nommer_keeps_consuming_and_grepper_finds_them() {
    const BEFORE: u32 = 2000;
    const MEANWHILE: u32 = 600;
    let (postgres, database) = database();
    let rabbit = devstack::shared_rabbit().expect("a RabbitMQ server");
    archive_unknown(postgres, &database, BEFORE);
    let grepper = Grepper::start(&database.url, &[]);
    let found = |user: &str| {
        grepper
            .get(&format!("/raw?start=1&rows_per_page=1&user={user}"))
            .json()["total"]
            .clone()
    };
    assert_eq!(found("bob"), 0);

    let mut nommer = Nommer::start(&config(
        &rabbit.url(),
        &database.url,
        "extract",
        "extract.#",
    ));
    nommer
        .process
        .wait_for_line("consuming", Duration::from_secs(60))
        .expect("it consumes");
    let directory = Directory::with_rule();
    std::thread::scope(|scope| {
        scope.spawn(|| {
            let publisher = Publisher::connect(&rabbit.url());
            for n in 0..MEANWHILE {
                let properties = from_json(&serde_json::json!({
                    "message_id": format!("new-{n}"), "content_encoding": "utf-8",
                    "headers": {"fedora_messaging_schema": SCHEMA},
                }));
                let body = format!(
                    r#"{{"keeper": "keeper-{}", "helpers": ["bob", "zoe"]}}"#,
                    n % 7
                );
                publisher.publish("extract.b.c.zoo", properties, body.as_bytes());
            }
        });
        for _ in 0..3 {
            let (code, stdout, stderr) = extract(
                &database,
                &["all", "--rules", directory.path(), "--chunk-size", "100"],
            );
            assert_eq!(code, Some(0), "{stdout}{stderr}");
        }
    });
    eventually("all are stored", Duration::from_secs(30), || {
        rows(postgres, &database.name, "SELECT count(*) FROM messages")[0]
            == (BEFORE + MEANWHILE).to_string()
    });
    assert_eq!(nommer.terminate(), Some(0));
    extract(&database, &["all", "--rules", directory.path()]);
    assert_eq!(
        known(postgres, &database),
        [3 * (BEFORE + MEANWHILE), BEFORE, BEFORE + MEANWHILE]
    );
    assert_eq!(found("bob"), BEFORE + MEANWHILE);
    assert_eq!(found("zoe"), MEANWHILE);
    let (_, stdout, _) = extract(&database, &["all", "--rules", directory.path()]);
    assert!(
        stdout.contains("changed 0 of them: 0 users, 0 packages and 0 agents added"),
        "{stdout}"
    );
}

#[test]
fn a_dry_run_says_what_would_change_and_changes_nothing() {
    let (postgres, database) = database();
    archive_unknown(postgres, &database, 5);
    let directory = Directory::with_rule();
    let (code, stdout, _) = extract(
        &database,
        &["all", "--dry-run", "--rules", directory.path()],
    );
    assert_eq!(code, Some(0));
    for line in [
        "Counting messages...",
        "Considering 5 messages",
        "Working on 10000 messages",
        &format!("Usernames for message zoo-1 of topic {TOPIC}: ann, bob, keeper-1"),
        &format!("Packages for message zoo-1 of topic {TOPIC}: pie-1"),
        &format!("Agent for message zoo-1 of topic {TOPIC}: keeper-1"),
        "Considered 5 messages, would change 5 of them: 15 users, 5 packages and 5 agents added, 0 given other subjects; 0 could not be read",
    ] {
        assert!(
            stdout.lines().any(|found| found == line),
            "{line}\n{stdout}"
        );
    }
    assert_eq!(known(postgres, &database), [0, 0, 0]);
}

#[test]
fn only_what_is_asked_for_is_added_to_the_selected_messages() {
    let (postgres, database) = database();
    archive_unknown(postgres, &database, 9);
    let directory = Directory::with_rule();
    let with_rules = |arguments: &[&str]| {
        let (code, stdout, stderr) = extract(
            &database,
            &[arguments, &["--rules", directory.path()]].concat(),
        );
        assert_eq!(code, Some(0), "{stderr}");
        stdout
    };
    let stdout = with_rules(&[
        "users",
        "--start",
        "2024-05-01 00:00:01",
        "--end",
        "2024-05-01T00:00:02",
        "--debug",
    ]);
    assert!(
        stdout.contains("Considering 3 messages") && !stdout.contains("Agent for"),
        "{stdout}"
    );
    assert_eq!(known(postgres, &database), [9, 0, 0]);
    with_rules(&["packages", "--topic", TOPIC, "--end", "2024-05-01T00:00:01"]);
    assert_eq!(known(postgres, &database), [9, 3, 0]);
    with_rules(&["agent", "--category", "zoo"]);
    assert_eq!(known(postgres, &database), [9, 3, 9]);
    assert!(
        with_rules(&["agent"]).contains("No messages matched."),
        "all agents are known"
    );
    assert!(with_rules(&["users", "--category", "aquarium"]).contains("No messages matched."));
    // A message that has some users gets the others.
    postgres
        .run_sql(
            &database.name,
            "DELETE FROM users_messages USING users WHERE user_id = users.id AND name = 'ann'",
        )
        .expect("deleted");
    with_rules(&["users"]);
    assert_eq!(known(postgres, &database), [27, 3, 9]);
}

#[test]
fn rows_that_cannot_be_read_are_told_and_passed_over() {
    let (postgres, database) = database();
    archive_unknown(postgres, &database, 4);
    postgres
        .run_sql(&database.name, "UPDATE messages SET msg = '{''keeper'': 1}' WHERE msg_id = 'zoo-1'; UPDATE messages SET headers = NULL WHERE msg_id = 'zoo-2'")
        .expect("broken");
    let directory = Directory::with_rule();
    let (code, stdout, stderr) = extract(&database, &["users", "--rules", directory.path()]);
    assert_eq!(code, Some(0), "{stderr}");
    assert!(
        stderr.contains(&format!(
            "Could not load message zoo-1 on topic {TOPIC}: body is not JSON"
        )),
        "{stderr}"
    );
    assert!(
        stdout.contains("changed 2 of them: 6 users") && stdout.contains("; 1 could not be read"),
        "{stdout}"
    );
    // Headers that do not name a schema, or none, can be made up for.
    let (_, stdout, _) = extract(
        &database,
        &[
            "users",
            "--rules",
            directory.path(),
            "--force-schema",
            SCHEMA,
        ],
    );
    assert!(stdout.contains("changed 1 of them: 3 users"), "{stdout}");
}

#[test]
fn what_cannot_be_asked_is_refused() {
    let (_, database) = database();
    for arguments in [
        &["users", "--topic", "a", "--category", "b"][..],
        &["names"],
        &[],
        &["users", "--start", "yesterday"],
        &["users", "--chunk-size", "0"],
        &["users", "--after", "2024-05-01"],
        &["users", "--force-schema", "zoo.tiger.v1"],
    ] {
        let (code, _, stderr) = extract(&database, arguments);
        assert_eq!(code, Some(2), "{arguments:?}: {stderr}");
    }
    let (code, stdout, _) = extract(&database, &["users"]);
    assert_eq!(
        (code, stdout.as_str()),
        (Some(0), "Counting messages...\nNo messages matched.\n"),
        "an empty archive"
    );
    let (code, _, stderr) = extract(
        &Database {
            url: "postgresql://127.0.0.1:1/x".to_owned(),
            ..database
        },
        &["users"],
    );
    assert_eq!(code, Some(1), "{stderr}");
}
