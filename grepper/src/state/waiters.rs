//! Who waits for messages, for what, and who is to look again when some have come.
//!
//! Whoever waits holds no thread and no connection to the database: it has a place here until it is dropped, and is
//! woken. It says what it is interested in when it has looked; what came while it looked is kept here so long that
//! it does not miss that.

use std::collections::{HashMap, HashSet, VecDeque};
use std::net::IpAddr;
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use archive::News;
use tokio::sync::Notify;

use crate::config::WaiterLimits;
use crate::reply::crowded::Crowded;
use crate::state::interest::Interest;

/// Interests of messages that came lately which are kept.
const MOST_RECENT: usize = 100_000;
/// Interests that somebody has at most, and all together; who has more looks again whatever comes.
const MOST_INTERESTS: usize = 2_000;
const MOST_IN_ALL: usize = 300_000;

/// Places for those who wait.
pub struct Waiters {
    limits: WaiterLimits,
    waiting: Mutex<Present>,
    /// Told when somebody comes.
    somebody: Condvar,
}

#[derive(Default)]
struct Present {
    /// By number.
    waiters: HashMap<u64, Waiter>,
    next: u64,
    by_interest: HashMap<Interest, Vec<u64>>,
    /// How many interests all have together.
    interests: usize,
    /// How many wait, by client.
    clients: HashMap<IpAddr, usize>,
    /// How often something was told.
    told: u64,
    /// What was told lately, with the number of the time.
    recent: VecDeque<(u64, Interest)>,
    /// The last time of which something is not kept.
    forgotten: u64,
    is_stopping: bool,
}

struct Waiter {
    wake: Arc<Notify>,
    client: Option<IpAddr>,
    interests: Vec<Interest>,
}

/// A place, until it is dropped.
pub struct WaiterPlace {
    waiters: Arc<Waiters>,
    number: u64,
    wake: Arc<Notify>,
}

impl Waiters {
    /// Nobody waits yet.
    pub fn new(limits: WaiterLimits) -> Self {
        Self {
            limits,
            waiting: Mutex::default(),
            somebody: Condvar::new(),
        }
    }

    /// Gives somebody a place; a client without address is not limited.
    pub fn enter(self: &Arc<Self>, client: Option<IpAddr>) -> Result<WaiterPlace, Crowded> {
        let mut waiting = self.lock();
        let of_client = client.map_or(0, |client| {
            waiting.clients.get(&client).copied().unwrap_or_default()
        });
        let is_client = of_client >= self.limits.of_client;
        if is_client || waiting.waiters.len() >= self.limits.all {
            return Err(Crowded {
                limits: self.limits,
                is_client,
            });
        }
        let number = waiting.next;
        waiting.next += 1;
        if let Some(client) = client {
            waiting.clients.insert(client, of_client + 1);
        }
        let wake = Arc::<Notify>::default();
        let waiter = Waiter {
            wake: wake.clone(),
            client,
            interests: Vec::new(),
        };
        waiting.waiters.insert(number, waiter);
        self.somebody.notify_all();
        Ok(WaiterPlace {
            waiters: self.clone(),
            number,
            wake,
        })
    }

    /// How many wait.
    pub fn count(&self) -> usize {
        self.lock().waiters.len()
    }

    /// Waits until somebody waits, for this long at most; answers whether.
    pub fn anybody_within(&self, time: Duration) -> bool {
        let nobody = |waiting: &mut Present| waiting.waiters.is_empty();
        let waited = self.somebody.wait_timeout_while(self.lock(), time, nobody);
        let (waiting, _) = waited.unwrap_or_else(PoisonError::into_inner);
        !waiting.waiters.is_empty()
    }

