//! pg_dump, again and again, as a backup that takes long.

use std::process::{Command, Stdio};
use std::sync::atomic::Ordering;
use std::time::{Duration, Instant};

use anyhow::{Context, Result};

use crate::scene::Scene;

/// At least, between one and the next.
const PAUSE: Duration = Duration::from_secs(10);

/// How many dumps came to their end, and how many did not: a lock or a crash may be in the way.
#[derive(Clone, Copy, Debug, Default)]
pub struct Dumps {
    pub complete: u32,
    pub failed: u32,
}

/// Dumps until all is over.
///
/// # Errors
/// When pg_dump is not installed.
pub fn run(scene: &Scene) -> Result<Dumps> {
    let mut dumps = Dumps::default();
    while !scene.over.load(Ordering::Relaxed) {
        let start = Instant::now();
        let mut command = Command::new("pg_dump");
        // Waiting for a lock it would keep others waiting.
        acceptance::clean(&mut command)
            .args([
                "--lock-wait-timeout=5000",
                "--format=plain",
                "--file=/dev/null",
            ])
            .arg(&scene.stack.database_url)
            .stderr(Stdio::null());
        let status = command.status().context("starting pg_dump")?;
        if status.success() {
            dumps.complete += 1;
        } else {
            dumps.failed += 1;
        }
        // A large archive would be locked against an admin's statements all the time.
        scene.wait_until(scene.journal.now() + PAUSE.max(start.elapsed()));
    }
    Ok(dumps)
}
