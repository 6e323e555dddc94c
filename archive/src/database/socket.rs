//! The socket below a connection, which libpq keeps to itself.
//!
//! Whoever waits for the database sleeps in libpq until its socket says something. A second handle
//! to that socket lets another thread shut it: libpq then answers an error at once, and the server
//! sees that nobody waits any more. The handle is a duplicate, so it can never mean a file that was
//! opened later under the same number.

use std::collections::HashSet;
use std::fs::DirEntry;
use std::io::IoSliceMut;
use std::mem::MaybeUninit;
use std::os::fd::{AsRawFd, OwnedFd, RawFd};
use std::path::PathBuf;
use std::sync::atomic::{AtomicU32, Ordering};
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use nix::sys::socket::{ControlMessage, MsgFlags, sendmsg};
use rustix::net::sockopt::{set_tcp_user_timeout, tcp_user_timeout};
use rustix::net::{
    AddressFamily, RecvAncillaryBuffer, RecvAncillaryMessage, RecvFlags, Shutdown, SocketAddrUnix,
    SocketFlags, SocketType,
};

/// A handle to the socket of a connection.
#[derive(Debug)]
pub(crate) struct Socket {
    handle: OwnedFd,
    /// The `tcp_user_timeout` that the connection was made with, in milliseconds.
    tcp_timeout: u32,
}

impl Socket {
    /// Ends the connection below whoever uses it.
    pub(crate) fn shut(&self) {
        // One that has ended already is as good.
        let _ = rustix::net::shutdown(&self.handle, Shutdown::Both);
    }

    /// Has the kernel wait for so much longer than usual until the other side confirms what was sent.
    /// For it counts a receiver that often has no room as one that confirms nothing, however steadily it
    /// takes what comes.
    pub(crate) fn bear_with(&self, longer: Duration) {
        let longer = u32::try_from(longer.as_millis()).unwrap_or(u32::MAX);
        // A Unix socket knows no such limit.
        let _ = set_tcp_user_timeout(&self.handle, self.tcp_timeout.saturating_add(longer));
    }
}

/// Looks out for the socket that is opened next.
///
/// A TCP socket is known by its `tcp_user_timeout`, which is another number of milliseconds for each
/// connection. A Unix socket is the only new one that leads to a PostgreSQL server, as one connection
/// of this process by such a socket is made at a time: a server that is gone refuses it at once.
pub(crate) struct Lookout {
    /// The `tcp_user_timeout` of the connection, in milliseconds.
    tcp_timeout: u32,
    before: HashSet<(RawFd, PathBuf)>,
    _alone: Option<MutexGuard<'static, ()>>,
}

impl Lookout {
    /// Begins to look out for the socket of a connection, whose `tcp_user_timeout` is to be about
    /// this, in milliseconds.
    pub(crate) fn new(tcp_timeout: u32, is_tcp: bool) -> Self {
        static NEXT: AtomicU32 = AtomicU32::new(1);
        Self {
            _alone: alone(is_tcp),
            tcp_timeout: tcp_timeout.saturating_add(NEXT.fetch_add(1, Ordering::Relaxed) % 1_000),
            before: open_sockets(),
        }
    }

    /// The `tcp_user_timeout` to connect with, in milliseconds.
    pub(crate) fn tcp_timeout(&self) -> u32 {
        self.tcp_timeout
    }

    /// The socket of the connection that was made meanwhile; `None` where it cannot be told.
    pub(crate) fn socket(self) -> Option<Socket> {
        let new = open_sockets()
            .into_iter()
            .filter(|socket| !self.before.contains(socket));
        let mut handles = new.filter_map(|(fd, _)| duplicate(fd));
        handles
            .find(|handle| is_of_database(handle, self.tcp_timeout))
            .map(|handle| Socket {
                handle,
                tcp_timeout: self.tcp_timeout,
            })
    }
}

/// Waits until no other connection of this process is being made, for whoever makes one, and keeps others
/// from it until the answer is dropped. Only what surely `is_tcp` is made beside other connections.
pub(crate) fn alone(is_tcp: bool) -> Option<MutexGuard<'static, ()>> {
    static ONE_AT_A_TIME: Mutex<()> = Mutex::new(());
    let lock = || ONE_AT_A_TIME.lock().unwrap_or_else(PoisonError::into_inner);
    (!is_tcp).then(lock)
}

/// All sockets that this process has open, by number and what the kernel calls them: the number
/// alone may be that of one which was closed since.
fn open_sockets() -> HashSet<(RawFd, PathBuf)> {
    let Ok(entries) = std::fs::read_dir("/proc/self/fd") else {
        return HashSet::new();
    };
    let socket = |entry: DirEntry| {
        let fd = entry.file_name().to_str()?.parse().ok()?;
        let name = std::fs::read_link(entry.path()).ok()?;
        name.to_str()?.starts_with("socket:").then_some((fd, name))
    };
    entries.flatten().filter_map(socket).collect()
}

