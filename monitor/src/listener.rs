//! Serves the pages. Few ask, each a small question: what is more than that is kept out.

use std::collections::VecDeque;
use std::convert::Infallible;
use std::io;
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use http_body_util::Full;
use hyper::body::{Bytes, Incoming};
use hyper::header::{ALLOW, CACHE_CONTROL, CONTENT_TYPE};
use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper::{Method, Request, Response};
use hyper_util::rt::{TokioIo, TokioTimer};
use tokio::net::{TcpListener, TcpStream};
use tokio::task::AbortHandle;

use crate::page::{Page, Pages};

/// How many connections are served at once. One more takes the place of the oldest: nobody who keeps connections, and
/// reads nothing, can keep out who asks whether the program lives.
const MOST: usize = 32;
/// How long a client may take for the head of its request, and stay idle before the next.
const PATIENCE: Duration = Duration::from_secs(15);
/// After an error of the system, such as too many open files.
const PAUSE: Duration = Duration::from_millis(200);

/// A listener that is bound.
#[derive(Debug)]
pub struct Listener(TcpListener);

impl Listener {
    /// Binds an address; port 0 is any that is free. Fails if that is taken or not ours.
    pub async fn bind(address: SocketAddr) -> io::Result<Self> {
        TcpListener::bind(address).await.map(Self)
    }

    /// The address that it is bound to.
    pub fn address(&self) -> io::Result<SocketAddr> {
        self.0.local_addr()
    }

    /// Serves the pages until it is dropped.
    pub async fn serve(self, pages: Pages) {
        let pages = Arc::new(pages);
        let mut conversations: VecDeque<AbortHandle> = VecDeque::new();
        loop {
            match self.0.accept().await {
                Ok((stream, _)) => {
                    conversations.retain(|conversation| !conversation.is_finished());
                    if conversations.len() == MOST
                        && let Some(oldest) = conversations.pop_front()
                    {
                        oldest.abort();
                    }
                    let pages = pages.clone();
                    let conversation = async move { converse(stream, &pages).await };
                    conversations.push_back(tokio::spawn(conversation).abort_handle());
                }
                Err(error) => {
                    tracing::debug!(%error, "no connection to who watches");
                    tokio::time::sleep(PAUSE).await;
                }
            }
        }
    }
}

async fn converse(stream: TcpStream, pages: &Pages) {
    let service = service_fn(|request| async move { Ok::<_, Infallible>(answer(&request, pages)) });
    let connection = http1::Builder::new()
        .timer(TokioTimer::new())
        .header_read_timeout(PATIENCE)
        .serve_connection(TokioIo::new(stream), service);
    if let Err(error) = connection.await {
        tracing::debug!(%error, "who watches went away");
    }
}

fn answer(request: &Request<Incoming>, pages: &Pages) -> Response<Full<Bytes>> {
    let is_known = matches!(*request.method(), Method::GET | Method::HEAD);
    let page = if is_known {
        let found = pages.answer(request.uri().path(), request.headers());
        found.unwrap_or_else(|| missing(pages))
    } else {
        Page::text(405, "only GET and HEAD\n")
    };
    let mut response = Response::new(Full::new(Bytes::from(page.body)));
    *response.status_mut() = hyper::StatusCode::from_u16(page.status).unwrap_or_default();
    let headers = response.headers_mut();
    let mut tell =
        |name, value| headers.insert(name, hyper::header::HeaderValue::from_static(value));
    tell(CONTENT_TYPE, page.content_type);
    tell(CACHE_CONTROL, "no-store");
    if !is_known {
        tell(ALLOW, "GET, HEAD");
    }
    response
}

fn missing(pages: &Pages) -> Page {
    let paths: Vec<&str> = pages.paths().collect();
    Page::text(404, format!("there are {}\n", paths.join(", ")))
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The status, the kind and the text of an answer.
    fn ask(method: &str, url: &str) -> (u16, String, String) {
        let agent: ureq::Agent = ureq::Agent::config_builder()
            .http_status_as_error(false)
            .allow_non_standard_methods(true)
            .build()
            .into();
        let request = ureq::http::Request::builder().method(method).uri(url);
        let mut answer = agent
            .run(request.body(()).expect("a request"))
            .expect("an answer");
        let kind = answer.headers()["content-type"]
            .to_str()
            .expect("text")
            .to_owned();
        assert_eq!(answer.headers()["cache-control"], "no-store");
        let text = answer.body_mut().read_to_string().expect("text");
        (answer.status().as_u16(), kind, text)
    }

    #[tokio::test(flavor = "multi_thread", worker_threads = 2)]
    async fn nobody_is_kept_out_by_those_who_read_nothing() {
        use std::io::Write as _;
        let any = SocketAddr::from(([127, 0, 0, 1], 0));
        let listener = Listener::bind(any).await.expect("bound");
        let address = listener.address().expect("an address");
        let long = "x".repeat(1 << 20);
        let pages = Pages::default()
            .with("/metrics", move |_| Page::text(200, long.clone()))
            .with("/live", |_| crate::health(&Ok(())));
        tokio::spawn(listener.serve(pages));
        let _deaf: Vec<_> = (0..2 * MOST)
            .map(|_| {
                let mut client = std::net::TcpStream::connect(address).expect("connected");
                let request = "GET /metrics HTTP/1.1\r\nHost: h\r\n\r\n".repeat(20);
                client.write_all(request.as_bytes()).expect("asked");
                client
            })
            .collect();
        let asked =
            tokio::task::spawn_blocking(move || ask("GET", &format!("http://{address}/live")).0);
        let answer = tokio::time::timeout(PATIENCE / 3, asked).await;
        assert_eq!(answer.expect("in time").expect("asked"), 200);
    }

    #[tokio::test(flavor = "multi_thread", worker_threads = 2)]
    async fn pages_are_served_by_path_beside_those_who_say_nothing() {
        let any = SocketAddr::from(([127, 0, 0, 1], 0));
        let listener = Listener::bind(any).await.expect("bound");
        let address = listener.address().expect("an address");
        let pages = Pages::default()
            .with("/ready", |_| crate::health(&Err("asleep".to_owned())))
            .with("/live", |_| crate::health(&Ok(())));
        tokio::spawn(listener.serve(pages));
        let _silent: Vec<_> = (0..MOST / 2)
            .map(|_| std::net::TcpStream::connect(address).expect("connected"))
            .collect();
        let asked = tokio::task::spawn_blocking(move || {
            let problem = "application/problem+json".to_owned();
            let url = |path: &str| format!("http://{address}{path}");
            let ok = r#"{"status":200,"title":"OK"}"#.to_owned();
            assert_eq!(ask("GET", &url("/live?x=1")), (200, problem.clone(), ok));
            let asleep = r#"{"status":503,"title":"asleep"}"#.to_owned();
            assert_eq!(ask("GET", &url("/ready")), (503, problem.clone(), asleep));
            assert_eq!(ask("HEAD", &url("/live")), (200, problem, String::new()));
            let (status, _, text) = ask("GET", &url("/other"));
            assert_eq!((status, text.as_str()), (404, "there are /ready, /live\n"));
            assert_eq!(ask("DELETE", &url("/live")).0, 405);
        });
        asked.await.expect("asked");
    }
}
