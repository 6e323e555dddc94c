//! Who may ask the database now, and how long a request waits for its turn.
//!
//! The wait is timed here and not by a thread that takes the request: if all threads are stuck, the
//! refusal comes all the same.

use std::sync::Arc;
use std::time::Duration;

use archive::Search;
use tokio::runtime::Handle;
use tokio::sync::{OwnedSemaphorePermit, Semaphore};
use tokio::time::{Instant, sleep, timeout_at};

/// How long the database may take to notice that a statement was given up: it looks every second.
const UNNOTICED: Duration = Duration::from_millis(1500);

/// Rows beyond which a page is large: as many as clients get who do not say how many they want.
const MOST_ORDINARY: u32 = 25;

/// What part of the connections a kind of request may have at once.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Cost {
    /// Answered from indexes and counters in milliseconds: all connections.
    Ordinary,
    /// Makes an answer of megabytes perhaps: half of them, so that no crowd of such requests has the
    /// others wait behind it.
    Large,
    /// Reads bodies, for seconds perhaps: a quarter of them, so that the others stay quick.
    Dear,
    /// Looks whether something is there that a client waits for: a quarter of them, as all look at once at times.
    Awaited,
}

impl Cost {
    /// What a search costs.
    pub fn of(search: &Search) -> Self {
        if search.contains.is_empty() {
            Self::Ordinary
        } else {
            Self::Dear
        }
    }

    /// What this search costs if so many rows of it are asked for at once.
    pub fn for_rows(self, rows: u32) -> Self {
        match self {
            Self::Ordinary if rows > MOST_ORDINARY => Self::Large,
            cost => cost,
        }
    }
}

/// The turns that there are.
pub struct Admission {
    all: Arc<Semaphore>,
    large: Arc<Semaphore>,
    dear: Arc<Semaphore>,
    awaited: Arc<Semaphore>,
}

/// A turn, until it is dropped.
pub struct Turn {
    cost: Cost,
    share: Option<OwnedSemaphorePermit>,
    _any: OwnedSemaphorePermit,
}

impl Admission {
    /// As many turns at once as there are `connections`.
    pub fn new(connections: u32) -> Self {
        let semaphore = |turns: u32| Arc::new(Semaphore::new(turns as usize));
        Self {
            all: semaphore(connections),
            large: semaphore((connections / 2).max(1)),
            dear: semaphore((connections / 4).max(1)),
            awaited: semaphore((connections / 4).max(1)),
        }
    }

    /// How many turns there are that nobody has.
    pub fn free(&self) -> usize {
        self.all.available_permits()
    }

    /// Waits for a turn; `None` if none comes until then.
    pub async fn turn(&self, cost: Cost, until: Instant) -> Option<Turn> {
        timeout_at(until, self.next(cost)).await.ok()?
    }

    async fn next(&self, cost: Cost) -> Option<Turn> {
        // In this order: what waits for its share must not keep the others waiting.
        let share = match cost {
            Cost::Ordinary => None,
            Cost::Large => Some(&self.large),
            Cost::Dear => Some(&self.dear),
            Cost::Awaited => Some(&self.awaited),
        };
        let share = match share {
            Some(share) => Some(share.clone().acquire_owned().await.ok()?),
            None => None,
        };
        Some(Turn {
            cost,
            share,
            _any: self.all.clone().acquire_owned().await.ok()?,
        })
    }
}

impl Turn {
    /// Ends the turn of a request that was given up. A statement that reads bodies runs on until the
    /// database has noticed, and as long the share of such requests is one less. Others are over soon.
    pub fn linger(self) {
        if self.cost == Cost::Dear {
            let share = self.share;
            Handle::current().spawn(async move {
                sleep(UNNOTICED).await;
                drop(share);
            });
        }
    }
}

#[cfg(test)]
mod tests {
    use tokio::time::pause;

    use super::*;

    /// Waits a little for a turn.
    async fn soon(admission: &Admission, cost: Cost) -> Option<Turn> {
        let until = Instant::now() + Duration::from_millis(20);
        admission.turn(cost, until).await
    }

    #[actix_web::test]
    async fn dear_requests_have_a_quarter() {
        let admission = Admission::new(8);
        let first = soon(&admission, Cost::Dear).await;
        let second = soon(&admission, Cost::Dear).await;
        assert!(first.is_some() && second.is_some());
        assert!(soon(&admission, Cost::Dear).await.is_none());
        let mut others = Vec::new();
        for _ in 0..6 {
            others.push(soon(&admission, Cost::Ordinary).await.expect("a turn"));
        }
        assert!(soon(&admission, Cost::Ordinary).await.is_none());
        drop(first);
        assert!(soon(&admission, Cost::Dear).await.is_some());
    }

    #[actix_web::test]
    async fn large_pages_have_half() {
        let admission = Admission::new(4);
        let _large = [
            soon(&admission, Cost::Large).await.expect("a turn"),
            soon(&admission, Cost::Large).await.expect("a turn"),
        ];
        assert!(soon(&admission, Cost::Large).await.is_none());
        assert!(soon(&admission, Cost::Ordinary).await.is_some());
        let rows = |rows| Cost::of(&Search::default()).for_rows(rows);
        assert_eq!((rows(25), rows(100)), (Cost::Ordinary, Cost::Large));
    }

    #[actix_web::test]
    async fn who_is_given_up_has_a_share_until_the_database_knows() {
        pause();
        let admission = Admission::new(4);
        let turn = soon(&admission, Cost::Dear).await;
        turn.expect("a turn").linger();
        let others: Vec<_> = [(); 4]
            .map(|()| admission.all.clone().try_acquire_owned())
            .into();
        assert!(others.iter().all(Result::is_ok));
        drop(others);
        assert!(soon(&admission, Cost::Dear).await.is_none());
        sleep(UNNOTICED).await;
        assert!(soon(&admission, Cost::Dear).await.is_some());
    }

    #[actix_web::test]
    async fn a_single_connection_serves_both() {
        let admission = Admission::new(1);
        let turn = soon(&admission, Cost::Dear).await;
        assert!(turn.is_some());
        assert!(soon(&admission, Cost::Ordinary).await.is_none());
        drop(turn);
        assert!(soon(&admission, Cost::Ordinary).await.is_some());
    }
}
