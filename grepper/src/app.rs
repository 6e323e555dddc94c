//! The HTTP server as a whole.

use std::net::{SocketAddr, TcpListener};

use actix_server::ServerBuilder;
use actix_web::dev::Server;
use anyhow::Context;

use crate::config::Config;
use crate::connection::listeners::{inherited, listen};
use crate::connection::serve::serve;
use crate::layers::application;
use crate::state::views::Views;

/// Seconds that running requests get when the server is to stop.
const SHUTDOWN_TIMEOUT_SECS: u64 = 30;

/// Connections at once: what more come wait to be accepted. Each may hold some 100 kB.
const MOST_CONNECTIONS: u64 = 4096;
/// Files that are no connections of clients, beside those to the database.
const OTHER_FILES: u64 = 200;

/// A server that is bound but not yet awaited.
pub struct Application {
    /// Where it listens: the port is the chosen one where 0 was asked for.
    pub address: SocketAddr,
    /// The port of `address`.
    pub port: u16,
    /// Whether who connects from now on may wait for a successor, as the socket outlives this program.
    pub has_successor: bool,
    /// What its requests share.
    pub views: Views,
    /// Await it to serve; its handle ends it. It listens to no signals.
    pub server: Server,
}

impl Application {
    /// Binds the address. The database is not contacted.
    pub fn build(config: Config) -> anyhow::Result<Self> {
        let per_worker = connections_per_worker(&config);
        let mut builder = ServerBuilder::new()
            .workers(config.workers)
            .max_concurrent_connections(per_worker)
            // Whoever has its turn finds a thread, whichever worker it came to; others look whether
            // the database is there, and compress.
            .worker_max_blocking_threads(config.pool_size as usize + 4)
            .disable_signals()
            .shutdown_timeout(SHUTDOWN_TIMEOUT_SECS);
        let (listeners, has_successor) = listeners(&config)?;
        let views = Views::new(config)?;
        tracing::info!(per_worker, "connections are bounded");
        let mut addresses = Vec::new();
        for listener in listeners {
            let address = listener.local_addr()?;
            addresses.push(address);
            let draining = builder.graceful_shutdown_signal();
            let views = views.clone();
            builder = builder.listen("grepper", listener, move || {
                serve(application(&views), address, draining.clone())
            })?;
        }
        let address = *addresses.first().context("no address to listen on")?;
        Ok(Self {
            address,
            port: address.port(),
            has_successor,
            views,
            server: builder.run(),
        })
    }
}

/// The sockets that were handed over, else new ones at the address of the settings; and whether they were.
fn listeners(config: &Config) -> anyhow::Result<(Vec<TcpListener>, bool)> {
    let handed =
        inherited().context("what the service manager handed over are no sockets to listen on")?;
    if handed.is_empty() {
        let own = listen(&config.listen)
            .with_context(|| format!("cannot listen on {}", config.listen))?;
        return Ok((own, false));
    }
    tracing::info!("listening on what the service manager handed over");
    Ok((handed, true))
}

/// As many as there may be, or as there are files for.
fn connections_per_worker(config: &Config) -> usize {
    let databases = 1 + config.replica_urls.len() as u64;
    let others = OTHER_FILES + (1 + databases) * u64::from(config.pool_size);
    let files = service::files::raise_limit(MOST_CONNECTIONS + others);
    let connections = MOST_CONNECTIONS.min(files.saturating_sub(others));
    (connections as usize / config.workers).max(1)
}
