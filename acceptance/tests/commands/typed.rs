//! Commands as they are typed, and what becomes of them.

use std::os::unix::fs::symlink;
use std::path::PathBuf;
use std::process::{Command, Output, Stdio};
use std::sync::LazyLock;

use devstack::{Database, Postgres};
use tempfile::TempDir;

use crate::support::programs::{clean, migrate};

/// A folder with a link to nommer for each of the incumbent's programs.
static LINKS: LazyLock<TempDir> = LazyLock::new(|| {
    let folder = TempDir::new().expect("a folder");
    let nommer = devstack::binary("nommer").expect("nommer");
    for verb in [
        "create-db",
        "dump",
        "stats",
        "latest",
        "refresh-view",
        "extract-users",
    ] {
        let link = folder.path().join(format!("datanommer-{verb}"));
        symlink(&nommer, link).expect("a link");
    }
    folder
});

/// What became of a command.
#[derive(Debug)]
pub struct Ended {
    pub code: Option<i32>,
    pub stdout: Vec<u8>,
    pub stderr: String,
}

impl Ended {
    pub fn text(&self) -> &str {
        std::str::from_utf8(&self.stdout).expect("UTF-8")
    }

    /// The last line on standard error.
    pub fn last_words(&self) -> &str {
        self.stderr.lines().last().unwrap_or_default()
    }
}

/// A command of nommer, or by a name of the incumbent's, on this database.
pub fn command(database_url: &str, typed: &[&str]) -> Command {
    let (name, arguments) = typed.split_first().expect("a program");
    let mut command = clean("nommer");
    if *name != "nommer" {
        let environment: Vec<_> = command
            .get_envs()
            .map(|(name, value)| (name.to_owned(), value.map(ToOwned::to_owned)))
            .collect();
        command = Command::new(path(name));
        for (name, value) in environment {
            match value {
                Some(value) => command.env(name, value),
                None => command.env_remove(name),
            };
        }
    }
    command
        .args(["-c", "/dev/null"])
        .args(arguments)
        .env("DATABASE_URL", database_url);
    command
}

fn path(name: &str) -> PathBuf {
    LINKS.path().join(name)
}

/// Runs a command to its end.
pub fn run(database_url: &str, typed: &[&str]) -> Ended {
    let mut command = command(database_url, typed);
    let Output {
        status,
        stdout,
        stderr,
    } = command.stdin(Stdio::null()).output().expect("it runs");
    Ended {
        code: status.code(),
        stdout,
        stderr: String::from_utf8_lossy(&stderr).into_owned(),
    }
}

/// What a command says that ends with 0.
#[track_caller]
pub fn said(database_url: &str, typed: &[&str]) -> String {
    let ended = run(database_url, typed);
    assert_eq!(ended.code, Some(0), "{typed:?}: {}", ended.stderr);
    ended.text().to_owned()
}

/// A server, and a database in it without tables.
pub fn empty() -> (&'static Postgres, Database) {
    let postgres = devstack::shared_postgres().expect("a PostgreSQL server");
    let database = postgres.fresh_database().expect("a database");
    (postgres, database)
}

/// A server, and a database in it with tables.
pub fn migrated() -> (&'static Postgres, Database) {
    let (postgres, database) = empty();
    migrate(&database.url);
    (postgres, database)
}
