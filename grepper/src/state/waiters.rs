//! Who waits for messages, and how many may.
//!
//! Whoever waits holds no thread and no connection to the database: it has a place here until it is dropped, and is
//! woken when something comes that it is [interested](crate::state::interested) in.

use std::collections::HashMap;
use std::net::IpAddr;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use crate::config::WaiterLimits;
use crate::reply::crowded::Crowded;
use crate::state::interest::Interest;
use crate::state::interested::{InterestPlace, Interested, Purpose};
use crate::state::looks::Looks;

/// Places for those who wait.
pub struct Waiters {
    limits: WaiterLimits,
    interested: Arc<Interested>,
    looks: Arc<Looks>,
    waiting: Mutex<Present>,
}

#[derive(Default)]
struct Present {
    all: usize,
    /// How many wait, by client.
    clients: HashMap<IpAddr, usize>,
    is_stopping: bool,
}

/// A place, until it is dropped.
pub struct WaiterPlace {
    waiters: Arc<Waiters>,
    client: Option<IpAddr>,
    place: InterestPlace,
}

impl Waiters {
    /// Nobody waits yet.
    pub fn new(limits: WaiterLimits, interested: Arc<Interested>, looks: Arc<Looks>) -> Self {
        Self {
            limits,
            interested,
            looks,
            waiting: Mutex::default(),
        }
    }

    /// Gives somebody a place; a client without address is not limited.
    pub fn enter(self: &Arc<Self>, client: Option<IpAddr>) -> Result<WaiterPlace, Crowded> {
        let mut waiting = self.lock();
        let of_client = client.map_or(0, |client| {
            waiting.clients.get(&client).copied().unwrap_or_default()
        });
        let is_client = of_client >= self.limits.of_client;
        if is_client || waiting.all >= self.limits.all {
            return Err(Crowded {
                limits: self.limits,
                is_client,
            });
        }
        if let Some(client) = client {
            waiting.clients.insert(client, of_client + 1);
        }
        waiting.all += 1;
        self.looks.are_awaited_by(waiting.all);
        Ok(WaiterPlace {
            waiters: self.clone(),
            client,
            place: self.interested.enter(Purpose::Wait),
        })
    }

    /// How many wait.
    pub fn count(&self) -> usize {
        self.lock().all
    }

    /// Answers all who wait, and those who come, with what holds now.
    pub fn stop(&self) {
        self.lock().is_stopping = true;
        self.interested.wake_all();
    }

    fn lock(&self) -> MutexGuard<'_, Present> {
        self.waiting.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl WaiterPlace {
    /// A time after which somebody looks; [`Self::wants`] is told it.
    pub fn time(&self) -> u64 {
        self.waiters.interested.time()
    }

    /// See [`InterestPlace::wants`].
    pub fn wants(&self, interests: Vec<Interest>, since: u64) -> bool {
        self.place.wants(interests, since)
    }

    /// Whether everybody is to be answered.
    pub fn is_stopping(&self) -> bool {
        self.waiters.lock().is_stopping
    }

    /// Waits until it may be worth to look again.
    pub async fn woken(&self) {
        self.place.woken().await;
    }
}

impl Drop for WaiterPlace {
    fn drop(&mut self) {
        let mut waiting = self.waiters.lock();
        waiting.all -= 1;
        self.waiters.looks.are_awaited_by(waiting.all);
        if let Some(client) = self.client
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
