//! A queue that is consumed, with a prefetch count that changes.
//!
//! The broker holds a consumer to the prefetch count it began with. So a consumer is replaced: the
//! next one begins before the last one ends, as many queues vanish with their last consumer.
//! What the last one was sent is settled as ever, for it came over the same channel.
//!
//! What a quorum queue has on its way to a consumer that ends, the broker takes back, and it counts
//! as delivered. So a consumer is replaced by a wider one only while all that it may have is here,
//! and nothing of it is settled; and by a narrower one at once, as more would be too much.

use std::sync::Arc;
use std::sync::atomic::Ordering;

use futures_util::StreamExt;
use futures_util::stream::{BoxStream, once};
use lapin::message::Delivery;
use lapin::options::{BasicCancelOptions, BasicConsumeOptions, BasicQosOptions};
use lapin::protocol::{AMQPErrorKind, AMQPSoftError};
use lapin::types::{AMQPValue, FieldTable, ShortString};
use lapin::{Channel, Consumer, ErrorKind};

use crate::bus::settle::{Lane, Source, Unsettled};
use crate::bus::window::Window;

/// The prefetch count where nothing more is wanted: no consumer has less.
const NARROW: u16 = 1;
/// The prefetch count of a consumer that is not replaced.
const FIXED: u16 = 32;

/// Every consumer names its priority, which is that of consumers that name none. For a stream knows
/// no priorities and refuses who names one, before it has delivered anything. No protocol tells the
/// kind of a queue otherwise, and headers of deliveries can be forged.
const PRIORITY: (&str, i32) = ("x-priority", 0);

/// What a consumer has to tell.
pub enum Event {
    /// A delivery has come.
    Delivery(Source, Box<Delivery>),
    /// There is an error; the end follows.
    Failed(lapin::Error),
    /// The consumer with this tag has come to its end.
    Ended(Arc<Lane>, ShortString),
}

/// What consumers have to tell, their ends included.
pub type Events = BoxStream<'static, Event>;

/// A queue that is consumed.
pub struct Subscription {
    /// Where its deliveries come from.
    pub lane: Arc<Lane>,
    /// How many of them may be under way.
    pub window: Window,
    /// Whether the queue has a single active consumer. It is not replaced, as brokers are known to
    /// lose messages of classic queues then.
    single: bool,
    running: Option<Running>,
}

/// The consumer that runs.
struct Running {
    tag: ShortString,
    prefetch: u16,
    /// What it was sent and is not settled yet.
    under_way: Unsettled,
}

impl Subscription {
    /// Nothing is consumed yet.
    pub fn new(lane: Arc<Lane>, window: Window, single: bool) -> Self {
        Self {
            lane,
            window,
            single,
            running: None,
        }
    }

    /// Sees that the consumer has the prefetch count that it should have: what the window leaves,
    /// or the least possible. Answers what a new one tells, if there had to be one.
    pub async fn adjust(&mut self, open: bool) -> lapin::Result<Option<Events>> {
        if open {
            self.window.adapt();
        }
        if self.due(open).is_none() {
            return Ok(None);
        }
        let lane = self.lane.clone();
        let _turn = lane.turn.lock().await;
        match self.due(open) {
            Some(prefetch) => self.replace(prefetch).await.map(Some),
            None => Ok(None),
        }
    }

    /// The prefetch count of the consumer that has to be next, if one has to be.
    fn due(&self, open: bool) -> Option<u16> {
        if self.single {
            let first = self.running.is_none();
            return first.then(|| self.window.most().min(FIXED));
        }
        let wanted = if open { self.window.width() } else { NARROW };
        let now = self.running.as_ref();
        let now = now.map(|now| (now.prefetch, now.under_way.count()));
        next(now, wanted, self.lane.under_way.count())
    }

    /// Begins to consume with this prefetch count, and ends the consumer that runs.
    async fn replace(&mut self, prefetch: u16) -> lapin::Result<Events> {
        let consumer = consume(&self.lane.channel, &self.lane.queue, prefetch).await?;
        let (queue, under_way) = (&self.lane.queue, self.lane.under_way.count());
        tracing::debug!(queue, prefetch, under_way, "another prefetch count");
        let running = Running {
            tag: consumer.tag(),
            prefetch,
            under_way: Unsettled::default(),
        };
        let source = Source {
            lane: self.lane.clone(),
            under_way: running.under_way.clone(),
        };
        let before = self.running.replace(running);
        let asked = &self.lane.asked;
        asked.store(prefetch.into(), Ordering::Relaxed);
        let events = events(source, consumer);
        if let Some(before) = before {
            self.cancel(before.tag).await;
        }
        Ok(events)
    }

    /// Ends the consumer.
    pub async fn end(&self) {
        if let Some(running) = &self.running {
            self.cancel(running.tag.clone()).await;
        }
    }

    /// Cancels a consumer. Where that fails, the channel is closed, and all its consumers end.
    async fn cancel(&self, tag: ShortString) {
        let channel = &self.lane.channel;
        let cancelled = channel.basic_cancel(tag, BasicCancelOptions::default());
        if let Err(error) = cancelled.await {
            tracing::debug!(queue = self.lane.queue, %error, "not cancelled");
        }
    }

