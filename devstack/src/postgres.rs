//! A private PostgreSQL server.

use std::fs;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicU32, Ordering};
use std::thread;
use std::time::{Duration, Instant};

use anyhow::{Context, Result, bail};
use nix::sys::signal::Signal;

use crate::account::{self, Account};
use crate::ports::is_free;
use crate::postgres_template::{self as template, SUPERUSER};
use crate::psql::{psql, without_pg_variables};
use crate::supervised::{Supervised, TICK};
use crate::watchdog::gated;
use crate::{folder, free_port, locate, log};

/// How long a server may take to start, recovery from a crash included.
const START: Duration = Duration::from_secs(60);
/// How long a server may take to end.
pub(crate) const STOP: Duration = Duration::from_secs(30);

/// How a server is set up.
#[derive(Clone, Debug)]
pub struct PostgresOptions {
    /// Whether writes reach the disk before a commit returns: wanted for benchmarks
    /// and when the machine's failure is what is tested. Off by default, which
    /// survives a crash of the server though not one of the machine.
    pub fsync: bool,
    /// The server's time zone, `UTC` by default.
    pub time_zone: String,
    /// How many connections it accepts, 100 by default.
    pub max_connections: u32,
    /// The size of its cache, with unit; `32MB` by default.
    pub shared_buffers: String,
    /// Further settings, name and value; they win over those above.
    pub settings: Vec<(String, String)>,
    /// The folder of the server's programs; by default that of `DEVSTACK_PG_BIN`, or the newest of the distribution.
    pub programs: Option<PathBuf>,
}

impl Default for PostgresOptions {
    fn default() -> Self {
        Self {
            fsync: false,
            time_zone: "UTC".to_owned(),
            max_connections: 100,
            shared_buffers: "32MB".to_owned(),
            settings: Vec::new(),
            programs: None,
        }
    }
}

/// How a server is stopped.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum StopMode {
    /// Disconnects the clients and shuts down in order.
    Fast,
    /// Leaves everything as it is; the next start has to recover, as after a crash.
    Immediate,
}

/// A database on a [`Postgres`].
#[derive(Clone, Debug)]
pub struct Database {
    /// Its name.
    pub name: String,
    /// Its `postgres://` URL.
    pub url: String,
}

/// A PostgreSQL server of our own. It is stopped and its data is removed when this
/// value is dropped or when the process that holds it ends, even by SIGKILL.
#[derive(Debug)]
pub struct Postgres {
    pub(crate) server: Supervised,
    options: PostgresOptions,
    pub(crate) programs: PathBuf,
    pub(crate) account: Option<Account>,
    data: PathBuf,
    port: u16,
}

impl Postgres {
    /// Starts a server and waits until it accepts connections.
    ///
    /// # Errors
    /// When PostgreSQL is not installed or does not start; with the end of its log.
    pub fn start(options: PostgresOptions) -> Result<Self> {
        Self::start_with(options, template::copy_to)
    }

    /// Starts a server on data that `fill` puts into a folder.
    pub(crate) fn start_with(
        options: PostgresOptions,
        fill: impl FnOnce(&Path, &Path, Option<Account>) -> Result<()>,
    ) -> Result<Self> {
        let programs = options.programs.clone().map_or_else(locate::postgres, Ok)?;
        let account = Account::for_servers()?;
        let folder = folder::create("postgres-", account)?;
        let server = Supervised::new(Some(&folder), folder.join("log"), "QUIT")?;
        let data = folder.join("data");
        fill(&data, &programs, account)?;
        let port = free_port()?;
        let mut postgres = Self {
            server,
            options,
            programs,
            account,
            data,
            port,
        };
        let mut attempts = 1;
        while let Err(error) = postgres.start_again() {
            // Somebody may have taken the port since it was chosen.
            if attempts == 5 || is_free(postgres.port) {
                return Err(error);
            }
            attempts += 1;
            fs::remove_file(postgres.server.log()).context("removing the log")?;
            postgres.port = free_port()?;
        }
        Ok(postgres)
    }

    /// Starts the server after [`Postgres::stop`], with the same port and data, and
    /// waits until it accepts connections.
    ///
    /// # Errors
    /// When it runs already or does not start; with the end of its log.
    pub fn start_again(&mut self) -> Result<()> {
        let options = &self.options;
        let fsync = if options.fsync { "on" } else { "off" };
        let own: [(&str, &str); 10] = [
            ("listen_addresses", "127.0.0.1"),
            ("port", &self.port.to_string()),
            // The folder's path may be too long for a socket.
            ("unix_socket_directories", ""),
            ("fsync", fsync),
            ("full_page_writes", fsync),
            ("TimeZone", &options.time_zone),
            ("log_timezone", &options.time_zone),
            ("max_connections", &options.max_connections.to_string()),
            ("shared_buffers", &options.shared_buffers),
            ("log_line_prefix", "%m [%p] %d "),
        ];
        let further = options
            .settings
            .iter()
            .map(|(name, value)| (name.as_str(), value.as_str()));
        let mut command = gated(self.programs.join("postgres"));
        command.arg("-D").arg(&self.data).current_dir("/");
        for (name, value) in own.into_iter().chain(further) {
            command.arg("-c").arg(format!("{name}={value}"));
        }
        without_pg_variables(&mut command);
        account::assume(self.account, &mut command);
        self.server
            .launch(&mut command)
            .context("starting PostgreSQL")?;
        self.wait_until_ready()
    }

