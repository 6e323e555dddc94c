//! Up to when a replica has all that its source has, by positions in the log of changes.

use std::collections::VecDeque;
use std::time::{Duration, Instant};

use crate::database::log_place::LogPlace;

/// Where the source's log ended at some moments of late.
#[derive(Debug, Default)]
pub(crate) struct LogProgress {
    moments: VecDeque<(Instant, i64)>,
    /// What the source told last of itself.
    pub(crate) primary: Option<LogPlace>,
}

impl LogProgress {
    /// The source had written its log up to there at this moment, or a little later. Moments older than `kept` are
    /// forgotten, but for one.
    pub(crate) fn add(&mut self, moment: Instant, position: i64, kept: Duration) {
        // Another source, or one that lost something: what was known is of no use.
        if self.last().is_some_and(|last| position < last) {
            self.moments.clear();
        }
        self.moments.push_back((moment, position));
        while self
            .moments
            .get(1)
            .is_some_and(|(at, _)| moment - *at > kept)
        {
            self.moments.pop_front();
        }
    }

    /// The last position that is known.
    pub(crate) fn last(&self) -> Option<i64> {
        self.moments.back().map(|(_, position)| *position)
    }

    /// Up to when whoever has the log up to `position` has all; `None` if that was before all that is known.
    pub(crate) fn complete_until(&self, position: i64) -> Option<Instant> {
        let known = self.moments.iter().rev();
        known
            .filter(|(_, of_source)| *of_source <= position)
            .map(|(at, _)| *at)
            .next()
    }

    /// When the source was last asked and answered.
    pub(crate) fn asked(&self) -> Option<Instant> {
        self.moments.back().map(|(at, _)| *at)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_replica_is_complete_until_the_last_moment_whose_position_it_has() {
        let start = Instant::now();
        let at = |seconds| start + Duration::from_secs(seconds);
        let mut progress = LogProgress::default();
        assert_eq!(progress.complete_until(9), None);
        for (seconds, position) in [(0, 10), (1, 20), (2, 20), (3, 30)] {
            progress.add(at(seconds), position, Duration::from_secs(10));
        }
        assert_eq!(progress.complete_until(9), None);
        assert_eq!(progress.complete_until(10), Some(at(0)));
        assert_eq!(progress.complete_until(29), Some(at(2)));
        assert_eq!(progress.complete_until(99), Some(at(3)));
        progress.add(at(13), 40, Duration::from_secs(10));
        assert_eq!(progress.complete_until(19), None, "it is forgotten");
        assert_eq!(progress.complete_until(30), Some(at(3)));
        progress.add(at(14), 5, Duration::from_secs(10));
        assert_eq!(
            (progress.last(), progress.complete_until(4)),
            (Some(5), None)
        );
    }
}
