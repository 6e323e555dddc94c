//! Whether a server that let us in to write is the one that leads.
//!
//! libpq chooses it among several by what each says at the start of a session, where a pooler may say what was true
//! before: so all are asked where it finds nobody. And a server that others have left behind takes writes as if nothing
//! had happened, which are lost when it follows again. Its timeline tells, as each promotion begins another one.

use std::sync::{Mutex, PoisonError};
use std::time::{Duration, Instant};

/// The timeline to which a server writes; 0 where it follows another one, or only reads.
pub(crate) const OF_SERVER: &str = "CASE WHEN current_setting('transaction_read_only')::boolean THEN 0 \
    ELSE ('x' || left(pg_walfile_name(pg_current_wal_insert_lsn()), 8))::bit(32)::integer END";

/// A server that is behind is taken after so long all the same, as the database may have been restored. Within it, who
/// leads comes back from a start.
const LONGEST: Duration = Duration::from_secs(60);

/// The newest timeline that a pool's connections wrote to.
#[derive(Debug, Default)]
pub(crate) struct LatestTimeline(Mutex<SeenTimeline>);

#[derive(Debug, Default)]
struct SeenTimeline {
    timeline: i32,
    /// Since when only servers with older ones answer.
    missed: Option<Instant>,
}

impl LatestTimeline {
    /// Fails, saying why, for a server that should not be written to.
    pub(crate) fn judge(&self, timeline: i32, now: Instant) -> Result<(), String> {
        let mut newest = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if timeline == 0 {
            return Err("the server takes no writes".to_owned());
        }
        if timeline < newest.timeline {
            let missed = *newest.missed.get_or_insert(now);
            let known = newest.timeline;
            if now.saturating_duration_since(missed) < LONGEST {
                return Err(format!(
                    "the server is on timeline {timeline}, and what was written last is on {known}: others have left it behind"
                ));
            }
            tracing::warn!(
                timeline,
                known,
                "the database is on an earlier timeline than before: either it was restored, or two servers take writes"
            );
        }
        *newest = SeenTimeline {
            timeline,
            missed: None,
        };
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_server_that_was_left_behind_is_taken_only_if_no_other_comes_back() {
        let (latest, start) = (LatestTimeline::default(), Instant::now());
        let judge = |timeline, seconds| {
            latest
                .judge(timeline, start + Duration::from_secs(seconds))
                .is_ok()
        };
        let steps = [
            (0, 0, false),
            (1, 0, true),
            (3, 1, true),
            (1, 2, false),
            (0, 3, false),
            (3, 10, true),
            // Counted anew.
            (2, 65, false),
            (2, 124, false),
            (2, 125, true),
            (2, 126, true),
            (1, 127, false),
        ];
        for (timeline, seconds, is_taken) in steps {
            assert_eq!(
                judge(timeline, seconds),
                is_taken,
                "{timeline} at {seconds}"
            );
        }
    }
}