    fn wait_until_ready(&mut self) -> Result<()> {
        let deadline = Instant::now() + START;
        loop {
            let running = self.server.running()?;
            // The file's last line is the state, its first the pid; a file left by a
            // crash tells another pid.
            let file = fs::read_to_string(self.data.join("postmaster.pid")).unwrap_or_default();
            let pid = file.lines().next().and_then(|line| line.parse().ok());
            let ready = file
                .lines()
                .nth(7)
                .is_some_and(|state| matches!(state.trim_end(), "ready" | "standby"));
            if running && ready && pid == self.server.pid() {
                return Ok(());
            }
            if !running || Instant::now() >= deadline {
                bail!(
                    "PostgreSQL did not start:\n{}",
                    log::tail(self.server.log())
                );
            }
            thread::sleep(TICK);
        }
    }

    /// Stops the server and waits for its end. The data stays.
    ///
    /// # Errors
    /// When it is still running after 30 seconds.
    pub fn stop(&mut self, mode: StopMode) -> Result<()> {
        let signal = match mode {
            StopMode::Fast => Signal::SIGINT,
            StopMode::Immediate => Signal::SIGQUIT,
        };
        self.server
            .end(signal, STOP)
            .context("stopping PostgreSQL")?;
        Ok(())
    }

    /// The URL of a database.
    pub fn url(&self, database: &str) -> String {
        format!("postgres://{SUPERUSER}@127.0.0.1:{}/{database}", self.port)
    }

    /// The URL of the database that is always there.
    pub fn admin_url(&self) -> String {
        self.url("postgres")
    }

    /// The TCP port, on 127.0.0.1.
    pub fn port(&self) -> u16 {
        self.port
    }

    /// The data folder.
    pub fn data_dir(&self) -> &Path {
        &self.data
    }

    /// The server's log file.
    pub fn log_file(&self) -> &Path {
        self.server.log()
    }

    /// The process id of the postmaster, while it runs.
    pub fn pid(&self) -> Option<u32> {
        self.server.pid()
    }

    /// Creates an empty database.
    ///
    /// # Errors
    /// When there is one of that name or the server does not run.
    pub fn create_database(&self, name: &str) -> Result<()> {
        self.create_database_from(name, "template1")
    }

    /// Creates a database as a copy of `template`, to which nobody may be connected.
    ///
    /// # Errors
    /// When there is one of that name, or somebody is connected to the template.
    pub fn create_database_from(&self, name: &str, template: &str) -> Result<()> {
        let sql = format!(
            "CREATE DATABASE {} TEMPLATE {}",
            quote(name),
            quote(template)
        );
        self.run_sql("postgres", &sql)?;
        Ok(())
    }

    /// Removes a database if it exists, and disconnects who uses it.
    ///
    /// # Errors
    /// When the server does not run.
    pub fn drop_database(&self, name: &str) -> Result<()> {
        let sql = format!("DROP DATABASE IF EXISTS {} WITH (FORCE)", quote(name));
        self.run_sql("postgres", &sql)?;
        Ok(())
    }

    /// An empty database that nobody else has, within and across processes.
    ///
    /// # Errors
    /// When the server does not run.
    pub fn fresh_database(&self) -> Result<Database> {
        static COUNT: AtomicU32 = AtomicU32::new(1);
        let count = COUNT.fetch_add(1, Ordering::Relaxed);
        let name = format!("fresh_{}_{count}", std::process::id());
        self.create_database(&name)?;
        let url = self.url(&name);
        Ok(Database { name, url })
    }

    /// Runs `sql` by psql and returns the rows, one a line, columns separated by `|`.
    /// For set-up only: the programs under test have connections of their own.
    ///
    /// # Errors
    /// When psql is not installed or a statement fails; with the server's message.
    pub fn run_sql(&self, database: &str, sql: &str) -> Result<String> {
        let output = psql(&self.url(database))?
            .args(["--set", "ON_ERROR_STOP=1", "--command", sql])
            .output()
            .context("starting psql")?;
        if !output.status.success() {
            bail!(
                "psql: {}",
                String::from_utf8_lossy(&output.stderr).trim_end()
            );
        }
        Ok(String::from_utf8_lossy(&output.stdout)
            .trim_end()
            .to_owned())
    }
}

/// An identifier in SQL.
fn quote(name: &str) -> String {
    format!("\"{}\"", name.replace('"', "\"\""))
}
