//! Builds of nommer and grepper, and how they are started here: with their defaults, whatever
//! whoever measures has set.

use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::Duration;

use acceptance::clean;
use anyhow::{Context, Result, ensure};
use devstack::{Database, Postgres, Process, Rabbit};
use tempfile::NamedTempFile;

use crate::queue;
use crate::usage::Usage;

/// One build's programs.
#[derive(Clone, Debug)]
pub struct Build {
    /// Where they lie.
    folder: PathBuf,
    /// The rules of which nommer is told.
    rules: Option<PathBuf>,
}

/// A running server.
pub struct Server {
    /// Without a path.
    pub url: String,
    pub process: Process,
    /// The file that it was told to read.
    pub _settings: Option<NamedTempFile>,
}

impl Server {
    /// The most memory that it held, with all its processes, in MB.
    pub fn memory(&self) -> f64 {
        Usage::of(self.process.pid()).memory
    }
}

impl Build {
    /// The programs beside this one.
    ///
    /// # Errors
    /// When they have not been built.
    pub fn ours() -> Result<Self> {
        let grepper = devstack::binary("grepper")?;
        Self::of(grepper.parent().context("a file lies in a folder")?)
    }

    /// The programs in `folder`.
    ///
    /// # Errors
    /// When it lacks one of them.
    pub fn of(folder: &Path) -> Result<Self> {
        for program in ["nommer", "grepper"] {
            let path = folder.join(program);
            ensure!(path.is_file(), "{} is missing", path.display());
        }
        Ok(Self {
            folder: folder.canonicalize()?,
            rules: None,
        })
    }

    /// Where a program of this build lies.
    pub fn path(&self, program: &str) -> PathBuf {
        self.folder.join(program)
    }

    /// These programs with a folder of rules for nommer.
    pub fn with_rules(self, rules: &Path) -> Self {
        Self {
            rules: Some(rules.to_owned()),
            ..self
        }
    }

    /// Starts grepper.
    pub fn grepper(&self, database: &Database) -> Result<Server> {
        self.grepper_at(database, "127.0.0.1:0")
    }

    /// Starts grepper at this address.
    pub fn grepper_at(&self, database: &Database, listen: &str) -> Result<Server> {
        let mut grepper = self.command("grepper");
        grepper.args(["--listen", listen, "--database-url", &database.url]);
        let mut process = Process::spawn(&grepper)?;
        let line = process.wait_for_line("listening on http://", Duration::from_secs(30))?;
        let address = line.split_whitespace().last().context("an address")?;
        let url = address.trim_end_matches('/').to_owned();
        Ok(Server {
            url,
            process,
            _settings: None,
        })
    }

    /// A command that consumes from `queue` with nommer, by a configuration file that it also writes.
    pub fn consume(
        &self,
        config: &Path,
        rabbit: &Rabbit,
        queue: &str,
        database: &Database,
    ) -> Result<Command> {
        std::fs::write(config, queue::settings(queue))?;
        let mut nommer = self.command("nommer");
        nommer.args(["consume", "-c"]).arg(config);
        nommer
            .env("DATABASE_URL", &database.url)
            .env("AMQP_URL", rabbit.url());
        if let Some(rules) = &self.rules {
            nommer.env("NOMMER_RULES", rules);
        }
        Ok(nommer)
    }

    /// A command that finds out the subjects of all messages in a database.
    pub fn extract_subjects(&self, database: &Database) -> Command {
        let mut extract = self.command("nommer");
        extract
            .args(["extract", "-c", "/dev/null", "subjects"])
            .env("DATABASE_URL", &database.url);
        extract
    }

    /// A new database with this build's tables: an older nommer stores into none that a newer one made.
    pub fn database(&self, postgres: &Postgres) -> Result<Database> {
        let database = postgres.fresh_database()?;
        let mut migrate = self.command("nommer");
        migrate.arg("migrate").env("DATABASE_URL", &database.url);
        let migrated = migrate.output()?;
        ensure!(migrated.status.success(), "not migrated: {migrated:?}");
        Ok(database)
    }

    fn command(&self, program: &str) -> Command {
        let mut command = Command::new(self.path(program));
        clean(&mut command);
        command
    }
}
