//! Asks one server over HTTP, over one connection if the server keeps it.
//!
//! Clients share the processors with what they measure. Therefore this one writes requests that were
//! made before, reads answers into the same memory again and again, and knows no more of HTTP than
//! these servers use.

use std::cell::RefCell;
use std::io::{ErrorKind, Read, Write};
use std::net::TcpStream;
use std::ops::Range;
use std::time::{Duration, Instant};

use anyhow::{Context, Result, bail, ensure};
use form_urlencoded::Serializer;
use serde_json::Value;

use crate::asking::shapes::Question;

/// A client of one server.
pub struct Client {
    address: String,
    connection: RefCell<Connection>,
}

/// A question as it goes over the wire.
pub struct Request {
    text: String,
    /// What the answer is expected to have.
    status: u16,
}

impl Client {
    /// `base` is the server's URL without a path.
    pub fn new(base: &str) -> Self {
        let address = base.trim_start_matches("http://").to_owned();
        Self {
            address,
            connection: RefCell::default(),
        }
    }

    /// What asks `question`.
    pub fn request(&self, question: &Question) -> Request {
        let mut query = Serializer::new(String::new());
        query.extend_pairs(&question.parameters);
        let (path, query) = (&question.path, query.finish());
        let mark = if query.is_empty() { "" } else { "?" };
        let headers = format!("Host: {}\r\nAccept: application/json\r\n", self.address);
        Request {
            text: format!("GET {path}{mark}{query} HTTP/1.1\r\n{headers}\r\n"),
            status: question.status,
        }
    }

    /// How long the whole answer took to come.
    pub fn time(&self, request: &Request) -> Result<Duration> {
        let start = Instant::now();
        self.ask(request, |_| start.elapsed())
    }

    /// How many messages the answer says there are, if it is one that says so.
    pub fn total(&self, request: &Request) -> Result<Option<u64>> {
        let answer: Value = self.ask(request, |body| {
            serde_json::from_slice(body).unwrap_or_default()
        })?;
        Ok(answer["total"]
            .as_u64()
            .or_else(|| answer["messagecount"].as_u64()))
    }

    /// Whether the answer has the status that is expected.
    pub fn succeeds(&self, request: &Request) -> Result<bool> {
        let answer = self
            .connection
            .borrow_mut()
            .ask(&self.address, &request.text)?;
        Ok(answer.status == request.status)
    }

    fn ask<T>(&self, request: &Request, read: impl FnOnce(&[u8]) -> T) -> Result<T> {
        let mut connection = self.connection.borrow_mut();
        let Answer { status, body, .. } = connection.ask(&self.address, &request.text)?;
        let body = &connection.buffer[body];
        ensure!(
            status == request.status,
            "{status} to {:?}: {}",
            request.text,
            String::from_utf8_lossy(body)
        );
        Ok(read(body))
    }
}

/// A server that takes longer is broken.
const PATIENCE: Duration = Duration::from_secs(300);
/// Servers send fewer.
const MOST_HEADERS: usize = 32;

#[derive(Default)]
struct Connection {
    /// None before the first request, and where the server closed it.
    stream: Option<TcpStream>,
    /// The last answer, at its start.
    buffer: Vec<u8>,
}

/// What came, with the body at its place in the buffer.
struct Answer {
    status: u16,
    body: Range<usize>,
    closed: bool,
}

impl Connection {
    fn ask(&mut self, address: &str, request: &str) -> Result<Answer> {
        let answer = match self.stream.take() {
            // A server may close an idle connection at any time: that is no answer yet.
            Some(stream) => self
                .exchange(stream, request)
                .or_else(|_| self.exchange(connect(address)?, request)),
            None => self.exchange(connect(address)?, request),
        };
        answer.with_context(|| format!("asking {request:?}"))
    }

    fn exchange(&mut self, mut stream: TcpStream, request: &str) -> Result<Answer> {
        stream.write_all(request.as_bytes())?;
        let mut length = 0;
        let answer = loop {
            length += self.read(&mut stream, length)?;
            if let Some(answer) = head(&self.buffer[..length])? {
                break answer;
            }
        };
        while length < answer.body.end {
            length += self.read(&mut stream, length)?;
        }
        ensure!(length == answer.body.end, "more bytes than the answer has");
        self.stream = (!answer.closed).then_some(stream);
        Ok(answer)
    }

