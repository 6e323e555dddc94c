//! An archive moves to the newest PostgreSQL by the commands of docs/operating.md, while messages come: in the end each
//! message is there once.

use std::process::Command;
use std::time::Duration;

use devstack::{Database, Postgres, PostgresOptions, postgres_versions};
use tempfile::TempDir;

use crate::restored::{assert_succeeds, folder_for_everybody, give_roles, of_role};
use crate::stack::Stack;
use crate::support::blocks::block;
use crate::support::eventually;
use crate::support::programs::{Grepper, Nommer};
use crate::support::rows;

const PAGE: &str = include_str!("../../../docs/operating.md");

/// The server that is left, the one that takes its place, and where they meet.
struct Move {
    stack: Stack,
    new: Postgres,
    backups: TempDir,
}

impl Move {
    /// A shell that runs a block of the page as who administers one of the servers.
    fn shell(&self, server: &Postgres, name: &str) -> Command {
        let mut shell = server.shell(&block(PAGE, "sh", name)).expect("a shell");
        let old = self.stack.postgres.url(&self.stack.database.name);
        shell
            .env("PGDATABASE", &self.stack.database.name)
            .env("BACKUPS", self.backups.path())
            .env("OLD", old);
        shell
    }

    fn administer(&self, server: &Postgres, name: &str) {
        assert_succeeds(name, &mut self.shell(server, name));
    }

    /// Runs a block that must not do what it says there, and tell why.
    fn assert_refuses(&self, server: &Postgres, name: &str, why: &str) {
        let output = self.shell(server, name).output().expect("started");
        let said = String::from_utf8_lossy(&output.stderr);
        assert!(!output.status.success(), "{name} did it");
        assert!(said.contains(why), "{name}: {said}");
    }

    /// Runs a block of nommer's commands for the new server.
    fn operate(&self, name: &str) {
        let nommer = devstack::binary("nommer").expect("nommer");
        let folder = nommer.parent().expect("a folder").display();
        let path = std::env::var("PATH").expect("a PATH");
        let mut shell = Command::new("sh");
        acceptance::clean(&mut shell)
            .args(["-c", &block(PAGE, "sh", name)])
            .env("PATH", format!("{folder}:{path}"))
            .env("FEDORA_MESSAGING_CONF", "/dev/null")
            .env("AS_SUPERUSER", self.moved().url)
            .env("AS_OWNER", of_role("nommer_owner", &self.moved()).url);
        assert_succeeds(name, &mut shell);
    }

    /// A database that is made as no other there is made alike.
    fn assert_made_alike(&self) {
        let odd = "CREATE DATABASE odd TEMPLATE template0 ENCODING 'LATIN1' LOCALE 'C'";
        rows(&self.stack.postgres, "postgres", odd);
        for (server, name) in [(&self.stack.postgres, "roles"), (&self.new, "create")] {
            let mut shell = self.shell(server, name);
            assert_succeeds(name, shell.env("PGDATABASE", "odd"));
        }
        let made = "SELECT pg_encoding_to_char(encoding), datcollate FROM pg_database WHERE datname = 'odd'";
        assert_eq!(rows(&self.new, "postgres", made), ["LATIN1|C"]);
    }

    /// What was begun is left, as after a failover of the old server, which has no slot then.
    fn begin_again(&self) {
        let old = &self.stack.postgres;
        let name = &self.stack.database.name;
        rows(&self.new, name, "ALTER SUBSCRIPTION upgrade DISABLE");
        let slot = "SELECT active FROM pg_replication_slots WHERE slot_name = 'upgrade'";
        eventually("nobody reads the slot", Duration::from_secs(30), || {
            rows(old, name, slot) == ["f"]
        });
        self.administer(old, "slotless");
        assert_eq!(rows(old, name, slot), [""; 0]);
        self.assert_refuses(old, "catch-up", "no slot");
        self.assert_refuses(old, "again", "does not exist");
        self.administer(&self.new, "again");
    }

    /// Makes the database and its tables, as the old ones are.
    fn make_tables(&self) {
        self.administer(&self.new, "create");
        self.operate("tables");
    }

    fn moved(&self) -> Database {
        let name = self.stack.database.name.clone();
        Database {
            url: self.new.url(&name),
            name,
        }
    }

