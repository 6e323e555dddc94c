//! Asks one service.

use std::collections::BTreeMap;
use std::time::{Duration, Instant};

use anyhow::Result;
use ureq::Agent;
use ureq::config::AutoHeaderValue;
use ureq::http::{Request, Response, StatusCode};

use crate::address::Address;
use crate::asking::answer::{Answer, Reply, Silence};
use crate::asking::pace::Pace;
use crate::question::{Method, Question};
use crate::target::Endpoint;

/// How often a service that is busy is asked again.
const RETRIES: u32 = 3;
/// How long a busy service is left alone at first, and at most.
const PAUSE: Duration = Duration::from_secs(5);
const LONGEST_PAUSE: Duration = Duration::from_secs(300);
/// Larger answers are not compared.
const LARGEST: u64 = 256 << 20;

/// A service, and how it is asked.
pub struct Client {
    agent: Agent,
    /// Where it is.
    pub address: Address,
}

impl Client {
    /// `patience` is how long an answer may take.
    ///
    /// Fails if `address` is one of HTTPS, and the machine trusts no certificates.
    pub fn new(address: &Address, patience: Duration) -> Result<Self> {
        let address = address.clone();
        let name = concat!("grepper-diff/", env!("CARGO_PKG_VERSION"));
        let config = client::configured(&address.base, name, patience)?
            .max_redirects(0)
            .accept(AutoHeaderValue::None);
        let agent = config.build().into();
        Ok(Self { agent, address })
    }

    /// Asks, again after a while where the service is busy and says so.
    pub fn ask(&self, question: &Question, pace: &Pace) -> Reply {
        // This one tells its state, and not that it is busy.
        let may_wait = question.target.endpoint() != Endpoint::Health;
        let mut tries = 0;
        loop {
            let reply = self.exchange(question);
            let busy = reply
                .as_ref()
                .ok()
                .filter(|answer| matches!(answer.status, 429 | 503));
            let Some(answer) = busy.filter(|_| may_wait && tries < RETRIES) else {
                return reply;
            };
            let told = answer.header("retry-after").and_then(client::retry_after);
            let pause = told.unwrap_or(PAUSE * 2_u32.pow(tries));
            pace.hold(pause.min(LONGEST_PAUSE));
            tries += 1;
            if !pace.turn() {
                return reply;
            }
        }
    }

    fn exchange(&self, question: &Question) -> Reply {
        let start = Instant::now();
        let silence = |error: &dyn std::error::Error| Silence {
            why: service::error_chain(error),
            took: start.elapsed(),
        };
        let mut request = Request::builder()
            .method(question.method.word())
            .uri(format!("{}{}", self.address.base, question.target));
        for (name, value) in question.headers() {
            request = request.header(name, value);
        }
        if let Some(authorization) = &self.address.authorization {
            request = request.header("Authorization", authorization.reveal());
        }
        let request = request.body(()).map_err(|error| silence(&error))?;
        let mut response = self.agent.run(request).map_err(|error| silence(&error))?;
        // What a HEAD would have sent may be named as compressed, and nothing is not.
        let body = match question.method {
            Method::Head => Vec::new(),
            Method::Get => {
                let body = response.body_mut().with_config().limit(LARGEST);
                body.read_to_vec().map_err(|error| silence(&error))?
            }
        };
        let mut headers = headers(&response);
        if let Some(location) = headers.get_mut("location") {
            *location = below(&self.address.base, location);
        }
        Ok(Answer {
            status: response.status().as_u16(),
            headers,
            body: String::from_utf8_lossy(&body).into_owned(),
            took: start.elapsed(),
        })
    }
}

/// The words of a status, such as `404 Not Found`.
pub fn status_words(status: u16) -> String {
    let known = StatusCode::from_u16(status)
        .ok()
        .and_then(|status| status.canonical_reason());
    known.map_or_else(|| status.to_string(), |reason| format!("{status} {reason}"))
}

fn headers<T>(response: &Response<T>) -> BTreeMap<String, String> {
    let mut headers = BTreeMap::<String, String>::new();
    for (name, value) in response.headers() {
        let value = String::from_utf8_lossy(value.as_bytes());
        let known = headers.entry(name.as_str().to_owned()).or_default();
        if !known.is_empty() {
            known.push_str(", ");
        }
        known.push_str(&value);
    }
    headers
}

/// What stands for a service's own scheme and host in a redirect.
pub const OWN_HOST: &str = "(its host)";

