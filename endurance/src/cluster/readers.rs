//! Clients that read all the time.

use std::sync::atomic::{AtomicBool, Ordering};
use std::thread;
use std::time::Duration;

use simulator::Random;

use crate::background::quiet::{ask, question};
use crate::journal::Journal;
use crate::wire;

/// How many there are.
pub const CLIENTS: usize = 50;
/// From one question of a client to the next.
const PAUSE: Duration = Duration::from_secs(1);

/// An answer: when it came, how long it took, and its status; none where the connection was refused or broke.
#[derive(Clone, Copy, Debug)]
pub struct Answer {
    pub at: Duration,
    pub took: Duration,
    pub status: Option<u16>,
}

/// Asks the grepper at `address` until all is over.
pub fn run(journal: &Journal, over: &AtomicBool, address: &str, seed: u64) -> Vec<Answer> {
    let mut random = Random::new(seed);
    let agent = wire::agent();
    let mut answers = Vec::new();
    while !over.load(Ordering::Relaxed) {
        let from = journal.now();
        let status = ask(
            &agent,
            &format!("http://{address}{}", question(&mut random)),
        );
        let at = journal.now();
        let took = at.saturating_sub(from);
        answers.push(Answer { at, took, status });
        thread::sleep(PAUSE.saturating_sub(took));
    }
    answers
}
