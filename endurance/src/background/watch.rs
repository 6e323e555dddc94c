//! Looks whether a program has ended that nobody ended.

use std::sync::atomic::Ordering;
use std::thread;
use std::time::Duration;

use crate::scene::Scene;

/// Starts again what has ended by itself, which is a fault, until all is over.
pub fn run(scene: &Scene) {
    while !scene.over.load(Ordering::Relaxed) {
        for program in scene.stack.programs() {
            // Whoever has it locked is about to end or start it.
            let Ok(mut program) = program.try_lock() else {
                continue;
            };
            match program.revive() {
                Ok(None) => {}
                Ok(Some(what)) => scene.journal.fault(&what),
                Err(error) => scene.journal.fault(&format!("{}: {error:#}", program.name)),
            }
        }
        thread::sleep(Duration::from_millis(500));
    }
}
