//! How often to say the same.

use std::time::Duration;

use tokio::time::Instant;

/// How long it is quiet after the first time; each silence is twice as long as the one before.
const FIRST_SILENCE: Duration = Duration::from_secs(60);
const LONGEST_SILENCE: Duration = Duration::from_secs(24 * 60 * 60);

/// Says when it is time to say something again that does not change.
#[derive(Debug, Default)]
pub struct Complaint {
    /// When the current silence ends, and how long it is.
    silence: Option<(Instant, Duration)>,
}

impl Complaint {
    /// Whether to say at `now` what is still so.
    pub fn is_due(&mut self, now: Instant) -> bool {
        let length = match self.silence {
            None => FIRST_SILENCE,
            Some((end, _)) if now < end => return false,
            Some((_, length)) => LONGEST_SILENCE.min(2 * length),
        };
        self.silence = Some((now + length, length));
        true
    }

    /// It is not so any more: next time it is said at once.
    pub fn settle(&mut self) {
        self.silence = None;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn silences_grow_up_to_a_day() {
        let start = Instant::now();
        let mut complaint = Complaint::default();
        let said: Vec<u64> = (0..=3 * 24 * 60)
            .filter(|minute| complaint.is_due(start + Duration::from_secs(60 * minute)))
            .collect();
        assert_eq!(
            said,
            [0, 1, 3, 7, 15, 31, 63, 127, 255, 511, 1023, 2047, 3487]
        );
        complaint.settle();
        assert!(complaint.is_due(start));
    }
}
