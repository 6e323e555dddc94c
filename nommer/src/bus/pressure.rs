//! Bounds the bytes that are held.
//!
//! The broker counts the messages that are under way and not their bytes, so a
//! thousand large ones could fill the memory. Therefore nothing more is read
//! from the broker while too much is held; what it sends waits in its own
//! memory.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::task::{Context, Poll};
use std::time::Duration;

use futures_util::task::AtomicWaker;

/// Something is read so often in any case, or else the client library would miss the broker's
/// heartbeats.
const BETWEEN_EXCEPTIONS: Duration = Duration::from_secs(5);

/// How many bytes of bodies are held, of all connections.
#[derive(Clone, Debug)]
pub struct Gauge(Arc<Level>);

#[derive(Debug)]
struct Level {
    held: AtomicUsize,
    most: usize,
    exception: AtomicBool,
    reader: AtomicWaker,
}

impl Gauge {
    /// Reading stops at `most` bytes.
    pub fn new(most: usize) -> Self {
        let (held, exception, reader) = (
            AtomicUsize::new(0),
            AtomicBool::new(false),
            AtomicWaker::new(),
        );
        Self(Arc::new(Level {
            held,
            most,
            exception,
            reader,
        }))
    }

    /// Holds so many bytes until the answer is dropped.
    fn hold(&self, bytes: usize) -> Held {
        self.0.held.fetch_add(bytes, Ordering::Relaxed);
        Held {
            gauge: self.clone(),
            bytes,
        }
    }

    /// Makes an exception every now and then, for ever.
    pub async fn make_exceptions(self) {
        loop {
            tokio::time::sleep(BETWEEN_EXCEPTIONS).await;
            self.0.exception.store(true, Ordering::Relaxed);
            self.0.reader.wake();
        }
    }
}

/// Bytes that are held.
#[derive(Debug)]
pub struct Held {
    gauge: Gauge,
    bytes: usize,
}

impl Drop for Held {
    fn drop(&mut self) {
        self.gauge.0.held.fetch_sub(self.bytes, Ordering::Release);
        self.gauge.0.reader.wake();
    }
}

/// What came over a connection and was not taken yet: bodies that are whole, in the client
/// library's hands.
#[derive(Clone, Debug)]
pub struct Inflow {
    gauge: Gauge,
    waiting: Arc<AtomicUsize>,
}

/// How much may be read.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Allowance {
    /// As much as there is.
    Free,
    /// A little.
    Exception,
}

impl Inflow {
    /// Of a new connection.
    pub fn new(gauge: &Gauge) -> Self {
        Self {
            gauge: gauge.clone(),
            waiting: Arc::default(),
        }
    }

    /// A body has come.
    pub fn came(&self, bytes: usize) {
        self.waiting.fetch_add(bytes, Ordering::Relaxed);
    }

    /// A body was taken, and is held until the answer is dropped.
    pub fn take(&self, bytes: usize) -> Held {
        let held = self.gauge.hold(bytes);
        self.waiting.fetch_sub(bytes, Ordering::Relaxed);
        held
    }

    /// Waits until something may be read.
    pub fn poll_allowance(&self, cx: &Context<'_>) -> Poll<Allowance> {
        if !self.is_full() {
            return Poll::Ready(Allowance::Free);
        }
        self.gauge.0.reader.register(cx.waker());
        // It may have changed before the waker was there.
        if !self.is_full() {
            Poll::Ready(Allowance::Free)
        } else if self.gauge.0.exception.swap(false, Ordering::Relaxed) {
            Poll::Ready(Allowance::Exception)
        } else {
            Poll::Pending
        }
    }

    fn is_full(&self) -> bool {
        let held = self.gauge.0.held.load(Ordering::Acquire);
        held + self.waiting.load(Ordering::Relaxed) >= self.gauge.0.most
    }
}

#[cfg(test)]
mod tests {
    use std::task::Waker;

    use super::*;

    fn allowance(inflow: &Inflow) -> Poll<Allowance> {
        inflow.poll_allowance(&Context::from_waker(Waker::noop()))
    }

    #[test]
    fn reading_stops_while_too_much_is_held() {
        let gauge = Gauge::new(10);
        let inflow = Inflow::new(&gauge);
        inflow.came(9);
        assert_eq!(allowance(&inflow), Poll::Ready(Allowance::Free));
        inflow.came(9);
        assert_eq!(allowance(&inflow), Poll::Pending);
        let held = [inflow.take(9), inflow.take(9)];
        assert_eq!(allowance(&inflow), Poll::Pending);
        // What is held of one connection counts for the next.
        assert_eq!(allowance(&Inflow::new(&gauge)), Poll::Pending);
        drop(held);
        assert_eq!(allowance(&inflow), Poll::Ready(Allowance::Free));
    }

    #[tokio::test(start_paused = true)]
    async fn exceptions_are_made() {
        let gauge = Gauge::new(1);
        let inflow = Inflow::new(&gauge);
        inflow.came(1);
        tokio::spawn(gauge.make_exceptions());
        tokio::time::sleep(2 * BETWEEN_EXCEPTIONS).await;
        assert_eq!(allowance(&inflow), Poll::Ready(Allowance::Exception));
        assert_eq!(allowance(&inflow), Poll::Pending);
    }
}
