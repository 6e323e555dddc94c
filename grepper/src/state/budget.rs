//! How many bytes of answers there may be in memory at once.
//!
//! Reading and writing has room of its own beside what waits to be sent: the one is over soon
//! whatever clients do, the other lasts as long as they take to read.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use actix_web::web::Bytes;
use archive::Message;
use tokio::sync::{OwnedSemaphorePermit, Semaphore};
use tokio::time::{sleep, timeout};

use crate::reply::error::ApiError;
use crate::reply::seldom::Seldom;
use crate::state::recipient::Recipient;
use crate::state::room::{LentRoom, SendingRoom};

/// Large messages that are being read and written, in bytes.
const WORKING: u64 = 64 << 20;
/// The unit in which is counted, in bytes.
const UNIT: u64 = 1 << 10;
/// How many times its size a message takes while it is read and written.
const COPIES: u64 = 6;
/// How long part of an answer that has begun waits for room, or for its turn.
pub const PATIENCE: Duration = Duration::from_secs(60);
/// How often it looks whether there is room to send it.
const LOOK: Duration = Duration::from_millis(100);
/// Bytes of a piece that is sent.
pub const PIECE: usize = 64 << 10;

/// The bytes that are left.
pub struct Budget {
    /// Bytes that there are to send.
    most: u64,
    sending: SendingRoom,
    /// How many answers wait for room to be sent.
    waiting: AtomicU64,
    /// How many answers were given up for lack of room.
    refused: AtomicU64,
    working: Arc<Semaphore>,
}

/// Bytes that are taken to read and write a large message, until it is dropped.
pub struct Working(OwnedSemaphorePermit);

/// An answer waits for room, until this is dropped.
struct Waits<'a>(&'a AtomicU64);

impl<'a> Waits<'a> {
    fn among(waiting: &'a AtomicU64) -> Self {
        waiting.fetch_add(1, Ordering::Relaxed);
        Self(waiting)
    }
}

impl Drop for Waits<'_> {
    fn drop(&mut self) {
        self.0.fetch_sub(1, Ordering::Relaxed);
    }
}

/// Room for what is still to be written of an answer.
pub struct Kept(LentRoom);

/// Bytes of an answer that wait to be sent, and the room they take.
pub struct Held {
    bytes: Bytes,
    /// Bytes in memory: those that were handed out lately, too.
    allocated: usize,
    room: LentRoom,
}

impl Budget {
    /// With so many bytes for answers that are being sent.
    pub fn new(sending: u64) -> Self {
        Self {
            most: sending,
            sending: SendingRoom::new(units(sending, sending)),
            waiting: AtomicU64::new(0),
            refused: AtomicU64::new(0),
            working: Arc::new(Semaphore::new(units(WORKING, WORKING) as usize)),
        }
    }

    /// Takes room to send so many bytes to `recipient`, if it is left or those who have it do not
    /// read. Whoever wants more than there is takes all.
    pub fn at_once(&self, bytes: u64, recipient: &Arc<Recipient>) -> Option<LentRoom> {
        self.sending.take(units(bytes, self.most), recipient)
    }

    /// Bytes that are left to send.
    pub fn left(&self) -> u64 {
        UNIT * self.sending.left() as u64
    }

    /// How many answers wait for room to be sent.
    pub fn waiting(&self) -> u64 {
        self.waiting.load(Ordering::Relaxed)
    }

    /// How many answers were given up for lack of room.
    pub fn refused(&self) -> u64 {
        self.refused.load(Ordering::Relaxed)
    }

    /// How many answers were broken off that nobody took, for others who needed the room.
    pub fn cut_off(&self) -> u64 {
        self.sending.taken_away()
    }

    /// Says that there is no room for so many bytes.
    pub fn refuse(&self, bytes: u64) -> ApiError {
        static REFUSED: Seldom = Seldom::new();
        self.refused.fetch_add(1, Ordering::Relaxed);
        if let Some(times) = REFUSED.happened() {
            tracing::warn!(
                bytes,
                times,
                "too many bytes of answers under way: one was given up"
            );
        }
        ApiError::Unavailable
    }

    /// Waits for room to send so many bytes; refused if there is none in a minute. Nothing is kept
    /// for who waits: one large answer must not keep all others from what is left.
    pub async fn to_send(
        &self,
        bytes: u64,
        recipient: &Arc<Recipient>,
    ) -> Result<LentRoom, ApiError> {
        if let Some(room) = self.at_once(bytes, recipient) {
            return Ok(room);
        }
        let _waits = Waits::among(&self.waiting);
        let room = async {
            loop {
                match self.at_once(bytes, recipient) {
                    Some(room) => return room,
                    None => sleep(LOOK).await,
                }
            }
        };
        let room = timeout(PATIENCE, room).await;
        room.map_err(|_| self.refuse(bytes))
    }

