//! Replays: what is published again is archived elsewhere as it was.

use std::io::Write as _;
use std::time::Duration;

use devstack::{Database, Process};
use tempfile::NamedTempFile;

use crate::moved::{assert_took, count, import_piped, lines, samples, stored};
use crate::support::amqp::Publisher;
use crate::support::programs::{Nommer, clean, config_apart};
use crate::support::{eventually, rows};
use crate::typed::{Ended, migrated};

const GRANTS: &str = include_str!("../../../docs/grants.sql");
const PATIENCE: Duration = Duration::from_secs(300);

/// The configuration of an archive whose queue is bound to this exchange.
fn settings(database: &Database, exchange: &str) -> String {
    let rabbit = devstack::shared_rabbit().expect("a RabbitMQ server");
    config_apart(&rabbit.url(), &database.url, exchange, exchange)
}

/// An archive that consumes what is published to this exchange, which is made for it.
fn archive_of(exchange: &'static str) -> (Database, Nommer) {
    let rabbit = devstack::shared_rabbit().expect("a RabbitMQ server");
    drop(Publisher::connect(&rabbit.url()).apart(exchange));
    let (_, database) = migrated();
    let mut nommer = Nommer::start(&settings(&database, exchange));
    nommer
        .process
        .wait_for_line("consuming", PATIENCE)
        .expect("it consumes");
    (database, nommer)
}

/// `nommer replay` from an archive whose own queue is elsewhere.
struct Replay(NamedTempFile);

impl Replay {
    fn from(database: &Database) -> Self {
        Self::with(&settings(database, "its.own"))
    }

    fn with(settings: &str) -> Self {
        let mut file = NamedTempFile::with_suffix(".toml").expect("a file");
        file.write_all(settings.as_bytes()).expect("written");
        Self(file)
    }

    fn command(&self, arguments: &[&str]) -> std::process::Command {
        let mut command = clean("nommer");
        command
            .arg("-c")
            .arg(self.0.path())
            .arg("replay")
            .args(arguments);
        command
    }

    fn run(&self, arguments: &[&str]) -> Ended {
        let output = self.command(arguments).output().expect("it runs");
        Ended {
            code: output.status.code(),
            stdout: output.stdout,
            stderr: String::from_utf8_lossy(&output.stderr).into_owned(),
        }
    }
}

fn filled(messages: usize) -> Database {
    let (_, database) = migrated();
    assert_took(
        &import_piped(&database, lines(&samples(messages)).as_bytes()),
        messages,
        0,
        0,
    );
    database
}

#[test]
fn what_is_replayed_is_archived_elsewhere_as_it_was() {
    const COUNT: usize = 1200;
    let postgres = devstack::shared_postgres().expect("a PostgreSQL server");
    let source = filled(COUNT);
    let (target, mut nommer) = archive_of("replayed.whole");
    let replay = Replay::from(&source);
    let typed = ["--exchange", "replayed.whole", "--rate", "5000"];
    let dry = replay.run(&[&typed[..], &["--dry-run"]].concat());
    assert_eq!(dry.code, Some(0), "{dry:?}");
    assert_eq!(dry.text().lines().count(), 11, "{dry:?}");
    assert!(
        dry.text()
            .contains("1200 messages would be published, sent from 2026-01-01T"),
        "{dry:?}"
    );
    assert_eq!(count(postgres, &target, "messages"), 0);
    let whole = replay.run(&typed);
    assert_eq!(whole.code, Some(0), "{whole:?}");
    assert!(
        whole
            .text()
            .starts_with("1200 messages published; to go on from here: --after "),
        "{whole:?}"
    );
    eventually("all are stored", PATIENCE, || {
        count(postgres, &target, "messages") >= COUNT
    });
    assert!(stored(postgres, &target) == stored(postgres, &source));
    // Again, they are duplicates.
    assert_eq!(
        replay.run(&[&typed[..], &["--limit", "50"]].concat()).code,
        Some(0)
    );
    eventually("they came", PATIENCE, || {
        nommer.log().contains("duplicates=")
    });
    assert_eq!(nommer.terminate(), Some(0));
    assert_eq!(count(postgres, &target, "messages"), COUNT);
    assert_eq!(count(postgres, &target, "dead_letters"), 0);
}

