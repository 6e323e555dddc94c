//! A machine with the database on it, at the other end of a cable: it can die without a word, and
//! come back as one that knows nothing of before.
//!
//! It is a network namespace, in which a socket listens for the database and leads to the server.

use std::fs::File;
use std::io;
use std::net::{Ipv4Addr, Shutdown, SocketAddr, TcpListener, TcpStream};
use std::os::fd::AsFd;
use std::process::{Command, Stdio};
use std::sync::atomic::{AtomicU32, Ordering};
use std::thread;

use rustix::thread::{LinkNameSpaceType, move_into_link_name_space};

/// Where databases listen.
const PORT: u16 = 5432;

/// A number for a machine, such that no two have one at a time.
fn next() -> u32 {
    static NEXT: AtomicU32 = AtomicU32::new(0);
    std::process::id() * 8 + NEXT.fetch_add(1, Ordering::Relaxed)
}

/// A machine, while it lives.
pub struct Far {
    /// What its addresses are made from.
    number: u32,
    namespace: String,
    /// Our end of the cable.
    near: String,
}

impl Far {
    /// A machine, or none without the right to make a network.
    pub fn new() -> Option<Self> {
        Self::with_number(next())
    }

    fn with_number(number: u32) -> Option<Self> {
        let id = next();
        let far = Self {
            number,
            namespace: format!("far-{id}"),
            near: format!("near{id}"),
        };
        let (namespace, near) = (&far.namespace, &far.near);
        let (here, there) = (far.address(1), far.address(2));
        let all = [
            format!("netns add {namespace}"),
            format!("link add {near} type veth peer name far0 netns {namespace}"),
            format!("addr add {here}/30 dev {near}"),
            format!("link set {near} up"),
            format!("-n {namespace} addr add {there}/30 dev far0"),
            format!("-n {namespace} link set far0 up"),
        ];
        all.iter().all(|words| ip(words)).then_some(far)
    }

    /// Leads whoever comes to the machine's server to this one, which listens here.
    pub fn lead_to(&self, server: SocketAddr) {
        let listener = self.listen().expect("a listener");
        thread::spawn(move || lead(&listener, server));
    }

    /// It dies: nobody hears of it any more. Answers what makes another in its place.
    pub fn die(self) -> impl FnOnce() -> Self {
        let number = self.number;
        move || Self::with_number(number).expect("another machine")
    }

    /// One of the addresses of a network of four.
    fn address(&self, host: u32) -> Ipv4Addr {
        Ipv4Addr::from(u32::from(Ipv4Addr::new(10, 232, 0, 0)) + self.number % (1 << 14) * 4 + host)
    }

    /// Where the server is found.
    pub fn server(&self) -> SocketAddr {
        (self.address(2), PORT).into()
    }

    /// A socket belongs for ever to the namespace of the thread that opened it.
    fn listen(&self) -> io::Result<TcpListener> {
        let namespace = File::open(format!("/run/netns/{}", self.namespace))?;
        let server = self.server();
        let listen = move || {
            move_into_link_name_space(namespace.as_fd(), Some(LinkNameSpaceType::Network))?;
            TcpListener::bind(server)
        };
        thread::spawn(listen).join().expect("no panic")
    }
}

/// Without the cable, what is left of its connections reaches nobody.
impl Drop for Far {
    fn drop(&mut self) {
        ip(&format!("link del {}", self.near));
        ip(&format!("netns del {}", self.namespace));
    }
}

/// Runs `ip` with these words; answers whether it did as it was told.
fn ip(words: &str) -> bool {
    let done = Command::new("ip")
        .args(words.split(' '))
        .stderr(Stdio::null())
        .status();
    done.is_ok_and(|status| status.success())
}

/// Leads whoever comes to the server.
fn lead(listener: &TcpListener, server: SocketAddr) {
    for client in listener.incoming().flatten() {
        let Ok(server) = TcpStream::connect(server) else {
            continue;
        };
        let (back, forth) = (client.try_clone(), server.try_clone());
        let (Ok(client_out), Ok(server_out)) = (back, forth) else {
            continue;
        };
        thread::spawn(move || carry(client, server_out));
        thread::spawn(move || carry(server, client_out));
    }
}

fn carry(mut from: TcpStream, mut to: TcpStream) {
    let _ = io::copy(&mut from, &mut to);
    let _ = to.shutdown(Shutdown::Both);
    let _ = from.shutdown(Shutdown::Both);
}
