//! One piece of work for all who want the same at once (single flight).
//!
//! Whoever wants something takes a seat in the flight that does it, or starts one. It belongs to none of them: it goes
//! on until the last one leaves. What goes wrong goes wrong for all who sit in it.

use std::collections::HashMap;
use std::hash::Hash;
use std::pin::pin;
use std::sync::{Arc, Mutex, MutexGuard, OnceLock, PoisonError};
use std::time::Instant;

use tokio::sync::watch;

/// Flights that are under way, by what they are for.
pub struct Flights<K, V>(Mutex<HashMap<K, Arc<Flight<V>>>>);

/// Work that is under way.
pub struct Flight<V> {
    /// When it began to look at anything, if it has.
    began: OnceLock<Instant>,
    progress: watch::Sender<Progress<V>>,
}

#[derive(Clone)]
enum Progress<V> {
    UnderWay,
    Landed(V),
    /// It ended without result, as the thread ended that it was on.
    Lost,
}

/// Somebody who waits for a flight.
pub struct Seat<V> {
    flight: Arc<Flight<V>>,
    progress: watch::Receiver<Progress<V>>,
}

/// Who does the work. Dropped before that is done, the flight is lost.
pub struct Pilot<K: Clone + Eq + Hash, V: Clone> {
    flights: Arc<Flights<K, V>>,
    key: K,
    /// What is flown.
    pub flight: Arc<Flight<V>>,
}

impl<K, V> Default for Flights<K, V> {
    fn default() -> Self {
        Self(Mutex::default())
    }
}

impl<K: Clone + Eq + Hash, V: Clone> Flights<K, V> {
    /// Takes a seat in the flight for this. Where there is none, `start` is given one to fly.
    pub fn join(self: &Arc<Self>, key: &K, start: impl FnOnce(Pilot<K, V>)) -> Seat<V> {
        let mut flights = self.lock();
        if let Some(flight) = flights.get(key) {
            return Seat::of(flight);
        }
        let flight = Arc::new(Flight {
            began: OnceLock::new(),
            progress: watch::Sender::new(Progress::UnderWay),
        });
        flights.insert(key.clone(), flight.clone());
        drop(flights);
        let seat = Seat::of(&flight);
        start(Pilot {
            flights: self.clone(),
            key: key.clone(),
            flight,
        });
        seat
    }

    fn lock(&self) -> MutexGuard<'_, HashMap<K, Arc<Flight<V>>>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl<V> Flight<V> {
    /// It looks at things from now on.
    pub fn begin(&self) {
        self.began.get_or_init(Instant::now);
    }
}

impl<V: Clone> Seat<V> {
    fn of(flight: &Arc<Flight<V>>) -> Self {
        Self {
            progress: flight.progress.subscribe(),
            flight: flight.clone(),
        }
    }

    /// Waits for the result; `None` if the flight was lost.
    pub async fn landed(&mut self) -> Option<V> {
        let is_over = |progress: &Progress<V>| !matches!(progress, Progress::UnderWay);
        match &*self.progress.wait_for(is_over).await.ok()? {
            Progress::Landed(result) => Some(result.clone()),
            Progress::UnderWay | Progress::Lost => None,
        }
    }

    /// Whether all that it looked at is as it was after this time.
    pub fn began_after(&self, time: Instant) -> bool {
        self.flight.began.get().is_none_or(|began| *began > time)
    }
}

impl<K: Clone + Eq + Hash, V: Clone> Pilot<K, V> {
    /// Does the work, unless all leave.
    pub async fn fly(self, work: impl Future<Output = V>) {
        let mut work = pin!(work);
        loop {
            tokio::select! {
                result = &mut work => {
                    self.leave();
                    self.flight.progress.send_replace(Progress::Landed(result));
                    return;
                }
                () = self.flight.progress.closed() => {
                    if self.is_deserted() {
                        return;
                    }
                }
            }
        }
    }

    /// Whether nobody waits for it; then nobody will any more.
    fn is_deserted(&self) -> bool {
        // Seats are taken under this lock.
        let mut flights = self.flights.lock();
        let is_deserted = self.flight.progress.receiver_count() == 0;
        if is_deserted {
            flights.remove(&self.key);
        }
        is_deserted
    }

    /// Lets nobody in any more.
    fn leave(&self) {
        let mut flights = self.flights.lock();
        let of_key = flights.get(&self.key);
        if of_key.is_some_and(|flight| Arc::ptr_eq(flight, &self.flight)) {
            flights.remove(&self.key);
        }
    }
}

impl<K: Clone + Eq + Hash, V: Clone> Drop for Pilot<K, V> {
    fn drop(&mut self) {
        self.leave();
        self.flight.progress.send_if_modified(|progress| {
            let is_lost = matches!(progress, Progress::UnderWay);
            if is_lost {
                *progress = Progress::Lost;
            }
            is_lost
        });
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use tokio::sync::oneshot;
    use tokio::time::timeout;

    use super::*;

    type Work = oneshot::Sender<u32>;

    /// Takes a seat; answers, too, what ends the work if it is a new flight.
    fn join(flights: &Arc<Flights<u8, u32>>, key: u8) -> (Seat<u32>, Option<Work>) {
        let mut work = None;
        let seat = flights.join(&key, |pilot| {
            let (end, result) = oneshot::channel();
            work = Some(end);
            actix_web::rt::spawn(pilot.fly(async { result.await.expect("a result") }));
        });
        (seat, work)
    }

    #[actix_web::test]
    async fn who_wants_the_same_at_once_shares_one_piece_of_work() {
        let flights = Arc::<Flights<u8, u32>>::default();
        let (mut first, work) = join(&flights, 1);
        let (mut second, none) = join(&flights, 1);
        let (mut other, others) = join(&flights, 2);
        assert!(none.is_none());
        work.expect("new").send(7).expect("sent");
        assert_eq!(
            (first.landed().await, second.landed().await),
            (Some(7), Some(7))
        );
        let (_, next) = join(&flights, 1);
        assert!(next.is_some(), "who comes later has it done anew");
        others.expect("new").send(8).expect("sent");
        assert_eq!(other.landed().await, Some(8));
    }

    #[actix_web::test]
    async fn a_flight_goes_on_until_all_have_left() {
        let flights = Arc::<Flights<u8, u32>>::default();
        let (first, work) = join(&flights, 1);
        let mut work = work.expect("new");
        let (second, _) = join(&flights, 1);
        let patience = Duration::from_millis(20);
        drop(first);
        assert!(timeout(patience, work.closed()).await.is_err());
        drop(second);
        timeout(Duration::from_secs(20), work.closed())
            .await
            .expect("it ends");
        assert!(flights.lock().is_empty());
    }

    #[actix_web::test]
    async fn a_flight_that_is_lost_is_told_of_and_there_may_be_another() {
        let flights = Arc::<Flights<u8, u32>>::default();
        let mut seat = flights.join(&1, drop);
        assert_eq!(seat.landed().await, None);
        let (_, next) = join(&flights, 1);
        assert!(next.is_some());
    }

    #[actix_web::test]
    async fn whoever_comes_before_it_looks_at_anything_gets_what_is_new_enough() {
        let flights = Arc::<Flights<u8, u32>>::default();
        let mut flight = None;
        let seat = flights.join(&1, |pilot| flight = Some(pilot));
        let flight = flight.expect("new");
        let before = Instant::now();
        assert!(seat.began_after(before));
        flight.flight.begin();
        assert!(seat.began_after(before));
        assert!(!seat.began_after(Instant::now()));
    }
}
