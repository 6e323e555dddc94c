//! Tells the broker what became of its deliveries.
//!
//! A delivery that was put aside is refused without requeueing: a queue with a
//! dead-letter exchange passes it on there, as it did with the incumbent. All
//! others are acknowledged, as many as possible at once.

use std::collections::BTreeSet;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError};

use lapin::Channel;
use lapin::options::{BasicAckOptions, BasicNackOptions};

use crate::vitals::Fate;

/// How many deliveries of a session, or of one of its channels, are not settled. Clones count together.
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
    /// Whether the queue is a stream, which keeps what it delivered whatever became of it.
    pub is_stream: bool,
    /// The deliveries of its session that are not settled yet.
    pub unsettled: Unsettled,
    /// Its own deliveries that came and are not settled yet.
    pub under_way: Unsettled,
    /// How many of them the broker was asked for: the prefetch count of the consumer that runs.
    pub asked: AtomicU64,
    /// Which of its own are settled.
    pub settled: Mutex<Settled>,
    /// Held by who settles, and by who replaces the consumer: the broker sends nothing to one that has
    /// all it was to have, as long as nothing is settled.
    pub turn: tokio::sync::Mutex<()>,
}

/// Whence a delivery came. Clones are one.
#[derive(Clone)]
pub struct Source {
    /// The channel.
    pub lane: Arc<Lane>,
    /// The deliveries of its consumer that came and are not settled yet.
    pub under_way: Unsettled,
}

/// Which deliveries of a channel are settled: all up to a tag, and some beyond it.
///
/// Tags count from 1 without gaps, but deliveries are not taken in their order: when a consumer is
/// replaced, what the last one was sent waits beside what the next one is sent.
#[derive(Debug, Default)]
pub struct Settled {
    all_up_to: u64,
    beyond: BTreeSet<u64>,
}

impl Settled {
    /// Notes that these are, and answers up to which tag all are.
    fn add(&mut self, tags: impl IntoIterator<Item = u64>) -> u64 {
        self.beyond.extend(tags);
        while self.beyond.remove(&(self.all_up_to + 1)) {
            self.all_up_to += 1;
        }
        self.all_up_to
    }
}

impl Lane {
    /// Whether what it delivered can still be settled.
    pub fn is_connected(&self) -> bool {
        self.channel.status().connected()
    }

    /// Whether nothing comes before one of so many deliveries that are `held` is settled: all that was
    /// asked for is here, and no others are under way.
    pub fn is_exhausted_by(&self, held: u64) -> bool {
        let under_way = self.under_way.count();
        under_way <= held && under_way >= self.asked.load(Ordering::Relaxed)
    }

    fn settle(&self, fates: &[(u64, Fate)]) -> Answers {
        let mut settled = self.settled.lock().unwrap_or_else(PoisonError::into_inner);
        let all_up_to = settled.add(fates.iter().map(|(tag, _)| *tag));
        match self.is_stream {
            true => answers_to_stream(fates, all_up_to),
            false => answers(fates, all_up_to),
        }
    }
}

/// A delivery to settle.
pub struct Ticket {
    /// Whence it came.
    pub source: Source,
    /// The broker's number for it, on that channel.
    pub tag: u64,
    /// What became of it.
    pub fate: Fate,
}

/// What became of deliveries of a channel.
struct Settlement {
    lane: Arc<Lane>,
    fates: Vec<(u64, Fate)>,
    consumers: Vec<Unsettled>,
}

/// What to say to the broker.
#[derive(Debug, Default, Eq, PartialEq)]
struct Answers {
    /// Deliveries to refuse, one by one. First, as the acknowledgement covers them too.
    refuse: Vec<u64>,
    /// The last delivery to acknowledge, with all before it.
    acknowledge: Option<u64>,
    /// Deliveries to acknowledge one by one, as some before them are not settled.
    acknowledge_alone: Vec<u64>,
}

/// All deliveries of the channel up to `all_up_to` are of this batch or settled before.
fn answers(fates: &[(u64, Fate)], all_up_to: u64) -> Answers {
    let tags = |refused| {
        fates
            .iter()
            .filter(move |(_, fate)| (*fate == Fate::PutAside) == refused)
            .map(|(tag, _)| *tag)
    };
    Answers {
        refuse: tags(true).collect(),
        acknowledge: tags(false).filter(|tag| *tag <= all_up_to).max(),
        acknowledge_alone: tags(false).filter(|tag| *tag > all_up_to).collect(),
    }
}

