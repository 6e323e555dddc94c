//! Machines that die or stop without a word: that of the database, and that of another program.
//!
//! The one that is waited for or waits is this test's own binary, run once more.

use std::process::{Child, Command, Stdio};
use std::thread;
use std::time::{Duration, Instant};

use archive::{ConnectionOptions, Reader, StoreError, Upkeep, Writer};
use devstack::{Postgres, PostgresOptions};

use crate::support::{message, migrated};

/// Carries the database's URL to the other run.
pub const DATABASE: &str = "TEST_OF_MACHINES";
/// No test waits longer.
pub const PATIENCE: Duration = Duration::from_secs(120);

pub fn options(url: &str, application_name: &'static str) -> ConnectionOptions {
    ConnectionOptions {
        url: url.to_owned(),
        application_name,
        pool_size: 1,
        checkout_timeout: Duration::from_secs(10),
        statement_timeout: None,
        read_only: false,
    }
}

fn eventually(what: &str, mut condition: impl FnMut() -> bool) {
    let start = Instant::now();
    while !condition() {
        assert!(start.elapsed() < PATIENCE, "never: {what}");
        thread::sleep(Duration::from_millis(50));
    }
}

/// This test once more, in another process, which `wrapper` starts.
pub fn once_more(test: &str, url: &str, wrapper: &[&str]) -> Child {
    let binary = std::env::current_exe().expect("this test's binary");
    let mut command = match wrapper {
        [program, arguments @ ..] => {
            let mut command = Command::new(program);
            command.args(arguments).arg(binary);
            command
        }
        [] => Command::new(binary),
    };
    command
        .args(["--exact", test, "--nocapture"])
        .env(DATABASE, url)
        .stdout(Stdio::null())
        .spawn()
        .expect("this test once more")
}

/// Another program that locks a table until it is told not to.
fn lock(url: &str, table: &str, mode: &str) -> Child {
    let sql = format!("BEGIN; LOCK TABLE {table} IN {mode} MODE; SELECT pg_sleep(600)");
    devstack::psql(url)
        .expect("psql")
        .args(["--command", &sql])
        .stderr(Stdio::null())
        .spawn()
        .expect("psql")
}

fn stop(program: &Child) {
    let pid = program.id().to_string();
    let done = Command::new("kill").args(["-STOP", &pid]).status();
    assert!(done.expect("kill").success());
}

const SLEEPER: &str = "SELECT pg_terminate_backend(pid) FROM pg_stat_activity \
    WHERE wait_event = 'PgSleep' AND datname = current_database()";

#[test]
fn who_stops_within_a_transaction_keeps_others_waiting_for_half_a_minute() {
    if let Ok(url) = std::env::var(DATABASE) {
        let mut batch = [message("of the stopped")];
        batch[0].packages = vec!["kernel".to_owned()];
        drop(Writer::new(&options(&url, "stopped")).store(&mut batch));
        return;
    }
    let fixture = migrated();
    let activity = |what: &str| {
        let sql = format!(
            "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND {what}"
        );
        fixture.sql(&sql)
    };
    let mut locker = lock(&fixture.database.url, "packages", "ACCESS EXCLUSIVE");
    eventually("the table is locked", || {
        activity("wait_event = 'PgSleep'") == "1"
    });
    let test = "machines::who_stops_within_a_transaction_keeps_others_waiting_for_half_a_minute";
    let mut stopped = once_more(test, &fixture.database.url, &[]);
    let waits = "application_name = 'stopped' AND wait_event_type = 'Lock'";
    eventually("it waits for the lock", || activity(waits) == "1");
    stop(&stopped);
    fixture.sql(SLEEPER);
    locker.wait().expect("ended");
    let mut batch = [message("of the other")];
    batch[0].packages = vec!["kernel".to_owned()];
    let start = Instant::now();
    let other = Writer::new(&options(&fixture.database.url, "other"));
    let storing = thread::spawn(move || other.store(&mut batch));
    while !storing.is_finished() && start.elapsed() < PATIENCE {
        thread::sleep(Duration::from_millis(100));
    }
    let stored = storing.is_finished();
    stopped.kill().expect("killed");
    stopped.wait().expect("ended");
    assert!(stored, "it waits for the one that stopped");
    assert_eq!(storing.join().expect("no panic").expect("stored").len(), 1);
}

