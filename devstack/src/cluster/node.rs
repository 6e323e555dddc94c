//! A machine of the database's cluster: Patroni, and the PostgreSQL that it runs.

use std::fs;
use std::path::PathBuf;
use std::time::Duration;

use anyhow::{Context, Result};
use nix::sys::signal::Signal;

use crate::account::{self, Account};
use crate::cluster::rest;
use crate::psql::without_pg_variables;
use crate::supervised::Supervised;
use crate::watchdog::gated;
use crate::{folder, free_port, locate};

const STOP: Duration = Duration::from_secs(10);
const CONFIGURATION: &str = include_str!("patroni.yml");

/// Patroni and its PostgreSQL. Both are killed and the data is removed when this value is dropped
/// or when the process that holds it ends, even by SIGKILL.
#[derive(Debug)]
pub struct Node {
    pub(super) patroni: Supervised,
    account: Option<Account>,
    name: String,
    pub(super) folder: PathBuf,
    port: u16,
    rest_port: u16,
}

impl Node {
    /// Lays it out; nothing runs yet.
    pub(super) fn new(name: &str, etcd_port: u16) -> Result<Self> {
        let account = Account::for_servers()?;
        let folder = folder::create("patroni-", account)?;
        let patroni = Supervised::with_all_in(&folder, folder.join("log"))?;
        let node = Self {
            patroni,
            account,
            name: name.to_owned(),
            folder,
            port: free_port()?,
            rest_port: free_port()?,
        };
        let text = CONFIGURATION
            .replace("NAME", name)
            .replace("HOST:8008", &format!("127.0.0.1:{}", node.rest_port))
            .replace("HOST:5432", &format!("127.0.0.1:{}", node.port))
            .replace("ETCD:2379", &format!("127.0.0.1:{etcd_port}"))
            .replace("PROGRAMS", &locate::postgres()?.display().to_string())
            .replace("PGPASS", &node.folder.join("pgpass").display().to_string())
            .replace("DATA", &node.data().display().to_string());
        let file = node.folder.join("patroni.yml");
        fs::write(&file, text).with_context(|| format!("writing {}", file.display()))?;
        account::own(account, &file)?;
        Ok(node)
    }

    /// Starts Patroni, which brings PostgreSQL with it. Does not wait for that.
    ///
    /// # Errors
    /// When Patroni runs already or is not installed.
    pub fn start(&mut self) -> Result<()> {
        let mut command = gated(locate::program("/usr/bin".as_ref(), "patroni")?);
        command.arg(self.folder.join("patroni.yml"));
        // By this, all that comes of it is found again.
        command.current_dir(&self.folder);
        command.env("HOME", &self.folder);
        without_pg_variables(&mut command);
        account::assume(self.account, &mut command);
        self.patroni
            .launch(&mut command)
            .context("starting Patroni")
    }

    /// Its name in the cluster.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// The port of PostgreSQL, on 127.0.0.1.
    pub fn port(&self) -> u16 {
        self.port
    }

    pub(super) fn rest_port(&self) -> u16 {
        self.rest_port
    }

    pub(super) fn data(&self) -> PathBuf {
        self.folder.join("data")
    }

    /// The log of Patroni and PostgreSQL.
    pub fn log_file(&self) -> PathBuf {
        self.patroni.log().to_owned()
    }

    /// Whether Patroni says that it is the primary, and no longer one that is about to be.
    pub fn is_primary(&self) -> bool {
        rest::is_well(self.rest_port, "/primary") && !rest::is_well(self.rest_port, "/replica")
    }

    /// Whether Patroni says that commits wait for it.
    pub fn is_synchronous(&self) -> bool {
        rest::is_well(self.rest_port, "/sync")
    }

    /// Whether Patroni says that it follows the primary, less than so many bytes behind.
    pub fn is_replica(&self, lag: u32) -> bool {
        rest::is_well(self.rest_port, &format!("/replica?lag={lag}"))
    }

    /// Ends the machine with all that it had: Patroni and PostgreSQL by SIGKILL, and its data is removed.
    ///
    /// # Errors
    /// When Patroni does not end, or the data cannot be removed.
    pub fn lose(&mut self) -> Result<()> {
        if self.patroni.running()? {
            self.patroni.signal(Signal::SIGCONT)?;
            self.patroni.end(Signal::SIGKILL, STOP)?;
        }
        self.end_all();
        fs::remove_dir_all(self.data()).context("removing the data")
    }
}
