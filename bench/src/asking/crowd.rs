//! Several clients at once.

use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::{Duration, Instant};

use anyhow::{Result, anyhow};

use crate::asking::client::Client;
use crate::asking::shapes::Shape;
use crate::history::names::Names;

/// How many.
pub const CLIENTS: usize = 8;
/// How many different requests are made before the clock starts.
const REQUESTS: usize = 1000;

/// Asks the server at `url` for `seconds`; answers how long that was, and how long each answer took.
pub fn ask(
    url: &str,
    shape: &Shape,
    names: &Names,
    seconds: u64,
) -> Result<(Duration, Vec<Duration>)> {
    let client = Client::new(url);
    let requests: Vec<_> = (0..REQUESTS)
        .map(|n| client.request(&shape.question(names, n)))
        .collect();
    let next = AtomicUsize::new(0);
    let start = Instant::now();
    let end = start + Duration::from_secs(seconds);
    let one = || -> Result<Vec<Duration>> {
        let client = Client::new(url);
        let mut times = Vec::new();
        while Instant::now() < end {
            times.push(client.time(&requests[next.fetch_add(1, Ordering::Relaxed) % REQUESTS])?);
        }
        Ok(times)
    };
    let times = std::thread::scope(|scope| {
        let threads: Vec<_> = (0..CLIENTS).map(|_| scope.spawn(one)).collect();
        let answers = threads
            .into_iter()
            .map(|thread| thread.join().map_err(|_| anyhow!("a client panicked"))?);
        answers.collect::<Result<Vec<_>>>()
    })?;
    Ok((start.elapsed(), times.concat()))
}
