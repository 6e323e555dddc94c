//! Sessions with the database: how long they wait, how they are given up, and what they set.

use std::path::Path;
use std::process::{Child, Command};
use std::thread;
use std::time::{Duration, Instant};

use archive::{Caller, ConnectionOptions, Dimension, PageRequest, Reader, Search, StoreError};
use devstack::{Postgres, PostgresOptions, StopMode};

use crate::support::{Fixture, at, message, migrated};

/// No test waits longer.
const PATIENCE: Duration = Duration::from_secs(60);

fn eventually(what: &str, mut condition: impl FnMut() -> bool) {
    let start = Instant::now();
    while !condition() {
        assert!(start.elapsed() < PATIENCE, "never: {what}");
        thread::sleep(Duration::from_millis(50));
    }
}

/// Another program that holds a lock on the messages until it is killed.
struct Lock {
    psql: Child,
}

impl Lock {
    fn of(fixture: &Fixture) -> Self {
        let sql = "BEGIN; LOCK TABLE messages IN ACCESS EXCLUSIVE MODE; SELECT pg_sleep(600)";
        let psql = devstack::psql(&fixture.database.url)
            .expect("psql")
            .args(["--command", sql])
            .spawn()
            .expect("psql");
        eventually("the lock is taken", || {
            fixture.sql("SELECT count(*) FROM pg_locks WHERE relation = 'messages'::regclass AND mode = 'AccessExclusiveLock' AND granted") == "1"
        });
        Self { psql }
    }

    fn release(mut self, fixture: &Fixture) {
        fixture.sql("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE wait_event = 'PgSleep' AND datname = current_database()");
        self.psql.wait().expect("ended");
    }
}

/// How many sessions of the reader wait for a lock.
fn waiting(fixture: &Fixture) -> String {
    fixture.sql("SELECT count(*) FROM pg_stat_activity WHERE application_name = 'test' AND datname = current_database() AND wait_event_type = 'Lock'")
}

#[test]
fn a_cancelled_caller_gets_an_error_at_once_and_the_server_stops_working_for_it() {
    let fixture = migrated();
    fixture.reader.ping().expect("an answer");
    let lock = Lock::of(&fixture);
    let caller = Caller::new();
    let of_caller = fixture.reader.on_behalf_of(&caller);
    let asked = of_caller.clone();
    let answer = thread::spawn(move || asked.find("a"));
    eventually("the reader waits", || waiting(&fixture) == "1");
    caller.cancel();
    assert!(caller.is_cancelled());
    // Though the lock is still held.
    eventually("it has an answer", || answer.is_finished());
    let answer = answer.join().expect("no panic");
    assert!(matches!(answer, Err(StoreError::Cancelled)), "{answer:?}");
    eventually("the server has stopped", || waiting(&fixture) == "0");
    let later = of_caller.find("a");
    assert!(matches!(later, Err(StoreError::Cancelled)), "{later:?}");
    lock.release(&fixture);
    // Other callers of the same reader are not concerned.
    fixture.reader.ping().expect("an answer");
}

#[test]
fn a_server_that_does_not_answer_is_given_up() {
    let fixture = migrated();
    let reader = Reader::new(&ConnectionOptions {
        application_name: "frozen",
        statement_timeout: Some(Duration::from_secs(1)),
        ..fixture.read_only()
    });
    reader.ping().expect("an answer");
    // Neither does it say that a statement took too long.
    let pid = fixture.sql("SELECT pid FROM pg_stat_activity WHERE application_name = 'frozen'");
    let signal = |name: &str| {
        let done = Command::new("kill").args([name, &pid]).status();
        assert!(done.expect("kill").success());
    };
    signal("-STOP");
    let asked = reader.clone();
    let answer = thread::spawn(move || asked.total());
    let start = Instant::now();
    while !answer.is_finished() && start.elapsed() < PATIENCE {
        thread::sleep(Duration::from_millis(50));
    }
    let ended = answer.is_finished();
    signal("-CONT");
    assert!(ended, "it still waits");
    let answer = answer.join().expect("no panic");
    assert!(
        matches!(answer, Err(StoreError::Unavailable(_))),
        "{answer:?}"
    );
    assert_eq!(reader.total().expect("another connection"), 0);
}