    /// Reads what has come behind the first `length` bytes; answers how many bytes that was.
    fn read(&mut self, stream: &mut TcpStream, length: usize) -> Result<usize> {
        if self.buffer.len() - length < 16 * 1024 {
            self.buffer.resize(length * 2 + 64 * 1024, 0);
        }
        loop {
            match stream.read(&mut self.buffer[length..]) {
                Ok(0) => bail!("the connection ended before the answer"),
                Err(error) if error.kind() == ErrorKind::Interrupted => {}
                other => return Ok(other?),
            }
        }
    }
}

fn connect(address: &str) -> Result<TcpStream> {
    let stream = TcpStream::connect(address)?;
    stream.set_nodelay(true)?;
    stream.set_read_timeout(Some(PATIENCE))?;
    Ok(stream)
}

/// What the start of an answer tells; `None` if it is not complete yet.
fn head(bytes: &[u8]) -> Result<Option<Answer>> {
    let mut headers = [httparse::EMPTY_HEADER; MOST_HEADERS];
    let mut response = httparse::Response::new(&mut headers);
    let httparse::Status::Complete(start) = response.parse(bytes)? else {
        return Ok(None);
    };
    let status = response.code.context("no status")?;
    let value = |name: &str| {
        let header = response
            .headers
            .iter()
            .find(|header| header.name.eq_ignore_ascii_case(name))?;
        std::str::from_utf8(header.value).ok()
    };
    let length: usize = value("content-length")
        .context("an answer without its length")?
        .parse()?;
    let closed = value("connection").is_some_and(|value| value.eq_ignore_ascii_case("close"));
    Ok(Some(Answer {
        status,
        body: start..start + length,
        closed,
    }))
}

#[cfg(test)]
mod tests {
    use std::net::TcpListener;

    use super::*;

    const QUESTION: Question = Question {
        path: std::borrow::Cow::Borrowed("/raw"),
        parameters: Vec::new(),
        status: 200,
    };

    #[test]
    fn requests_are_encoded() {
        let question = Question {
            parameters: vec![("user", "a b&ü".to_owned()), ("page", "1".to_owned())],
            ..QUESTION
        };
        let request = Client::new("http://localhost:1").request(&question);
        let expected = "GET /raw?user=a+b%26%C3%BC&page=1 HTTP/1.1\r\nHost: localhost:1\r\nAccept: application/json\r\n\r\n";
        assert_eq!(request.text, expected);
    }

    /// Sends `answers`, each to a request and in the parts between `|`; one list a connection.
    fn serve(answers: &'static [&'static [&'static str]]) -> Client {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let client = Client::new(&format!("http://{}", listener.local_addr().unwrap()));
        std::thread::spawn(move || {
            for answers in answers {
                let (mut stream, _) = listener.accept().unwrap();
                stream.set_nodelay(true).unwrap();
                for answer in *answers {
                    assert!(stream.read(&mut [0; 1000]).unwrap() > 0);
                    for part in answer.split('|') {
                        stream.write_all(part.as_bytes()).unwrap();
                        std::thread::sleep(Duration::from_millis(5));
                    }
                }
            }
        });
        client
    }

    #[test]
    fn answers_are_read_to_their_end_and_connections_kept() {
        let client = serve(&[
            &[
                "HTTP/1.1 200 OK\r\ncontent-length: 11\r\n\r\n{\"total\":7}",
                "HTTP/1.1 2|00 OK\r\nConnection: close\r\nContent-Length: 18\r\n\r|\n{\"mess|agecount\":8}",
            ],
            // This one closes without a word, so the next question needs a third.
            &["HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\n{}"],
            &["HTTP/1.1 404 Not Found\r\nContent-Length: 2\r\n\r\n{}"],
        ]);
        let request = client.request(&QUESTION);
        let totals: Vec<_> = (0..3).map(|_| client.total(&request).unwrap()).collect();
        assert_eq!(totals, [Some(7), Some(8), None]);
        assert!(!client.succeeds(&request).unwrap());
    }
}