#[test]
fn who_stops_within_a_copy_is_ended_by_another_program_of_its_kind() {
    if let Ok(url) = std::env::var(DATABASE) {
        drop(Writer::new(&options(&url, "frozen")).store(&mut [message("of the frozen")]));
        return;
    }
    let fixture = migrated();
    let url = &fixture.database.url;
    let frozen_waits_for = |event: &str| {
        let sql = format!(
            "SELECT EXISTS (SELECT FROM pg_stat_activity WHERE datname = current_database()
             AND application_name = 'frozen' AND state = 'active' AND wait_event = '{event}')"
        );
        fixture.sql(&sql) == "t"
    };
    // The partition, into which it copies: it waits for nothing else before.
    let mut locker = lock(url, "messages_y2024", "SHARE");
    eventually("the table is locked", || {
        fixture.sql("SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND wait_event = 'PgSleep'") == "1"
    });
    let test = "machines::who_stops_within_a_copy_is_ended_by_another_program_of_its_kind";
    let mut frozen = once_more(test, url, &[]);
    eventually("it waits to copy", || frozen_waits_for("relation"));
    stop(&frozen);
    fixture.sql(SLEEPER);
    locker.wait().expect("ended");
    eventually("the server waits for rows", || {
        frozen_waits_for("ClientRead")
    });
    let start = Instant::now();
    let (stranger, other) = (&fixture.upkeep, Upkeep::new(&options(url, "frozen")));
    let mut ended = 0;
    while ended == 0 && start.elapsed() < PATIENCE {
        assert_eq!(stranger.end_frozen().expect("looked"), 0);
        ended = other.end_frozen().expect("looked");
        thread::sleep(Duration::from_millis(200));
    }
    let waited = start.elapsed();
    let gone = !frozen_waits_for("ClientRead");
    frozen.kill().expect("killed");
    frozen.wait().expect("ended");
    assert_eq!(ended, 1);
    assert!(waited >= Duration::from_secs(20), "{waited:?}");
    assert!(gone);
}

#[test]
fn all_transactions_of_who_stops_are_ended_at_once() {
    let of_both = |n: usize| {
        let mut batch = [message(&n.to_string())];
        batch[0].users = vec!["bob".to_owned()];
        batch
    };
    if let Ok(url) = std::env::var(DATABASE) {
        let options = ConnectionOptions {
            pool_size: 2,
            ..options(&url, "frozen")
        };
        let writer = Writer::new(&options);
        thread::scope(|scope| {
            for n in 0..2 {
                let writer = &writer;
                scope.spawn(move || drop(writer.store(&mut of_both(n))));
            }
        });
        return;
    }
    let fixture = migrated();
    let url = &fixture.database.url;
    let count = |what: &str| {
        let sql = format!(
            "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND {what}"
        );
        fixture.sql(&sql)
    };
    let mut locker = lock(url, "users", "ACCESS EXCLUSIVE");
    eventually("the table is locked", || {
        count("wait_event = 'PgSleep'") == "1"
    });
    let test = "machines::all_transactions_of_who_stops_are_ended_at_once";
    let mut frozen = once_more(test, url, &[]);
    let waits = "application_name = 'frozen' AND wait_event_type = 'Lock'";
    eventually("both wait for the lock", || count(waits) == "2");
    stop(&frozen);
    fixture.sql(SLEEPER);
    locker.wait().expect("ended");
    eventually("one waits for the other", || {
        count(waits) == "1"
            && count("application_name = 'frozen' AND state = 'idle in transaction'") == "1"
    });
    let other = Upkeep::new(&options(url, "frozen"));
    let start = Instant::now();
    let mut ended = 0;
    while ended == 0 && count(waits) == "1" && start.elapsed() < PATIENCE {
        ended = other.end_frozen().expect("looked");
        thread::sleep(Duration::from_millis(200));
    }
    // Else the second one idles from now on.
    eventually("none is left", || {
        count("application_name = 'frozen' AND xact_start IS NOT NULL") == "0"
    });
    frozen.kill().expect("killed");
    frozen.wait().expect("ended");
    assert_eq!(ended, 2);
}

