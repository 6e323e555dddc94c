//! A private RabbitMQ server.

use std::io::{Read, Write};
use std::net::{Ipv4Addr, TcpStream};
use std::path::Path;
use std::thread;
use std::time::{Duration, Instant};

use anyhow::{Context, Result, bail};
use nix::sys::signal::Signal;

use crate::account::Account;
use crate::ports::is_free;
use crate::rabbit_layout::Layout;
use crate::rabbit_options::RabbitOptions;
use crate::supervised::{Supervised, TICK};
use crate::watchdog::gated;
use crate::{folder, locate, log};

const START: Duration = Duration::from_secs(400);
const STOP: Duration = Duration::from_secs(60);

/// A RabbitMQ server of our own. It is stopped and its data is removed when this
/// value is dropped or when the process that holds it ends, even by SIGKILL.
#[derive(Debug)]
pub struct Rabbit {
    node: Supervised,
    // The directory of Erlang nodes, our own because the system's one is shared; none
    // where the node joined another one, whose directory it shares.
    epmd: Option<Supervised>,
    pub(crate) layout: Layout,
}

impl Rabbit {
    /// Starts a server and waits until it accepts connections.
    ///
    /// # Errors
    /// When RabbitMQ is not installed or does not start; with the end of its log.
    pub fn start(options: RabbitOptions) -> Result<Self> {
        Self::start_with(&options, None)
    }

    /// Starts another server, which is one cluster with this one. This one must be dropped last.
    ///
    /// # Errors
    /// As of [`Rabbit::start`].
    pub fn join(&self, options: &RabbitOptions) -> Result<Self> {
        Self::start_with(options, Some(&self.layout))
    }

    fn start_with(options: &RabbitOptions, first: Option<&Layout>) -> Result<Self> {
        let mut attempts = 1;
        loop {
            let mut rabbit = Self::set_up(options, first)?;
            let Err(error) = rabbit.start_again() else {
                return Ok(rabbit);
            };
            let ports = rabbit.layout.ports();
            drop(rabbit);
            // Somebody may have taken a port since it was chosen.
            if attempts == 3 || ports.into_iter().all(is_free) {
                return Err(error);
            }
            attempts += 1;
        }
    }

    fn set_up(options: &RabbitOptions, first: Option<&Layout>) -> Result<Self> {
        let scripts = locate::rabbitmq()?;
        let account = Account::for_servers()?;
        let folder = folder::create("rabbit-", account)?;
        // Killed, not asked: nobody needs the data, and shutting down takes seconds.
        let node = Supervised::new(Some(&folder), folder.join("log"), "KILL")?;
        let epmd = match first {
            None => Some(Supervised::new(None, folder.join("epmd.log"), "KILL")?),
            Some(_) => None,
        };
        let layout = Layout::write(scripts, folder, account, options, first)?;
        Ok(Self { node, epmd, layout })
    }

    /// Starts the server after [`Rabbit::stop`] or [`Rabbit::kill`], with the same
    /// ports and data, and waits until it accepts connections.
    ///
    /// # Errors
    /// When it runs already or does not start; with the end of its log.
    pub fn start_again(&mut self) -> Result<()> {
        if let Some(directory) = &mut self.epmd
            && !directory.running()?
        {
            let mut epmd = gated(locate::program(&self.layout.scripts, "epmd")?);
            self.layout.prepare(&mut epmd);
            directory.launch(&mut epmd).context("starting epmd")?;
        }
        let mut node = gated(self.layout.scripts.join("rabbitmq-server"));
        self.layout.prepare(&mut node);
        self.node.launch(&mut node).context("starting RabbitMQ")?;
        let deadline = Instant::now() + START;
        // RabbitMQ opens its ports last.
        while !greets(self.port()) {
            if !self.node.running()? || Instant::now() >= deadline {
                bail!(
                    "RabbitMQ did not start:\n{}{}",
                    self.epmd
                        .as_ref()
                        .map_or(String::new(), |epmd| log::tail(epmd.log())),
                    log::tail(self.node.log())
                );
            }
            thread::sleep(TICK);
        }
        Ok(())
    }

    /// Shuts the server down in order and waits for its end. The data stays.
    ///
    /// # Errors
    /// When it is still running after a minute.
    pub fn stop(&mut self) -> Result<()> {
        self.node
            .end(Signal::SIGTERM, STOP)
            .context("stopping RabbitMQ")?;
        Ok(())
    }

    /// Ends the server by SIGKILL, as a crash would. The data stays.
    ///
    /// # Errors
    /// When it does not end.
    pub fn kill(&mut self) -> Result<()> {
        self.node
            .end(Signal::SIGKILL, STOP)
            .context("killing RabbitMQ")?;
        Ok(())
    }

    /// The URL for guest, who may do everything.
    pub fn url(&self) -> String {
        self.url_for("guest", "guest")
    }

    /// The URL for another user; both words must be fit for a URL as they are.
    pub fn url_for(&self, user: &str, password: &str) -> String {
        format!("amqp://{user}:{password}@127.0.0.1:{}/%2F", self.port())
    }

    /// The URL of the port for TLS, without user; none unless [`RabbitOptions::tls`].
    pub fn tls_url(&self) -> Option<String> {
        let port = self.tls_port()?;
        Some(format!("amqps://localhost:{port}/%2F"))
    }

    /// The URL of the management API for guest; none unless [`RabbitOptions::management`].
    pub fn management_url(&self) -> Option<String> {
        let port = self.layout.management_port?;
        Some(format!("http://guest:guest@127.0.0.1:{port}"))
    }

    /// The AMQP port, on 127.0.0.1.
    pub fn port(&self) -> u16 {
        self.layout.amqp_port
    }

    /// The port for TLS, on 127.0.0.1; none unless [`RabbitOptions::tls`].
    pub fn tls_port(&self) -> Option<u16> {
        self.layout.tls_port
    }

    /// The process id of the node, while it runs.
    pub fn pid(&self) -> Option<u32> {
        self.node.pid()
    }

    /// The folder that holds everything of this server.
    pub fn folder(&self) -> &Path {
        &self.layout.folder
    }

    /// The server's log file.
    pub fn log_file(&self) -> &Path {
        self.node.log()
    }
}

/// Whether an AMQP 0-9-1 server answers on `port`.
fn greets(port: u16) -> bool {
    let greeting = || -> std::io::Result<u8> {
        let mut stream = TcpStream::connect((Ipv4Addr::LOCALHOST, port))?;
        stream.set_read_timeout(Some(Duration::from_secs(5)))?;
        stream.write_all(b"AMQP\0\0\x09\x01")?;
        let mut first = [0];
        stream.read_exact(&mut first)?;
        Ok(first[0])
    };
    // Connection.Start is a method frame, type 1.
    matches!(greeting(), Ok(1))
}
