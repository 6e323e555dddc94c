//! What a disturbance is, and how it waits.

use std::time::Duration;

use anyhow::Result;
use simulator::Random;

use crate::scene::Scene;

/// One thing that is done.
#[derive(Clone, Copy)]
pub struct Disturbance {
    pub name: &'static str,
    /// Whether clients may get late answers or 503 meanwhile.
    pub excuses: bool,
    /// Answers what came of it.
    pub run: fn(&Scene, &mut Random) -> Result<String>,
}

impl Disturbance {
    /// For what takes something away from clients.
    pub const fn excusing(
        name: &'static str,
        run: fn(&Scene, &mut Random) -> Result<String>,
    ) -> Self {
        Self {
            name,
            excuses: true,
            run,
        }
    }

    /// For what a client who asks an ordinary question must not notice.
    pub const fn quiet(name: &'static str, run: fn(&Scene, &mut Random) -> Result<String>) -> Self {
        Self {
            name,
            excuses: false,
            run,
        }
    }
}

/// Waits for so many seconds, or until all is over.
pub fn pause(scene: &Scene, seconds: u64) {
    scene.wait_until(scene.journal.now() + Duration::from_secs(seconds));
}
