//! A few are busy, most are quiet.

use crate::random::Random;

/// Chooses among ranked things so that the one on rank r is chosen in proportion
/// to 1 / r^steepness (Zipf's law).
#[derive(Debug)]
pub(crate) struct Popularity {
    cumulative: Vec<f64>,
}

impl Popularity {
    pub(crate) fn new(length: usize, steepness: f64) -> Self {
        Self::weighted((1..=length).map(|rank| (rank as f64).powf(-steepness)))
    }

    /// Chooses in proportion to `weights`.
    pub(crate) fn weighted(weights: impl Iterator<Item = f64>) -> Self {
        let sums = weights.scan(0.0, |sum, weight| {
            *sum += weight;
            Some(*sum)
        });
        Self {
            cumulative: sums.collect(),
        }
    }

    pub(crate) fn choose(&self, random: &mut Random) -> usize {
        let total = self.cumulative.last().copied().unwrap_or(0.0);
        let point = random.unit() * total;
        self.cumulative
            .partition_point(|sum| *sum <= point)
            .min(self.cumulative.len() - 1)
    }
}
