//! A client's socket as the HTTP library sees it.
//!
//! **One request at a time.** The library decodes requests ahead, and remembers of the last one that
//! it decoded whether it was HEAD: the answer to another would get a body that it must not have, or
//! none. So what follows a head waits until its answer has been sent.
//!
//! **Who goes away is noticed.** While an answer is worked out the socket is read ahead. A client
//! that closes its side may have closed only that one and still want its answer, which the network
//! does not tell: it has [`PATIENCE`] for it. After that it is taken for gone, and its query ends.
//! Behind more than [`MOST_AHEAD`] that end could not be seen: who sends as much is taken for gone.
//!
//! **Who does not read is left.** A client that takes less than [`Pace`] asks of its answer holds
//! memory for nobody; and one that takes nothing while others need the room is cut off: see
//! [`Recipient`].

use std::io;
use std::mem::MaybeUninit;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll, ready};
use std::time::Duration;

use actix_web::rt::net::TcpStream;
use actix_web::rt::time::{Sleep, sleep};
use actix_web::web::BytesMut;
use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};

use crate::connection::exchange::{Exchange, Stage};
use crate::connection::heads::Heads;
use crate::connection::pace::Pace;
use crate::state::recipient::Recipient;

/// How long a client that has closed its side gets an answer worked out.
pub const PATIENCE: Duration = Duration::from_secs(2);
/// Bytes that are read ahead.
const MOST_AHEAD: usize = 32 << 10;

/// The socket, and what is known of its client.
pub struct ClientStream {
    socket: TcpStream,
    exchange: Exchange,
    heads: Heads,
    /// What came and waits.
    ahead: BytesMut,
    /// Whether a head, or what may be one, was handed out just now.
    handed: bool,
    /// Whether the client has closed its side.
    closed: bool,
    gone: Option<Pin<Box<Sleep>>>,
    pace: Pace,
    recipient: Arc<Recipient>,
    /// Whether the recipient knows that nothing is taken.
    is_stalled: bool,
}

impl ClientStream {
    /// What came of `socket`.
    pub fn new(socket: TcpStream) -> Self {
        Self {
            socket,
            exchange: Exchange::default(),
            heads: Heads::default(),
            ahead: BytesMut::new(),
            handed: false,
            closed: false,
            gone: None,
            pace: Pace::default(),
            recipient: Arc::default(),
            is_stalled: false,
        }
    }

    /// Its request and answer.
    pub fn exchange(&self) -> &Exchange {
        &self.exchange
    }

    /// Its client, for whoever needs the room that an answer takes.
    pub fn recipient(&self) -> &Arc<Recipient> {
        &self.recipient
    }

    /// Reads what has come meanwhile, and keeps it.
    fn look_ahead(&mut self, cx: &mut Context<'_>) -> io::Result<()> {
        while !self.closed && self.ahead.len() < MOST_AHEAD {
            let mut room = [MaybeUninit::uninit(); 4096];
            let mut buffer = ReadBuf::uninit(&mut room);
            match Pin::new(&mut self.socket).poll_read(cx, &mut buffer) {
                Poll::Pending => break,
                Poll::Ready(read) => read?,
            }
            self.closed = buffer.filled().is_empty();
            self.ahead.extend_from_slice(buffer.filled());
        }
        Ok(())
    }

    /// Waits for the end of an answer, or for the client to be gone.
    fn wait(&mut self, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        self.look_ahead(cx)?;
        if self.closed || !self.ahead.is_empty() {
            self.exchange.wake_at_end(cx.waker());
        }
        let is_asked = self.exchange.stage() == Stage::Asked;
        if is_asked && self.ahead.len() >= MOST_AHEAD {
            return Poll::Ready(Err(io::ErrorKind::ConnectionAborted.into()));
        }
        if !self.closed || !is_asked {
            self.gone = None;
            return Poll::Pending;
        }
        let gone = self.gone.get_or_insert_with(|| Box::pin(sleep(PATIENCE)));
        ready!(gone.as_mut().poll(cx));
        Poll::Ready(Err(io::ErrorKind::ConnectionAborted.into()))
    }

    /// Hands out what has come, up to the end of a head.
    fn hand_out(&mut self, cx: &mut Context<'_>, buffer: &mut ReadBuf<'_>) -> Poll<io::Result<()>> {
        let start = buffer.filled().len();
        if self.ahead.is_empty() && !self.closed {
            ready!(Pin::new(&mut self.socket).poll_read(cx, buffer))?;
            self.closed = buffer.filled().len() == start;
        } else {
            let length = self.ahead.len().min(buffer.remaining());
            buffer.put_slice(&self.ahead.split_to(length));
        }
        if let Some(end) = self.heads.next_end(&buffer.filled()[start..]) {
            self.handed = true;
            let rest = &buffer.filled()[start + end..];
            if !rest.is_empty() {
                let mut ahead = BytesMut::from(rest);
                ahead.extend_from_slice(&self.ahead);
                self.ahead = ahead;
                buffer.set_filled(start + end);
            }
        }
        Poll::Ready(Ok(()))
    }
}

impl AsyncRead for ClientStream {
    fn poll_read(
        self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        buffer: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        let this = self.get_mut();
        if this.exchange.stage() != Stage::Idle {
            this.handed = false;
            return this.wait(cx);
        }
        if this.handed {
            // The library reads until there is nothing more, and only then looks at what it has.
            this.handed = false;
            this.look_ahead(cx)?;
            if this.closed || !this.ahead.is_empty() {
                cx.waker().wake_by_ref();
            }
            return Poll::Pending;
        }
        this.hand_out(cx, buffer)
    }
}