#[test]
fn what_a_role_has_as_defaults_changes_neither_durability_nor_meaning() {
    let fixture = migrated();
    let defaults = [
        ("synchronous_commit", "off"),
        ("lock_timeout", "1"),
        ("statement_timeout", "1h"),
        ("idle_in_transaction_session_timeout", "0"),
        ("default_transaction_isolation", "serializable"),
        ("datestyle", "German"),
        ("standard_conforming_strings", "off"),
    ];
    for (name, value) in defaults {
        let database = &fixture.database.name;
        fixture.sql(&format!(
            "ALTER DATABASE \"{database}\" SET {name} = '{value}'"
        ));
    }
    fixture.sql(
        "CREATE TABLE seen (name text, value text);
         CREATE FUNCTION see() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN
             INSERT INTO seen SELECT name, setting FROM pg_settings; RETURN NULL; END $$;
         CREATE TRIGGER see AFTER INSERT ON dead_letters FOR EACH STATEMENT EXECUTE FUNCTION see()",
    );
    let letter = archive::DeadLetter {
        reason: "a test".to_owned(),
        received_at: at(0),
        queue: String::new(),
        exchange: String::new(),
        routing_key: String::new(),
        properties: serde_json::json!({}),
        body: Vec::new(),
    };
    fixture.writer.put_aside(&[letter]).expect("put aside");
    for (name, value) in [
        ("synchronous_commit", "on"),
        ("lock_timeout", "0"),
        ("statement_timeout", "0"),
        ("idle_in_transaction_session_timeout", "30000"),
        ("default_transaction_isolation", "read committed"),
        ("DateStyle", "ISO, YMD"),
        ("standard_conforming_strings", "on"),
        ("client_connection_check_interval", "1000"),
        ("tcp_keepalives_idle", "15"),
    ] {
        let seen = fixture.sql(&format!("SELECT value FROM seen WHERE name = '{name}'"));
        assert_eq!(seen, value, "{name}");
    }
}

/// How much memory the reader's backends hold for themselves, in bytes.
fn memory_of_backends(fixture: &Fixture, application: &str) -> u64 {
    let pids = fixture.sql(&format!(
        "SELECT pid FROM pg_stat_activity WHERE application_name = '{application}'"
    ));
    let kilobytes = |pid: &str| {
        let status = std::fs::read_to_string(format!("/proc/{pid}/status")).unwrap_or_default();
        let line = status
            .lines()
            .find_map(|line| line.strip_prefix("RssAnon:"));
        line.and_then(|line| line.trim().strip_suffix(" kB")?.trim().parse::<u64>().ok())
    };
    1024 * pids.lines().filter_map(kilobytes).sum::<u64>()
}

#[test]
fn memory_of_the_server_does_not_grow_with_each_shape_of_search() {
    let fixture = migrated();
    let mut of_all = message("a");
    (of_all.users, of_all.packages) = (vec!["u".to_owned()], vec!["p".to_owned()]);
    of_all.agent_name = Some("u".to_owned());
    fixture.store([of_all]);
    let reader = Reader::new(&ConnectionOptions {
        application_name: "shapes",
        pool_size: 1,
        ..fixture.read_only()
    });
    reader.ping().expect("an answer");
    let before = memory_of_backends(&fixture, "shapes");
    assert!(before > 0, "it can be read");
    let mut most = 0;
    for size in 1..=1_500 {
        let mut search = Search::default();
        search.filters[Dimension::Users].any = vec!["u".to_owned()];
        search.filters[Dimension::Packages].any = vec!["p".to_owned()];
        let found = reader.search(&search, PageRequest { number: 1, size });
        assert_eq!(found.expect("a page").total, 1);
        most = most.max(memory_of_backends_now_and_then(&fixture, size));
    }
    let grown = most.saturating_sub(before) >> 20;
    println!("{grown} MB more");
    assert!(grown < 100, "{grown} MB more");
}

fn memory_of_backends_now_and_then(fixture: &Fixture, n: u32) -> u64 {
    if n.is_multiple_of(100) {
        memory_of_backends(fixture, "shapes")
    } else {
        0
    }
}

