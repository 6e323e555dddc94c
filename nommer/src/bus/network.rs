//! A stream from the broker that the client library can read to its end.
//!
//! The library takes any type of stream, if it comes with a reactor that makes
//! such streams: hence [`Network`], of which it uses nothing but the clock. That
//! is what it does inside and no promise: lapin hands the runtime's reactor on,
//! and would only make streams with it where it connects by itself. A new
//! version of the library is looked at again, as a test says.
//!
//! This can go once the library reads short texts that are not UTF-8 (see
//! `wire`).

use std::io;
use std::net::SocketAddr;
use std::pin::Pin;
use std::task::{Context, Poll, ready};
use std::time::{Duration, Instant};

use async_rs::Tokio;
use async_rs::traits::Reactor;
use futures_util::io::{AsyncRead, AsyncWrite, Cursor};
use futures_util::{FutureExt as _, Stream};
use lapin::tcp::AsyncTcpStream;

use crate::bus::wire;

/// A connection to the broker, encrypted or not.
pub type Plain = AsyncTcpStream<<Tokio as Reactor>::TcpStream>;

const FRAME_HEAD: usize = 7;
/// More than any broker sends as a method, a content header or a heartbeat.
const LONGEST_SHORT: usize = 16 << 20;
const CHUNK: usize = 64 << 10;

/// Passes on what comes, with each frame [repaired](wire::repair).
pub struct Repaired<S> {
    inner: S,
    buffer: Buffer,
    expecting: Expecting,
}

/// What the next byte of the inner stream is.
#[derive(Clone, Copy)]
enum Expecting {
    /// One of a frame that the buffer holds the beginning of, or nothing yet.
    Frame,
    /// One of a body, of whose frame so many bytes are still to come. They need no look, and go
    /// straight to the reader.
    Body(usize),
    /// Anything: this is not AMQP after all, or it is at its end.
    Anything,
}

/// What has come and is not passed on yet.
#[derive(Default)]
struct Buffer {
    bytes: Vec<u8>,
    /// How many of the bytes are passed on.
    passed: usize,
    /// How many of the bytes may be passed on.
    ready: usize,
}

impl Buffer {
    /// Passes on what may be, if there is anything; answers how many bytes.
    fn pass(&mut self, out: &mut [u8]) -> Option<usize> {
        let ready = &self.bytes[self.passed..self.ready];
        let count = out.len().min(ready.len());
        if ready.is_empty() {
            return None;
        }
        out[..count].copy_from_slice(&ready[..count]);
        self.passed += count;
        Some(count)
    }

    /// Reads from a stream; answers how many bytes.
    fn poll_fill<S: AsyncRead + Unpin>(
        &mut self,
        inner: &mut S,
        cx: &mut Context<'_>,
    ) -> Poll<io::Result<usize>> {
        self.bytes.drain(..self.passed);
        (self.passed, self.ready) = (0, 0);
        let there = self.bytes.len();
        self.bytes.resize(there + CHUNK, 0);
        let answer = Pin::new(inner).poll_read(cx, &mut self.bytes[there..]);
        let count = match answer {
            Poll::Ready(Ok(count)) => count,
            Poll::Ready(Err(_)) | Poll::Pending => 0,
        };
        self.bytes.truncate(there + count);
        answer
    }
}

impl<S> Repaired<S> {
    /// Of a stream that nothing was read from yet.
    pub fn new(inner: S) -> Self {
        Self {
            inner,
            buffer: Buffer::default(),
            expecting: Expecting::Frame,
        }
    }

    /// Looks at the frames in the buffer that are whole, and at bodies that have begun.
    fn look(&mut self) {
        let Buffer { bytes, ready, .. } = &mut self.buffer;
        while let Some(head) = bytes.get(*ready..*ready + FRAME_HEAD) {
            let frame_type = head[0];
            let size = u32::from_be_bytes([head[3], head[4], head[5], head[6]]) as usize;
            let payload = *ready + FRAME_HEAD;
            // One byte more marks the end.
            let end = payload + size + 1;
            match frame_type {
                wire::BODY => {
                    *ready = end.min(bytes.len());
                    if end > *ready {
                        self.expecting = Expecting::Body(end - *ready);
                        return;
                    }
                }
                wire::METHOD | wire::HEADER | wire::HEARTBEAT if size <= LONGEST_SHORT => {
                    if end > bytes.len() {
                        return;
                    }
                    wire::repair(frame_type, &mut bytes[payload..end - 1]);
                    *ready = end;
                }
                _ => {
                    self.pass_all();
                    return;
                }
            }
        }
    }

    /// Looks at nothing any more.
    fn pass_all(&mut self) {
        self.expecting = Expecting::Anything;
        self.buffer.ready = self.buffer.bytes.len();
    }
}