/// A redirect without the mount point of `base`, so that those of two services can be compared; others stay as they are.
fn below(base: &str, location: &str) -> String {
    let without_scheme = |address: &str| address.split_once("://").map(|(_, rest)| rest.to_owned());
    let own = without_scheme(base).unwrap_or_default();
    let mount = own.find('/').map_or("", |at| &own[at..]);
    // Behind a proxy, a service may take itself for one without encryption.
    let absolute = without_scheme(location);
    let rest = match &absolute {
        Some(absolute) => absolute
            .strip_prefix(own.as_str())
            .map(|rest| (OWN_HOST, rest)),
        None => location.strip_prefix(mount).map(|rest| ("", rest)),
    };
    match rest {
        Some((host, rest)) if rest.starts_with('/') => format!("{host}{rest}"),
        _ => location.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use std::io::{Read as _, Write as _};
    use std::net::TcpListener;

    use super::*;
    use crate::target::Target;

    #[test]
    fn redirects_are_told_below_the_mount_point() {
        let base = "https://apps.example.org/datagrepper";
        for (location, expected) in [
            ("/datagrepper/raw/?a=b", "/raw/?a=b"),
            (
                "https://apps.example.org/datagrepper/raw/",
                "(its host)/raw/",
            ),
            (
                "http://apps.example.org/datagrepper/raw/",
                "(its host)/raw/",
            ),
            (
                "https://apps.example.org/raw/",
                "https://apps.example.org/raw/",
            ),
            (
                "https://apps.example.org.evil/datagrepper/",
                "https://apps.example.org.evil/datagrepper/",
            ),
            ("/datagreppers/", "/datagreppers/"),
            ("/raw/", "/raw/"),
        ] {
            assert_eq!(below(base, location), expected);
        }
        assert_eq!(below("http://127.0.0.1:80", "/raw/"), "/raw/");
        assert_eq!(
            below("http://127.0.0.1:80", "http://127.0.0.1:80/raw/"),
            "(its host)/raw/"
        );
        assert_eq!(
            below("http://127.0.0.1:80", "http://127.0.0.1:8080/raw/"),
            "http://127.0.0.1:8080/raw/"
        );
    }

    /// A service that sends these answers, each on a connection of its own.
    fn serve(answers: &'static [&'static str]) -> Client {
        let listener = TcpListener::bind("127.0.0.1:0").expect("a port");
        let address = listener.local_addr().expect("an address");
        std::thread::spawn(move || {
            for answer in answers {
                let (mut stream, _) = listener.accept().expect("a client");
                assert!(stream.read(&mut [0; 1000]).expect("a request") > 0);
                stream.write_all(answer.as_bytes()).expect("sent");
            }
        });
        let address = Address {
            base: format!("http://{address}"),
            shown: String::new(),
            authorization: None,
        };
        Client::new(&address, Duration::from_secs(10)).expect("a client")
    }

    fn ask(client: &Client, method: Method, target: &str) -> Reply {
        let question = Question {
            method,
            target: Target::new(target),
            accept: None,
            origin: None,
        };
        client.ask(&question, &Pace::new(1000.0))
    }

    const BUSY: &str = "HTTP/1.1 429 Too Many Requests\r\nRetry-After: 0\r\nConnection: close\r\nContent-Length: 0\r\n\r\n";
    const READY: &str = "HTTP/1.1 200 OK\r\nConnection: close\r\nContent-Length: 2\r\n\r\n{}";

    #[test]
    fn a_busy_service_is_asked_again_some_times() {
        let status = |answers, target| {
            ask(&serve(answers), Method::Get, target)
                .expect("an answer")
                .status
        };
        assert_eq!(status(&[BUSY, BUSY, BUSY, READY], "/raw"), 200);
        assert_eq!(status(&[BUSY, BUSY, BUSY, BUSY, READY], "/raw"), 429);
        assert_eq!(status(&[BUSY, READY], "/healthz/ready"), 429);
    }

    #[test]
    fn an_answer_without_a_body_may_name_its_encoding() {
        let client = serve(&[
            "HTTP/1.1 200 OK\r\nContent-Encoding: gzip\r\nContent-Length: 99\r\nConnection: close\r\n\r\n",
        ]);
        let answer = ask(&client, Method::Head, "/raw").expect("an answer");
        assert_eq!((answer.status, answer.body.as_str()), (200, ""));
    }

    #[test]
    fn who_asks_is_sent_in_a_header() {
        let listener = TcpListener::bind("127.0.0.1:0").expect("a port");
        let base = format!("http://{}", listener.local_addr().expect("an address"));
        let service = std::thread::spawn(move || {
            let (mut stream, _) = listener.accept().expect("a client");
            let mut request = [0; 1000];
            let length = stream.read(&mut request).expect("a request");
            stream.write_all(READY.as_bytes()).expect("sent");
            String::from_utf8_lossy(&request[..length]).to_ascii_lowercase()
        });
        let address = Address {
            shown: base.clone(),
            base,
            authorization: Some("Basic YWRtOng=".to_owned().into()),
        };
        let client = Client::new(&address, Duration::from_secs(10)).expect("a client");
        assert_eq!(
            ask(&client, Method::Get, "/raw").expect("an answer").status,
            200
        );
        let asked = service.join().expect("no panic");
        assert!(asked.contains("authorization: basic ywrtong="), "{asked}");
    }
}
