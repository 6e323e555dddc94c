//! The two archives of the site that moves, and who may do what there.

use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::{Duration, Instant};

use devstack::{Database, Postgres, Process, Rabbit};
use tempfile::TempDir;

use crate::environment;
use crate::incumbent::sqlalchemy_url;
use crate::support::eventually;
use crate::support::programs::{clean, config_apart};

const GRANTS: &str = include_str!("../../../../docs/grants.sql");

/// Where this site's messages are published, of which other tests have nothing.
pub const EXCHANGE: &str = "switching";
/// The incumbent's queue, and ours.
pub const OLD_QUEUE: &str = "datanommer-switching";
pub const NEW_QUEUE: &str = "nommer-switching";
/// Under which path both services are mounted.
pub const PATH: &str = "/datagrepper";

/// Databases, configuration files and programs.
pub struct Site {
    pub programs: &'static Path,
    pub classes: &'static Path,
    pub postgres: &'static Postgres,
    pub rabbit: &'static Rabbit,
    pub old: Database,
    /// Made by [`Site::make_new`].
    pub new: Database,
    folder: TempDir,
}

impl Site {
    /// The incumbent's alone; `None` where there is no Python.
    pub fn new() -> Option<Self> {
        let (programs, classes) = (environment::programs()?, environment::classes()?);
        let postgres = devstack::shared_postgres().expect("a PostgreSQL server");
        let old = postgres.fresh_database().expect("a database");
        // Python trusts the session's time zone.
        let sql = format!("ALTER DATABASE \"{}\" SET timezone = 'UTC'", old.name);
        postgres.run_sql(&old.name, &sql).expect("set");
        let mut tables = Command::new(programs.join("python"));
        tables.arg(environment::script("tables.py"));
        environment::run(tables.arg(sqlalchemy_url(&old.url)));
        let sql = "CREATE ROLE reader LOGIN; GRANT SELECT ON ALL TABLES IN SCHEMA public TO reader";
        postgres.run_sql(&old.name, sql).expect("a reader");
        let name = "switched".to_owned();
        let url = postgres.url(&name);
        Some(Self {
            programs,
            classes,
            postgres,
            rabbit: devstack::shared_rabbit().expect("a RabbitMQ server"),
            old,
            new: Database { name, url },
            folder: tempfile::tempdir().expect("a folder"),
        })
    }

    /// Step 1 of `docs/switching.md`, by its commands.
    pub fn make_new(&self) {
        let statements = [
            "CREATE ROLE nommer LOGIN",
            "CREATE ROLE grepper LOGIN",
            "CREATE DATABASE switched ENCODING 'UTF8' TEMPLATE template0",
        ];
        for statement in statements {
            self.postgres
                .run_sql("postgres", statement)
                .expect(statement);
        }
        acceptance::migrate(&self.new.url).expect("migrated");
        self.postgres
            .run_sql(&self.new.name, GRANTS)
            .expect("granted");
    }

    /// A database's URL as another role.
    pub fn as_role(database: &Database, role: &str) -> String {
        database.url.replacen("postgres@", &format!("{role}@"), 1)
    }

    /// datanommer's configuration file, with which the client also publishes.
    pub fn old_file(&self) -> PathBuf {
        let url = sqlalchemy_url(&self.old.url);
        let settings = config_apart(&self.rabbit.url(), &url, OLD_QUEUE, EXCHANGE);
        let publishing = format!("publish_exchange = \"{EXCHANGE}\"\n");
        self.write("datanommer.toml", &(publishing + &settings))
    }

    /// Ours: the old one with another queue and database.
    pub fn new_file(&self) -> PathBuf {
        let url = Self::as_role(&self.new, "nommer");
        let settings = config_apart(&self.rabbit.url(), &url, NEW_QUEUE, EXCHANGE);
        self.write("nommer.toml", &settings)
    }

    fn write(&self, name: &str, text: &str) -> PathBuf {
        let path = self.folder.path().join(name);
        std::fs::write(&path, text).expect("written");
        path
    }

    /// The real consumer.
    pub fn datanommer(&self) -> Process {
        let mut command = Command::new(self.programs.join("fedora-messaging"));
        command.arg("--conf").arg(self.old_file()).arg("consume");
        command.env("TZ", "UTC").env("PYTHONPATH", self.classes);
        Process::spawn(&command).expect("datanommer")
    }

    /// A command of nommer with our file; answers its code and what it said.
    pub fn nommer(&self, typed: &[&str]) -> (Option<i32>, String) {
        let start = Instant::now();
        let output = clean("nommer")
            .args(typed)
            .arg("-c")
            .arg(self.new_file())
            .env("NOMMER_ADOPT_FROM", Self::as_role(&self.old, "reader"))
            .output()
            .expect("nommer");
        let said = [output.stdout, output.stderr].concat();
        let said = String::from_utf8_lossy(&said).into_owned();
        println!(
            "$ nommer {} ({:.1?})\n{said}",
            typed.join(" "),
            start.elapsed()
        );
        (output.status.code(), said)
    }

    /// A command that has to end well.
    #[track_caller]
    pub fn succeed(&self, typed: &[&str]) -> String {
        let (code, said) = self.nommer(typed);
        assert_eq!(code, Some(0), "nommer {typed:?}: {said}");
        said
    }

    /// Waits until a queue has no more than so many messages, those that are not settled included.
    pub fn caught_up(&self, queue: &str, left: u64) {
        eventually(queue, Duration::from_secs(120), || {
            let depth = self.rabbit.queue_depth(queue).expect("it answers");
            depth.expect("a queue") <= left
        });
    }
}