impl AsyncWrite for ClientStream {
    fn poll_write(
        self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        bytes: &[u8],
    ) -> Poll<io::Result<usize>> {
        let this = self.get_mut();
        if let Poll::Ready(written) = Pin::new(&mut this.socket).poll_write(cx, bytes) {
            let written = written?;
            this.pace.took(written);
            if this.is_stalled {
                this.is_stalled = false;
                this.recipient.takes()?;
            }
            return Poll::Ready(Ok(written));
        }
        this.is_stalled = true;
        this.recipient.stalls(cx.waker())?;
        ready!(this.pace.poll_lost(cx));
        Poll::Ready(Err(io::ErrorKind::TimedOut.into()))
    }

    fn poll_flush(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.get_mut().socket).poll_flush(cx)
    }

    fn poll_shutdown(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.get_mut().socket).poll_shutdown(cx)
    }
}

#[cfg(test)]
mod tests {
    use std::io::Write as _;
    use std::net::{Shutdown, TcpListener, TcpStream as Client};

    use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
    use tokio::time::{Instant, pause, timeout};

    use super::*;
    use crate::connection::pace::STALLED;

    const REQUEST: &[u8] = b"GET / HTTP/1.1\r\n\r\n";

    /// A client and what the server has of it.
    fn connected() -> (Client, ClientStream) {
        let listener = TcpListener::bind("127.0.0.1:0").expect("a listener");
        let client = Client::connect(listener.local_addr().expect("an address")).expect("a client");
        let (socket, _) = listener.accept().expect("a socket");
        socket.set_nonblocking(true).expect("set");
        let socket = TcpStream::from_std(socket).expect("a socket");
        (client, ClientStream::new(socket))
    }

    /// What is read next, if anything is within a moment.
    async fn next(stream: &mut ClientStream) -> Option<Vec<u8>> {
        let mut buffer = [0; 1000];
        let read = timeout(Duration::from_millis(300), stream.read(&mut buffer));
        let length = read.await.ok()?.expect("read");
        Some(buffer[..length].to_vec())
    }

    #[actix_web::test]
    async fn a_request_waits_for_the_answer_to_the_one_before() {
        let (mut client, mut stream) = connected();
        client.write_all(&REQUEST.repeat(2)).expect("sent");
        let exchange = stream.exchange().clone();
        assert_eq!(next(&mut stream).await.as_deref(), Some(REQUEST));
        let underway = exchange.begin();
        assert_eq!(next(&mut stream).await, None);
        underway.answered();
        assert_eq!(next(&mut stream).await, None);
        drop(underway);
        assert_eq!(next(&mut stream).await.as_deref(), Some(REQUEST));
        client.shutdown(Shutdown::Both).expect("closed");
        assert_eq!(next(&mut stream).await.as_deref(), Some(&b""[..]));
    }

    #[actix_web::test]
    async fn who_has_gone_is_noticed_while_the_answer_is_worked_out() {
        let (mut client, mut stream) = connected();
        client.write_all(REQUEST).expect("sent");
        assert_eq!(next(&mut stream).await.as_deref(), Some(REQUEST));
        let _underway = stream.exchange().begin();
        drop(client);
        let started = Instant::now();
        let error = stream.read(&mut [0; 10]).await.expect_err("gone");
        assert_eq!(error.kind(), io::ErrorKind::ConnectionAborted);
        assert!(started.elapsed() >= PATIENCE, "it may wait for an answer");
    }

    #[actix_web::test]
    async fn who_pads_and_goes_is_noticed_while_the_answer_is_worked_out() {
        let (mut client, mut stream) = connected();
        client.write_all(REQUEST).expect("sent");
        assert_eq!(next(&mut stream).await.as_deref(), Some(REQUEST));
        let _underway = stream.exchange().begin();
        client.write_all(&[b'x'; 2 * MOST_AHEAD]).expect("sent");
        drop(client);
        let mut room = [0; 10];
        let read = timeout(2 * PATIENCE, stream.read(&mut room)).await;
        let error = read.expect("noticed").expect_err("gone");
        assert_eq!(error.kind(), io::ErrorKind::ConnectionAborted);
    }

    #[actix_web::test]
    async fn who_reads_nothing_is_cut_off_when_others_need_the_room() {
        let (_client, mut stream) = connected();
        let recipient = stream.recipient().clone();
        assert!(!recipient.cut_off(), "there is nothing to take");
        let writing = tokio::task::spawn_local(async move {
            loop {
                if let Err(error) = stream.write_all(&[0; 1 << 16]).await {
                    return error;
                }
            }
        });
        while !recipient.cut_off() {
            sleep(Duration::from_millis(1)).await;
        }
        let error = timeout(STALLED / 2, writing).await.expect("at once");
        assert_eq!(
            error.expect("no panic").kind(),
            io::ErrorKind::ConnectionAborted
        );
    }

    #[actix_web::test]
    async fn who_reads_nothing_is_left() {
        let (_client, mut stream) = connected();
        pause();
        let started = Instant::now();
        let error = loop {
            if let Err(error) = stream.write_all(&[0; 1 << 16]).await {
                break error;
            }
        };
        assert_eq!(error.kind(), io::ErrorKind::TimedOut);
        assert!(started.elapsed() >= STALLED);
    }
}
