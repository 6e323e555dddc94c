//! How long each of many requests took.

use std::time::Duration;

/// Sorted, and at least one.
#[derive(Clone, Debug)]
pub struct Timings(Vec<Duration>);

impl Timings {
    pub fn new(mut times: Vec<Duration>) -> Option<Self> {
        times.sort_unstable();
        (!times.is_empty()).then_some(Self(times))
    }

    pub fn count(&self) -> usize {
        self.0.len()
    }

    /// The time within which `percent` of the requests were answered, in ms.
    pub fn percentile(&self, percent: usize) -> f64 {
        let rank = (self.0.len() * percent).div_ceil(100).max(1);
        self.0[rank - 1].as_secs_f64() * 1000.0
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn percentiles_are_times_that_were_measured() {
        let timings = Timings::new((1..=200).rev().map(Duration::from_millis).collect()).unwrap();
        assert_eq!(
            [50, 95, 99, 100].map(|percent| timings.percentile(percent)),
            [100.0, 190.0, 198.0, 200.0]
        );
        assert_eq!(
            Timings::new(vec![Duration::from_millis(7)])
                .unwrap()
                .percentile(99),
            7.0
        );
        assert!(Timings::new(Vec::new()).is_none());
    }
}
