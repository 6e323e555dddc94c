//! The client of a connection as those see it who need the room that its answer takes.

use std::io;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::task::Waker;
use std::time::Duration;

use actix_web::HttpRequest;
use tokio::time::Instant;

/// Who gets the answers of a connection.
#[derive(Default)]
pub struct Recipient(Mutex<Standing>);

#[derive(Default)]
struct Standing {
    /// Since when nothing is taken of what is sent, and whom to wake when it is cut off.
    stalled: Option<(Instant, Waker)>,
    is_cut_off: bool,
}

impl Recipient {
    /// Who gets the answer to a request.
    pub fn of(request: &HttpRequest) -> Arc<Self> {
        let recipient = request.conn_data::<Arc<Self>>();
        recipient.cloned().unwrap_or_default()
    }

    /// Nothing more is taken for now; fails once it is cut off, for which `waker` is woken.
    pub fn stalls(&self, waker: &Waker) -> io::Result<()> {
        let mut standing = self.lock();
        match &mut standing.stalled {
            Some((_, known)) => known.clone_from(waker),
            none => *none = Some((Instant::now(), waker.clone())),
        }
        standing.check()
    }

    /// Something was taken after [`Self::stalls`]; fails once it is cut off.
    pub fn takes(&self) -> io::Result<()> {
        let mut standing = self.lock();
        standing.stalled = None;
        standing.check()
    }

    /// For how long nothing was taken.
    pub fn stalled_for(&self) -> Duration {
        let standing = self.lock();
        let stalled = standing.stalled.as_ref();
        stalled.map_or(Duration::ZERO, |(since, _)| since.elapsed())
    }

    /// Ends the connection, if still nothing is taken; answers whether.
    pub fn cut_off(&self) -> bool {
        let mut standing = self.lock();
        let Some((_, waker)) = standing.stalled.take() else {
            return false;
        };
        standing.is_cut_off = true;
        drop(standing);
        waker.wake();
        true
    }

    fn lock(&self) -> MutexGuard<'_, Standing> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Standing {
    fn check(&self) -> io::Result<()> {
        match self.is_cut_off {
            true => Err(io::ErrorKind::ConnectionAborted.into()),
            false => Ok(()),
        }
    }
}
