//! Whether more is to be taken from the broker.
//!
//! What is taken and not settled counts as delivered once more when it comes again, and fills the
//! memory. So nothing is asked for before the database has proved that it takes messages, nor
//! while it is late with a batch, nor while too much is held.

use std::sync::Arc;
use std::time::Duration;

use tokio::sync::watch;

/// Shared by the consumers of queues and the writer of batches. Clones are one.
#[derive(Clone, Debug)]
pub struct Intake {
    level: Arc<watch::Sender<Level>>,
    most: usize,
}

/// What speaks for and against taking more.
#[derive(Clone, Copy, Debug, Default)]
struct Level {
    /// What is held weighs so many bytes.
    held: usize,
    /// The database is late with so many batches.
    late: usize,
    /// The database has shown that it takes messages.
    proved: bool,
}

impl Intake {
    /// A batch that is written for so long is late.
    pub const PATIENCE: Duration = Duration::from_secs(3);

    /// Nothing is held, and nothing is known of the database. No more than about `most` bytes are
    /// to be held.
    pub fn new(most: usize) -> Self {
        let (level, _) = watch::channel(Level::default());
        Self {
            level: Arc::new(level),
            most,
        }
    }

    /// A delivery of so many bytes is held from now on. Wakes nobody, as it was the one to wake who
    /// says so.
    pub fn took(&self, weight: usize) {
        self.level.send_if_modified(|level| {
            level.held += weight;
            false
        });
    }

    /// Deliveries of so many bytes are not held any more.
    pub fn gave(&self, weight: usize) {
        self.level.send_modify(|level| level.held -= weight);
    }

    /// The database is late with a batch, until the answer is dropped.
    pub fn late(&self) -> Late {
        self.level.send_modify(|level| level.late += 1);
        Late(self.clone())
    }

    /// The database has to prove anew that it takes messages.
    pub fn doubt(&self) {
        self.level.send_modify(|level| level.proved = false);
    }

    /// The database has taken a message.
    pub fn proved(&self) {
        self.level.send_if_modified(|level| {
            let news = !level.proved;
            level.proved = true;
            news
        });
    }

    /// Waits until the database has to prove that it takes messages.
    pub async fn doubted(&self) {
        // It cannot fail, as the sender is here.
        let _ = self.level.subscribe().wait_for(|level| !level.proved).await;
    }

    /// Looks at it, as one who takes now or does not.
    pub fn watch(&self) -> Watch {
        Watch {
            level: self.level.subscribe(),
            most: self.most,
            open: false,
        }
    }
}

/// The database is late with a batch.
#[derive(Debug)]
pub struct Late(Intake);

impl Drop for Late {
    fn drop(&mut self) {
        self.0.level.send_modify(|level| level.late -= 1);
    }
}

/// Decides for one who takes deliveries.
pub struct Watch {
    level: watch::Receiver<Level>,
    most: usize,
    open: bool,
}

impl Watch {
    /// Whether to take more. What was too much must be half of it before it goes on.
    pub fn is_open(&mut self) -> bool {
        let level = *self.level.borrow_and_update();
        let most = if self.open { self.most } else { self.most / 2 };
        self.open = level.proved && level.late == 0 && level.held <= most;
        self.open
    }

    /// Whether the database is why no more is to be taken.
    pub fn is_database_away(&self) -> bool {
        let level = *self.level.borrow();
        !level.proved || level.late > 0
    }

    /// Waits until there is a reason to look again.
    pub async fn changed(&mut self) {
        if self.level.changed().await.is_err() {
            // The intake is gone, and nothing changes any more.
            std::future::pending::<()>().await;
        }
    }
}

#[cfg(test)]
mod tests {
    use futures_util::FutureExt as _;

    use super::*;

    #[test]
    fn nothing_is_taken_before_the_database_has_proved_itself() {
        let intake = Intake::new(10);
        let mut watch = intake.watch();
        assert!(!watch.is_open() && watch.is_database_away());
        intake.proved();
        assert!(watch.is_open());
        intake.doubt();
        assert!(!watch.is_open());
        assert!(intake.doubted().now_or_never().is_some());
        intake.proved();
        assert!(intake.doubted().now_or_never().is_none());
    }

    #[test]
    fn nothing_is_taken_while_a_batch_is_late() {
        let intake = Intake::new(10);
        intake.proved();
        let mut watch = intake.watch();
        let late = [intake.late(), intake.late()];
        let [first, second] = late;
        drop(first);
        assert!(!watch.is_open() && watch.is_database_away());
        drop(second);
        assert!(watch.is_open());
    }

    #[test]
    fn nothing_is_taken_from_too_much_until_half_of_it() {
        let intake = Intake::new(10);
        intake.proved();
        let mut watch = intake.watch();
        assert!(watch.is_open());
        for (took, gave, open) in [
            (10, 0, true),
            (1, 0, false),
            (0, 5, false),
            (0, 1, true),
            (5, 0, true),
        ] {
            intake.took(took);
            intake.gave(gave);
            assert_eq!(watch.is_open(), open, "{took} {gave}");
        }
        assert!(!watch.is_database_away());
    }

    #[test]
    fn who_waits_is_woken_by_what_lets_go() {
        let intake = Intake::new(10);
        let mut watch = intake.watch();
        watch.is_open();
        intake.took(1);
        assert!(watch.changed().now_or_never().is_none());
        intake.gave(1);
        assert!(watch.changed().now_or_never().is_some());
    }
}
