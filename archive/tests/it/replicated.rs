//! Commits that are to wait for a standby.

use std::sync::atomic::{AtomicBool, Ordering};
use std::thread;
use std::time::Duration;

use archive::{ConnectionOptions, Outcome, StoreError, Upkeep, Writer};
use chrono::Utc;
use devstack::{Postgres, PostgresOptions, StopMode};

use crate::machines::options;
use crate::support::{letter, message};

/// Runs `work` until nobody waits for a standby any more, and cancels each wait.
fn cancelling<T: Send>(primary: &Postgres, work: impl FnOnce() -> T + Send) -> T {
    let cancel = "SELECT pg_cancel_backend(pid) FROM pg_stat_activity WHERE wait_event = 'SyncRep'";
    thread::scope(|scope| {
        let working = scope.spawn(work);
        while !working.is_finished() {
            primary.run_sql("postgres", cancel).expect("cancelled");
            thread::sleep(Duration::from_millis(50));
        }
        working.join().expect("no panic")
    })
}

fn is_held<T>(answer: Result<T, StoreError>) -> bool {
    matches!(answer, Err(StoreError::Unavailable(_)))
}

#[test]
fn what_a_standby_does_not_have_is_not_stored_whoever_cancels_the_wait() {
    let primary = Postgres::start(PostgresOptions::default()).expect("a server");
    let database = primary.fresh_database().expect("a database");
    let options: ConnectionOptions = options(&database.url, "test");
    archive::migration::apply(&options).expect("migrated");
    let writer = Writer::new(&options);
    let mut standby = primary
        .standby(PostgresOptions::default())
        .expect("a standby");
    let sql = |sql: &str| primary.run_sql("postgres", sql).expect("an answer");
    let names = |names: &str| {
        sql(&format!(
            "ALTER SYSTEM SET synchronous_standby_names = '{names}'"
        ));
        sql("SELECT pg_reload_conf()");
    };
    for some in ["*", "ANY 1 (*)", "1 (*)"] {
        names(some);
        let stored = writer
            .store(&mut [message(some)])
            .expect("kept by the standby");
        assert_eq!(stored, [Outcome::Stored], "{some}");
    }
    standby.stop(StopMode::Fast).expect("stopped");
    let store = || writer.store(&mut [message("alone")]);
    assert!(is_held(cancelling(&primary, store)), "stored");
    // It is there now, so that next to nothing is committed.
    assert!(is_held(cancelling(&primary, store)), "found");
    let put_aside = || writer.put_aside(&[letter(b"alone")]);
    assert!(is_held(cancelling(&primary, put_aside)), "put aside");
    // Or one would take from the broker, again and again, what cannot be kept.
    let probe = || writer.probe(Utc::now().naive_utc());
    assert!(is_held(cancelling(&primary, probe)), "proved");
    standby.start_again().expect("started");
    assert_eq!(store().expect("kept"), [Outcome::Duplicate]);
    put_aside().expect("kept");
    probe().expect("it takes messages");

    names("FIRST 2 (*)");
    assert!(is_held(cancelling(&primary, store)), "one of two");
    let durability = || Upkeep::new(&options).durability().expect("an answer");
    assert!(durability().lacks_standby() && !durability().waits_for_own_disk_only());
    names("ANY 1 (*)");
    sql("ALTER SYSTEM SET synchronous_commit = 'local'");
    sql("SELECT pg_reload_conf()");
    assert!(!durability().lacks_standby() && durability().waits_for_own_disk_only());
    names("");
    assert_eq!(store().expect("nobody is waited for"), [Outcome::Duplicate]);
}

#[test]
fn what_is_on_its_way_to_a_standby_that_applies_late_is_waited_for() {
    let primary = Postgres::start(PostgresOptions::default()).expect("a server");
    let database = primary.fresh_database().expect("a database");
    let options: ConnectionOptions = options(&database.url, "test");
    archive::migration::apply(&options).expect("migrated");
    let late = ("recovery_min_apply_delay".to_owned(), "3s".to_owned());
    let _standby = primary
        .standby(PostgresOptions {
            settings: vec![late],
            ..PostgresOptions::default()
        })
        .expect("a standby");
    let sql = |sql: &str| primary.run_sql(&database.name, sql).expect("an answer");
    sql("CREATE TABLE others (number int)");
    sql("ALTER SYSTEM SET synchronous_standby_names = '*'");
    sql("ALTER SYSTEM SET synchronous_commit = 'remote_apply'");
    sql("SELECT pg_reload_conf()");
    let is_over = AtomicBool::new(false);
    let stored = thread::scope(|scope| {
        scope.spawn(|| {
            while !is_over.load(Ordering::Relaxed) {
                sql("SET synchronous_commit = 'local'; INSERT INTO others VALUES (1)");
                thread::sleep(Duration::from_millis(20));
            }
        });
        let stored = Writer::new(&options).store(&mut [message("late")]);
        is_over.store(true, Ordering::Relaxed);
        stored
    });
    assert_eq!(stored.expect("kept"), [Outcome::Stored]);
}

#[test]
fn what_is_acknowledged_is_on_the_disk_whatever_the_server_is_told_meanwhile() {
    let server = Postgres::start(PostgresOptions::default()).expect("a server");
    let database = server.fresh_database().expect("a database");
    let options: ConnectionOptions = options(&database.url, "test");
    archive::migration::apply(&options).expect("migrated");
    let sql = |sql: &str| server.run_sql(&database.name, sql).expect("an answer");
    sql("CREATE TABLE levels (level text)");
    sql(
        "CREATE FUNCTION note_level() RETURNS trigger LANGUAGE plpgsql AS
         $$ BEGIN INSERT INTO levels VALUES (current_setting('synchronous_commit')); RETURN NULL; END $$",
    );
    sql(
        "CREATE TRIGGER note_level AFTER INSERT ON messages FOR EACH ROW EXECUTE FUNCTION note_level()",
    );
    let writer = Writer::new(&options);
    for (number, level) in ["on", "off", "local"].iter().enumerate() {
        sql(&format!("ALTER SYSTEM SET synchronous_commit = '{level}'"));
        sql("SELECT pg_reload_conf()");
        // The next statement of a session has it, or the one after that.
        thread::sleep(Duration::from_millis(300));
        let stored = writer.store(&mut [message(&format!("id-{number}"))]);
        assert_eq!(stored.expect("stored"), [Outcome::Stored]);
    }
    let levels = sql("SELECT level FROM levels");
    assert_eq!(levels.lines().collect::<Vec<_>>(), ["on", "on", "local"]);
}
