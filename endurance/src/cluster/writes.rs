//! When something was stored, as nommers tell those who watch them.

use std::sync::atomic::{AtomicBool, Ordering};
use std::thread;
use std::time::Duration;

use crate::journal::Journal;

const BETWEEN_LOOKS: Duration = Duration::from_millis(100);
const PATIENCE: Duration = Duration::from_secs(2);

/// Looks again and again until all is over; answers when more was stored than before.
pub fn watch(journal: &Journal, over: &AtomicBool, watched: &[String]) -> Vec<Duration> {
    let mut stored = vec![0; watched.len()];
    let mut times = Vec::new();
    while !over.load(Ordering::Relaxed) {
        for (address, before) in watched.iter().zip(&mut stored) {
            // One that was started again counts from nothing.
            let now = stored_by(address).unwrap_or(0);
            if now > *before {
                times.push(journal.now());
            }
            *before = now;
        }
        thread::sleep(BETWEEN_LOOKS);
    }
    times
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
