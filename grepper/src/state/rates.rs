//! How often clients have asked of late, and which of them ask too often.

use std::collections::HashMap;
use std::net::IpAddr;
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use crate::config::rate_limit::RateLimit;

/// Clients that are known at once, some 100 bytes each. Who comes beside them is let pass: whoever has as many
/// addresses is not held by a limit for each.
const MOST_CLIENTS: usize = 65_536;
/// How often those are looked for that have not asked of late, while there is no room.
const BETWEEN_LOOKS: Duration = Duration::from_secs(1);

/// A bucket of tokens for each client, as the time at which it is full again.
pub struct Rates {
    limit: RateLimit,
    clients: Mutex<Clients>,
}

struct Clients {
    full_at: HashMap<IpAddr, Instant>,
    looked: Option<Instant>,
}

impl Rates {
    /// With no client known.
    pub fn new(limit: RateLimit) -> Self {
        let clients = Clients {
            full_at: HashMap::new(),
            looked: None,
        };
        Self {
            limit,
            clients: Mutex::new(clients),
        }
    }

    /// Takes a token of this client; the error is how long it is until there is one.
    pub fn take(&self, client: IpAddr, now: Instant) -> Result<(), Duration> {
        let RateLimit { interval, burst } = self.limit;
        let mut clients = self.lock();
        clients.make_room(now);
        let has_room = clients.full_at.len() < MOST_CLIENTS;
        let known = clients.full_at.get_mut(&client);
        // A bucket that is full does not fill further.
        let full_at = known.as_deref().map_or(now, |at| now.max(*at)) + interval;
        let wait = full_at.saturating_duration_since(now + interval * burst);
        if !wait.is_zero() {
            return Err(wait);
        }
        match known {
            Some(known) => *known = full_at,
            None if has_room => drop(clients.full_at.insert(client, full_at)),
            None => (),
        }
        Ok(())
    }

    fn lock(&self) -> MutexGuard<'_, Clients> {
        // What a thread that panicked left is as good as any.
        self.clients.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Clients {
    /// Forgets those whose buckets are full, as if they had never asked.
    fn make_room(&mut self, now: Instant) {
        let is_early = |looked: Instant| now < looked + BETWEEN_LOOKS;
        if self.full_at.len() < MOST_CLIENTS || self.looked.is_some_and(is_early) {
            return;
        }
        self.full_at.retain(|_, at| *at > now);
        self.looked = Some(now);
    }
}

#[cfg(test)]
mod tests {
    use std::net::Ipv4Addr;

    use super::*;

    fn client(number: u32) -> IpAddr {
        Ipv4Addr::from_bits(number).into()
    }

    #[test]
    fn a_client_has_its_burst_and_then_its_rate() {
        let rates = Rates::new("10/s,3".parse().expect("a limit"));
        let start = Instant::now();
        let at = |millis: u64| start + Duration::from_millis(millis);
        for _ in 0..3 {
            assert_eq!(rates.take(client(1), at(0)), Ok(()));
        }
        assert_eq!(
            rates.take(client(1), at(0)),
            Err(Duration::from_millis(100))
        );
        assert_eq!(rates.take(client(2), at(0)), Ok(()), "another client");
        assert_eq!(
            rates.take(client(1), at(40)),
            Err(Duration::from_millis(60))
        );
        assert_eq!(rates.take(client(1), at(100)), Ok(()));
        assert!(
            rates.take(client(1), at(100)).is_err(),
            "nothing is saved up while refused"
        );
        for _ in 0..3 {
            assert_eq!(rates.take(client(1), at(60_000)), Ok(()));
        }
        assert!(
            rates.take(client(1), at(60_000)).is_err(),
            "no more than the burst"
        );
    }

    #[test]
    fn clients_are_bounded_and_forgotten_when_they_have_not_asked() {
        let rates = Rates::new("1/s".parse().expect("a limit"));
        let start = Instant::now();
        let most = u32::try_from(MOST_CLIENTS).expect("few");
        for number in 0..most + 10 {
            assert_eq!(rates.take(client(number), start), Ok(()));
        }
        assert_eq!(rates.lock().full_at.len(), MOST_CLIENTS);
        assert!(rates.take(client(0), start).is_err());
        let later = start + Duration::from_secs(2);
        assert_eq!(rates.take(client(most + 20), later), Ok(()));
        assert_eq!(rates.lock().full_at.len(), 1);
        assert!(rates.take(client(most + 20), later).is_err());
    }
}
