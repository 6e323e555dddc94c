//! Room for answers that are being sent, and who has to give it to others.
//!
//! Whoever asks for an answer and does not read it holds room that others need, and cannot be told
//! from a slow client but by waiting. So it may wait while there is room; who needs it then waits
//! the less for others the less it wants of what they hold.

use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use tokio::sync::{OwnedSemaphorePermit, Semaphore};

use crate::reply::seldom::Seldom;
use crate::state::recipient::Recipient;

/// How long who takes nothing may keep room from who wants as much; half as long from who wants
/// half of it, and so on.
const PATIENCE: Duration = Duration::from_secs(1);

static CUT_OFF: Seldom = Seldom::new();

/// So many units of room, and who has them.
pub struct SendingRoom {
    free: Arc<Semaphore>,
    taken: Arc<Mutex<Vec<Arc<Holding>>>>,
    /// How many holdings were taken away.
    taken_away: AtomicU64,
}

/// Units of room that are taken, until it is dropped.
pub struct LentRoom {
    holding: Arc<Holding>,
    taken: Arc<Mutex<Vec<Arc<Holding>>>>,
}

/// What a recipient holds; none of it once it was taken away.
struct Holding {
    units: Mutex<Option<OwnedSemaphorePermit>>,
    recipient: Arc<Recipient>,
}

impl SendingRoom {
    /// All of it is free.
    pub fn new(units: u32) -> Self {
        Self {
            free: Arc::new(Semaphore::new(units as usize)),
            taken: Arc::default(),
            taken_away: AtomicU64::new(0),
        }
    }

    /// How often somebody was cut off, as others needed the room.
    pub fn taken_away(&self) -> u64 {
        self.taken_away.load(Ordering::Relaxed)
    }

    /// How many units are free.
    pub fn left(&self) -> usize {
        self.free.available_permits()
    }

    /// Takes so many units for what is sent to `recipient`, from others if none are left; `None` if
    /// they read.
    pub fn take(&self, units: u32, recipient: &Arc<Recipient>) -> Option<LentRoom> {
        let free = || self.free.clone().try_acquire_many_owned(units).ok();
        let mut taken = lock(&self.taken);
        if self.left() < units as usize {
            let times = take_away(&taken, self.left(), units as usize);
            self.taken_away.fetch_add(times, Ordering::Relaxed);
        }
        let holding = Arc::new(Holding {
            units: Mutex::new(Some(free()?)),
            recipient: recipient.clone(),
        });
        taken.push(holding.clone());
        Some(LentRoom {
            holding,
            taken: self.taken.clone(),
        })
    }
}

/// Cuts off those who hold much and have taken nothing for long, so that `wanted` units are free;
/// nobody if that is not enough. Answers how many that were.
fn take_away(taken: &[Arc<Holding>], mut free: usize, wanted: usize) -> u64 {
    let patience = PATIENCE.as_millis() * wanted as u128;
    let mut idle: Vec<_> = taken
        .iter()
        .map(|holding| (holding.idle(), holding))
        .filter(|(idle, _)| *idle >= patience)
        .collect();
    idle.sort_unstable_by_key(|(idle, _)| std::cmp::Reverse(*idle));
    let enough = idle.iter().position(|(_, holding)| {
        free += holding.units();
        free >= wanted
    });
    let enough = enough.map_or(&[][..], |last| &idle[..=last]);
    let taken_away = enough.iter().filter(|(_, holding)| holding.take_away());
    taken_away.count() as u64
}

impl Holding {
    fn units(&self) -> usize {
        lock(&self.units)
            .as_ref()
            .map_or(0, OwnedSemaphorePermit::num_permits)
    }

    /// How many units have lain idle, times the milliseconds for which they did.
    fn idle(&self) -> u128 {
        self.recipient.stalled_for().as_millis() * self.units() as u128
    }

    /// Cuts the recipient off, if it still takes nothing; answers whether.
    fn take_away(&self) -> bool {
        let stalled = self.recipient.stalled_for();
        let is_cut_off = self.recipient.cut_off();
        if is_cut_off {
            let units = lock(&self.units).take();
            if let Some(times) = CUT_OFF.happened() {
                let kilobytes = units.as_ref().map_or(0, OwnedSemaphorePermit::num_permits);
                let ms = stalled.as_millis() as u64;
                tracing::info!(
                    kilobytes,
                    ms,
                    times,
                    "a client was cut off that took nothing, as others need the room"
                );
            }
        }
        is_cut_off
    }
}

impl LentRoom {
    /// Gives back what is beyond so many units.
    pub fn shrink_to(&mut self, units: usize) {
        if let Some(held) = lock(&self.holding.units).as_mut() {
            let beyond = held.num_permits().saturating_sub(units);
            drop(held.split(beyond));
        }
    }
}

impl Drop for LentRoom {
    fn drop(&mut self) {
        let mut taken = lock(&self.taken);
        let place = taken
            .iter()
            .position(|holding| Arc::ptr_eq(holding, &self.holding));
        if let Some(place) = place {
            taken.swap_remove(place);
        }
    }
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

#[cfg(test)]
mod tests {
    use std::task::Waker;

    use tokio::time::{advance, pause};

    use super::*;

    /// A recipient who takes nothing from now on.
    fn idle() -> Arc<Recipient> {
        let recipient = Arc::<Recipient>::default();
        recipient.stalls(Waker::noop()).expect("not cut off");
        recipient
    }

    #[actix_web::test]
    async fn who_takes_nothing_gives_way_to_who_wants_less_sooner() {
        pause();
        let rooms = SendingRoom::new(1000);
        let (large, reading) = (idle(), Arc::default());
        let mut held = [(); 9].map(|()| rooms.take(100, &large));
        let _read = rooms.take(100, &reading).expect("left");
        advance(PATIENCE / 10).await;
        assert!(rooms.take(100, &reading).is_none(), "they may be slow");
        let small = rooms.take(10, &reading).expect("from one of them");
        assert!(large.takes().is_err());
        assert_eq!(rooms.taken_away(), 1);
        held.iter_mut().for_each(|room| *room = None);
        drop(small);
        assert!(rooms.take(900, &reading).is_some());
    }

    #[actix_web::test]
    async fn who_has_been_idle_longest_goes_first_and_nobody_in_vain() {
        pause();
        let rooms = SendingRoom::new(200);
        let (first, second) = (idle(), idle());
        let rooms_of = [&first, &second].map(|recipient| rooms.take(50, recipient));
        let _read = rooms.take(100, &Arc::default()).expect("left");
        advance(PATIENCE).await;
        second.takes().expect("not cut off");
        second.stalls(Waker::noop()).expect("not cut off");
        advance(PATIENCE).await;
        assert!(rooms.take(150, &Arc::default()).is_none());
        assert!(first.stalls(Waker::noop()).is_ok());
        let _new = rooms.take(50, &Arc::default()).expect("from the first");
        assert!(first.takes().is_err() && second.takes().is_ok());
        drop(rooms_of);
        assert_eq!(rooms.left(), 50);
        assert_eq!(lock(&rooms.taken).len(), 2, "who reads, and who is new");
    }
}
