//! Commands that wait for locks of others tell whose they are.

use std::process::{Child, Stdio};
use std::time::{Duration, Instant};

use devstack::{Database, Postgres, Process};

use crate::support::programs::{clean, migrate};
use crate::support::{eventually, rows};

const PATIENCE: Duration = Duration::from_secs(60);
const SLEEPING: &str = "FROM pg_stat_activity WHERE datname = current_database() AND wait_event = 'PgSleep' AND query LIKE '%pg_sleep(600)%'";

/// A session that has locked all these tables.
struct Locker<'a> {
    postgres: &'a Postgres,
    database: &'a Database,
    psql: Child,
}

impl<'a> Locker<'a> {
    fn of(postgres: &'a Postgres, database: &'a Database, tables: &str) -> Self {
        let sql = format!("BEGIN; LOCK TABLE {tables}; SELECT pg_sleep(600)");
        let psql = devstack::psql(&database.url)
            .expect("psql")
            .args(["--command", &sql])
            .stderr(Stdio::null())
            .spawn()
            .expect("psql");
        let locker = Self {
            postgres,
            database,
            psql,
        };
        eventually("the tables are locked", PATIENCE, || {
            locker.sessions("pid").len() == 1
        });
        locker
    }

    fn sessions(&self, what: &str) -> Vec<String> {
        rows(
            self.postgres,
            &self.database.name,
            &format!("SELECT {what} {SLEEPING}"),
        )
    }

    /// Asserts that the program tells in such a line whose locks it waits for, and does its work once
    /// they are gone.
    fn check_named(mut self, arguments: &[&str], word: &str) -> String {
        let mut command = clean("nommer");
        command
            .args(arguments)
            .env("DATABASE_URL", &self.database.url);
        let mut nommer = Process::spawn(&command).expect("nommer");
        let line = nommer.wait_for_line(word, PATIENCE).expect("a word");
        println!("{line}");
        let holder = self.sessions("pid").remove(0);
        let expected = format!(r#"held_up_by="session {holder} of "#);
        assert!(line.contains(&expected), "{line}");
        self.sessions("pg_terminate_backend(pid)");
        self.psql.wait().expect("ended");
        let ended = nommer.wait(PATIENCE).expect("waited");
        assert!(ended.is_some_and(|status| status.success()), "{ended:?}");
        line
    }
}

#[test]
fn what_polls_for_its_tables_tells_who_keeps_it_from_them() {
    let postgres = devstack::shared_postgres().expect("a server");
    let database = postgres.fresh_database().expect("a database");
    migrate(&database.url);
    for tables in ["messages", "counters IN SHARE ROW EXCLUSIVE MODE"] {
        let command = match tables {
            "messages" => "verify",
            _ => "rebuild",
        };
        Locker::of(postgres, &database, tables).check_named(
            &["counters", command],
            "the database has not answered yet operation=",
        );
    }
}

#[test]
fn a_migration_that_does_not_get_its_locks_tells_which_and_who_has_them() {
    let postgres = devstack::shared_postgres().expect("a server");
    let database = postgres.fresh_database().expect("a database");
    migrate(&database.url);
    let all = "SELECT string_agg(oid::regclass::text, ', ') FROM pg_class
               WHERE relkind IN ('r', 'p') AND relnamespace = 'public'::regnamespace AND relname NOT LIKE '\\_\\_diesel%'";
    let all = rows(postgres, &database.name, all).remove(0);
    let line = Locker::of(postgres, &database, &all).check_named(
        &["migrate", "--rollback", "12", "--drop-data"],
        "not applied yet, perhaps as others hold locks",
    );
    assert!(line.contains(" waits_for=\""), "{line}");
    assert!(line.contains(" error=\""), "{line}");
}

/// Who watches, and who gathers what helps, is not held up by what they are to find.
#[test]
fn checks_and_bundles_end_while_the_tables_are_locked() {
    let postgres = devstack::shared_postgres().expect("a server");
    let database = postgres.fresh_database().expect("a database");
    migrate(&database.url);
    let mut locker = Locker::of(postgres, &database, "messages");
    let folder = tempfile::tempdir().expect("a folder");
    let asked = |arguments: &[&str]| {
        let mut command = clean("nommer");
        command.args(arguments).env("DATABASE_URL", &database.url);
        let started = Instant::now();
        let output = command.current_dir(&folder).output().expect("run");
        (output, started.elapsed())
    };
    for (part, told) in [
        ("database", "DATABASE CRITICAL: "),
        ("archive", "ARCHIVE CRITICAL: "),
    ] {
        let (output, took) = asked(&["check", part]);
        assert!(took < Duration::from_secs(20), "{part}: {took:?}");
        assert_eq!(output.status.code(), Some(2), "{output:?}");
        let [line, log] =
            [&output.stdout, &output.stderr].map(|text| String::from_utf8_lossy(text));
        assert!(
            line.starts_with(told) && line.contains("sequences: the query took longer than 11 s"),
            "{line}"
        );
        assert!(log.contains("held_up_by=\"session "), "{log}");
    }
    let (output, took) = asked(&[
        "support-bundle",
        "--output",
        "bundle.tar.gz",
        "--log",
        "/dev/null",
    ]);
    assert!(output.status.success(), "{output:?}");
    // Sizes of tables and of indexes, and the look that `status` takes, wait for it.
    assert!(took < Duration::from_secs(60), "{took:?}");
    locker.sessions("pg_terminate_backend(pid)");
    locker.psql.wait().expect("ended");
}
