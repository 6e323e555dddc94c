//! The connection to the broker.
//!
//! The socket and TLS are made here and not by the client library, which would
//! trust the platform's authorities besides the one in the settings.

use std::io;
use std::os::fd::AsFd;
use std::sync::{Arc, OnceLock};
use std::time::Duration;

use async_rs::util::RuntimeParts;
use async_rs::{Runtime, Tokio};
use lapin::auth::AuthProvider;
use lapin::protocol::{AMQPErrorKind, AMQPHardError};
use lapin::tcp::AsyncTcpStream;
use lapin::types::ShortString;
use lapin::uri::AMQPUri;
use lapin::{Connection, ConnectionProperties, ErrorKind};
use service::error_chain;

use crate::bus::network::{Network, Plain, Repaired};
use crate::bus::tls;
use crate::config::settings::{Broker, server};

/// How long the broker may take to accept a socket.
const REACH_TIMEOUT: Duration = Duration::from_secs(10);
/// How long the broker may take from the first byte to an open connection.
///
/// What hangs is better tried anew: packets of a network that was cut come again ever more rarely.
const HANDSHAKE_TIMEOUT: Duration = Duration::from_secs(15);
/// How long the broker may take to say goodbye.
const CLOSE_TIMEOUT: Duration = Duration::from_secs(2);

/// Why there is no connection.
#[derive(Debug, thiserror::Error)]
pub enum ConnectError {
    /// A file for TLS cannot be used.
    #[error("{0}")]
    Tls(String),
    /// There is nobody, or not now.
    #[error("{0}")]
    Unreachable(String),
    /// The broker is there and does not want us: credentials, virtual host, certificate.
    #[error("{0}")]
    Refused(String),
}

/// The socket, once there is one; there is one attempt, so it is set once.
type Reached = Arc<OnceLock<std::net::TcpStream>>;

/// Connects to the first server that is there.
pub async fn connect(broker: &Broker) -> Result<Connection, ConnectError> {
    connect_from(broker, &mut 0).await
}

/// Connects to the first server that is there, of those that follow from number `next` on, which is then the one after
/// it: what ended at one server, as in the smaller part of a cluster, may go on at another. Takes no longer than a
/// quarter of a minute for each. One that refuses us while others are away may be mended soon: only if all refuse it
/// counts as refused.
pub async fn connect_from(broker: &Broker, next: &mut usize) -> Result<Connection, ConnectError> {
    let (mut told, mut all_refuse) = (Vec::new(), true);
    let count = broker.uris.len();
    for number in (*next..).take(count).map(|number| number % count) {
        let uri = &broker.uris[number];
        let error = match connect_to(broker, uri).await {
            Ok(connection) => {
                *next = number + 1;
                return Ok(connection);
            }
            Err(ConnectError::Tls(error)) => return Err(ConnectError::Tls(error)),
            Err(error) => error,
        };
        all_refuse &= matches!(error, ConnectError::Refused(_));
        told.push(match broker.uris.len() {
            1 => error.to_string(),
            _ => format!("{}: {error}", server(uri)),
        });
    }
    let told = told.join("; ");
    Err(match all_refuse {
        true => ConnectError::Refused(told),
        false => ConnectError::Unreachable(told),
    })
}

