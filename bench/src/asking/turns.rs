//! What one server answered turn by turn, so that servers can be compared over the same moments.

use std::time::Duration;

use anyhow::{Context, Result};

use crate::asking::timings::Timings;
use crate::statistics::{Ratio, median};

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

    /// Adds the turns of `other`.
    pub fn extend(&mut self, other: Self) {
        self.0.extend(other.0);
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

    /// How these times compare with those of `before`, whose turns were next to them: by the medians
    /// of each turn.
    ///
    /// # Errors
    /// When either has no turns.
    pub fn ratio(&self, before: &Self) -> Result<Ratio> {
        let pairs = before.0.iter().zip(&self.0).filter_map(|(before, after)| {
            // Of the last turn one may have had no time for all questions.
            let both = before.len().min(after.len());
            Some((middle(&before[..both])?, middle(&after[..both])?))
        });
        Ratio::of(pairs).context("nothing was asked")
    }
}

fn middle(times: &[Duration]) -> Option<f64> {
    median(times.iter().map(Duration::as_secs_f64))
}

/// Whether those who take turns do so the other way around this time, by the Thue–Morse sequence: nobody
/// is the first more often than others, or in step with what else the machine does now and then.
pub fn backwards(turn: usize) -> bool {
    turn.count_ones() % 2 == 1
}

#[cfg(test)]
mod tests {
    use super::*;

    fn turns(milliseconds: &[&[u64]]) -> Turns {
        let times = |turn: &&[u64]| turn.iter().copied().map(Duration::from_millis).collect();
        Turns(milliseconds.iter().map(times).collect())
    }

    #[test]
    fn each_turn_is_compared_with_the_one_beside_it() {
        let before = turns(&[&[10, 10, 90], &[100, 100, 100], &[10, 500]]);
        let after = turns(&[&[20, 20, 20], &[200, 200, 900], &[20]]);
        assert_eq!(after.ratio(&before).unwrap().middle, 2.0);
        assert_eq!(after.ratio(&before).unwrap().quartiles, [2.0, 2.0]);
        assert!(after.ratio(&Turns::default()).is_err());
    }

    #[test]
    fn each_begins_as_often() {
        let order: String = (0..8)
            .map(|turn| if backwards(turn) { "BA" } else { "AB" })
            .collect();
        assert_eq!(order, "ABBABAABBAABABBA");
    }
}
