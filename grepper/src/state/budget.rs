//! How many bytes of answers there may be in memory at once.
//!
//! Reading and writing has room of its own beside what waits to be sent: the one is over soon
//! whatever clients do, the other lasts as long as they take to read.

use std::sync::Arc;
use std::time::Duration;

use actix_web::web::Bytes;
use archive::Message;
use tokio::sync::{OwnedSemaphorePermit, Semaphore};
use tokio::time::{sleep, timeout};

use crate::reply::error::ApiError;

/// Answers that are being sent, in bytes.
const SENDING: u64 = 128 << 20;
/// Large messages that are being read and written, in bytes.
const WORKING: u64 = 64 << 20;
/// The unit in which is counted, in bytes.
const UNIT: u64 = 1 << 10;
/// How many times its size a message takes while it is read and written.
const COPIES: u64 = 6;
/// How long part of an answer that has begun waits for room.
const PATIENCE: Duration = Duration::from_secs(60);
/// How often it looks whether there is room to send it.
const LOOK: Duration = Duration::from_millis(100);
/// Bytes of a piece that is sent.
pub const PIECE: usize = 64 << 10;

/// The bytes that are left.
pub struct Budget {
    sending: Arc<Semaphore>,
    working: Arc<Semaphore>,
}

/// Bytes that are taken, until it is dropped.
pub struct Reserved {
    units: OwnedSemaphorePermit,
}

/// Bytes of an answer that wait to be sent, and the room they take.
pub struct Held {
    bytes: Bytes,
    /// Bytes in memory: those that were handed out lately, too.
    allocated: usize,
    room: Reserved,
}

impl Default for Budget {
    fn default() -> Self {
        let room = |bytes: u64| Arc::new(Semaphore::new((bytes / UNIT) as usize));
        Self {
            sending: room(SENDING),
            working: room(WORKING),
        }
    }
}

impl Budget {
    /// Takes room to send so many bytes if it is left. Whoever wants more than there is takes all.
    pub fn at_once(&self, bytes: u64) -> Option<Reserved> {
        let units = units(bytes, SENDING);
        let units = self.sending.clone().try_acquire_many_owned(units);
        units.ok().map(|units| Reserved { units })
    }

    /// Waits for room to send so many bytes; refused if there is none in a minute. Nothing is kept
    /// for who waits: one large answer must not keep all others from what is left.
    pub async fn to_send(&self, bytes: u64) -> Result<Reserved, ApiError> {
        let room = async {
            loop {
                match self.at_once(bytes) {
                    Some(room) => return room,
                    None => sleep(LOOK).await,
                }
            }
        };
        timeout(PATIENCE, room).await.map_err(|_| refused(bytes))
    }

    /// Waits for room to read and write a large message; refused if there is none in a minute.
    pub async fn of_message(&self, message: &Message) -> Result<Reserved, ApiError> {
        let bytes = COPIES * message.left_out;
        let units = units(bytes, WORKING);
        let units = self.working.clone().acquire_many_owned(units);
        match timeout(PATIENCE, units).await {
            Ok(Ok(units)) => Ok(Reserved { units }),
            _ => Err(refused(bytes)),
        }
    }
}

impl Held {
    /// All of an answer, or of a part of it, for which there is `room`.
    pub fn new(bytes: Bytes, room: Reserved) -> Self {
        let allocated = bytes.len();
        Self {
            bytes,
            allocated,
            room,
        }
    }

    /// How many bytes wait.
    pub fn waiting(&self) -> usize {
        self.bytes.len()
    }

    /// Hands out the next piece, and gives back room that is no longer needed.
    pub fn next_piece(&mut self) -> Option<Bytes> {
        if self.bytes.is_empty() {
            return None;
        }
        let piece = self.bytes.split_to(PIECE.min(self.bytes.len()));
        if self.bytes.len() <= self.allocated / 2 {
            // Pieces share their memory, which is held as long as there is any of them.
            self.bytes = Bytes::copy_from_slice(&self.bytes);
            self.allocated = self.bytes.len();
            self.room.shrink_to(self.allocated as u64);
        }
        Some(piece)
    }
}

impl Reserved {
    /// Gives back what is beyond so many bytes.
    fn shrink_to(&mut self, bytes: u64) {
        let needed = bytes.div_ceil(UNIT) as usize;
        let beyond = self.units.num_permits().saturating_sub(needed);
        drop(self.units.split(beyond));
    }
}

/// Says that there is no room for so many bytes.
pub fn refused(bytes: u64) -> ApiError {
    tracing::warn!(
        bytes,
        "too many bytes of answers under way: one was given up"
    );
    ApiError::Unavailable
}

fn units(bytes: u64, limit: u64) -> u32 {
    bytes.min(limit).div_ceil(UNIT) as u32
}

#[cfg(test)]
mod tests {
    use std::pin::pin;
    use std::task::{Context, Waker};

    use super::*;

    #[actix_web::test]
    async fn no_more_is_given_than_there_is() {
        let budget = Budget::default();
        let most = budget.at_once(SENDING - UNIT).expect("left");
        assert!(budget.at_once(UNIT + 1).is_none());
        let rest = budget.at_once(1).expect("left");
        assert!(budget.at_once(1).is_none());
        drop((most, rest));
        let all = budget.to_send(10 * SENDING).await;
        assert!(all.is_ok() && budget.at_once(1).is_none());
    }

    #[actix_web::test]
    async fn large_messages_are_read_one_after_another_whoever_reads_answers() {
        let budget = Budget::default();
        let _unread = budget.at_once(SENDING).expect("left");
        let message = Message {
            left_out: WORKING,
            ..Message::default()
        };
        let first = budget.of_message(&message).await;
        assert!(first.is_ok());
        tokio::time::pause();
        assert!(budget.of_message(&message).await.is_err());
        drop(first);
        assert!(budget.of_message(&message).await.is_ok());
    }

    #[actix_web::test]
    async fn who_waits_to_send_much_keeps_nothing_from_others() {
        let budget = Budget::default();
        let _other = budget.at_once(PIECE as u64).expect("left");
        let mut much = pin!(budget.to_send(SENDING));
        let mut cx = Context::from_waker(Waker::noop());
        assert!(much.as_mut().poll(&mut cx).is_pending());
        assert!(budget.at_once(SENDING / 2).is_some());
        tokio::time::pause();
        assert!(much.await.is_err());
    }

    #[actix_web::test]
    async fn what_was_handed_out_gives_room_back() {
        let budget = Budget::default();
        let all: Vec<u8> = (0..10 * PIECE).map(|n| (n / 1000) as u8).collect();
        let room = budget.at_once(SENDING).expect("left");
        let mut held = Held::new(all.clone().into(), room);
        assert!(budget.at_once(1).is_none());
        let mut sent = Vec::new();
        while let Some(piece) = held.next_piece() {
            sent.extend_from_slice(&piece);
            let left = SENDING - 2 * (all.len() - sent.len()) as u64;
            let is_half = sent.len() >= all.len() / 2;
            assert!(!is_half || budget.at_once(left).is_some(), "{}", sent.len());
        }
        assert!(sent == all && budget.at_once(SENDING).is_some());
    }
}
