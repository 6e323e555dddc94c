//! The sockets that clients connect to.

use std::io;
use std::net::{SocketAddr, TcpListener, ToSocketAddrs};

use listenfd::ListenFd;
use tokio::net::TcpSocket;

/// Connections that wait to be accepted.
const BACKLOG: u32 = 2048;

/// The sockets that the service manager holds for this program and its successors, if any: who connects while
/// one of them has ended waits for the next one.
pub fn inherited() -> io::Result<Vec<TcpListener>> {
    let mut handed = ListenFd::from_env();
    let mut listeners = Vec::new();
    for number in 0..handed.len() {
        listeners.extend(handed.take_tcp_listener(number)?);
    }
    Ok(listeners)
}

/// Listens on all addresses that `address` stands for; the error is the last one's if none can be
/// had.
pub fn listen(address: &str) -> io::Result<Vec<TcpListener>> {
    let mut listeners = Vec::new();
    let mut failed = None;
    for address in address.to_socket_addrs()? {
        match listen_on(address) {
            Ok(listener) => listeners.push(listener),
            Err(error) => failed = Some(error),
        }
    }
    match failed {
        Some(error) if listeners.is_empty() => Err(error),
        _ => Ok(listeners),
    }
}

fn listen_on(address: SocketAddr) -> io::Result<TcpListener> {
    let socket = match address {
        SocketAddr::V4(_) => TcpSocket::new_v4(),
        SocketAddr::V6(_) => TcpSocket::new_v6(),
    }?;
    // A program that was just stopped must not keep its successor from starting.
    socket.set_reuseaddr(true)?;
    socket.bind(address)?;
    socket.listen(BACKLOG)?.into_std()
}
