//! Who is interested in what, and is to know when something comes: those who wait, and what is remembered.
//!
//! Whoever has looked says what it is interested in; what came while it looked is kept here so long that it does not
//! miss that.

use std::collections::{HashMap, HashSet, VecDeque};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use archive::News;
use tokio::sync::Notify;

use crate::state::interest::Interest;

/// Interests of messages that came lately which are kept.
const MOST_RECENT: usize = 100_000;
/// Interests that somebody has at most, and all of a purpose together; who has more is told whatever comes.
const MOST_INTERESTS: usize = 2_000;
const MOST_IN_ALL: usize = 300_000;

/// Why somebody is interested. One purpose takes no room from the other.
#[derive(Clone, Copy, Debug)]
pub enum Purpose {
    /// To look again.
    Wait,
    /// To know whether what was read is still so.
    Remember,
}

/// All who are interested in something.
#[derive(Default)]
pub struct Interested(Mutex<Everybody>);

#[derive(Default)]
struct Everybody {
    /// By number.
    places: HashMap<u64, Somebody>,
    next: u64,
    by_interest: HashMap<Interest, Vec<u64>>,
    /// How many interests all have together, by purpose.
    interests: [usize; 2],
    /// How often something was told.
    told: u64,
    /// What was told lately, with the number of the time.
    recent: VecDeque<(u64, Interest)>,
    /// The last time of which something is not kept.
    forgotten: u64,
}

struct Somebody {
    purpose: Purpose,
    wake: Arc<Notify>,
    /// Whether something was told that it was interested in.
    is_told: bool,
    interests: Vec<Interest>,
}

/// Somebody who is interested, until it is dropped.
pub struct InterestPlace {
    all: Arc<Interested>,
    number: u64,
    wake: Arc<Notify>,
}

impl Interested {
    /// Gives somebody a place who is not interested in anything yet.
    pub fn enter(self: &Arc<Self>, purpose: Purpose) -> InterestPlace {
        let mut everybody = self.lock();
        let number = everybody.next;
        everybody.next += 1;
        let wake = Arc::<Notify>::default();
        let somebody = Somebody {
            purpose,
            wake: wake.clone(),
            is_told: false,
            interests: Vec::new(),
        };
        everybody.places.insert(number, somebody);
        InterestPlace {
            all: self.clone(),
            number,
            wake,
        }
    }

    /// A time after which somebody looks; [`InterestPlace::wants`] is told it.
    pub fn time(&self) -> u64 {
        self.lock().told
    }

    /// Tells those whom something that has come may concern: all of them, before one can ask anything of this.
    pub fn tell(&self, news: &News) {
        let mut everybody = self.lock();
        everybody.told += 1;
        let told = everybody.told;
        if news.anything {
            everybody.recent.clear();
            everybody.forgotten = told;
            everybody.wake_all();
        }
        for arrival in &news.arrivals {
            for interest in Interest::of_arrival(arrival) {
                everybody.wake_interested(interest);
                everybody.recent.push_back((told, interest));
            }
        }
        while everybody.recent.len() > MOST_RECENT {
            if let Some((told, _)) = everybody.recent.pop_front() {
                everybody.forgotten = told;
            }
        }
    }

    /// Wakes all, though nothing came.
    pub fn wake_all(&self) {
        self.lock().wake_all();
    }

    fn lock(&self) -> MutexGuard<'_, Everybody> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Everybody {
    fn wake_all(&mut self) {
        self.places.values_mut().for_each(Somebody::wake);
    }

    fn wake_interested(&mut self, interest: Interest) {
        let interested = self.by_interest.get(&interest);
        for number in interested.into_iter().flatten() {
            if let Some(somebody) = self.places.get_mut(number) {
                somebody.wake();
            }
        }
    }

    /// Replaces what somebody is interested in.
    fn interest(&mut self, number: u64, interests: Vec<Interest>) {
        let Some(somebody) = self.places.get_mut(&number) else {
            return;
        };
        let before = std::mem::replace(&mut somebody.interests, interests.clone());
        let held = &mut self.interests[somebody.purpose as usize];
        *held = *held - before.len() + interests.len();
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

impl Somebody {
    fn wake(&mut self) {
        self.is_told = true;
        self.wake.notify_one();
    }
}

impl InterestPlace {
    /// Who looked after this time is interested in this, and woken when it comes, or has come since. Answers whether
    /// whatever comes wakes it, as its interests are too many.
    pub fn wants(&self, mut interests: Vec<Interest>, since: u64) -> bool {
        interests.sort_unstable();
        interests.dedup();
        let mut everybody = self.all.lock();
        let Some(somebody) = everybody.places.get(&self.number) else {
            return false;
        };
        let in_all = everybody.interests[somebody.purpose as usize] + interests.len();
        let are_too_many = interests.len() > MOST_INTERESTS || in_all > MOST_IN_ALL;
        if are_too_many {
            interests = vec![Interest::any()];
        }
        if everybody.has_told(&interests, since)
            && let Some(somebody) = everybody.places.get_mut(&self.number)
        {
            somebody.wake();
        }
        everybody.interest(self.number, interests);
        are_too_many
    }

    /// Whether something came that it was interested in.
    pub fn is_told(&self) -> bool {
        let everybody = self.all.lock();
        let somebody = everybody.places.get(&self.number);
        somebody.is_none_or(|somebody| somebody.is_told)
    }

    /// Waits until something has come since this was waited for last.
    pub async fn woken(&self) {
        self.wake.notified().await;
    }
}

impl Drop for InterestPlace {
    fn drop(&mut self) {
        let mut everybody = self.all.lock();
        everybody.interest(self.number, Vec::new());
        everybody.places.remove(&self.number);
    }
}

#[cfg(test)]
mod tests;