/// A stream ends the connection of who refuses: acknowledgements only say that more may come.
fn answers_to_stream(fates: &[(u64, Fate)], all_up_to: u64) -> Answers {
    let taken: Vec<(u64, Fate)> = fates.iter().map(|(tag, _)| (*tag, Fate::Stored)).collect();
    answers(&taken, all_up_to)
}

/// Settles a batch. Where the connection is gone, the broker delivers again, and finds the archive
/// to know the messages.
pub async fn settle(tickets: Vec<Ticket>) {
    for settlement in by_lane(tickets) {
        settlement.settle().await;
    }
}

impl Settlement {
    async fn settle(self) {
        let (lane, count) = (self.lane, self.fates.len() as u64);
        let _turn = lane.turn.lock().await;
        match send(&lane.channel, lane.settle(&self.fates)).await {
            Ok(()) => {
                lane.unsettled.settled(count);
                lane.under_way.settled(count);
                for under_way in self.consumers {
                    under_way.settled(1);
                }
            }
            Err(error) => {
                tracing::debug!(queue = lane.queue, %error, deliveries = count, "not settled: will come again");
            }
        }
    }
}

fn by_lane(tickets: Vec<Ticket>) -> Vec<Settlement> {
    let mut settlements: Vec<Settlement> = Vec::new();
    for ticket in tickets {
        let Source { lane, under_way } = ticket.source;
        let known = settlements
            .iter()
            .position(|known| Arc::ptr_eq(&known.lane, &lane));
        let known = known.unwrap_or_else(|| {
            settlements.push(Settlement {
                lane,
                fates: Vec::new(),
                consumers: Vec::new(),
            });
            settlements.len() - 1
        });
        let settlement = &mut settlements[known];
        settlement.fates.push((ticket.tag, ticket.fate));
        settlement.consumers.push(under_way);
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
    for tag in answers.acknowledge_alone {
        channel
            .basic_ack(tag, BasicAckOptions { multiple: false })
            .await?;
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use Fate::{Duplicate, PutAside, Stored};

    use super::*;

    fn check(fates: &[(u64, Fate)], refuse: &[u64], acknowledge: Option<u64>) {
        let expected = Answers {
            refuse: refuse.to_vec(),
            acknowledge,
            acknowledge_alone: Vec::new(),
        };
        assert_eq!(answers(fates, u64::MAX), expected, "{fates:?}");
    }

    #[test]
    fn the_last_archived_delivery_is_acknowledged_with_all_before() {
        check(&[(4, Stored), (5, Duplicate), (6, Stored)], &[], Some(6));
        check(&[(4, Stored), (5, PutAside), (6, Stored)], &[5], Some(6));
        check(&[(4, Stored), (5, PutAside)], &[5], Some(4));
        check(&[(5, PutAside)], &[5], None);
    }

    #[test]
    fn nothing_of_a_stream_is_refused() {
        let answers = answers_to_stream(&[(4, Stored), (5, PutAside), (6, PutAside)], 6);
        assert_eq!((answers.refuse, answers.acknowledge), (vec![], Some(6)));
    }

    #[test]
    fn a_delivery_that_was_overtaken_is_not_acknowledged_with_those_that_overtook_it() {
        let mut settled = Settled::default();
        let mut settle = |fates: &[(u64, Fate)]| {
            let all_up_to = settled.add(fates.iter().map(|(tag, _)| *tag));
            let answers = answers(fates, all_up_to);
            (answers.acknowledge, answers.acknowledge_alone)
        };
        let first = settle(&[(1, Stored), (2, Stored), (5, Stored), (6, PutAside)]);
        assert_eq!(first, (Some(2), vec![5]));
        assert_eq!(settle(&[(4, Stored)]), (None, vec![4]));
        // 4 and 5 are not named again: the broker would not know them any more.
        assert_eq!(settle(&[(3, Stored)]), (Some(3), vec![]));
        assert_eq!(settle(&[(7, Stored), (8, Stored)]), (Some(8), vec![]));
    }
}