impl<S: AsyncRead + Unpin> AsyncRead for Repaired<S> {
    fn poll_read(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        out: &mut [u8],
    ) -> Poll<io::Result<usize>> {
        let this = &mut *self;
        loop {
            if let Some(count) = this.buffer.pass(out) {
                return Poll::Ready(Ok(count));
            }
            if let Expecting::Anything = this.expecting {
                return Pin::new(&mut this.inner).poll_read(cx, out);
            }
            if let Expecting::Body(left) = this.expecting {
                let most = out.len().min(left);
                let count = ready!(Pin::new(&mut this.inner).poll_read(cx, &mut out[..most]))?;
                this.expecting = if count == left {
                    Expecting::Frame
                } else {
                    Expecting::Body(left - count)
                };
                return Poll::Ready(Ok(count));
            }
            match ready!(this.buffer.poll_fill(&mut this.inner, cx))? {
                0 => this.pass_all(),
                _ => this.look(),
            }
        }
    }
}

impl<S: AsyncWrite + Unpin> AsyncWrite for Repaired<S> {
    fn poll_write(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        bytes: &[u8],
    ) -> Poll<io::Result<usize>> {
        Pin::new(&mut self.inner).poll_write(cx, bytes)
    }

    fn poll_write_vectored(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        slices: &[io::IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        Pin::new(&mut self.inner).poll_write_vectored(cx, slices)
    }

    fn poll_flush(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.inner).poll_flush(cx)
    }

    fn poll_close(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.inner).poll_close(cx)
    }
}

/// A reactor whose streams are repaired.
#[derive(Clone, Debug)]
pub struct Network(pub Tokio);

impl Reactor for Network {
    type TcpStream = Repaired<Plain>;
    type Sleep = <Tokio as Reactor>::Sleep;

    fn register<H: Send + 'static>(
        &self,
        _: H,
    ) -> io::Result<impl AsyncRead + AsyncWrite + Send + Unpin + 'static> {
        Err::<Cursor<Vec<u8>>, _>(io::ErrorKind::Unsupported.into())
    }

    fn sleep(&self, pause: Duration) -> Self::Sleep {
        self.0.sleep(pause)
    }

    fn interval(&self, pause: Duration) -> impl Stream<Item = Instant> + Send + 'static {
        self.0.interval(pause)
    }

    fn tcp_connect_addr(
        &self,
        address: SocketAddr,
    ) -> impl Future<Output = io::Result<Self::TcpStream>> + Send + 'static {
        self.0
            .tcp_connect_addr(address)
            .map(|stream| Ok(Repaired::new(AsyncTcpStream::Plain(stream?))))
    }
}

#[cfg(test)]
mod tests {
    use futures_util::io::AsyncReadExt as _;
    use proptest::prelude::*;

    use super::*;

    fn frame(frame_type: u8, payload: &[u8]) -> Vec<u8> {
        [
            &[frame_type, 0, 1][..],
            &(payload.len() as u32).to_be_bytes(),
            payload,
            &[0xce],
        ]
        .concat()
    }

    /// Gives no more than so many bytes at a time.
    struct Piecewise(Cursor<Vec<u8>>, usize);

    impl AsyncRead for Piecewise {
        fn poll_read(
            mut self: Pin<&mut Self>,
            cx: &mut Context<'_>,
            out: &mut [u8],
        ) -> Poll<io::Result<usize>> {
            let most = out.len().min(self.1);
            Pin::new(&mut self.0).poll_read(cx, &mut out[..most])
        }
    }

    fn read(bytes: Vec<u8>, piece: usize) -> Vec<u8> {
        let mut out = Vec::new();
        let mut stream = Repaired::new(Piecewise(Cursor::new(bytes), piece));
        stream
            .read_to_end(&mut out)
            .now_or_never()
            .expect("never waits")
            .expect("never fails");
        out
    }

    #[test]
    fn frames_are_repaired_however_they_come() {
        let deliver = |key: &[u8]| {
            frame(
                1,
                &[
                    &[0, 60, 0, 60, 1, b't', 0, 0, 0, 0, 0, 0, 0, 1, 0, 1, b'e', 2][..],
                    key,
                ]
                .concat(),
            )
        };
        let stream = |key: &[u8]| {
            [
                deliver(key),
                frame(3, &[0xff; 300_000]),
                frame(8, b""),
                deliver(key),
                frame(3, b"{}"),
            ]
            .concat()
        };
        for piece in [1, 7, 8, 1000, usize::MAX] {
            assert!(read(stream(b"\xff\xfe"), piece) == stream(b"??"), "{piece}");
        }
    }

    #[test]
    fn what_is_no_amqp_passes() {
        assert_eq!(
            read(b"AMQP\0\0\x09\x01 and more".to_vec(), 3),
            b"AMQP\0\0\x09\x01 and more"
        );
        assert_eq!(
            read(b"\x01\0\0\0\0\0\x09cut".to_vec(), 3),
            b"\x01\0\0\0\0\0\x09cut"
        );
    }

    proptest! {
        #[test]
        fn bodies_and_lengths_are_kept(
            frames in prop::collection::vec((prop::sample::select(vec![2_u8, 3, 8]), any::<Vec<u8>>()), 0..8),
            piece in 1_usize..200,
        ) {
            let stream: Vec<u8> = frames.iter().flat_map(|(frame_type, payload)| frame(*frame_type, payload)).collect();
            let came = read(stream.clone(), piece);
            prop_assert_eq!(came.len(), stream.len());
            if frames.iter().all(|(frame_type, _)| *frame_type == 3) {
                prop_assert_eq!(came, stream);
            }
        }
    }
}
