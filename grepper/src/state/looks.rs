//! When the database is looked at for new messages, and what is known by the last look.
//!
//! One thread looks, on behalf of all. Who is to be told when something comes has looks made at a steady pace; who
//! wants to know whether something came already waits for a look that began after it asked, and shares it with all
//! who asked before that.

use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use archive::Origin;
use tokio::sync::watch;
use tokio::time::timeout;

/// Between two looks while somebody waits.
const PAUSE: Duration = Duration::from_millis(100);
/// Between two looks while only what was read is remembered.
const SLOW_PAUSE: Duration = Duration::from_secs(1);
/// After a look that failed, whoever wants one.
const LONG_PAUSE: Duration = Duration::from_millis(500);
/// For how long nothing is forgotten when nobody wants looks any more: whoever asked in turns is soon back.
const IDLE: Duration = Duration::from_secs(3);
/// For how long looks go on after something was asked for that may be remembered.
const KEPT: Duration = Duration::from_secs(30);
/// For how long one waits for a look rather than reading without it.
const PATIENCE: Duration = Duration::from_secs(1);

/// The looks that are wanted, and the last one.
pub struct Looks {
    wanted: Mutex<Wanted>,
    /// Told when more is wanted.
    more: Condvar,
    latest: watch::Sender<Latest>,
    /// For how long one waits for a look.
    patience: Duration,
}

#[derive(Default)]
struct Wanted {
    /// How many wait.
    waiting: usize,
    /// Until when what was read is remembered.
    kept_until: Option<Instant>,
    /// Whether a look is wanted at once.
    is_urgent: bool,
}

/// The last look.
#[derive(Clone)]
struct Latest {
    began: Instant,
    /// The database of which it told whatever there was when it began.
    follows: Option<Arc<Origin>>,
}

impl Default for Looks {
    fn default() -> Self {
        let nothing = Latest {
            began: Instant::now(),
            follows: None,
        };
        Self {
            wanted: Mutex::default(),
            more: Condvar::new(),
            latest: watch::Sender::new(nothing),
            patience: PATIENCE,
        }
    }
}

impl Looks {
    /// So many wait for what looks tell.
    pub fn are_awaited_by(&self, waiting: usize) {
        self.lock().waiting = waiting;
        self.more.notify_all();
    }

    /// Something was asked for, which is remembered from when a database is followed.
    pub fn keep(&self) {
        self.lock().kept_until = Some(Instant::now() + KEPT);
        self.more.notify_all();
    }

    /// The database that is followed, by the last look.
    pub fn follow(&self) -> Option<Arc<Origin>> {
        self.latest.borrow().follows.clone()
    }

    /// Waits for a look that began after `asked`, if a database is followed: the one of which all has been told by
    /// then that could be seen at that time. `None` if nobody knows.
    pub async fn since(&self, asked: Instant) -> Option<Arc<Origin>> {
        // Whoever subscribes before it asks misses no look.
        let mut looks = self.latest.subscribe();
        // Where the last one failed or did not know, so may the next.
        looks.borrow().follows.as_ref()?;
        if looks.borrow().began <= asked {
            self.lock().is_urgent = true;
            self.more.notify_all();
        }
        let later = looks.wait_for(|look| look.began > asked);
        let look = timeout(self.patience, later).await.ok()?.ok()?;
        look.follows.clone()
    }

    /// Waits until the next look is due, if looks are wanted; answers whether. `failed` is whether the last one did.
    pub fn is_due(&self, failed: bool) -> bool {
        let started = Instant::now();
        let mut wanted = self.lock();
        loop {
            let now = Instant::now();
            let pause = wanted.pause(failed, now);
            let at = started + pause.unwrap_or(IDLE);
            let is_urgent = wanted.is_urgent && !failed;
            if now >= at || is_urgent && pause.is_some() {
                return pause.is_some();
            }
            let waited = self.more.wait_timeout(wanted, at - now);
            (wanted, _) = waited.unwrap_or_else(PoisonError::into_inner);
        }
    }