/// A second handle to a socket of this process, by way of a pair of sockets: the only one that asks
/// for no promise about the number.
fn duplicate(fd: RawFd) -> Option<OwnedFd> {
    let (here, there) = rustix::net::socketpair(
        AddressFamily::UNIX,
        SocketType::DGRAM,
        SocketFlags::CLOEXEC,
        None,
    )
    .ok()?;
    let message = [std::io::IoSlice::new(b"1")];
    let descriptors = [fd];
    let rights = [ControlMessage::ScmRights(&descriptors)];
    sendmsg::<()>(here.as_raw_fd(), &message, &rights, MsgFlags::empty(), None).ok()?;
    let mut byte = [0];
    let mut space = [MaybeUninit::uninit(); rustix::cmsg_space!(ScmRights(1))];
    let mut received = RecvAncillaryBuffer::new(&mut space);
    rustix::net::recvmsg(
        &there,
        &mut [IoSliceMut::new(&mut byte)],
        &mut received,
        RecvFlags::CMSG_CLOEXEC,
    )
    .ok()?;
    let fds = received.drain().find_map(|message| match message {
        RecvAncillaryMessage::ScmRights(fds) => Some(fds),
        _ => None,
    });
    fds?.next()
}

/// Whether a new socket leads to the database.
fn is_of_database(socket: &OwnedFd, tcp_timeout: u32) -> bool {
    let Ok(Some(peer)) = rustix::net::getpeername(socket) else {
        return false;
    };
    match SocketAddrUnix::try_from(peer) {
        Ok(server) => [server.path_bytes(), server.abstract_name()]
            .into_iter()
            .flatten()
            .any(|name| name.windows(9).any(|part| part == b"/.s.PGSQL")),
        Err(_) => tcp_user_timeout(socket) == Ok(tcp_timeout),
    }
}

#[cfg(test)]
mod tests {
    use std::io::Write;
    use std::net::{TcpListener, TcpStream};
    use std::os::unix::net::{UnixListener, UnixStream};
    use std::sync::Arc;

    use super::*;
    use crate::database::watch::Wait;

    #[test]
    fn a_duplicate_leads_to_where_its_socket_does() {
        let server = TcpListener::bind("127.0.0.1:0").expect("a listener");
        let client =
            TcpStream::connect(server.local_addr().expect("an address")).expect("connected");
        rustix::net::sockopt::set_tcp_user_timeout(&client, 15_007).expect("set");
        let handle = duplicate(client.as_raw_fd()).expect("a duplicate");
        assert!(is_of_database(&handle, 15_007));
        assert!(!is_of_database(&handle, 15_008));
    }

    #[test]
    fn the_kernel_bears_with_what_is_long_on_its_way_and_only_then() {
        let server = TcpListener::bind("127.0.0.1:0").expect("a listener");
        let lookout = Lookout::new(15_000, true);
        let usual = lookout.tcp_timeout();
        let client =
            TcpStream::connect(server.local_addr().expect("an address")).expect("connected");
        set_tcp_user_timeout(&client, usual).expect("set");
        let socket = Arc::new(lookout.socket().expect("found"));
        for seconds in [0, 90] {
            let wait = Wait {
                sends_for: Duration::from_secs(seconds),
                ..Wait::new("store", Some(&socket))
            };
            let watched = wait.watch().expect("watched");
            let meanwhile = usual + u32::try_from(seconds).expect("few") * 1_000;
            assert_eq!(tcp_user_timeout(&client), Ok(meanwhile));
            drop(watched);
            assert_eq!(tcp_user_timeout(&client), Ok(usual));
        }
    }

    #[test]
    fn the_socket_that_was_opened_last_is_found() {
        let folder = std::env::temp_dir().join(format!("sockets-{}", std::process::id()));
        std::fs::create_dir_all(&folder).expect("a folder");
        let path = folder.join(".s.PGSQL.5432");
        let server = UnixListener::bind(&path).expect("a listener");
        let _before = UnixStream::connect(&path).expect("connected");
        let lookout = Lookout::new(0, false);
        assert!(lookout.before.len() >= 2);
        let client = UnixStream::connect(&path).expect("connected");
        lookout.socket().expect("found").shut();
        std::fs::remove_dir_all(&folder).expect("removed");
        drop(server);
        let ended = (&client).write(b"x").expect_err("shut");
        assert_eq!(ended.kind(), std::io::ErrorKind::BrokenPipe);
    }
}