#[test]
fn a_search_whose_connection_has_an_outdated_plan_is_answered() {
    let fixture = migrated();
    fixture.store([message("a")]);
    let search = || {
        fixture
            .reader
            .search(&Search::default(), PageRequest { number: 1, size: 5 })
    };
    // Several connections, each with its plan.
    thread::scope(|scope| {
        for _ in 0..4 {
            scope.spawn(|| (0..20).for_each(|_| drop(search().expect("a page"))));
        }
    });
    fixture.sql("ALTER TABLE messages ALTER COLUMN source_name TYPE text");
    for _ in 0..10 {
        assert_eq!(search().expect("a page").total, 1);
        assert_eq!(
            fixture
                .reader
                .find("a")
                .expect("an answer")
                .expect("one")
                .msg_id
                .as_deref(),
            Some("a")
        );
    }
}

#[test]
fn a_search_that_an_admin_cancels_is_told_so_whatever_the_servers_language() {
    let fixture = migrated();
    let server = devstack::shared_postgres().expect("a PostgreSQL server");
    let database = &fixture.database.name;
    let german = format!("ALTER DATABASE \"{database}\" SET lc_messages = 'de_DE.utf8'");
    if server.run_sql(database, &german).is_err() {
        println!("in English only: there is no locale de_DE.utf8");
    }
    let lock = Lock::of(&fixture);
    let reader = fixture.reader.clone();
    let asked = thread::spawn(move || [(); 5].map(|()| reader.find("a")));
    while !asked.is_finished() {
        fixture.sql("SELECT pg_cancel_backend(pid) FROM pg_stat_activity WHERE application_name = 'test' AND datname = current_database() AND wait_event_type = 'Lock'");
    }
    for answer in asked.join().expect("no panic") {
        assert!(
            matches!(answer, Err(StoreError::Unavailable(_))),
            "{answer:?}"
        );
    }
    lock.release(&fixture);
}

#[test]
fn a_search_whose_session_was_ended_is_answered() {
    let fixture = migrated();
    for _ in 0..3 {
        fixture.reader.ping().expect("an answer");
        fixture.sql("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE application_name = 'test' AND datname = current_database()");
        fixture
            .reader
            .ping()
            .expect("an answer from another session");
    }
}

#[test]
fn what_was_read_before_a_restore_is_not_taken_for_what_is_there_now() {
    let mut postgres = Postgres::start(PostgresOptions {
        settings: vec![("autovacuum".to_owned(), "off".to_owned())],
        ..PostgresOptions::default()
    })
    .expect("a server");
    let database = postgres.fresh_database().expect("a database");
    let options = ConnectionOptions {
        url: database.url.clone(),
        application_name: "test",
        pool_size: 1,
        checkout_timeout: PATIENCE,
        statement_timeout: None,
        read_only: false,
    };
    archive::migration::apply(&options).expect("migrated");
    let reader = Reader::new(&ConnectionOptions {
        read_only: true,
        ..options
    });
    let copy = postgres.data_dir().with_file_name("copy");
    let copied = |from: &Path, to: &Path| {
        let done = Command::new("cp")
            .arg("-a")
            .args([from, to])
            .status()
            .expect("cp");
        assert!(done.success());
    };
    let body = |text: &str| {
        format!(
            "INSERT INTO messages (msg_id, i, topic, \"timestamp\", category, msg) VALUES ('a', 0, 't', '2024-05-01', 'c', '{text}')"
        )
    };
    let found = |postgres: &Postgres| {
        let page = reader.search(&Search::default(), PageRequest { number: 1, size: 5 });
        let page = page.expect("a page");
        let version = postgres
            .run_sql(&database.name, "SELECT xmin FROM messages")
            .expect("a version");
        (page.messages[0].msg.as_str().to_owned(), version)
    };
    postgres.stop(StopMode::Fast).expect("stopped");
    copied(postgres.data_dir(), &copy);
    postgres.start_again().expect("started");
    postgres
        .run_sql(&database.name, &body("\"old\""))
        .expect("stored");
    let (old, old_version) = found(&postgres);
    assert_eq!(old, "\"old\"");
    postgres.stop(StopMode::Fast).expect("stopped");
    std::fs::remove_dir_all(postgres.data_dir()).expect("removed");
    copied(&copy, postgres.data_dir());
    postgres.start_again().expect("started");
    postgres
        .run_sql(&database.name, &body("\"new\""))
        .expect("stored");
    let (new, new_version) = found(&postgres);
    assert_eq!(new_version, old_version, "else nothing is shown");
    assert_eq!(new, "\"new\"");
}
