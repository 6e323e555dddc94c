//! After the last message: everything is taken from the queue, and the counters are right.

use std::thread;
use std::time::{Duration, Instant};

use anyhow::{Context, Result, bail};

/// A queue that does not become shorter for so long is stuck.
const PATIENCE: Duration = Duration::from_secs(120);

/// Waits until the queue, of which `depth` tells how long it is, is empty and nothing of it is unsettled; answers
/// how long that took.
///
/// # Errors
/// When it does not become shorter any more.
pub fn wait(depth: impl Fn() -> Result<Option<u64>>) -> Result<Duration> {
    let start = Instant::now();
    let (mut least, mut since) = (u64::MAX, Instant::now());
    loop {
        let depth = depth()?.context("the queue is gone")?;
        if depth == 0 {
            return Ok(start.elapsed());
        }
        if depth < least {
            (least, since) = (depth, Instant::now());
        }
        if since.elapsed() > PATIENCE {
            bail!("{depth} messages stay in the queue");
        }
        thread::sleep(Duration::from_millis(500));
    }
}

/// What `nommer counters verify` says is wrong; nothing where all is right.
///
/// # Errors
/// When it cannot be started.
pub fn wrong_counters(database_url: &str) -> Result<Option<String>> {
    let output = acceptance::program("nommer")?
        .args(["counters", "verify"])
        .env("DATABASE_URL", database_url)
        .output()?;
    let text = String::from_utf8_lossy(&output.stdout).into_owned()
        + &String::from_utf8_lossy(&output.stderr);
    Ok((!output.status.success()).then_some(text))
}