/// A network of its own for a process, with a cable to ours.
struct Far {
    name: String,
    near: String,
}

impl Far {
    const NEAR: &str = "10.231.77.1";

    /// None without the rights for it.
    fn new() -> Option<Self> {
        let id = std::process::id();
        let (name, near) = (format!("far-{id}"), format!("near{id}"));
        let ip = |arguments: &str| {
            let done = Command::new("ip")
                .args(arguments.split(' '))
                .stderr(Stdio::null())
                .status();
            done.is_ok_and(|status| status.success())
        };
        if !ip(&format!("netns add {name}")) {
            return None;
        }
        let far = Self { name, near };
        let (name, near) = (&far.name, &far.near);
        let made = ip(&format!(
            "link add {near} type veth peer name far0 netns {name}"
        )) && ip(&format!("addr add {}/30 dev {near}", Self::NEAR))
            && ip(&format!("link set {near} up"))
            && ip(&format!("-n {name} addr add 10.231.77.2/30 dev far0"))
            && ip(&format!("-n {name} link set far0 up"));
        made.then_some(far)
    }

    fn pull_the_cable(&self) {
        let down = Command::new("ip")
            .args(["link", "set", &self.near, "down"])
            .status();
        assert!(down.expect("ip").success());
    }
}

impl Drop for Far {
    fn drop(&mut self) {
        let _ = Command::new("ip")
            .args(["link", "del", &self.near])
            .status();
        let _ = Command::new("ip")
            .args(["netns", "del", &self.name])
            .status();
    }
}

#[test]
fn a_database_whose_machine_dies_within_a_statement_is_given_up() {
    if let Ok(url) = std::env::var(DATABASE) {
        // No limit but what the kernel finds out.
        let answer = Reader::new(&options(&url, "far")).find("a");
        assert!(
            matches!(answer, Err(StoreError::Unavailable(_))),
            "{answer:?}"
        );
        return;
    }
    let Some(far) = Far::new() else {
        println!("skipped: no right to make a network");
        return;
    };
    let postgres = Postgres::start(PostgresOptions {
        settings: vec![("listen_addresses".to_owned(), "*".to_owned())],
        ..PostgresOptions::default()
    })
    .expect("a server");
    let database = postgres.fresh_database().expect("a database");
    let rules = postgres.data_dir().join("pg_hba.conf");
    let mut text = std::fs::read_to_string(&rules).expect("its rules");
    text.push_str("\nhost all all 10.231.77.0/30 trust\n");
    std::fs::write(&rules, text).expect("written");
    let sql = |sql: &str| postgres.run_sql(&database.name, sql).expect(sql);
    sql("SELECT pg_reload_conf()");
    archive::migration::apply(&options(&database.url, "test")).expect("migrated");
    let mut locker = lock(&database.url, "messages", "ACCESS EXCLUSIVE");
    eventually("the table is locked", || {
        sql("SELECT count(*) FROM pg_stat_activity WHERE wait_event = 'PgSleep'") == "1"
    });
    let url = database.url.replace("127.0.0.1", Far::NEAR);
    let test = "machines::a_database_whose_machine_dies_within_a_statement_is_given_up";
    let mut reader = once_more(test, &url, &["ip", "netns", "exec", &far.name]);
    eventually("it waits for the lock", || {
        sql(
            "SELECT count(*) FROM pg_stat_activity WHERE application_name = 'far' AND wait_event_type = 'Lock'",
        ) == "1"
    });
    far.pull_the_cable();
    let start = Instant::now();
    while reader.try_wait().expect("waited").is_none() && start.elapsed() < PATIENCE {
        thread::sleep(Duration::from_millis(100));
    }
    // One that still waits ends without success.
    let _ = reader.kill();
    let ended = reader.wait().expect("ended");
    sql(SLEEPER);
    locker.wait().expect("ended");
    assert!(ended.success(), "it waits for ever: {ended}");
    println!("given up after {} s", start.elapsed().as_secs());
}
