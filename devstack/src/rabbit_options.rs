//! What a RabbitMQ server can be asked for; who starts it and who lays out its folder both go by it.

use std::path::PathBuf;

/// How a server is set up.
#[derive(Clone, Debug, Default)]
pub struct RabbitOptions {
    /// Opens a second port for TLS.
    pub tls: Option<Tls>,
    /// Answers by its management API, on a port of its own.
    pub management: bool,
    /// Further lines of rabbitmq.conf; they win over our own.
    pub configuration: Vec<String>,
}

/// What the server needs for TLS, all of it PEM files. Clients must show a certificate
/// of the same CA, and may log in by its common name (mechanism EXTERNAL).
#[derive(Clone, Debug)]
pub struct Tls {
    /// The certificate of the CA.
    pub ca: PathBuf,
    /// The server's certificate.
    pub certificate: PathBuf,
    /// The server's key.
    pub key: PathBuf,
}
