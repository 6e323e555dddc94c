//! Tells of work that takes long.

use std::pin::pin;
use std::time::Duration;

use tokio::time::Instant;

const LONGEST: Duration = Duration::from_secs(60);

/// Does the work, and meanwhile tells how long it has taken: after `first`, then each time it has
/// taken twice as long, and at least once a minute.
pub async fn with_reminders<T>(
    first: Duration,
    work: impl Future<Output = T>,
    mut remind: impl FnMut(Duration),
) -> T {
    let started = Instant::now();
    let mut work = pin!(work);
    let mut pause = first;
    loop {
        tokio::select! {
            answer = &mut work => return answer,
            () = tokio::time::sleep(pause) => remind(started.elapsed()),
        }
        pause = started.elapsed().min(LONGEST);
    }
}

#[cfg(test)]
mod tests {
    use tokio::time::sleep;

    use super::*;

    #[tokio::test(start_paused = true)]
    async fn long_work_is_told_ever_more_rarely() {
        let mut told = Vec::new();
        let work = sleep(Duration::from_secs(200));
        with_reminders(Duration::from_secs(3), work, |waited| {
            told.push(waited.as_secs());
        })
        .await;
        assert_eq!(told, [3, 6, 12, 24, 48, 96, 156]);
    }

    #[tokio::test(start_paused = true)]
    async fn short_work_is_not() {
        let first = Duration::from_secs(3);
        let answer = with_reminders(first, async { 7 }, |_| panic!("told")).await;
        assert_eq!(answer, 7);
    }
}