    /// A look begins: answers when.
    pub fn begin(&self) -> Instant {
        let mut wanted = self.lock();
        wanted.is_urgent = false;
        Instant::now()
    }

    /// A look that began then has been told of; by it, this database is followed.
    pub fn end(&self, began: Instant, follows: Option<Arc<Origin>>) {
        self.latest.send_replace(Latest { began, follows });
    }

    fn lock(&self) -> MutexGuard<'_, Wanted> {
        self.wanted.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Wanted {
    /// How long after a look the next one is wanted, if one is.
    fn pause(&self, failed: bool, now: Instant) -> Option<Duration> {
        let is_kept = self.kept_until.is_some_and(|until| now < until);
        match self.waiting {
            0 if !is_kept => None,
            _ if failed => Some(LONG_PAUSE),
            0 => Some(SLOW_PAUSE),
            _ => Some(PAUSE),
        }
    }
}

#[cfg(test)]
mod tests {
    use std::sync::atomic::{AtomicUsize, Ordering};
    use std::thread;

    use super::*;

    fn origin() -> Option<Arc<Origin>> {
        Some(Origin::named("here"))
    }

    /// Looks as long as it is wanted, each of which takes some milliseconds; answers how many there were.
    fn look_on(looks: &Arc<Looks>) -> Arc<AtomicUsize> {
        let count = Arc::<AtomicUsize>::default();
        let (looks, counted) = (looks.clone(), count.clone());
        thread::spawn(move || {
            while looks.is_due(false) {
                let began = looks.begin();
                thread::sleep(Duration::from_millis(20));
                counted.fetch_add(1, Ordering::SeqCst);
                looks.end(began, origin());
            }
        });
        count
    }

    #[actix_web::test]
    async fn who_asks_gets_a_look_that_began_later_and_shares_it() {
        let looks = Arc::new(Looks {
            patience: Duration::from_secs(60),
            ..Looks::default()
        });
        assert_eq!(looks.since(Instant::now()).await, None, "nobody looks");
        looks.keep();
        let count = look_on(&looks);
        while looks.follow().is_none() {
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
        for _ in 0..5 {
            let asked = Instant::now();
            let all: Vec<_> = [(); 100].map(|()| looks.since(asked)).into();
            let told = futures_util::future::join_all(all).await;
            assert!(told.iter().all(|told| *told == origin()));
            assert!(looks.latest.borrow().began > asked);
        }
        let looked = count.load(Ordering::SeqCst);
        assert!((6..=14).contains(&looked), "{looked} looks");
        let past = Instant::now();
        assert_eq!(looks.since(past).await, origin());
        let looked = count.load(Ordering::SeqCst);
        assert_eq!(looks.since(past).await, origin());
        assert!(count.load(Ordering::SeqCst) <= looked + 1, "it was looked");
    }

    #[actix_web::test]
    async fn nobody_waits_for_looks_that_fail() {
        let looks = Looks {
            patience: Duration::from_millis(50),
            ..Looks::default()
        };
        looks.end(looks.begin(), origin());
        looks.end(looks.begin(), None);
        assert_eq!(looks.since(Instant::now()).await, None);
        looks.end(looks.begin(), origin());
        let started = Instant::now();
        assert_eq!(looks.since(started).await, None, "no look comes");
        assert!(started.elapsed() >= looks.patience);
    }

    #[test]
    fn looks_are_as_frequent_as_they_are_wanted() {
        let mut wanted = Wanted::default();
        let now = Instant::now();
        assert_eq!(wanted.pause(false, now), None);
        wanted.kept_until = Some(now + KEPT);
        assert_eq!(wanted.pause(false, now), Some(SLOW_PAUSE));
        assert_eq!(wanted.pause(true, now), Some(LONG_PAUSE));
        assert_eq!(wanted.pause(false, now + KEPT), None);
        wanted.waiting = 1;
        assert_eq!(wanted.pause(false, now), Some(PAUSE));
        assert_eq!(wanted.pause(true, now + KEPT), Some(LONG_PAUSE));
    }
}