    /// Wakes those whom something that has come may concern.
    pub fn tell(&self, news: &News) {
        let mut waiting = self.lock();
        waiting.told += 1;
        let told = waiting.told;
        if news.anything {
            waiting.recent.clear();
            waiting.forgotten = told;
            waiting.wake_all();
        }
        for arrival in &news.arrivals {
            for interest in Interest::of_arrival(arrival) {
                waiting.wake_interested(interest);
                waiting.recent.push_back((told, interest));
            }
        }
        while waiting.recent.len() > MOST_RECENT {
            if let Some((told, _)) = waiting.recent.pop_front() {
                waiting.forgotten = told;
            }
        }
    }

    /// Answers all who wait, and those who come, with what holds now.
    pub fn stop(&self) {
        let mut waiting = self.lock();
        waiting.is_stopping = true;
        waiting.wake_all();
    }

    fn lock(&self) -> MutexGuard<'_, Present> {
        self.waiting.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Present {
    fn wake_all(&self) {
        for waiter in self.waiters.values() {
            waiter.wake.notify_one();
        }
    }

    fn wake_interested(&self, interest: Interest) {
        let interested = self.by_interest.get(&interest);
        for number in interested.into_iter().flatten() {
            if let Some(waiter) = self.waiters.get(number) {
                waiter.wake.notify_one();
            }
        }
    }

    /// Replaces what somebody is interested in.
    fn interest(&mut self, number: u64, interests: Vec<Interest>) {
        let Some(waiter) = self.waiters.get_mut(&number) else {
            return;
        };
        let before = std::mem::replace(&mut waiter.interests, interests.clone());
        self.interests = self.interests - before.len() + interests.len();
        for interest in before {
            if let Some(interested) = self.by_interest.get_mut(&interest) {
                interested.retain(|other| *other != number);
                if interested.is_empty() {
                    self.by_interest.remove(&interest);
                }
            }
        }
        for interest in interests {
            self.by_interest.entry(interest).or_default().push(number);
        }
    }

    /// Whether something of this may have been told after that time.
    fn has_told(&self, interests: &[Interest], since: u64) -> bool {
        if self.forgotten > since {
            return true;
        }
        let interests: HashSet<Interest> = interests.iter().copied().collect();
        let later = self
            .recent
            .iter()
            .rev()
            .take_while(|(told, _)| *told > since);
        later.into_iter().any(|(_, told)| interests.contains(told))
    }
}

impl WaiterPlace {
    /// A time after which somebody looks; [`Self::wants`] is told it.
    pub fn time(&self) -> u64 {
        self.waiters.lock().told
    }

    /// Who looked after this time is interested in this, and woken when it comes, or has come since. Answers whether
    /// whatever comes wakes it, as its interests are too many.
    pub fn wants(&self, mut interests: Vec<Interest>, since: u64) -> bool {
        interests.sort_unstable();
        interests.dedup();
        let mut waiting = self.waiters.lock();
        let are_too_many =
            interests.len() > MOST_INTERESTS || waiting.interests + interests.len() > MOST_IN_ALL;
        if are_too_many {
            interests = vec![Interest::any()];
        }
        if waiting.has_told(&interests, since) {
            self.wake.notify_one();
        }
        waiting.interest(self.number, interests);
        are_too_many
    }

    /// Whether everybody is to be answered.
    pub fn is_stopping(&self) -> bool {
        self.waiters.lock().is_stopping
    }

    /// Waits until it may be worth to look again.
    pub async fn woken(&self) {
        self.wake.notified().await;
    }
}

impl Drop for WaiterPlace {
    fn drop(&mut self) {
        let mut waiting = self.waiters.lock();
        waiting.interest(self.number, Vec::new());
        let waiter = waiting.waiters.remove(&self.number);
        let client = waiter.and_then(|waiter| waiter.client);
        if let Some(client) = client
            && let Some(count) = waiting.clients.get_mut(&client)
        {
            *count -= 1;
            if *count == 0 {
                waiting.clients.remove(&client);
            }
        }
    }
}

#[cfg(test)]
mod tests;
