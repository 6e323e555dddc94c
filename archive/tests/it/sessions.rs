//! Sessions with the database: how long they wait, how they are given up, and what they set.

use std::process::{Child, Command};
use std::thread;
use std::time::{Duration, Instant};

use archive::{Caller, ConnectionOptions, Reader, StoreError};

use crate::support::{Fixture, migrated};

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
        let psql = Command::new("psql")
            .args(["-X", "-q", "-c", sql, &fixture.database.url])
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
    let answer = thread::spawn(move || asked.ping());
    eventually("the reader waits", || waiting(&fixture) == "1");
    caller.cancel();
    assert!(caller.is_cancelled());
    // Though the lock is still held.
    eventually("it has an answer", || answer.is_finished());
    let answer = answer.join().expect("no panic");
    assert!(matches!(answer, Err(StoreError::Cancelled)), "{answer:?}");
    eventually("the server has stopped", || waiting(&fixture) == "0");
    let later = of_caller.ping();
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
