//! What was done when, so that a fault can be related to it.

use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

/// How long after a disturbance an answer may still be its work: programs try again after some seconds.
const AFTERMATH: Duration = Duration::from_secs(5);

/// All that happened since the start.
pub struct Journal {
    start: Instant,
    events: Mutex<Vec<Event>>,
    faults: Mutex<Vec<String>>,
}

/// Something that was done to the programs or servers.
#[derive(Clone, Debug)]
pub struct Event {
    pub what: String,
    pub from: Duration,
    /// None while it lasts.
    pub until: Option<Duration>,
    pub outcome: String,
    /// Whether clients may get no answer, or a late one, meanwhile.
    pub excuses: bool,
}

impl Journal {
    /// Starts the clock.
    pub fn start() -> Self {
        Self {
            start: Instant::now(),
            events: Mutex::default(),
            faults: Mutex::default(),
        }
    }

    /// The time since the start.
    pub fn now(&self) -> Duration {
        self.start.elapsed()
    }

    /// Prints a line with its time.
    pub fn say(&self, what: &str) {
        service::say(format_args!("soak {} {what}", clock(self.now())));
    }

    /// Notes what makes the whole fail, with its time.
    pub fn fault(&self, what: &str) {
        self.say(&format!("FAULT {what}"));
        let line = format!("{} {what}", clock(self.now()));
        lock(&self.faults).push(line);
    }

    /// What was noted by [`Journal::fault`].
    pub fn faults(&self) -> Vec<String> {
        lock(&self.faults).clone()
    }

    /// Notes that something begins; the answer is for [`Journal::end`].
    pub fn begin(&self, what: &str, excuses: bool) -> usize {
        self.say(&format!("begin {what}"));
        let mut events = lock(&self.events);
        events.push(Event {
            what: what.to_owned(),
            from: self.now(),
            until: None,
            outcome: String::new(),
            excuses,
        });
        events.len() - 1
    }

    /// Notes that it ended, and how.
    pub fn end(&self, event: usize, outcome: &str) {
        let now = self.now();
        let mut events = lock(&self.events);
        let event = &mut events[event];
        event.until = Some(now);
        outcome.clone_into(&mut event.outcome);
        self.say(&format!("end   {}: {outcome}", event.what));
    }

    /// Everything that was done, in order.
    pub fn events(&self) -> Vec<Event> {
        lock(&self.events).clone()
    }

    /// Whether something that excuses late or missing answers happened between the two, or just before.
    pub fn excuses(&self, from: Duration, until: Duration) -> bool {
        lock(&self.events).iter().any(|event| {
            let end = event.until.map_or(Duration::MAX, |end| end + AFTERMATH);
            event.excuses && event.from <= until && from <= end
        })
    }
}

/// Minutes and seconds.
pub fn clock(offset: Duration) -> String {
    format!("{:3}:{:02}", offset.as_secs() / 60, offset.as_secs() % 60)
}

/// A thread that panics is a fault of its own: what it noted stays of use.
pub fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn disturbances_excuse_what_overlaps_them() {
        let journal = Journal::start();
        let seconds = Duration::from_secs;
        assert!(!journal.excuses(seconds(0), seconds(5)));
        journal.begin("no excuse", false);
        assert!(!journal.excuses(seconds(0), seconds(5)));
        let event = journal.begin("an excuse", true);
        assert!(journal.excuses(seconds(0), seconds(5)));
        journal.end(event, "done");
        assert!(journal.excuses(seconds(2), seconds(5)), "its aftermath");
        assert!(!journal.excuses(seconds(20), seconds(25)));
    }
}
