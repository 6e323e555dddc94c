//! How far a stream was read is kept in the archive, and reading goes on there.

use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use devstack::{Database, Postgres, Process, Rabbit};
use serde_json::json;
use tempfile::NamedTempFile;

use crate::replayed::{consume, file, said};
use crate::restored::{give_roles, of_role};
use crate::support::amqp::{Publisher, from_json, properties};
use crate::support::programs::{config, migrate};
use crate::support::{eventually, rows};

const PATIENCE: Duration = Duration::from_secs(90);
const SENT_AT: &str = "2024-05-01T10:00:00+00:00";

/// Roles are those of the server, which all have.
static ROLES: Mutex<()> = Mutex::new(());

/// An archive, and a stream from which it is filled.
struct Filled {
    postgres: &'static Postgres,
    rabbit: &'static Rabbit,
    database: Database,
    publisher: Publisher,
    stream: &'static str,
    settings: NamedTempFile,
}

impl Filled {
    fn of(stream: &'static str) -> Self {
        let postgres = devstack::shared_postgres().expect("a PostgreSQL server");
        let rabbit = devstack::shared_rabbit().expect("a RabbitMQ server");
        let database = postgres.fresh_database().expect("a database");
        migrate(&database.url);
        let turn = ROLES.lock().unwrap_or_else(PoisonError::into_inner);
        give_roles(&database);
        drop(turn);
        let url = of_role("nommer", &database).url;
        let settings = config(&rabbit.url(), &url, "ordinary", "ordinary.#")
            .replace("[consumer_config]", "[consumer_config]\nbatch_size = 20");
        Self {
            publisher: Publisher::connect(&rabbit.url()),
            settings: file(&settings),
            postgres,
            rabbit,
            database,
            stream,
        }
    }

    /// Publishes what has these numbers. One of eight is no message, and one of twenty has another topic.
    fn publish(&self, numbers: std::ops::Range<u32>) {
        let message = |n: u32| {
            let topic = match n % 20 {
                0 => "slow",
                _ => "quick",
            };
            let (properties, body) = match n % 8 {
                7 => (from_json(&json!({})), format!("no JSON {n}")),
                _ => (properties(&format!("{n}"), Some(SENT_AT)), "{}".to_owned()),
            };
            (
                format!("{}.{topic}", self.stream),
                properties,
                body.into_bytes(),
            )
        };
        self.publisher.publish_all(numbers.map(message));
    }

    fn read(&self, arguments: &[&str]) -> (String, Option<i32>) {
        let arguments = [&["--from-stream", self.stream], arguments].concat();
        let output = consume(&self.settings, &arguments)
            .output()
            .expect("nommer");
        said(&output)
    }

    /// Reads on where it was; it ends with this code and says this.
    #[track_caller]
    fn assert_read(&self, arguments: &[&str], code: i32, words: &[&str]) {
        let (text, ended) = self.read(arguments);
        assert_eq!(ended, Some(code), "{arguments:?}: {text}");
        for words in words {
            assert!(text.contains(words), "{arguments:?}: {words}: {text}");
        }
    }

    fn number(&self, sql: &str) -> u32 {
        let found = rows(self.postgres, &self.database.name, sql);
        let number = found.first().map(|number| number.parse());
        number.unwrap_or(Ok(0)).expect("a number")
    }

    fn kept(&self) -> u32 {
        self.number("SELECT stored_before FROM stream_offsets")
    }

    /// What has these numbers is there, each once.
    #[track_caller]
    fn assert_stored(&self, all: u32) {
        let letters = all / 8;
        for (expected, sql) in [
            (all - letters, "SELECT count(*) FROM messages"),
            (all - letters, "SELECT count(DISTINCT msg_id) FROM messages"),
            (letters, "SELECT count(*) FROM dead_letters"),
        ] {
            assert_eq!(self.number(sql), expected, "{sql}");
        }
    }
}

