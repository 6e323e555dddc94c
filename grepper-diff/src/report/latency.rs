//! How long answers took.

use std::time::Duration;

/// The times of two services, question by question.
#[derive(Default)]
pub struct Latency {
    pairs: Vec<(Duration, Duration)>,
}

/// Milliseconds of one service.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Figures {
    pub median: f64,
    /// 19 of 20 were not slower.
    pub p95: f64,
    pub slowest: f64,
}

impl Latency {
    /// Keeps the times of a question.
    pub fn add(&mut self, old: Duration, new: Duration) {
        self.pairs.push((old, new));
    }

    /// How many questions there are.
    pub fn len(&self) -> usize {
        self.pairs.len()
    }

    /// Of the old service and of the new; `None` where both never answered.
    pub fn figures(&self) -> Option<(Figures, Figures)> {
        let old = figures(self.pairs.iter().map(|(old, _)| *old).collect())?;
        let new = figures(self.pairs.iter().map(|(_, new)| *new).collect())?;
        Some((old, new))
    }

    /// How often the new service was quicker.
    pub fn quicker(&self) -> usize {
        self.pairs.iter().filter(|(old, new)| new < old).count()
    }
}

fn figures(mut times: Vec<Duration>) -> Option<Figures> {
    times.sort_unstable();
    let last = times.len().checked_sub(1)?;
    let at = |hundredths: usize| times[(last * hundredths).div_ceil(100)].as_secs_f64() * 1000.0;
    Some(Figures {
        median: at(50),
        p95: at(95),
        slowest: at(100),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn figures_are_of_the_sorted_times() {
        let mut latency = Latency::default();
        assert_eq!(latency.figures(), None);
        for n in (1..=101).rev() {
            latency.add(Duration::from_millis(n), Duration::from_millis(50));
        }
        let (old, new) = latency.figures().expect("times");
        assert_eq!(
            old,
            Figures {
                median: 51.0,
                p95: 96.0,
                slowest: 101.0
            }
        );
        assert_eq!((new.median, new.p95), (50.0, 50.0));
        assert_eq!((latency.quicker(), latency.len()), (51, 101));
    }
}
