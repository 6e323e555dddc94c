//! etcd, in which Patroni keeps who leads.

use std::thread;
use std::time::{Duration, Instant};

use anyhow::{Context, Result, bail};
use nix::sys::signal::Signal;

use crate::account::{self, Account};
use crate::cluster::rest;
use crate::supervised::{Supervised, TICK};
use crate::watchdog::gated;
use crate::{folder, free_port, locate, log};

const START: Duration = Duration::from_secs(30);
const STOP: Duration = Duration::from_secs(10);

/// An etcd of one member. It is stopped and its data is removed as of a [`Postgres`](crate::Postgres).
#[derive(Debug)]
pub struct Etcd {
    server: Supervised,
    folder: std::path::PathBuf,
    account: Option<Account>,
    /// For clients, and for other members.
    ports: [u16; 2],
}

impl Etcd {
    /// Starts it and waits until it answers.
    ///
    /// # Errors
    /// When etcd is not installed or does not start; with the end of its log.
    pub fn start() -> Result<Self> {
        let account = Account::for_servers()?;
        let folder = folder::create("etcd-", account)?;
        let server = Supervised::new(Some(&folder), folder.join("log"), "KILL")?;
        let mut etcd = Self {
            server,
            folder,
            account,
            ports: [free_port()?, free_port()?],
        };
        etcd.start_again()?;
        Ok(etcd)
    }

    /// Starts it after [`Etcd::kill`], with what it knew.
    ///
    /// # Errors
    /// When it does not start; with the end of its log.
    pub fn start_again(&mut self) -> Result<()> {
        let [clients, peers] = self.ports.map(|port| format!("http://127.0.0.1:{port}"));
        let mut command = gated(locate::program("/usr/bin".as_ref(), "etcd")?);
        command.args(["--name", "devstack", "--logger", "zap", "--data-dir"]);
        command.arg(self.folder.join("data"));
        for (option, url) in [
            ("--listen-client-urls", &clients),
            ("--advertise-client-urls", &clients),
            ("--listen-peer-urls", &peers),
            ("--initial-advertise-peer-urls", &peers),
        ] {
            command.args([option, url]);
        }
        command
            .arg("--initial-cluster")
            .arg(format!("devstack={peers}"));
        command.current_dir(&self.folder);
        account::assume(self.account, &mut command);
        self.server.launch(&mut command).context("starting etcd")?;
        let deadline = Instant::now() + START;
        while !rest::is_well(self.port(), "/health") {
            if !self.server.running()? || Instant::now() >= deadline {
                bail!("etcd did not start:\n{}", log::tail(self.server.log()));
            }
            thread::sleep(TICK);
        }
        Ok(())
    }

    /// Ends it by SIGKILL. The data stays.
    ///
    /// # Errors
    /// When it does not end.
    pub fn kill(&mut self) -> Result<()> {
        self.server
            .end(Signal::SIGKILL, STOP)
            .context("killing etcd")?;
        Ok(())
    }

    /// The port for clients, on 127.0.0.1.
    pub fn port(&self) -> u16 {
        self.ports[0]
    }
}
