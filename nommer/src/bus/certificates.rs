//! When the certificates run out by which broker and nommer know each other.

use std::error::Error as _;
use std::io;
use std::net::{TcpStream, ToSocketAddrs as _};
use std::path::Path;
use std::time::Duration;

use chrono::{DateTime, Utc};
use lapin::uri::AMQPUri;
use rustls_pki_types::CertificateDer;
use service::error_chain;
use service::tasks::Task;
use x509_parser::prelude::{FromDer as _, X509Certificate};

use crate::bus::tls;
use crate::config::settings::{Broker, Tls, server};
use crate::vitals::Vitals;

/// How long the broker may take for each step up to its certificate.
const PATIENCE: Duration = Duration::from_secs(10);
/// Files are replaced long before they run out, and seldom.
const BETWEEN_LOOKS: Duration = Duration::from_secs(3600);

/// Whose certificate it is.
#[derive(Clone, Copy, Debug, Eq, Hash, PartialEq)]
pub enum Owner {
    /// The authority that we trust: of several, the one that is valid longest.
    Authority,
    /// Ourselves, by `tls.certfile`: of a chain, the one that ends first.
    Nommer,
    /// The broker: of the chain that it shows, the one that ends first.
    Broker,
}

impl Owner {
    /// One word.
    pub fn word(self) -> &'static str {
        match self {
            Self::Authority => "authority",
            Self::Nommer => "nommer",
            Self::Broker => "broker",
        }
    }
}

/// A certificate, and when it runs out.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Ending {
    /// Whose it is.
    pub owner: Owner,
    /// Whom it names.
    pub subject: String,
    /// Until when it is valid.
    pub end: DateTime<Utc>,
}

/// Reads the files, and asks the broker for its certificate; nothing if the connection is not encrypted. Blocks.
pub fn look(broker: &Broker) -> Vec<Result<Ending, String>> {
    if !broker.is_encrypted() {
        return Vec::new();
    }
    let Tls {
        ca_cert, certfile, ..
    } = &broker.tls;
    let mut found = Vec::new();
    if let Some(path) = ca_cert {
        found.push(of_file(Owner::Authority, "tls.ca_cert", path));
    }
    if let Some(path) = certfile {
        found.push(of_file(Owner::Nommer, "tls.certfile", path));
    }
    found.push(of_servers(broker));
    found
}

/// Of the servers that are there the certificate that ends first.
fn of_servers(broker: &Broker) -> Result<Ending, String> {
    let of_server = |uri| {
        let shown = shown(broker, uri).map_err(|error| format!("{}: {error}", server(uri)));
        shown.and_then(|chain| ending(Owner::Broker, &chain))
    };
    let (found, faults): (Vec<_>, Vec<_>) =
        broker.uris.iter().map(of_server).partition(Result::is_ok);
    let first = found.into_iter().flatten().min_by_key(|ending| ending.end);
    let faults = faults.into_iter().filter_map(Result::err);
    first.ok_or_else(|| faults.collect::<Vec<_>>().join("; "))
}

/// Tells those who watch when certificates run out; `None` if there is none.
pub fn task(broker: &Broker, vitals: &Vitals) -> Option<Task> {
    if !broker.is_encrypted() {
        return None;
    }
    let (broker, vitals) = (broker.clone(), vitals.clone());
    let watch = move || -> Result<(), String> {
        for found in look(&broker) {
            let Ending { owner, end, .. } = found?;
            vitals.runs_out(owner.word(), end);
        }
        Ok(())
    };
    Some(Task::new("watch_certificates", BETWEEN_LOOKS, watch).at_once())
}

fn of_file(owner: Owner, key: &str, path: &Path) -> Result<Ending, String> {
    let certificates = tls::certificates(key, path)?;
    ending(owner, &certificates).map_err(|error| format!("{key}: {}: {error}", path.display()))
}

fn ending(owner: Owner, certificates: &[CertificateDer<'_>]) -> Result<Ending, String> {
    let read = |certificate| read(owner, certificate);
    let read: Result<Vec<Ending>, String> = certificates.iter().map(read).collect();
    let read = read?.into_iter();
    let decisive = match owner {
        Owner::Authority => read.max_by_key(|ending| ending.end),
        Owner::Nommer | Owner::Broker => read.min_by_key(|ending| ending.end),
    };
    decisive.ok_or_else(|| "there is no certificate".to_owned())
}

fn read(owner: Owner, certificate: &CertificateDer<'_>) -> Result<Ending, String> {
    let (_, certificate) =
        X509Certificate::from_der(certificate).map_err(|error| error.to_string())?;
    let end = certificate.validity().not_after.timestamp();
    Ok(Ending {
        owner,
        subject: certificate.subject().to_string(),
        // Beyond what a calendar has is never.
        end: DateTime::from_timestamp_secs(end).unwrap_or(DateTime::<Utc>::MAX_UTC),
    })
}

/// The chain that a server of the broker shows to who trusts it.
fn shown(broker: &Broker, uri: &AMQPUri) -> Result<Vec<CertificateDer<'static>>, String> {
    let connector = tls::connector(&broker.tls)?;
    let authority = &uri.authority;
    let socket = reach(&authority.host, authority.port).map_err(|error| error.to_string())?;
    let stream = connector
        .connect(&authority.host, socket)
        .map_err(|error| match error.source() {
            Some(_) => error_chain(&error),
            // Only what would have to wait on has no cause.
            None => format!("it did not answer within {} s", PATIENCE.as_secs()),
        })?;
    let chain = stream.conn.peer_certificates().unwrap_or_default();
    Ok(chain.to_vec())
}

fn reach(host: &str, port: u16) -> io::Result<TcpStream> {
    let mut last = io::Error::other("the name has no address");
    for address in (host, port).to_socket_addrs()? {
        match TcpStream::connect_timeout(&address, PATIENCE) {
            Ok(socket) => {
                socket.set_read_timeout(Some(PATIENCE))?;
                socket.set_write_timeout(Some(PATIENCE))?;
                return Ok(socket);
            }
            Err(error) => last = error,
        }
    }
    Err(last)
}
