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
use crate::watcher::Watcher;

/// One build's programs.
#[derive(Clone, Debug)]
pub struct Build {
    /// Where they lie.
    folder: PathBuf,
    /// The rules of which nommer is told.
    rules: Option<PathBuf>,
    /// Whether they are asked for their metrics while they run.
    watched: bool,
}

/// How nommer is started.
pub struct Consumer {
    pub command: Command,
    watcher: Option<Watcher>,
}

impl Consumer {
    /// Fails if it was to be watched, and had nothing to say.
    pub fn ensure_watched(&self) -> Result<()> {
        self.watcher
            .as_ref()
            .map_or(Ok(()), Watcher::ensure_answered)
    }

    /// How many messages it has stored so far. Only one that is watched tells.
    pub fn stored(&self) -> f64 {
        self.watcher.as_ref().map_or(0.0, |watcher| {
            watcher.sum("nommer_deliveries_total{", "outcome=\"stored\"")
        })
    }
}

/// A running server.
pub struct Server {
    /// Without a path.
    pub url: String,
    pub process: Process,
    /// The file that it was told to read.
    pub _settings: Option<NamedTempFile>,
    /// Who asks for its metrics.
    pub _watcher: Option<Watcher>,
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
            watched: false,
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

    /// These programs, asked for their metrics each second while they run.
    pub fn watched(self) -> Self {
        Self {
            watched: true,
            ..self
        }
    }

    fn watcher(&self) -> Result<Option<Watcher>> {
        self.watched.then(Watcher::start).transpose()
    }

    /// Starts grepper.
    pub fn grepper(&self, database: &Database) -> Result<Server> {
        self.grepper_at(database, "127.0.0.1:0")
    }

    /// Starts grepper at this address.
    pub fn grepper_at(&self, database: &Database, listen: &str) -> Result<Server> {
        let mut grepper = self.command("grepper");
        grepper.args(["--listen", listen, "--database-url", &database.url]);
        let watcher = self.watcher()?;
        if let Some(watcher) = &watcher {
            grepper.args(["--monitoring", &format!("127.0.0.1:{}", watcher.port)]);
        }
        let mut process = Process::spawn(&grepper)?;
        let line = process.wait_for_line("listening on http://", Duration::from_secs(30))?;
        let address = line.split_whitespace().last().context("an address")?;
        let url = address.trim_end_matches('/').to_owned();
        Ok(Server {
            url,
            process,
            _settings: None,
            _watcher: watcher,
        })
    }

    /// What consumes from `queue` with nommer, by a configuration file that it also writes.
    pub fn consume(
        &self,
        config: &Path,
        rabbit: &Rabbit,
        queue: &str,
        database: &Database,
    ) -> Result<Consumer> {
        let watcher = self.watcher()?;
        let mut settings = queue::settings(queue);
        if let Some(Watcher { port, .. }) = &watcher {
            settings += &format!("\n[monitoring]\naddress = \"127.0.0.1\"\nport = {port}\n");
        }
        std::fs::write(config, settings)?;
        let mut nommer = self.command("nommer");
        nommer.args(["consume", "-c"]).arg(config);
        nommer
            .env("DATABASE_URL", &database.url)
            .env("AMQP_URL", rabbit.url());
        if let Some(rules) = &self.rules {
            nommer.env("NOMMER_RULES", rules);
        }
        Ok(Consumer {
            command: nommer,
            watcher,
        })
    }

    /// A command that finds out the subjects of all messages in a database.
    pub fn extract_subjects(&self, database: &Database) -> Command {
        let mut extract = self.command("nommer");
        extract
            .args(["extract", "-c", "/dev/null", "subjects"])
            .env("DATABASE_URL", &database.url);
        extract
    }

    /// A command that takes the incumbent's archive over.
    pub fn adopt(&self, source: &Database, database: &Database, jobs: u32) -> Command {
        let mut adopt = self.command("nommer");
        adopt
            .args(["adopt", "-c", "/dev/null", "--jobs", &jobs.to_string()])
            .env("NOMMER_ADOPT_FROM", &source.url)
            .env("DATABASE_URL", &database.url);
        adopt
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
