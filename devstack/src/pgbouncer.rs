//! A private PgBouncer in front of a PostgreSQL server.

use std::fs;
use std::net::TcpStream;
use std::path::PathBuf;
use std::process::Command;
use std::thread;
use std::time::{Duration, Instant};

use anyhow::{Context, Result, bail};

use crate::account::{self, Account};
use crate::postgres::Postgres;
use crate::postgres_template::SUPERUSER;
use crate::supervised::{Supervised, TICK};
use crate::watchdog::gated;
use crate::{folder, free_port, log};

/// How long it may take to start.
const START: Duration = Duration::from_secs(20);

/// A pooler of our own. It ends when this value is dropped.
#[derive(Debug)]
pub struct PgBouncer {
    server: Supervised,
    port: u16,
}

impl PgBouncer {
    /// Where PgBouncer is, if it is installed: `DEVSTACK_PGBOUNCER` if set, else as distributions have it.
    #[must_use]
    pub fn program() -> Option<PathBuf> {
        let given = std::env::var_os("DEVSTACK_PGBOUNCER").map(PathBuf::from);
        let usual = ["/usr/sbin/pgbouncer", "/usr/bin/pgbouncer"].map(PathBuf::from);
        given.into_iter().chain(usual).find(|path| path.is_file())
    }

    /// Whether the one that is installed keeps prepared statements where clients share sessions, as it does since 1.21.
    #[must_use]
    pub fn keeps_prepared_statements() -> bool {
        let output = Self::program()
            .and_then(|program| Command::new(program).arg("--version").output().ok());
        let told = output.map(|output| String::from_utf8_lossy(&output.stdout).into_owned());
        let version = told
            .as_deref()
            .and_then(|told| told.split_whitespace().nth(1));
        let mut numbers = version
            .unwrap_or_default()
            .split('.')
            .map_while(|part| part.parse::<u32>().ok());
        (numbers.next(), numbers.next()) >= (Some(1), Some(21))
    }

    /// Starts one in front of all databases of `postgres`, with these lines among its settings.
    ///
    /// # Errors
    /// When PgBouncer is not installed or does not start; with the end of its log.
    pub fn start(postgres: &Postgres, settings: &str) -> Result<Self> {
        let program = Self::program().context("PgBouncer is not installed")?;
        let account = Account::for_servers()?;
        let folder = folder::create("pgbouncer-", account)?;
        let mut server = Supervised::new(Some(&folder), folder.join("log"), "INT")?;
        let port = free_port()?;
        let ini = folder.join("pgbouncer.ini");
        let text = format!(
            "[databases]\n* = host=127.0.0.1 port={} user={SUPERUSER}\n[pgbouncer]\nlisten_addr = 127.0.0.1\n\
             listen_port = {port}\nunix_socket_dir =\nauth_type = any\n{settings}\n",
            postgres.port()
        );
        fs::write(&ini, text).context("writing its settings")?;
        account::own(account, &ini)?;
        let mut command = gated(program);
        command.arg(&ini).current_dir("/");
        account::assume(account, &mut command);
        server.launch(&mut command).context("starting PgBouncer")?;
        let deadline = Instant::now() + START;
        while TcpStream::connect(("127.0.0.1", port)).is_err() {
            if Instant::now() >= deadline || !server.running()? {
                bail!("PgBouncer did not start:\n{}", log::tail(server.log()));
            }
            thread::sleep(TICK);
        }
        Ok(Self { server, port })
    }

    /// The URL of a database behind it.
    #[must_use]
    pub fn url(&self, database: &str) -> String {
        format!("postgres://{SUPERUSER}@127.0.0.1:{}/{database}", self.port)
    }

    /// What it told so far.
    #[must_use]
    pub fn log(&self) -> String {
        fs::read_to_string(self.server.log()).unwrap_or_default()
    }
}