#[test]
fn a_replay_needs_no_more_than_the_least_rights() {
    const COUNT: usize = 150;
    let postgres = devstack::shared_postgres().expect("a PostgreSQL server");
    let source = filled(COUNT);
    let grants = GRANTS.replace("nommer", "nommer_again");
    let sql = format!(
        "CREATE ROLE nommer_again LOGIN; CREATE ROLE grepper_again LOGIN; {}",
        grants.replace("grepper", "grepper_again")
    );
    postgres.run_sql(&source.name, &sql).expect("granted");
    let (target, mut nommer) = archive_of("replayed.rights");
    let settings = settings(&source, "its.own");
    let replay = Replay::with(&settings.replacen("postgres@", "nommer_again@", 1));
    let typed = ["--exchange", "replayed.rights", "--rate", "5000"];
    let ended = replay.run(&typed);
    assert_eq!(ended.code, Some(0), "{ended:?}");
    assert!(
        ended
            .text()
            .starts_with(&format!("{COUNT} messages published")),
        "{ended:?}"
    );
    eventually("all are stored", PATIENCE, || {
        count(postgres, &target, "messages") == COUNT
    });
    assert_eq!(nommer.terminate(), Some(0));
    assert!(stored(postgres, &target) == stored(postgres, &source));
}

#[test]
fn who_may_not_publish_is_told_so() {
    let rabbit = devstack::shared_rabbit().expect("a RabbitMQ server");
    let source = filled(20);
    drop(Publisher::connect(&rabbit.url()).apart("replayed.forbidden"));
    rabbit.add_user("only_reads", "secret").expect("a user");
    rabbit
        .set_permissions("only_reads", "^$", "^$", ".*")
        .expect("permitted");
    let user = rabbit.url_for("only_reads", "secret");
    let replay = Replay::with(&settings(&source, "its.own").replace(&rabbit.url(), &user));
    let ended = replay.run(&["--exchange", "replayed.forbidden"]);
    assert_eq!(ended.code, Some(1), "{ended:?}");
    for told in [
        "exchange replayed.forbidden",
        "ACCESS_REFUSED",
        "only_reads",
    ] {
        assert!(ended.stderr.contains(told), "{told}: {ended:?}");
    }
}

#[test]
fn a_replay_that_was_stopped_goes_on_where_it_says() {
    const COUNT: usize = 200;
    let postgres = devstack::shared_postgres().expect("a PostgreSQL server");
    let source = filled(COUNT);
    let (target, mut nommer) = archive_of("replayed.stopped");
    let replay = Replay::from(&source);
    let typed = ["--exchange", "replayed.stopped", "--rate", "20"];
    let mut first = Process::spawn(&replay.command(&typed)).expect("nommer");
    eventually("some are stored", PATIENCE, || {
        count(postgres, &target, "messages") > 10
    });
    first.terminate().expect("signalled");
    let status = first.wait(PATIENCE).expect("waited").expect("it ends");
    let log = first.log().expect("its output");
    assert_eq!(status.code(), Some(0), "{log}");
    let (told, place) = log
        .trim_end()
        .split_once(" messages published; to go on from here: --after ")
        .expect("a place");
    let published: usize = told
        .lines()
        .last()
        .and_then(|count| count.parse().ok())
        .expect("a number");
    assert!(published < COUNT, "{log}");
    let place = place.lines().next().expect("a place");
    let rest = replay.run(&[
        "--exchange",
        "replayed.stopped",
        "--rate",
        "5000",
        "--after",
        place,
    ]);
    assert!(
        rest.text()
            .starts_with(&format!("{} messages published", COUNT - published)),
        "{rest:?}"
    );
    eventually("all are stored", PATIENCE, || {
        count(postgres, &target, "messages") >= COUNT
    });
    assert!(stored(postgres, &target) == stored(postgres, &source));
    assert_eq!(nommer.terminate(), Some(0));
    assert!(nommer.log().contains("duplicates=0"), "{}", nommer.log());
}