    /// Waits for room for messages of an answer to `recipient` that are written in their turn; refused
    /// if there is none in a minute.
    pub async fn to_keep(&self, bytes: u64, recipient: &Arc<Recipient>) -> Result<Kept, ApiError> {
        self.to_send(bytes, recipient).await.map(Kept)
    }

    /// Waits for room to read and write a large message; refused if there is none in a minute.
    pub async fn of_message(&self, message: &Message) -> Result<Working, ApiError> {
        self.to_write(COPIES * message.left_out).await
    }

    /// Waits for room to write so many bytes; refused if there is none in a minute.
    pub async fn to_write(&self, bytes: u64) -> Result<Working, ApiError> {
        let units = units(bytes, WORKING);
        let units = self.working.clone().acquire_many_owned(units);
        match timeout(PATIENCE, units).await {
            Ok(Ok(units)) => Ok(Working(units)),
            _ => Err(self.refuse(bytes)),
        }
    }
}

impl Working {
    /// Gives back what is beyond so many bytes: the message is written.
    pub fn shrink_to(&mut self, bytes: usize) {
        let beyond = self
            .0
            .num_permits()
            .saturating_sub(bytes.div_ceil(UNIT as usize));
        drop(self.0.split(beyond));
    }
}

impl Kept {
    /// Gives back what is beyond so many bytes.
    pub fn shrink_to(&mut self, bytes: u64) {
        self.0.shrink_to(bytes.div_ceil(UNIT) as usize);
    }
}

impl Held {
    /// All of an answer, or of a part of it, for which there is `room`.
    pub fn new(bytes: Bytes, room: LentRoom) -> Self {
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
            self.room.shrink_to(self.allocated.div_ceil(UNIT as usize));
        }
        Some(piece)
    }
}

fn units(bytes: u64, limit: u64) -> u32 {
    bytes.min(limit).div_ceil(UNIT) as u32
}

#[cfg(test)]
mod tests {
    use std::pin::pin;
    use std::task::{Context, Waker};

    use super::*;

    const SENDING: u64 = 16 << 20;

    /// Room for a client who reads.
    fn at_once(budget: &Budget, bytes: u64) -> Option<LentRoom> {
        budget.at_once(bytes, &Arc::default())
    }

    #[actix_web::test]
    async fn no_more_is_given_than_there_is() {
        let (budget, recipient) = (Budget::new(SENDING), Arc::default());
        let most = at_once(&budget, SENDING - UNIT).expect("left");
        assert!(at_once(&budget, UNIT + 1).is_none());
        let rest = at_once(&budget, 1).expect("left");
        assert!(at_once(&budget, 1).is_none());
        drop((most, rest));
        let all = budget.to_send(10 * SENDING, &recipient).await;
        assert!(all.is_ok() && at_once(&budget, 1).is_none());
    }

    #[actix_web::test]
    async fn large_messages_are_read_one_after_another_whoever_reads_answers() {
        let budget = Budget::new(SENDING);
        let _unread = at_once(&budget, SENDING).expect("left");
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
        let (budget, recipient) = (Budget::new(SENDING), Arc::default());
        let _other = at_once(&budget, PIECE as u64).expect("left");
        let mut much = pin!(budget.to_send(SENDING, &recipient));
        let mut cx = Context::from_waker(Waker::noop());
        assert!(much.as_mut().poll(&mut cx).is_pending());
        assert!(at_once(&budget, SENDING / 2).is_some());
        assert_eq!(budget.waiting(), 1);
        tokio::time::pause();
        assert!(much.await.is_err());
        assert_eq!((budget.waiting(), budget.refused()), (0, 1));
    }

    #[actix_web::test]
    async fn what_was_handed_out_gives_room_back() {
        let budget = Budget::new(SENDING);
        let all: Vec<u8> = (0..10 * PIECE).map(|n| (n / 1000) as u8).collect();
        let room = at_once(&budget, SENDING).expect("left");
        let mut held = Held::new(all.clone().into(), room);
        assert!(at_once(&budget, 1).is_none());
        let mut sent = Vec::new();
        while let Some(piece) = held.next_piece() {
            sent.extend_from_slice(&piece);
            let left = SENDING - 2 * (all.len() - sent.len()) as u64;
            let is_half = sent.len() >= all.len() / 2;
            assert!(
                !is_half || at_once(&budget, left).is_some(),
                "{}",
                sent.len()
            );
        }
        assert!(sent == all && at_once(&budget, SENDING).is_some());
    }
}
