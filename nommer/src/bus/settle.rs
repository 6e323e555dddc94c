//! Tells the broker what became of its deliveries.
//!
//! A delivery that was put aside is refused without requeueing: a queue with a
//! dead-letter exchange passes it on there, as it did with the incumbent. All
//! others are acknowledged, as many as possible at once.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use lapin::Channel;
use lapin::options::{BasicAckOptions, BasicNackOptions};

/// How many deliveries of a session are not settled. Clones count together.
#[derive(Clone, Debug, Default)]
pub struct Unsettled(Arc<AtomicU64>);

impl Unsettled {
    /// How many there are now.
    pub fn count(&self) -> u64 {
        self.0.load(Ordering::Relaxed)
    }

    /// One has come.
    pub fn came(&self) {
        self.0.fetch_add(1, Ordering::Relaxed);
    }

    fn settled(&self, deliveries: u64) {
        self.0.fetch_sub(deliveries, Ordering::Relaxed);
    }
}

/// What a channel of the broker delivers, from one connection on to its end.
pub struct Lane {
    /// The queue it consumes.
    pub queue: String,
    /// The channel.
    pub channel: Channel,
    /// The deliveries of its session that are not settled yet.
    pub unsettled: Unsettled,
}

impl Lane {
    /// Whether what it delivered can still be settled.
    pub fn is_connected(&self) -> bool {
        self.channel.status().connected()
    }
}

/// What became of a delivery.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Verdict {
    /// It is in the archive.
    Archived,
    /// It is in the table of dead letters.
    PutAside,
}

/// A delivery to settle.
pub struct Ticket {
    /// Whence it came.
    pub lane: Arc<Lane>,
    /// The broker's number for it, on that channel.
    pub tag: u64,
    /// What became of it.
    pub verdict: Verdict,
}

type Settlement = (Arc<Lane>, Vec<(u64, Verdict)>);

/// What to say to the broker.
#[derive(Debug, Default, Eq, PartialEq)]
struct Answers {
    /// Deliveries to refuse, one by one. First, as the acknowledgement covers them too.
    refuse: Vec<u64>,
    /// The last delivery to acknowledge, with all before it.
    acknowledge: Option<u64>,
}

/// Batches are settled in the order in which they came, so all deliveries of a channel before the
/// last of a batch are of that batch or settled.
fn answers(verdicts: &[(u64, Verdict)]) -> Answers {
    let tags = |wanted| {
        verdicts
            .iter()
            .filter(move |(_, verdict)| *verdict == wanted)
            .map(|(tag, _)| *tag)
    };
    Answers {
        refuse: tags(Verdict::PutAside).collect(),
        acknowledge: tags(Verdict::Archived).max(),
    }
}

/// Settles a batch. Where the connection is gone, the broker delivers again, and finds the archive
/// to know the messages.
pub async fn settle(tickets: Vec<Ticket>) {
    for (lane, verdicts) in by_lane(tickets) {
        match send(&lane.channel, answers(&verdicts)).await {
            Ok(()) => lane.unsettled.settled(verdicts.len() as u64),
            Err(error) => {
                tracing::debug!(queue = lane.queue, %error, deliveries = verdicts.len(), "not settled: will come again");
            }
        }
    }
}

fn by_lane(tickets: Vec<Ticket>) -> Vec<Settlement> {
    let mut settlements: Vec<Settlement> = Vec::new();
    for Ticket { lane, tag, verdict } in tickets {
        match settlements
            .iter_mut()
            .find(|(known, _)| Arc::ptr_eq(known, &lane))
        {
            Some((_, verdicts)) => verdicts.push((tag, verdict)),
            None => settlements.push((lane, vec![(tag, verdict)])),
        }
    }
    settlements
}

async fn send(channel: &Channel, answers: Answers) -> lapin::Result<()> {
    for tag in answers.refuse {
        channel
            .basic_nack(
                tag,
                BasicNackOptions {
                    multiple: false,
                    requeue: false,
                },
            )
            .await?;
    }
    if let Some(tag) = answers.acknowledge {
        channel
            .basic_ack(tag, BasicAckOptions { multiple: true })
            .await?;
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(verdicts: &[(u64, Verdict)], refuse: &[u64], acknowledge: Option<u64>) {
        assert_eq!(
            answers(verdicts),
            Answers {
                refuse: refuse.to_vec(),
                acknowledge
            },
            "{verdicts:?}"
        );
    }

    #[test]
    fn the_last_archived_delivery_is_acknowledged_with_all_before() {
        use Verdict::{Archived, PutAside};
        check(&[(4, Archived), (5, Archived), (6, Archived)], &[], Some(6));
        check(
            &[(4, Archived), (5, PutAside), (6, Archived)],
            &[5],
            Some(6),
        );
        check(&[(4, Archived), (5, PutAside)], &[5], Some(4));
        check(&[(5, PutAside)], &[5], None);
    }
}
