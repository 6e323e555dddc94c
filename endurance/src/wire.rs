//! HTTP: by a library, and by hand for clients that do what no library does.

use std::io::{Read, Write};
use std::net::{SocketAddr, TcpStream};
use std::time::Duration;

use anyhow::{Context, Result};

/// For a hostile request, which need not be answered at all.
const PATIENCE: Duration = Duration::from_secs(3);

/// For an ordinary answer: longer than grepper may take.
const LONG_PATIENCE: Duration = Duration::from_secs(60);

/// A client that keeps its connections, and takes any status for an answer.
pub fn agent() -> ureq::Agent {
    ureq::Agent::config_builder()
        .http_status_as_error(false)
        .timeout_global(Some(LONG_PATIENCE))
        .build()
        .into()
}

/// Sends these bytes on a connection of their own.
///
/// # Errors
/// When nobody listens, or who does closes at once.
pub fn send(address: &str, request: &[u8]) -> Result<TcpStream> {
    let address: SocketAddr = address.parse().context("an address")?;
    let mut stream = TcpStream::connect_timeout(&address, PATIENCE)?;
    stream.set_read_timeout(Some(PATIENCE))?;
    stream.set_write_timeout(Some(PATIENCE))?;
    stream.write_all(request)?;
    Ok(stream)
}

/// A request for `path`, after which the connection ends.
pub fn get(path: &str) -> Vec<u8> {
    format!("GET {path} HTTP/1.1\r\nHost: soak\r\nConnection: close\r\n\r\n").into_bytes()
}

/// The status of the answer that comes, and some of its text; none where it is no HTTP or there is none.
pub fn status(stream: &mut TcpStream) -> Option<(u16, String)> {
    let mut start = [0; 600];
    let length = stream.read(&mut start).ok()?;
    let text = String::from_utf8_lossy(&start[..length]).into_owned();
    let status = text.strip_prefix("HTTP/1.1 ")?.get(..3)?.parse().ok()?;
    Some((status, text))
}