    /// Whether the consumer that runs has this tag.
    pub fn runs(&self, tag: &ShortString) -> bool {
        self.running
            .as_ref()
            .is_some_and(|running| running.tag == *tag)
    }
}

/// The prefetch count of the next consumer, if the one that runs is to be replaced: at once by a
/// narrower one, and by a wider one where that is worth it and nothing can be on its way. `now` is
/// the prefetch count of the one that runs, and how many of those that it was sent are not settled.
///
/// A new consumer may be sent as much as its prefetch count says, whatever was sent before. So the
/// sum of both may be under way for a moment. But what is not settled is taken off where it is to be
/// narrower, or where more is not settled than the one that runs was sent: so it is no more however
/// often consumers are replaced.
fn next(now: Option<(u16, u64)>, wanted: u16, unsettled: u64) -> Option<u16> {
    let Some((now, under_way)) = now else {
        return Some(wanted);
    };
    let is_settling = wanted >= now && unsettled <= now.into();
    let taken = if is_settling { 0 } else { unsettled };
    let taken = u16::try_from(taken).unwrap_or(u16::MAX);
    // Two at least, if so many are wanted: one comes while the other is stored.
    let room = wanted.saturating_sub(taken).max(wanted.min(2));
    let worth = now.saturating_add((wanted / 4).max(1));
    let widens = room >= worth && under_way >= now.into();
    (wanted < now || widens).then_some(room)
}

/// Begins to consume a queue. Fails where it is a stream, see [`tells_of_stream`].
pub async fn consume(
    channel: &Channel,
    queue: &str,
    prefetch_count: u16,
) -> lapin::Result<Consumer> {
    let (priority, usual) = PRIORITY;
    consume_with(
        channel,
        queue,
        prefetch_count,
        (priority, AMQPValue::LongInt(usual)),
    )
    .await
}

/// Begins to consume a queue, with an argument.
pub async fn consume_with(
    channel: &Channel,
    queue: &str,
    prefetch_count: u16,
    (name, value): (&str, AMQPValue),
) -> lapin::Result<Consumer> {
    channel
        .basic_qos(prefetch_count, BasicQosOptions::default())
        .await?;
    let tag = uuid::Uuid::new_v4().to_string();
    let mut arguments = FieldTable::default();
    arguments.insert(name.into(), value);
    channel
        .basic_consume(
            queue.into(),
            tag.as_str().into(),
            BasicConsumeOptions::default(),
            arguments,
        )
        .await
}

/// Whether a consumer was refused because the queue is a stream.
pub fn tells_of_stream(error: &lapin::Error) -> bool {
    matches!(error.kind(), ErrorKind::ProtocolError(error)
        if matches!(error.kind(), AMQPErrorKind::Soft(AMQPSoftError::PRECONDITIONFAILED)))
}

fn events(source: Source, consumer: Consumer) -> Events {
    let end = Event::Ended(source.lane.clone(), consumer.tag());
    consumer
        .map(move |delivery| match delivery {
            Ok(delivery) => Event::Delivery(source.clone(), Box::new(delivery)),
            Err(error) => Event::Failed(error),
        })
        .chain(once(std::future::ready(end)))
        .boxed()
}

#[cfg(test)]
mod tests {
    use super::*;

    /// What follows a consumer that has all it may have.
    fn after(now: u16, wanted: u16, unsettled: u64) -> Option<u16> {
        next(Some((now, now.into())), wanted, unsettled)
    }

    #[test]
    fn consumers_one_after_the_other_have_no_more_under_way_than_two() {
        assert_eq!(next(None, 8, 0), Some(8));
        // What was asked for narrowly while the database was late, and is not settled yet.
        assert_eq!(after(NARROW, 1000, 1000), None);
        assert_eq!(after(NARROW, 1000, 800), None);
        assert_eq!(after(NARROW, 1000, 700), Some(300));
        assert_eq!(after(NARROW, 1000, 1), Some(1000));
        // It is widened again once that is settled, though the broker sends as much as it may.
        assert_eq!(after(300, 1000, 500), None);
        assert_eq!(after(300, 1000, 301), Some(699));
        assert_eq!(after(300, 1000, 300), Some(1000));
        assert_eq!(after(990, 1000, 990), None);
    }

    #[test]
    fn none_is_widened_to_which_something_may_be_on_its_way() {
        assert_eq!(next(Some((8, 7)), 32, 7), None);
        assert_eq!(next(Some((8, 7)), 32, 20), None);
        assert_eq!(next(Some((8, 8)), 32, 8), Some(32));
        assert_eq!(next(Some((NARROW, 0)), 32, 0), None);
    }

    #[test]
    fn what_is_to_be_narrower_is_so_at_once() {
        assert_eq!(after(1000, NARROW, 1000), Some(NARROW));
        assert_eq!(next(Some((1000, 10)), NARROW, 10), Some(NARROW));
        assert_eq!(after(NARROW, NARROW, 1), None);
        assert_eq!(after(1000, 100, 1000), Some(2));
        assert_eq!(after(NARROW, 2, 1), Some(2));
    }
}
