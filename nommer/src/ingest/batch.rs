//! Gathers what comes together.

use std::time::Duration;

use tokio::sync::mpsc;
use tokio::time::{Instant, timeout_at};

use crate::config::settings::BatchLimits;

/// What batches are made of.
pub trait Item {
    /// How many bytes it counts for.
    fn size(&self) -> usize;
    /// When it came.
    fn came_at(&self) -> Instant;
    /// Whether no other can follow from where it came, before one of so many that are `held` with it
    /// is dealt with.
    fn is_last(&self, held: usize) -> bool;
}

/// Waits for a batch, which is full by its limits; `None` once nothing can come any more.
///
/// What is there already is taken without waiting, so that a batch that had to wait for the one
/// before it is as large as may be. Nothing is waited for where nothing can follow; but what follows
/// when batches before it are dealt with, as these were all that could come, belongs to this one. An
/// item larger than the limit makes a batch of its own or the end of one.
pub async fn next<T: Item>(
    queue: &mut mpsc::UnboundedReceiver<T>,
    limits: &BatchLimits,
) -> Option<Vec<T>> {
    let first = queue.recv().await?;
    let deadline = first.came_at() + limits.age;
    let mut bytes = first.size();
    let mut batch = vec![first];
    while batch.len() < limits.messages && bytes < limits.bytes {
        let item = match queue.try_recv() {
            Ok(item) => item,
            Err(mpsc::error::TryRecvError::Disconnected) => break,
            Err(mpsc::error::TryRecvError::Empty) if is_complete(&batch) => break,
            Err(mpsc::error::TryRecvError::Empty) => match timeout_at(deadline, queue.recv()).await
            {
                Ok(Some(item)) => item,
                Ok(None) | Err(_) => break,
            },
        };
        bytes += item.size();
        batch.push(item);
    }
    Some(batch)
}

/// Whether nothing can follow before something of the batch is dealt with.
fn is_complete<T: Item>(batch: &[T]) -> bool {
    batch.iter().all(|item| item.is_last(batch.len()))
}

/// The time since `start`, in whole milliseconds.
pub fn milliseconds_since(start: Instant) -> u64 {
    u64::try_from(start.elapsed().as_millis()).unwrap_or(Duration::MAX.as_secs())
}

#[cfg(test)]
mod tests {
    use tokio::time::sleep;

    use super::*;

    const LIMITS: BatchLimits = BatchLimits {
        messages: 3,
        bytes: 100,
        age: Duration::from_millis(20),
    };

    /// The size of an item that no other follows before it is dealt with.
    const LAST: usize = 77;
    /// The size of one of two that no other follows before one of them is.
    const ONE_OF_TWO: usize = 78;

    struct Sized(usize, Instant);

    impl Item for Sized {
        fn size(&self) -> usize {
            self.0
        }

        fn came_at(&self) -> Instant {
            self.1
        }

        fn is_last(&self, held: usize) -> bool {
            self.0 == LAST || (self.0 == ONE_OF_TWO && held >= 2)
        }
    }

    /// Sends items of the given sizes, each after a pause in milliseconds, and tells the batches
    /// that come of it: their sizes, and when they were closed.
    async fn batches(sent: &'static [(u64, usize)]) -> Vec<(Vec<usize>, u64)> {
        let (sender, mut queue) = mpsc::unbounded_channel();
        let start = Instant::now();
        tokio::spawn(async move {
            for (pause, size) in sent {
                sleep(Duration::from_millis(*pause)).await;
                sender.send(Sized(*size, Instant::now())).expect("received");
            }
            sleep(Duration::from_secs(1)).await;
        });
        let mut batches = Vec::new();
        while let Some(batch) = next(&mut queue, &LIMITS).await {
            batches.push((
                batch.iter().map(Item::size).collect(),
                milliseconds_since(start),
            ));
        }
        batches
    }

    #[tokio::test(start_paused = true)]
    async fn a_batch_closes_at_its_age() {
        assert_eq!(batches(&[(0, 1)]).await, [(vec![1], 20)]);
        // The age is that of the first, however many follow.
        assert_eq!(
            batches(&[(5, 1), (15, 2), (15, 3)]).await,
            [(vec![1, 2], 25), (vec![3], 55)]
        );
    }

    #[tokio::test(start_paused = true)]
    async fn a_batch_closes_at_its_number_of_messages() {
        assert_eq!(
            batches(&[(0, 1), (1, 2), (1, 3), (1, 4)]).await,
            [(vec![1, 2, 3], 2), (vec![4], 23)]
        );
    }

    #[tokio::test(start_paused = true)]
    async fn a_batch_closes_at_its_number_of_bytes() {
        assert_eq!(
            batches(&[(0, 60), (1, 60), (1, 1)]).await,
            [(vec![60, 60], 1), (vec![1], 22)]
        );
        assert_eq!(
            batches(&[(0, 1000), (1, 1)]).await,
            [(vec![1000], 0), (vec![1], 21)]
        );
    }

    #[tokio::test(start_paused = true)]
    async fn a_batch_does_not_wait_where_nothing_can_follow() {
        assert_eq!(
            batches(&[(0, LAST), (1, LAST)]).await,
            [(vec![LAST], 0), (vec![LAST], 1)]
        );
        // Others can follow from where the first one came.
        assert_eq!(batches(&[(0, 1), (1, LAST)]).await, [(vec![1, LAST], 20)]);
        // Or once the other one is dealt with, which is in a batch before.
        assert_eq!(
            batches(&[(0, ONE_OF_TWO), (1, ONE_OF_TWO)]).await,
            [(vec![ONE_OF_TWO; 2], 1)]
        );
        assert_eq!(batches(&[(0, ONE_OF_TWO)]).await, [(vec![ONE_OF_TWO], 20)]);
    }

    #[tokio::test(start_paused = true)]
    async fn what_waited_is_taken_at_once() {
        let (sender, mut queue) = mpsc::unbounded_channel();
        for size in 0..400 {
            sender.send(Sized(size, Instant::now())).expect("received");
        }
        sleep(Duration::from_millis(50)).await;
        let start = Instant::now();
        let limits = BatchLimits {
            messages: 300,
            bytes: usize::MAX,
            ..LIMITS
        };
        assert_eq!(
            next(&mut queue, &limits).await.map(|batch| batch.len()),
            Some(300)
        );
        assert_eq!(
            next(&mut queue, &limits).await.map(|batch| batch.len()),
            Some(100)
        );
        assert_eq!(start.elapsed(), Duration::ZERO);
    }

    #[tokio::test(start_paused = true)]
    async fn the_end_closes_a_batch() {
        let (sender, mut queue) = mpsc::unbounded_channel();
        sender.send(Sized(1, Instant::now())).expect("received");
        drop(sender);
        let start = Instant::now();
        assert_eq!(
            next(&mut queue, &LIMITS).await.map(|batch| batch.len()),
            Some(1)
        );
        assert!(next(&mut queue, &LIMITS).await.is_none());
        assert_eq!(start.elapsed(), Duration::ZERO);
    }
}
