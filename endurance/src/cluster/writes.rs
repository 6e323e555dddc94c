//! When something was stored, as nommers tell those who watch them.

use std::sync::atomic::{AtomicBool, Ordering};
use std::thread;
use std::time::Duration;

use crate::journal::Journal;

const BETWEEN_LOOKS: Duration = Duration::from_millis(100);
const PATIENCE: Duration = Duration::from_secs(2);

/// What was stored.
#[derive(Debug, Default)]
pub struct Writes {
    /// When more was stored than before, in order.
    pub times: Vec<Duration>,
    /// How many messages each nommer stored, but for what it did just before it was killed.
    pub stored: Vec<u64>,
}

/// Looks again and again until all is over.
pub fn watch(journal: &Journal, over: &AtomicBool, watched: &[String]) -> Writes {
    let mut before = vec![0; watched.len()];
    let mut writes = Writes {
        times: Vec::new(),
        stored: vec![0; watched.len()],
    };
    while !over.load(Ordering::Relaxed) {
        for (place, address) in watched.iter().enumerate() {
            // One that was started again counts from nothing.
            let now = stored_by(address).unwrap_or(0);
            let more = now.saturating_sub(before[place]);
            if more > 0 {
                writes.times.push(journal.now());
                writes.stored[place] += more;
            }
            before[place] = now;
        }
        thread::sleep(BETWEEN_LOOKS);
    }
    writes
}

/// How many messages the nommer that is watched at `address` has stored.
pub fn stored_by(address: &str) -> Option<u64> {
    let text = metrics(address)?;
    let is_stored = |line: &&str| {
        line.starts_with("nommer_deliveries_total{") && line.contains(r#"outcome="stored""#)
    };
    let of_queues = text.lines().filter(is_stored);
    Some(
        of_queues
            .filter_map(|line| line.rsplit(' ').next()?.parse::<u64>().ok())
            .sum(),
    )
}

/// All metrics.
pub fn metrics(address: &str) -> Option<String> {
    let agent: ureq::Agent = ureq::Agent::config_builder()
        .timeout_global(Some(PATIENCE))
        .build()
        .into();
    let mut answer = agent.get(format!("http://{address}/metrics")).call().ok()?;
    answer.body_mut().read_to_string().ok()
}
