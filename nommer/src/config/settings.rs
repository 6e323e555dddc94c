//! The settings, whatever they were made of.

use std::net::SocketAddr;
use std::path::PathBuf;
use std::time::Duration;

use lapin::types::FieldTable;
use lapin::uri::{AMQPScheme, AMQPUri};
use service::Secret;

use crate::config::management::Management;
use crate::expected::Expected;
use crate::expected::backup::Backup;

/// The settings, checked and complete.
#[derive(Debug)]
pub struct Config {
    /// The broker, and how to reach it.
    pub broker: Broker,
    /// The broker's management API, where it may be asked.
    pub management: Option<Management>,
    /// The queues to consume.
    pub queues: Vec<Queue>,
    /// How many deliveries the broker may have under way, per queue.
    pub prefetch_count: u16,
    /// How many bytes deliveries under way should take in memory, of all queues.
    pub prefetch_bytes: usize,
    /// The database. Commands that need it say so if it is missing.
    pub database_url: Option<Secret>,
    /// When a batch is full.
    pub batch: BatchLimits,
    /// Where those who watch are answered, if anywhere.
    pub monitoring: Option<SocketAddr>,
    /// How long stopping may take.
    pub shutdown_timeout: Duration,
    /// A directory of rule files that come over those built in.
    pub rules_directory: Option<PathBuf>,
    /// Levels of the log, where they are not the usual ones.
    pub log: Option<String>,
    /// How old the latest message of categories and topics may be.
    pub expected: Expected,
    /// For how many standbys of the database each commit should wait.
    pub standbys: u32,
    /// How backups of the database are known, where they are.
    pub backup: Option<Backup>,
    /// The file that was named; without one, it is the usual one.
    pub file: Option<PathBuf>,
    /// Settings that are accepted and have no effect here: worth a line in the log.
    pub ignored: Vec<String>,
}

impl Config {
    /// So many bytes the deliveries under way of a queue should weigh: half of what may be held, of which
    /// each queue has a share.
    pub fn bytes_per_queue(&self) -> usize {
        self.prefetch_bytes / 2 / self.queues.len().max(1)
    }

    /// How many deliveries of a queue are under way at most, however light they are.
    pub fn most_under_way(&self) -> u16 {
        most_under_way(self.prefetch_count, self.bytes_per_queue())
    }
}

/// So many bytes are taken for a delivery's weight at least, as the next ones may be heavy.
const LIGHTEST: usize = 16 << 10;
/// So many deliveries may be under way however heavy they are: one comes while another is stored.
pub const NARROWEST: u16 = 2;

/// How many deliveries that should weigh so many `bytes` are under way at most, and never more than `count`.
pub fn most_under_way(count: u16, bytes: usize) -> u16 {
    let of_lightest = u16::try_from(bytes / LIGHTEST).unwrap_or(u16::MAX);
    count.min(of_lightest.max(NARROWEST))
}

/// The broker, and how to reach it.
#[derive(Clone)]
pub struct Broker {
    /// Addresses of its servers, in the order in which they are tried, with virtual host and credentials, which are
    /// the same for all.
    pub uris: Vec<AMQPUri>,
    /// Files for TLS; used with `amqps` only.
    pub tls: Tls,
    /// What to tell the broker about this program, besides its name and version.
    pub client_properties: Vec<(String, String)>,
}

impl Broker {
    /// The URL of the first server, which says of all but their addresses what it says of itself.
    pub fn uri(&self) -> &AMQPUri {
        self.uris.first().expect("a URL names a server")
    }

    /// Addresses and virtual host, without credentials.
    pub fn name(&self) -> String {
        let AMQPUri { scheme, vhost, .. } = self.uri();
        let servers: Vec<String> = self.uris.iter().map(server).collect();
        format!("{scheme}://{} (virtual host {vhost})", servers.join(","))
    }

    /// Whether the connection is encrypted.
    pub fn is_encrypted(&self) -> bool {
        self.uri().scheme == AMQPScheme::AMQPS
    }
}

/// Host and port of a server.
pub fn server(AMQPUri { authority, .. }: &AMQPUri) -> String {
    match authority.host.as_str() {
        // An address of version 6 has colons of its own.
        address if address.contains(':') => format!("[{address}]:{}", authority.port),
        name => format!("{name}:{}", authority.port),
    }
}

impl std::fmt::Debug for Broker {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Broker")
            .field("name", &self.name())
            .field("tls", &self.tls)
            .finish_non_exhaustive()
    }
}

/// PEM files for TLS.
#[derive(Clone, Debug, Default, serde::Deserialize)]
pub struct Tls {
    /// The only authorities to trust; without it, those that the platform trusts.
    pub ca_cert: Option<PathBuf>,
    /// The certificate to show.
    pub certfile: Option<PathBuf>,
    /// Its key.
    pub keyfile: Option<PathBuf>,
}

/// A queue to consume.
#[derive(Clone, Debug, PartialEq)]
pub struct Queue {
    /// Its name; empty for one that the broker makes up.
    pub name: String,
    /// Whether it survives a restart of the broker.
    pub durable: bool,
    /// Whether it vanishes with its last consumer.
    pub auto_delete: bool,
    /// Whether it belongs to one connection.
    pub exclusive: bool,
    /// Whether it must be there already.
    pub passive: bool,
    /// Further properties that the broker knows.
    pub arguments: FieldTable,
    /// What goes into it.
    pub bindings: Vec<Binding>,
}

/// What goes into a queue.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Binding {
    /// From where.
    pub exchange: String,
    /// Which messages.
    pub routing_key: String,
}

/// When a batch is full.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct BatchLimits {
    /// At so many messages.
    pub messages: usize,
    /// At so many bytes of bodies.
    pub bytes: usize,
    /// So long after its first message came.
    pub age: Duration,
}

impl BatchLimits {
    /// How many batches are written at once: while one waits for the disk, the database works on
    /// the other.
    pub const AT_ONCE: usize = 2;
}
