//! A stream from the broker that the client library can read to its end.
//!
//! The library takes any type of stream, if it comes with a reactor that makes
//! such streams: hence [`Network`], of which it uses nothing but the clock.

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

use crate::bus::pressure::{Allowance, Inflow};
use crate::bus::wire;

/// A connection to the broker, encrypted or not.
pub type Plain = AsyncTcpStream<<Tokio as Reactor>::TcpStream>;

const FRAME_HEAD: usize = 7;
const HEADER: u8 = 2;
const BODY: u8 = 3;
/// Methods, content headers and heartbeats, which are short.
const SHORT: [u8; 3] = [1, 2, 8];
/// More than any broker sends as one of these.
const LONGEST_SHORT: usize = 16 << 20;
const CHUNK: usize = 64 << 10;
/// Enough for a heartbeat.
const LITTLE: usize = 1 << 10;

/// Passes on what comes, with each frame [repaired](wire::repair), and reads no faster than it may.
pub struct Repaired<S> {
    inner: S,
    /// What has come and is not passed on yet.
    buffer: Vec<u8>,
    /// How much of the buffer is passed on.
    passed: usize,
    /// How much of the buffer may be passed on.
    ready: usize,
    /// How many bytes of a body are still to come: they need no look.
    body: usize,
    /// Whether this is not AMQP after all, or at its end.
    blind: bool,
    inflow: Inflow,
    /// How many bytes the bodies have whose headers have come, and how many of these have come.
    bodies: (usize, usize),
}

impl<S> Repaired<S> {
    /// Of a stream that nothing was read from yet.
    pub fn new(inner: S, inflow: Inflow) -> Self {
        Self {
            inner,
            buffer: Vec::new(),
            passed: 0,
            ready: 0,
            body: 0,
            blind: false,
            inflow,
            bodies: (0, 0),
        }
    }

    /// Only whole bodies count: the rest of one that has begun can always be read in the end, as
    /// what is held before it goes.
    fn count(&mut self, frame_type: u8, payload: std::ops::Range<usize>) {
        match frame_type {
            HEADER => {
                let size = self
                    .buffer
                    .get(payload)
                    .and_then(|header| header.get(4..12))
                    .unwrap_or_default();
                let size = size
                    .iter()
                    .fold(0, |size, byte| size << 8 | usize::from(*byte));
                self.bodies.0 = self.bodies.0.saturating_add(size);
            }
            BODY => self.bodies.1 += payload.len(),
            _ => {}
        }
    }

    /// Tells of bodies that are whole.
    fn tell(&mut self) {
        if self.body == 0 && self.bodies.0 > 0 && self.bodies.1 >= self.bodies.0 {
            self.inflow.came(self.bodies.0);
            self.bodies = (0, 0);
        }
    }

    /// Looks at the frames in the buffer that are whole.
    fn look(&mut self) {
        while let Some(head) = self.buffer.get(self.ready..self.ready + FRAME_HEAD) {
            let frame_type = head[0];
            let size = u32::from_be_bytes([head[3], head[4], head[5], head[6]]) as usize;
            let payload = self.ready + FRAME_HEAD;
            // One byte more marks the end.
            let there = self.buffer.len();
            match frame_type {
                BODY => {
                    self.count(frame_type, payload..payload + size);
                    let end = payload + size + 1;
                    self.ready = end.min(there);
                    self.body = end - self.ready;
                    self.tell();
                }
                frame_type if SHORT.contains(&frame_type) && size <= LONGEST_SHORT => {
                    if payload + size + 1 > there {
                        return;
                    }
                    wire::repair(frame_type, &mut self.buffer[payload..payload + size]);
                    self.count(frame_type, payload..payload + size);
                    self.ready = payload + size + 1;
                }
                _ => {
                    self.blind = true;
                    self.ready = there;
                    return;
                }
            }
        }
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
            if this.passed < this.ready {
                let count = out.len().min(this.ready - this.passed);
                out[..count].copy_from_slice(&this.buffer[this.passed..this.passed + count]);
                this.passed += count;
                return Poll::Ready(Ok(count));
            }
            if this.blind {
                return Pin::new(&mut this.inner).poll_read(cx, out);
            }
            let most = match ready!(this.inflow.poll_allowance(cx)) {
                Allowance::Free => CHUNK,
                Allowance::Exception => LITTLE,
            };
            if this.body > 0 {
                let most = out.len().min(this.body).min(most);
                let count = ready!(Pin::new(&mut this.inner).poll_read(cx, &mut out[..most]))?;
                this.body -= count;
                this.tell();
                return Poll::Ready(Ok(count));
            }
            this.buffer.drain(..this.passed);
            (this.passed, this.ready) = (0, 0);
            let there = this.buffer.len();
            this.buffer.resize(there + most, 0);
            let answer = Pin::new(&mut this.inner).poll_read(cx, &mut this.buffer[there..]);
            this.buffer.truncate(
                there
                    + if let Poll::Ready(Ok(count)) = answer {
                        count
                    } else {
                        0
                    },
            );
            if ready!(answer)? == 0 {
                this.blind = true;
                this.ready = there;
            } else {
                this.look();
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
pub struct Network(pub Tokio, pub Inflow);

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
        let inflow = self.1.clone();
        self.0
            .tcp_connect_addr(address)
            .map(|stream| Ok(Repaired::new(AsyncTcpStream::Plain(stream?), inflow)))
    }
}

#[cfg(test)]
mod tests {
    use futures_util::io::AsyncReadExt as _;
    use proptest::prelude::*;

    use super::*;
    use crate::bus::pressure::Gauge;

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
        let inflow = Inflow::new(&Gauge::new(usize::MAX));
        let mut stream = Repaired::new(Piecewise(Cursor::new(bytes), piece), inflow);
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
    fn no_more_is_read_than_may_be_held() {
        let header = |size: u64| {
            frame(
                HEADER,
                &[&[0, 60, 0, 0][..], &size.to_be_bytes(), &[0, 0]].concat(),
            )
        };
        let delivery = [header(2), frame(BODY, b"{"), frame(BODY, b"}")].concat();
        for piece in [1, delivery.len()] {
            let inflow = Inflow::new(&Gauge::new(4));
            let mut stream = Repaired::new(
                Piecewise(Cursor::new(delivery.repeat(3)), piece),
                inflow.clone(),
            );
            let mut came = vec![0; 3 * delivery.len()];
            let second = 2 * delivery.len();
            // The frame's last byte is of no matter.
            stream
                .read_exact(&mut came[..second - 1])
                .now_or_never()
                .expect("allowed")
                .expect("never fails");
            assert!(
                stream
                    .read_exact(&mut came[second..])
                    .now_or_never()
                    .is_none(),
                "{piece}"
            );
            drop(inflow.take(2));
            assert!(stream.read(&mut came).now_or_never().is_some(), "{piece}");
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
