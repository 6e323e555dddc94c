//! Who may ask the database now, and how long a request waits for its turn.
//!
//! The wait is timed here and not by a thread that takes the request: if all threads are stuck, the
//! refusal comes all the same.

use std::sync::Arc;
use std::time::Duration;

use archive::Search;
use tokio::sync::{OwnedSemaphorePermit, Semaphore};
use tokio::time::timeout;

/// What part of the connections a kind of request may have at once.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Cost {
    /// Answered from indexes and counters in milliseconds: all connections.
    Ordinary,
    /// Reads bodies, for seconds perhaps: a quarter of them, so that the others stay quick.
    Dear,
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
}

/// The turns that there are.
pub struct Admission {
    all: Arc<Semaphore>,
    dear: Arc<Semaphore>,
    patience: Duration,
}

/// A turn, until it is dropped.
pub struct Turn {
    _dear: Option<OwnedSemaphorePermit>,
    _any: OwnedSemaphorePermit,
}

impl Admission {
    /// As many turns at once as there are `connections`, for each of which one waits for `patience`
    /// at most.
    pub fn new(connections: u32, patience: Duration) -> Self {
        let semaphore = |turns: u32| Arc::new(Semaphore::new(turns as usize));
        Self {
            all: semaphore(connections),
            dear: semaphore((connections / 4).max(1)),
            patience,
        }
    }

    /// Waits for a turn; `None` if none came in time.
    pub async fn turn(&self, cost: Cost) -> Option<Turn> {
        timeout(self.patience, self.next(cost)).await.ok()?
    }

    async fn next(&self, cost: Cost) -> Option<Turn> {
        // In this order: what waits for its share must not keep the others waiting.
        let dear = match cost {
            Cost::Ordinary => None,
            Cost::Dear => Some(self.dear.clone().acquire_owned().await.ok()?),
        };
        Some(Turn {
            _dear: dear,
            _any: self.all.clone().acquire_owned().await.ok()?,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn admission(connections: u32) -> Admission {
        Admission::new(connections, Duration::from_millis(20))
    }

    #[actix_web::test]
    async fn dear_requests_have_a_quarter() {
        let admission = admission(8);
        let first = admission.turn(Cost::Dear).await;
        let second = admission.turn(Cost::Dear).await;
        assert!(first.is_some() && second.is_some());
        assert!(admission.turn(Cost::Dear).await.is_none());
        let mut others = Vec::new();
        for _ in 0..6 {
            others.push(admission.turn(Cost::Ordinary).await.expect("a turn"));
        }
        assert!(admission.turn(Cost::Ordinary).await.is_none());
        drop(first);
        assert!(admission.turn(Cost::Dear).await.is_some());
    }

    #[actix_web::test]
    async fn a_single_connection_serves_both() {
        let admission = admission(1);
        let turn = admission.turn(Cost::Dear).await;
        assert!(turn.is_some());
        assert!(admission.turn(Cost::Ordinary).await.is_none());
        drop(turn);
        assert!(admission.turn(Cost::Ordinary).await.is_some());
    }
}
