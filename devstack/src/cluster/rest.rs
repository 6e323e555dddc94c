//! HTTP as Patroni and etcd speak it to whoever operates them.

use std::io::{Read, Write};
use std::net::{Ipv4Addr, SocketAddr, TcpStream};
use std::time::Duration;

use anyhow::{Context, Result};

const PATIENCE: Duration = Duration::from_secs(2);
/// For what Patroni does before it answers.
const LONG_PATIENCE: Duration = Duration::from_secs(60);

/// The status and the body of the answer of `port` on 127.0.0.1.
pub(super) fn ask(port: u16, method: &str, path: &str, body: &str) -> Result<(u16, String)> {
    let address = SocketAddr::from((Ipv4Addr::LOCALHOST, port));
    let mut stream = TcpStream::connect_timeout(&address, PATIENCE)?;
    let patience = if method == "GET" {
        PATIENCE
    } else {
        LONG_PATIENCE
    };
    stream.set_read_timeout(Some(patience))?;
    write!(
        stream,
        "{method} {path} HTTP/1.0\r\nContent-Length: {}\r\n\r\n{body}",
        body.len()
    )?;
    let mut answer = Vec::new();
    stream.read_to_end(&mut answer)?;
    let answer = String::from_utf8_lossy(&answer);
    let (head, body) = answer.split_once("\r\n\r\n").context("no HTTP")?;
    let status = head
        .split(' ')
        .nth(1)
        .and_then(|status| status.parse().ok());
    Ok((status.context("no status")?, body.to_owned()))
}

/// Whether it answers a GET with 200.
pub(super) fn is_well(port: u16, path: &str) -> bool {
    matches!(ask(port, "GET", path, ""), Ok((200, _)))
}
