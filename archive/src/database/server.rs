//! One of several databases that answer the same: what is known of it, and whether it may be asked.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use crate::database::origin::Origin;

/// For how long a check may be under way before others are asked in place of the server.
const PATIENCE: Duration = Duration::from_secs(1);
/// When nobody waits for it any more.
const STANDS: Duration = Duration::from_secs(3);
/// How often in a row looks must come to one server until an address that led to several is believed again.
const PROBATION: u32 = 10;

/// A database that is looked at again and again.
#[derive(Debug)]
pub struct Server {
    /// Host, port and name, without user and password.
    pub name: String,
    known_since: Instant,
    known: Mutex<Noted>,
}

#[derive(Debug, Default)]
struct Noted {
    /// When the check under way began.
    checking: Option<Instant>,
    /// When the first check began that nobody answered since.
    unanswered: Option<Instant>,
    /// Where checks lead.
    origin: Option<Arc<Origin>>,
    /// Where something else led.
    other: Option<Arc<Origin>>,
    /// How often checks have to come to the same server yet.
    probation: u32,
    /// Until when its answers are young enough.
    fit_until: Option<Instant>,
    /// Up to when it has all.
    complete_until: Option<Instant>,
    /// Whether it had all that is known, when it was last asked.
    has_all: bool,
    /// When somebody last found it away.
    failed: Option<Instant>,
    /// Whether the last word in the log was that it may be asked.
    told_fit: Option<bool>,
}

/// What a check found.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Standing {
    /// Up to when it has all.
    pub(crate) complete_until: Option<Instant>,
    pub(crate) has_all: bool,
    pub(crate) fit_until: Option<Instant>,
}

impl Server {
    pub(crate) fn new(name: String) -> Self {
        Self {
            name,
            known_since: Instant::now(),
            known: Mutex::default(),
        }
    }

    /// Whether it may be asked now.
    #[must_use]
    pub fn is_fit(&self) -> bool {
        let now = Instant::now();
        let known = self.lock();
        let stands = known.checking.is_some_and(|since| now - since > PATIENCE);
        known.failed.is_none() && !stands && known.fit_until.is_some_and(|until| now < until)
    }

    /// Whether it has not answered the simplest question for long.
    pub(crate) fn stands(&self) -> bool {
        let unanswered = self.lock().unanswered;
        unanswered.is_some_and(|since| since.elapsed() > STANDS)
    }

    /// How far it is behind, at most; it grows while that is not known.
    #[must_use]
    pub fn lag(&self) -> Duration {
        let known = self.lock();
        match known.complete_until {
            Some(_) if known.has_all => Duration::ZERO,
            Some(until) => until.elapsed(),
            None => self.known_since.elapsed(),
        }
    }

    /// A check begins.
    pub(crate) fn begin(&self) {
        let mut known = self.lock();
        let now = Instant::now();
        known.checking = Some(now);
        known.unanswered.get_or_insert(now);
    }

    /// The check has an answer, which came from there; answers whether the address leads to one server alone.
    pub(crate) fn answer(&self, origin: &Arc<Origin>) -> bool {
        let mut known = self.lock();
        known.unanswered = None;
        let before = known.origin.replace(origin.clone());
        // Where it leads elsewhere for good, checks will do so, too.
        let is_other = known.other.take().is_some_and(|other| other != *origin);
        let has_changed = before.is_some_and(|before| before != *origin);
        if is_other || known.probation > 0 && has_changed {
            known.probation = PROBATION;
        } else {
            known.probation = known.probation.saturating_sub(1);
        }
        known.probation == 0
    }

    /// Whether what leads there leads to the server that is known.
    pub(crate) fn is_at(&self, origin: &Arc<Origin>) -> bool {
        let mut known = self.lock();
        let is_known = known.origin.as_ref().is_none_or(|known| known == origin);
        if !is_known {
            known.other = Some(origin.clone());
        }
        is_known
    }

    /// The check that began last came to this; answers whether it may be asked, if that is news.
    pub(crate) fn end(&self, finding: Option<Standing>) -> Option<bool> {
        {
            let mut known = self.lock();
            let began = known.checking.take();
            match finding {
                Some(found) => {
                    known.complete_until = found.complete_until.or(known.complete_until);
                    known.has_all = found.has_all;
                    known.fit_until = found.fit_until;
                    // Whoever failed since knows more than the check.
                    if known.failed < began {
                        known.failed = None;
                    }
                }
                None => {
                    known.has_all = false;
                    known.failed = Some(Instant::now());
                }
            }
        }
        let fit = self.is_fit();
        let mut known = self.lock();
        let is_news = known.told_fit.unwrap_or(true) != fit;
        known.told_fit = Some(fit);
        is_news.then_some(fit)
    }

    /// Somebody found it away: it is not asked until a check finds it there.
    pub(crate) fn fail(&self) {
        self.lock().failed = Some(Instant::now());
    }

    fn lock(&self) -> MutexGuard<'_, Noted> {
        self.known.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn fit() -> Option<Standing> {
        let now = Instant::now();
        Some(Standing {
            complete_until: Some(now),
            has_all: true,
            fit_until: Some(now + Duration::from_secs(60)),
        })
    }

    #[test]
    fn who_failed_is_left_out_until_a_later_check_finds_it_there() {
        let server = Server::new("a".to_owned());
        assert!(!server.is_fit(), "nothing is known");
        server.begin();
        assert_eq!(server.end(fit()), None, "as is expected");
        assert!(server.is_fit());
        server.begin();
        server.fail();
        assert_eq!(server.end(fit()), Some(false));
        assert!(!server.is_fit());
        server.begin();
        assert_eq!(server.end(fit()), Some(true));
        assert_eq!(server.lag(), Duration::ZERO);
        server.begin();
        assert_eq!(server.end(None), Some(false));
        assert!(server.lag() > Duration::ZERO);
    }

    #[test]
    fn an_address_that_leads_to_several_servers_is_not_believed_and_one_that_moved_is() {
        let server = Server::new("a".to_owned());
        let [first, second] = ["first", "second"].map(Origin::named);
        assert!(server.answer(&first) && server.is_at(&first));
        assert!(!server.is_at(&second));
        assert!(server.answer(&second), "it moved");
        assert!(!server.is_at(&first));
        for origin in [&second, &first, &second] {
            assert!(!server.answer(origin));
        }
        let until = (0..).take_while(|_| !server.answer(&second)).count();
        assert_eq!(until, PROBATION as usize - 1);
    }
}