async fn connect_to(broker: &Broker, uri: &AMQPUri) -> Result<Connection, ConnectError> {
    let tls = if broker.is_encrypted() {
        Some(tls::connector(&broker.tls).map_err(ConnectError::Tls)?)
    } else {
        None
    };
    let socket = Reached::default();
    let tokio = Tokio::current();
    let runtime = Runtime::new(RuntimeParts::new(tokio.clone(), Network(tokio.clone())));
    let reached = socket.clone();
    let connecting = Connection::connector(
        uri.clone(),
        runtime,
        async move |uri, _| {
            let authority = &uri.authority;
            let stream = reach(&tokio, &authority.host, authority.port, &reached).await?;
            let stream = match &tls {
                Some(tls) => stream.into_rustls(tls, &authority.host).await?,
                None => stream,
            };
            Ok(AsyncTcpStream::Plain(Repaired::new(stream)))
        },
        properties(broker),
    );
    match tokio::time::timeout(HANDSHAKE_TIMEOUT, connecting).await {
        Ok(Ok(connection)) => Ok(connection),
        Ok(Err(error)) if socket.get().is_some() && is_refusal(&error) => {
            Err(ConnectError::Refused(error_chain(&error)))
        }
        Ok(Err(error)) => Err(ConnectError::Unreachable(error_chain(&error))),
        Err(_) => {
            // The library's thread would wait for ever.
            if let Some(socket) = socket.get() {
                let _ = socket.shutdown(std::net::Shutdown::Both);
            }
            Err(ConnectError::Unreachable(
                "the broker does not finish the handshake".to_owned(),
            ))
        }
    }
}

/// Opens a socket to the first address of the host that accepts one.
async fn reach(tokio: &Tokio, host: &str, port: u16, reached: &Reached) -> io::Result<Plain> {
    let first = async {
        let mut error = io::Error::other("the name has no address");
        for address in tokio::net::lookup_host((host, port)).await? {
            match Plain::connect(tokio, address).await {
                Ok(stream) => return Ok(stream),
                Err(failure) => error = failure,
            }
        }
        Err(error)
    };
    let stream = tokio::time::timeout(REACH_TIMEOUT, first)
        .await
        .map_err(|_| io::Error::other("no answer"))??;
    if let Plain::Plain(plain) = &stream {
        let _ = reached.set(plain.get_ref().as_fd().try_clone_to_owned()?.into());
    }
    Ok(stream)
}

/// Closes a connection in order, if the broker answers soon.
pub async fn close(connection: &Connection) {
    let closing = connection.close(200, "".into());
    let closed = tokio::time::timeout(CLOSE_TIMEOUT, closing).await;
    tracing::debug!(?closed, "connection closed");
}

/// A broker that is starting or stopping, or a proxy without one behind it, refuses nothing.
fn is_refusal(error: &lapin::Error) -> bool {
    use std::io::ErrorKind::{
        BrokenPipe, ConnectionAborted, ConnectionRefused, ConnectionReset, TimedOut, UnexpectedEof,
    };
    match error.kind() {
        ErrorKind::IOError(error) => !matches!(
            error.kind(),
            BrokenPipe
                | ConnectionAborted
                | ConnectionRefused
                | ConnectionReset
                | TimedOut
                | UnexpectedEof
        ),
        ErrorKind::ProtocolError(error) => !matches!(
            error.kind(),
            AMQPErrorKind::Hard(
                AMQPHardError::CONNECTIONFORCED
                    | AMQPHardError::INTERNALERROR
                    | AMQPHardError::RESOURCEERROR
            )
        ),
        ErrorKind::InvalidProtocolVersion(_)
        | ErrorKind::ParsingError(_)
        | ErrorKind::AuthProviderError(_) => true,
        _ => false,
    }
}

fn properties(broker: &Broker) -> ConnectionProperties {
    let own = [
        ("product", env!("CARGO_PKG_NAME")),
        ("version", env!("CARGO_PKG_VERSION")),
        ("information", env!("CARGO_PKG_DESCRIPTION")),
        ("connection_name", env!("CARGO_PKG_NAME")),
    ];
    let given = broker
        .client_properties
        .iter()
        .map(|(key, text)| (key.as_str(), text.as_str()));
    let mut properties = ConnectionProperties::default();
    for (key, text) in own.into_iter().chain(given) {
        properties = properties.with_client_property(key.into(), text.into());
    }
    if broker.is_encrypted() && broker.tls.certfile.is_some() {
        properties = properties.with_auth_provider(Certificate);
    }
    properties
}

/// The TLS certificate says who we are.
struct Certificate;

impl AuthProvider for Certificate {
    fn mechanism(&self) -> ShortString {
        "EXTERNAL".into()
    }
}
