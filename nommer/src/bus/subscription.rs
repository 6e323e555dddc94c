//! A queue that is consumed, with a prefetch count that changes.
//!
//! The broker holds a consumer to the prefetch count it began with. So a consumer is replaced: the
//! next one begins before the last one ends, as many queues vanish with their last consumer.
//! What the last one was sent is settled as ever, for it came over the same channel.

use std::sync::Arc;

use futures_util::StreamExt;
use futures_util::stream::{BoxStream, once};
use lapin::message::Delivery;
use lapin::options::{BasicCancelOptions, BasicConsumeOptions, BasicQosOptions};
use lapin::protocol::{AMQPErrorKind, AMQPSoftError};
use lapin::types::{AMQPValue, FieldTable, ShortString};
use lapin::{Channel, Consumer, ErrorKind};

use crate::bus::settle::Lane;
use crate::bus::window::Window;

/// The prefetch count where nothing more is wanted: no consumer has less.
const NARROW: u16 = 1;

/// Every consumer names its priority, which is that of consumers that name none. For a stream knows
/// no priorities and refuses who names one, before it has delivered anything. No protocol tells the
/// kind of a queue otherwise, and headers of deliveries can be forged.
const PRIORITY: (&str, i32) = ("x-priority", 0);

/// What a consumer has to tell.
pub enum Event {
    /// A delivery has come.
    Delivery(Arc<Lane>, Box<Delivery>),
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
    /// The consumer that runs: its tag, and its prefetch count.
    running: Option<(ShortString, u16)>,
}

impl Subscription {
    /// Nothing is consumed yet.
    pub fn new(lane: Arc<Lane>, window: Window) -> Self {
        Self {
            lane,
            window,
            running: None,
        }
    }

    /// Sees that the consumer has the prefetch count that it should have: the window's, or
    /// the least possible. Answers what a new one tells, if there had to be one.
    pub async fn adjust(&mut self, open: bool) -> lapin::Result<Option<Events>> {
        let wanted = if open {
            self.window.adapt();
            self.window.width()
        } else {
            NARROW
        };
        if self.running.as_ref().is_some_and(|(_, now)| *now == wanted) {
            return Ok(None);
        }
        let consumer = consume(&self.lane.channel, &self.lane.queue, wanted).await?;
        let before = self.running.replace((consumer.tag(), wanted));
        let events = events(self.lane.clone(), consumer);
        if let Some((tag, _)) = before {
            cancel(&self.lane.channel, tag).await?;
        }
        Ok(Some(events))
    }

    /// Ends the consumer.
    pub async fn end(&self) {
        let Some((tag, _)) = &self.running else {
            return;
        };
        if let Err(error) = cancel(&self.lane.channel, tag.clone()).await {
            tracing::debug!(queue = self.lane.queue, %error, "not cancelled");
        }
    }

    /// Whether the consumer that runs has this tag.
    pub fn runs(&self, tag: &ShortString) -> bool {
        self.running
            .as_ref()
            .is_some_and(|(running, _)| running == tag)
    }
}

async fn consume(channel: &Channel, queue: &str, prefetch_count: u16) -> lapin::Result<Consumer> {
    channel
        .basic_qos(prefetch_count, BasicQosOptions::default())
        .await?;
    let tag = uuid::Uuid::new_v4().to_string();
    let (priority, usual) = PRIORITY;
    let mut arguments = FieldTable::default();
    arguments.insert(priority.into(), AMQPValue::LongInt(usual));
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

async fn cancel(channel: &Channel, tag: ShortString) -> lapin::Result<()> {
    channel
        .basic_cancel(tag, BasicCancelOptions::default())
        .await
}

fn events(lane: Arc<Lane>, consumer: Consumer) -> Events {
    let end = Event::Ended(lane.clone(), consumer.tag());
    consumer
        .map(move |delivery| match delivery {
            Ok(delivery) => Event::Delivery(lane.clone(), Box::new(delivery)),
            Err(error) => Event::Failed(error),
        })
        .chain(once(std::future::ready(end)))
        .boxed()
}
