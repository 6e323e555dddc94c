//! A server between a client and another server, which answers some requests itself.

use std::io::{BufRead as _, BufReader, Write as _};
use std::net::{TcpListener, TcpStream};

use crate::support::http;

/// What it answers itself.
pub struct Own {
    pub status: u16,
    /// After how many seconds to come again.
    pub retry_after: Option<u64>,
    pub body: String,
}

impl From<(u16, String)> for Own {
    fn from((status, body): (u16, String)) -> Self {
        let retry_after = None;
        Self {
            status,
            retry_after,
            body,
        }
    }
}

/// A server that runs until the test ends.
pub struct Middleman {
    /// `http://127.0.0.1:PORT`.
    pub authority: String,
}

impl Middleman {
    /// `answer` is given the number of a request, from 1 on, and its path with the query; what it leaves goes to the server
    /// at `behind`.
    pub fn start<A: Into<Own>>(
        behind: &str,
        mut answer: impl FnMut(u64, &str) -> Option<A> + Send + 'static,
    ) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").expect("a port");
        let authority = format!("http://{}", listener.local_addr().expect("an address"));
        let behind = behind.to_owned();
        std::thread::spawn(move || {
            for (number, stream) in (1..).zip(listener.incoming()) {
                let stream = stream.expect("a client");
                let path = requested(&stream);
                let own = answer(number, &path).map(Into::into);
                respond(
                    stream,
                    &own.unwrap_or_else(|| {
                        let answer = http::get(&format!("{behind}{path}"));
                        (answer.status, answer.body).into()
                    }),
                );
            }
        });
        Self { authority }
    }
}

fn requested(stream: &TcpStream) -> String {
    let mut lines = BufReader::new(stream)
        .lines()
        .map(|line| line.expect("a line"));
    let first = lines.next().unwrap_or_default();
    for line in lines {
        if line.is_empty() {
            break;
        }
    }
    first.split(' ').nth(1).unwrap_or_default().to_owned()
}

fn respond(mut stream: TcpStream, answer: &Own) {
    let Own {
        status,
        retry_after,
        body,
    } = answer;
    let retry_after = retry_after.map_or(String::new(), |seconds| {
        format!("Retry-After: {seconds}\r\n")
    });
    let head = format!(
        "HTTP/1.1 {status} It\r\nContent-Type: application/json\r\n{retry_after}Content-Length: {}\r\nConnection: close\r\n\r\n",
        body.len()
    );
    // The client may have gone.
    let _ = stream
        .write_all(head.as_bytes())
        .and_then(|()| stream.write_all(body.as_bytes()));
}
