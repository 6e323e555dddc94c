//! The HTTP server as a whole.

use std::net::SocketAddr;

use actix_web::dev::Server;
use actix_web::middleware::{Compress, DefaultHeaders, from_fn};
use actix_web::web::Data;
use actix_web::{App, HttpServer};
use anyhow::Context;

use crate::config::Config;
use crate::middleware::{access_log, cors, encoding, mount};
use crate::routes;
use crate::state::State;

/// Seconds that running requests get when the server is to stop.
const SHUTDOWN_TIMEOUT_SECS: u64 = 30;

/// A server that is bound but not yet awaited.
pub struct Application {
    /// Where it listens: the port is the chosen one where 0 was asked for.
    pub address: SocketAddr,
    /// The port of `address`.
    pub port: u16,
    /// What its requests share.
    pub state: Data<State>,
    /// Await it to serve; its handle ends it. It listens to no signals.
    pub server: Server,
}

impl Application {
    /// Binds the address. The database is not contacted.
    pub fn build(config: Config) -> anyhow::Result<Self> {
        let listen = config.listen.clone();
        let workers = config.workers;
        // Whoever has its turn finds a thread, whichever worker it came to; one more looks whether the
        // database is there.
        let threads_per_worker = config.pool_size as usize + 1;
        let state = Data::new(State::new(config)?);
        let shared = state.clone();
        let server = HttpServer::new(move || {
            App::new()
                .app_data(state.clone())
                .wrap(from_fn(mount::strip_base_path))
                .wrap(from_fn(cors::add_headers))
                .wrap(Compress::default())
                .wrap(from_fn(encoding::negotiate))
                .wrap(headers(&state.config))
                .wrap(from_fn(access_log::log))
                .configure(routes::configure)
        })
        .workers(workers)
        .worker_max_blocking_threads(threads_per_worker)
        .disable_signals()
        .shutdown_timeout(SHUTDOWN_TIMEOUT_SECS)
        .bind(&listen)
        .with_context(|| format!("cannot listen on {listen}"))?;
        let address = *server.addrs().first().context("no address to listen on")?;
        Ok(Self {
            address,
            port: address.port(),
            state: shared,
            server: server.run(),
        })
    }
}

/// Headers of every answer: browsers must not guess at types.
fn headers(config: &Config) -> DefaultHeaders {
    let headers = DefaultHeaders::new().add(("X-Content-Type-Options", "nosniff"));
    match &config.content_security_policy {
        Some(policy) => headers.add(("Content-Security-Policy", policy.as_str())),
        None => headers,
    }
}
