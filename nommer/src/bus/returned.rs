//! Deliveries that came back often: a queue with a delivery limit gives them up soon.

use std::time::Duration;

use tokio::time::Instant;

/// So many deliveries before are worth a word. RabbitMQ 4 gives up after 20 where nothing else is
/// said.
const OFTEN: i64 = 5;
const BETWEEN_WARNINGS: Duration = Duration::from_secs(60);

/// What came back often since the last warning.
#[derive(Debug, Default)]
pub struct Returned {
    deliveries: u64,
    most: i64,
    warned_at: Option<Instant>,
}

impl Returned {
    /// Looks at how often a delivery came before, and warns now and then.
    pub fn note(&mut self, queue: &str, count: Option<i64>) {
        let Some(count) = count.filter(|count| *count >= OFTEN) else {
            return;
        };
        self.deliveries += 1;
        self.most = self.most.max(count);
        if self
            .warned_at
            .is_some_and(|at| at.elapsed() < BETWEEN_WARNINGS)
        {
            return;
        }
        tracing::warn!(
            queue,
            deliveries = self.deliveries,
            delivery_count = self.most,
            "deliveries came back often; a delivery limit of the queue would give them up"
        );
        *self = Self {
            warned_at: Some(Instant::now()),
            ..Self::default()
        };
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test(start_paused = true)]
    async fn what_came_back_often_is_told_once_a_minute() {
        let mut returned = Returned::default();
        returned.note("q", None);
        returned.note("q", Some(4));
        assert!(returned.warned_at.is_none());
        returned.note("q", Some(5));
        let first = returned.warned_at.expect("warned");
        returned.note("q", Some(6));
        returned.note("q", Some(5));
        assert_eq!((returned.deliveries, returned.most), (2, 6));
        assert_eq!(returned.warned_at, Some(first));
        tokio::time::advance(BETWEEN_WARNINGS).await;
        returned.note("q", Some(7));
        assert_eq!((returned.deliveries, returned.most), (0, 0));
        assert_ne!(returned.warned_at, Some(first));
    }
}