    /// How many rows the new server has.
    fn there(&self) -> usize {
        let count = "SELECT count(*) FROM messages";
        let rows = rows(&self.new, &self.stack.database.name, count);
        rows[0].parse().expect("a number")
    }

    fn assert_sequences_are_ahead(&self) {
        for (table, key) in [
            ("messages", "id"),
            ("users", "id"),
            ("packages", "id"),
            ("counter_horizon", "number"),
        ] {
            let sql = format!(
                "SELECT coalesce((SELECT last_value FROM pg_sequences WHERE sequencename = '{table}_{key}_seq'), 0)
                     >= (SELECT max({key}) FROM {table})"
            );
            let ahead = rows(&self.new, &self.stack.database.name, &sql);
            assert_eq!(ahead, ["t"], "{table}");
        }
    }
}

fn begin(old: &devstack::PostgresVersion, new: &devstack::PostgresVersion) -> Move {
    let server = |version: &devstack::PostgresVersion, settings| PostgresOptions {
        programs: Some(version.programs.clone()),
        settings,
        ..Stack::durable()
    };
    let logical = block(PAGE, "ini", "logical");
    let (name, value) = logical.trim().split_once(" = ").expect("a setting");
    let settings = vec![(name.to_owned(), value.to_owned())];
    let configured = |rabbit: &_, database: &_| {
        give_roles(database);
        Stack::config_of(rabbit, &of_role("nommer", database))
    };
    let broker = devstack::RabbitOptions::default();
    Move {
        stack: Stack::start_on(server(old, settings), broker, configured),
        new: Postgres::start(server(new, Vec::new())).expect("a newer PostgreSQL server"),
        backups: folder_for_everybody(),
    }
}

#[test]
fn nothing_is_missing_after_a_move_to_the_newest_postgresql() {
    let versions = postgres_versions();
    let (Some(old), Some(new)) = (versions.first(), versions.last()) else {
        panic!("no PostgreSQL at all");
    };
    if old == new {
        println!(
            "SKIPPED: PostgreSQL {} alone (./install --postgres all)",
            old.major
        );
        return;
    }
    let mut moving = begin(old, new);
    let stream = moving.stack.stream();
    moving.stack.wait_for_stored(300);

    moving.assert_made_alike();
    moving.administer(&moving.stack.postgres, "roles");
    moving.make_tables();
    moving.administer(&moving.stack.postgres, "publish");
    let why = "nothing was done";
    moving.assert_refuses(&moving.stack.postgres, "subscribe", why);
    assert!(moving.stack.stored() >= 300, "the old tables are empty");
    moving.administer(&moving.new, "subscribe");
    moving.assert_refuses(&moving.new, "subscribe", why);
    moving.begin_again();
    moving.make_tables();
    moving.administer(&moving.new, "subscribe");
    let copied = moving.stack.stored();
    eventually("they follow", Duration::from_secs(60), || {
        moving.there() > copied + 100
    });

    assert_eq!(moving.stack.nommer.terminate(), Some(0));
    moving.administer(&moving.stack.postgres, "catch-up");
    assert_eq!(moving.there(), moving.stack.stored());
    moving.administer(&moving.new, "part");
    moving.operate("bring-up");
    moving.assert_sequences_are_ahead();
    let topics = "SELECT count(*) > 0 FROM recent_topics";
    assert_eq!(
        rows(&moving.new, &moving.stack.database.name, topics),
        ["t"]
    );

    let database = moving.moved();
    let Move { stack, new, .. } = &mut moving;
    std::mem::swap(&mut stack.postgres, new);
    stack.database = database;
    let writer = of_role("nommer", &stack.database);
    stack.nommer = Nommer::start(&Stack::config_of(&stack.rabbit, &writer));
    stack.wait_for_stored(300);
    let (confirmed, tried) = stream.finish();
    stack.assert_stored_once(&confirmed, tried);
    let grepper = Grepper::start(&of_role("grepper", &stack.database).url, &[]);
    let count = grepper.get("/messagecount").json()["messagecount"].clone();
    assert_eq!(count, stack.stored());
    assert_eq!(stack.nommer.terminate(), Some(0));
    println!(
        "moved from PostgreSQL {} to {}",
        old.major,
        new_major(&stack.postgres)
    );
}

fn new_major(server: &Postgres) -> String {
    rows(server, "postgres", "SHOW server_version").remove(0)
}
