//! What an administrator's proxy does: one address, behind which now one and now the other service is.

use std::io::{Read as _, Write as _};
use std::net::{Shutdown, TcpListener, TcpStream};
use std::sync::{Arc, Mutex};
use std::thread;

/// A proxy of connections that runs until the test ends.
pub struct Route {
    /// `http://127.0.0.1:PORT`.
    pub authority: String,
    behind: Arc<Mutex<String>>,
}

impl Route {
    /// Leads to the service at `url`, of which the path is left alone.
    pub fn to(url: &str) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").expect("a port");
        let authority = format!("http://{}", listener.local_addr().expect("an address"));
        let behind = Arc::new(Mutex::new(address(url)));
        let current = Arc::clone(&behind);
        thread::spawn(move || {
            for client in listener.incoming() {
                let client = client.expect("a client");
                let service = current.lock().expect("no panic").clone();
                thread::spawn(move || join(&client, &service));
            }
        });
        Self { authority, behind }
    }

    /// Leads new connections to another service; those that there are stay where they are.
    pub fn move_to(&self, url: &str) {
        *self.behind.lock().expect("no panic") = address(url);
    }
}

/// Host and port.
fn address(url: &str) -> String {
    let rest = url.trim_start_matches("http://");
    rest.split('/').next().unwrap_or_default().to_owned()
}

/// Passes on what both sides send, until both have ended.
fn join(client: &TcpStream, service: &str) {
    let Ok(service) = TcpStream::connect(service) else {
        let mut client = client;
        // As a proxy does without a service behind it.
        let _ = client.write_all(b"HTTP/1.0 502 Bad Gateway\r\nContent-Length: 0\r\n\r\n");
        return;
    };
    thread::scope(|scope| {
        scope.spawn(|| pass(client, &service));
        pass(&service, client);
    });
}

fn pass(mut from: &TcpStream, mut to: &TcpStream) {
    let mut bytes = [0; 16384];
    // Either may have gone.
    while let Ok(length @ 1..) = from.read(&mut bytes) {
        if to.write_all(&bytes[..length]).is_err() {
            break;
        }
    }
    let _ = to.shutdown(Shutdown::Write);
}
