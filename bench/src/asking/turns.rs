//! What one server answered turn by turn, so that servers can be compared over the same moments.

use std::time::Duration;

use anyhow::{Context, Result};

use crate::asking::timings::Timings;

/// How long each answer took, by turns; servers that were asked in turns have as many.
#[derive(Clone, Debug, Default)]
pub struct Turns(Vec<Vec<Duration>>);

impl Turns {
    /// Adds the times of a turn.
    pub fn push(&mut self, times: Vec<Duration>) {
        if !times.is_empty() {
            self.0.push(times);
        }
    }

    /// How long all answers took together.
    pub fn total(&self) -> Duration {
        self.0.iter().flatten().sum()
    }

    /// All times.
    ///
    /// # Errors
    /// When there are none.
    pub fn timings(&self) -> Result<Timings> {
        Timings::new(self.0.concat()).context("nothing was asked")
    }
}

/// Whether those who take turns do so the other way around this time, by the Thue–Morse sequence: nobody
/// is the first more often than others, or in step with what else the machine does now and then.
pub fn backwards(turn: usize) -> bool {
    turn.count_ones() % 2 == 1
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_begins_as_often() {
        let order: String = (0..8)
            .map(|turn| if backwards(turn) { "BA" } else { "AB" })
            .collect();
        assert_eq!(order, "ABBABAABBAABABBA");
    }
}