#[test]
fn filters_choose_what_is_replayed_and_old_messages_get_headers() {
    let postgres = devstack::shared_postgres().expect("a PostgreSQL server");
    let (_, source) = migrated();
    let old = |n: u32, category: &str| {
        format!(
            r#"{{"topic": "org.example.prod.{category}.x", "msg_id": "{category}-{n}", "timestamp": 1400000000.{n}, "msg": {{"n": {n}}}}}"#
        )
    };
    let file: Vec<String> = ["git", "koji"]
        .iter()
        .flat_map(|category| (1..=5).map(move |n| old(n, category)))
        .collect();
    assert_took(&import_piped(&source, file.join("\n").as_bytes()), 10, 0, 0);
    let (target, mut nommer) = archive_of("replayed.chosen");
    let replay = Replay::from(&source);
    let typed = ["--exchange", "replayed.chosen", "--rate", "1000"];
    let none = replay.run(&[&typed[..], &["--category", "bodhi"]].concat());
    assert_eq!(
        (none.code, none.text()),
        (Some(0), "no message matches\n"),
        "{none:?}"
    );
    let some = replay.run(
        &[
            &typed[..],
            &[
                "--not-category",
                "koji",
                "--limit",
                "4",
                "--before",
                "2014-05-14",
            ],
        ]
        .concat(),
    );
    assert!(some.text().starts_with("4 messages published"), "{some:?}");
    let by_id = replay.run(&[&typed[..], &["--id", "koji-2", "--id", "none"]].concat());
    assert_eq!(
        (by_id.code, by_id.text()),
        (Some(1), "1 message published\n"),
        "{by_id:?}"
    );
    assert!(
        by_id
            .stderr
            .contains("nommer: there is no message none code"),
        "{by_id:?}"
    );
    for also in [&[][..], &["--dry-run"]] {
        let neither = [&typed[..], &["--id", "none", "--id", "nil"], also].concat();
        let neither = replay.run(&neither);
        let said = "nommer: there are no messages none, nil code";
        assert!(neither.stderr.contains(said), "{neither:?}");
        assert_eq!(neither.code, Some(1), "{neither:?}");
    }
    eventually("all are stored", PATIENCE, || {
        count(postgres, &target, "messages") >= 5
    });
    let found = rows(
        postgres,
        &target.name,
        "SELECT msg_id, \"timestamp\", msg, headers FROM messages ORDER BY msg_id",
    );
    assert_eq!(
        found[0],
        r#"git-1|2014-05-13 16:53:20.1|{"n": 1}|{"sent-at": "2014-05-13T16:53:20.100000+00:00", "fedora_messaging_schema": "base.message", "fedora_messaging_severity": 20}"#
    );
    let ids: Vec<&str> = found
        .iter()
        .filter_map(|row| row.split('|').next())
        .collect();
    assert_eq!(ids, ["git-1", "git-2", "git-3", "git-4", "koji-2"]);
    assert_eq!(nommer.terminate(), Some(0));
}

#[test]
fn a_replay_to_where_nommer_listens_has_to_be_meant() {
    let source = filled(3);
    let rabbit = devstack::shared_rabbit().expect("a RabbitMQ server");
    let replay = Replay::from(&source);
    let own = replay.run(&["--exchange", "its.own"]);
    assert_eq!(own.code, Some(2), "{own:?}");
    assert!(own.stderr.contains("add --yes if they may"), "{own:?}");
    let missing = replay.run(&["--exchange", "its.own", "--yes"]);
    assert_eq!(missing.code, Some(10), "{missing:?}");
    assert!(missing.stderr.contains("exchange its.own"), "{missing:?}");
    drop(Publisher::connect(&rabbit.url()).apart("its.own"));
    // Nobody has bound a queue.
    let nobody = replay.run(&["--exchange", "its.own", "--yes"]);
    assert_eq!(nobody.code, Some(0), "{nobody:?}");
    assert!(
        nobody
            .text()
            .starts_with("3 messages published, 3 of them taken by no queue"),
        "{nobody:?}"
    );
}
