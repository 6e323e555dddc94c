//! How fast questions follow one another, by whomever they are asked, and when to wait.

use std::sync::Mutex;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

/// How long somebody who waits may not notice that it is time to stop.
const NAP: Duration = Duration::from_millis(100);

/// When the next question may be asked, by all who ask.
pub struct Pace {
    shared: Mutex<service::Pace>,
    stop: AtomicBool,
}

impl Pace {
    /// `rate` is questions a second, at least a thousandth.
    pub fn new(rate: f64) -> Self {
        Self {
            shared: Mutex::new(service::Pace::new(rate)),
            stop: AtomicBool::new(false),
        }
    }

    /// Waits until it is the caller's turn; answers whether to go on.
    pub fn turn(&self) -> bool {
        let pause = self.lock().pause();
        let start = Instant::now();
        while !self.stopped() {
            let left = pause.saturating_sub(start.elapsed());
            if left.is_zero() {
                return true;
            }
            std::thread::sleep(left.min(NAP));
        }
        false
    }

    /// Lets nobody ask for so long: a service has asked for patience.
    pub fn hold(&self, pause: Duration) {
        self.lock().hold(pause);
    }

    /// No further questions.
    pub fn stop(&self) {
        self.stop.store(true, Ordering::Relaxed);
    }

    /// Whether it was told to stop.
    pub fn stopped(&self) -> bool {
        self.stop.load(Ordering::Relaxed)
    }

    fn lock(&self) -> std::sync::MutexGuard<'_, service::Pace> {
        // What is behind it is a moment, and right whatever happened to others.
        self.shared
            .lock()
            .unwrap_or_else(std::sync::PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn questions_keep_their_distance() {
        let (start, pace) = (Instant::now(), Pace::new(50.0));
        for _ in 0..4 {
            assert!(pace.turn());
        }
        assert!(start.elapsed() >= Duration::from_millis(60));
        pace.hold(Duration::from_millis(100));
        assert!(pace.turn());
        assert!(start.elapsed() >= Duration::from_millis(160));
    }

    #[test]
    fn who_waits_hears_that_it_is_over() {
        let pace = Pace::new(0.001);
        assert!(pace.turn());
        std::thread::scope(|scope| {
            let waiter = scope.spawn(|| pace.turn());
            pace.stop();
            assert!(!waiter.join().expect("no panic"));
        });
    }
}