#[test]
fn reading_goes_on_where_it_was_when_it_was_killed_and_where_a_restored_backup_was() {
    let filled = Filled::of("kept");
    filled.publisher.declare_stream("kept", "kept.#");
    filled.publish(0..40);
    let unknown = "no offset of this stream is kept in the archive";
    filled.assert_read(&[], 2, &[unknown, "--since TIME or --offset N"]);
    let all = "40 messages read: 35 stored, 0 here already, 5 kept as dead letters";
    filled.assert_read(&["--offset", "0"], 0, &[all]);
    assert_eq!(filled.kept(), 40);
    filled.assert_read(&[], 0, &["0 messages read", "going on at the kept offset"]);

    let name = filled.database.name.clone();
    let server = |sql: &str| {
        let sql = sql.replace("ARCHIVE", &name);
        filled.postgres.run_sql("postgres", &sql).expect(&sql);
    };
    server("CREATE DATABASE ARCHIVE_backup TEMPLATE ARCHIVE");
    let slow = "CREATE FUNCTION slow() RETURNS trigger LANGUAGE plpgsql AS
                    $$ BEGIN PERFORM pg_sleep(1); RETURN NULL; END $$;
                CREATE TRIGGER slow AFTER INSERT ON messages FOR EACH ROW
                    WHEN (NEW.topic = 'kept.slow') EXECUTE FUNCTION slow()";
    filled.postgres.run_sql(&name, slow).expect("slow");
    filled.publish(40..640);
    let arguments = ["--from-stream", "kept"];
    let begin = || Process::spawn(&consume(&filled.settings, &arguments)).expect("nommer");
    let more_is_kept = |than: u32| {
        eventually("more is kept", PATIENCE, || filled.kept() > than);
    };
    let mut killed = begin();
    more_is_kept(40);
    killed.kill().expect("killed");
    let kept = filled.kept();
    let mut stopped = begin();
    more_is_kept(kept);
    stopped.terminate().expect("signalled");
    let ended = stopped.wait(PATIENCE).expect("waited").expect("it ends");
    let (log, kept) = (stopped.log().unwrap_or_default(), filled.kept());
    assert_eq!(ended.code(), Some(1), "{log}");
    assert!(log.contains(&format!("offset {kept} is kept")), "{log}");
    assert!(kept < 640, "it was done before it was stopped");
    filled
        .postgres
        .run_sql(&name, "DROP TRIGGER slow ON messages")
        .expect("quick");
    let rest = format!("{} messages read", 640 - kept);
    filled.assert_read(&[], 0, &[&rest]);
    filled.assert_stored(640);
    assert_eq!(filled.kept(), 640);

    server("DROP DATABASE ARCHIVE");
    server("ALTER DATABASE ARCHIVE_backup RENAME TO ARCHIVE");
    filled.assert_stored(40);
    let lost = "600 messages read: 525 stored, 0 here already, 75 kept as dead letters";
    filled.assert_read(&[], 0, &[lost]);
    filled.assert_stored(640);
}

#[test]
fn what_is_left_out_is_said_and_does_not_count_as_read() {
    let filled = Filled::of("gap");
    filled.publisher.declare_stream("gap", "gap.#");
    filled.publish(0..16);
    filled.assert_read(&["--offset", "0"], 0, &["16 messages read"]);
    filled.publish(16..40);
    let gap = "what is between is left out";
    filled.assert_read(&["--offset", "30"], 0, &["10 messages read", gap]);
    assert_eq!(filled.kept(), 16);
    // What the stream has is older than that.
    std::thread::sleep(Duration::from_secs(1));
    filled.assert_read(
        &["--offset", "50"],
        0,
        &[
            "0 messages read",
            gap,
            "ends at offset 39, before the offset 50: nothing is read",
        ],
    );
    assert_eq!(filled.kept(), 16);
    let rest = "24 messages read: 13 stored, 8 here already, 3 kept";
    filled.assert_read(&[], 0, &[rest]);
    assert_eq!(filled.kept(), 40);
    let (text, code) = filled.read(&["--offset", "20"]);
    assert_eq!(code, Some(0), "{text}");
    assert!(!text.contains(gap), "{text}");
    assert_eq!(filled.kept(), 40);
}

#[test]
fn what_a_stream_has_dropped_before_it_was_read_is_named() {
    let filled = Filled::of("short");
    let limits = [
        ("x-max-length-bytes", 8000),
        ("x-stream-max-segment-size-bytes", 4000),
    ];
    filled
        .publisher
        .declare_short_stream("short", "short.#", &limits);
    filled.publish(0..8);
    filled.assert_read(&["--offset", "0"], 0, &["8 messages read"]);
    for begin in (8..400).step_by(8) {
        filled.publish(begin..begin + 8);
    }
    let (text, code) = filled.read(&[]);
    assert_eq!(code, Some(1), "{text}");
    for words in [
        "the stream has dropped older messages",
        "stream short is read up to offset",
    ] {
        assert!(text.contains(words), "{words}: {text}");
    }
    let told = text.split_once("what follows the offset that was kept, 8 to ");
    let (_, told) = told.unwrap_or_else(|| panic!("{text}"));
    let last: u32 = told[..told.find(':').expect("more")]
        .parse()
        .expect("a number");
    // The stream has some offsets for itself.
    let lacking = 350 - filled.number("SELECT count(*) FROM messages");
    assert!(lacking > 0 && last - 8 >= lacking, "{lacking}: {text}");
    filled.assert_read(&[], 0, &["0 messages read"]);
}

#[test]
fn a_stream_that_was_made_anew_is_not_taken_for_the_one_that_was_read() {
    let filled = Filled::of("anew");
    let anew = |messages: u32| {
        let _ = filled.rabbit.rabbitmqctl(["delete_queue", "anew"]);
        filled.publisher.declare_stream("anew", "anew.#");
        filled.publish(0..messages);
    };
    anew(24);
    filled.assert_read(&["--offset", "0"], 0, &["24 messages read"]);
    let other = "is not the one whose offset is kept";
    anew(8);
    filled.assert_read(&[], 1, &[other, "it has the offsets 0 to 7", "--offset N"]);
    // As many as before, and others.
    filled.publish(100..140);
    filled.assert_read(&[], 1, &[other, "it has the offsets 0 to 47"]);
    assert_eq!(filled.kept(), 24);
    let replaced = "the kept offset is that of another stream, and is replaced";
    filled.assert_read(&["--offset", "0"], 0, &["48 messages read", replaced]);
    assert_eq!(filled.kept(), 48);
    filled.assert_read(&[], 0, &["0 messages read"]);
}
