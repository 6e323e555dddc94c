//! HAProxy, whose ports lead to the primary and to the replicas.

use std::fmt::Write as _;
use std::fs;
use std::net::{Ipv4Addr, TcpStream};
use std::thread;
use std::time::{Duration, Instant};

use anyhow::{Context, Result, bail};

use crate::account::{self, Account};
use crate::cluster::node::Node;
use crate::supervised::{Supervised, TICK};
use crate::watchdog::gated;
use crate::{folder, free_port, locate, log};

const START: Duration = Duration::from_secs(20);
const CONFIGURATION: &str = include_str!("haproxy.cfg");

/// A HAProxy in front of Patroni's nodes.
#[derive(Debug)]
pub struct HaProxy {
    _server: Supervised,
    /// The port that leads to the primary, on 127.0.0.1.
    pub primary_port: u16,
    /// The port that leads to replicas in turn, and to the primary where there are none.
    pub replicas_port: u16,
}

impl HaProxy {
    /// Starts it.
    ///
    /// # Errors
    /// When HAProxy is not installed or does not start; with the end of its log.
    pub fn start(nodes: &[Node]) -> Result<Self> {
        let account = Account::for_servers()?;
        let folder = folder::create("haproxy-", account)?;
        let mut server = Supervised::new(Some(&folder), folder.join("log"), "KILL")?;
        let (primary_port, replicas_port) = (free_port()?, free_port()?);
        let mut servers = String::new();
        for node in nodes {
            let (name, port, rest_port) = (node.name(), node.port(), node.rest_port());
            let _ = writeln!(
                servers,
                "    server {name} 127.0.0.1:{port} check port {rest_port}"
            );
        }
        let text = CONFIGURATION
            .replace("127.0.0.1:5000", &format!("127.0.0.1:{primary_port}"))
            .replace("127.0.0.1:5001", &format!("127.0.0.1:{replicas_port}"))
            .replace("    # server NAME HOST:5432 check port 8008\n", &servers);
        let file = folder.join("haproxy.cfg");
        fs::write(&file, text).with_context(|| format!("writing {}", file.display()))?;
        account::own(account, &file)?;
        let mut command = gated(locate::program("/usr/sbin".as_ref(), "haproxy")?);
        command.arg("-db").arg("-f").arg(&file).current_dir("/");
        account::assume(account, &mut command);
        server.launch(&mut command).context("starting HAProxy")?;
        let deadline = Instant::now() + START;
        while TcpStream::connect((Ipv4Addr::LOCALHOST, primary_port)).is_err() {
            if !server.running()? || Instant::now() >= deadline {
                bail!("HAProxy did not start:\n{}", log::tail(server.log()));
            }
            thread::sleep(TICK);
        }
        Ok(Self {
            _server: server,
            primary_port,
            replicas_port,
        })
    }
}
