//! Which messages a stream has: AMQP does not tell, so it is looked.

use std::time::Duration;

use futures_util::StreamExt as _;
use lapin::message::Delivery;
use lapin::options::BasicAckOptions;
use lapin::types::AMQPValue;
use lapin::{Channel, Connection, Consumer};
use tokio::time::{Instant, timeout};

use crate::bus::session::OpenError;
use crate::bus::subscription::{consume, consume_with, tells_of_stream};
use crate::delivery::headers::{STREAM_OFFSET, stream_offset};

/// A stream from which nothing comes for so long has nothing to give.
pub const NOTHING: Duration = Duration::from_secs(10);
/// When nothing has come for so long, the last piece of a stream is read.
pub(super) const QUIET: Duration = Duration::from_secs(1);
/// So long the end is looked for, where more and more comes.
const LOOK: Duration = Duration::from_secs(10);
/// So much of the last piece comes at once.
const PREFETCH: u16 = 1000;

/// The offsets of the first message and of the last one.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct Extent {
    /// What was before it is kept no longer.
    pub first: u64,
    /// It was the last one for a moment; others may have come since.
    pub last: u64,
}

impl Extent {
    /// Looks which messages a stream has; `None` if there are none.
    pub async fn of(connection: &Connection, queue: &str) -> Result<Option<Self>, OpenError> {
        refuse_others(connection, queue).await?;
        let Some(first) = edge(connection, queue, "first").await? else {
            return Ok(None);
        };
        let last = edge(connection, queue, "last").await?;
        Ok(last.map(|last| Self { first, last }))
    }
}

/// Fails if the queue is no stream: to read it would take its messages away. Only streams refuse who names a
/// priority; what another queue delivers meanwhile goes back with the channel.
async fn refuse_others(connection: &Connection, queue: &str) -> Result<(), OpenError> {
    let channel = open(connection, queue).await?;
    match consume(&channel, queue, 1).await {
        Err(error) if tells_of_stream(&error) => Ok(()),
        Err(error) => Err(refused(queue, error)),
        Ok(_) => {
            close(&channel).await;
            Err(OpenError::NoStream(queue.to_owned()))
        }
    }
}

/// The first message of a stream that has this offset or comes after it, if one comes soon enough.
pub(super) async fn message_at(
    connection: &Connection,
    queue: &str,
    (offset, patience): (u64, Duration),
) -> Result<Option<Delivery>, OpenError> {
    let channel = open(connection, queue).await?;
    let from = AMQPValue::LongLongInt(offset.cast_signed());
    let consumer = consume_with(&channel, queue, 1, (STREAM_OFFSET, from));
    let mut consumer = consumer.await.map_err(|error| refused(queue, error))?;
    let found = next(&mut consumer, queue, patience).await?;
    close(&channel).await;
    Ok(found)
}

/// The offset of the message at an end of a stream.
async fn edge(connection: &Connection, queue: &str, end: &str) -> Result<Option<u64>, OpenError> {
    let channel = open(connection, queue).await?;
    let from = AMQPValue::LongString(end.into());
    let consumer = consume_with(&channel, queue, PREFETCH, (STREAM_OFFSET, from));
    let mut consumer = consumer.await.map_err(|error| refused(queue, error))?;
    let mut found = next(&mut consumer, queue, NOTHING).await?;
    let latest = Instant::now() + LOOK;
    // It begins at the first message of the last piece.
    if end == "last" {
        while Instant::now() < latest
            && let Some(later) = next(&mut consumer, queue, QUIET).await?
        {
            found = Some(later);
        }
    }
    close(&channel).await;
    Ok(found.and_then(|delivery| stream_offset(&delivery.properties)))
}

/// The next message, if it comes soon enough.
async fn next(
    consumer: &mut Consumer,
    queue: &str,
    patience: Duration,
) -> Result<Option<Delivery>, OpenError> {
    match timeout(patience, consumer.next()).await {
        Err(_) => Ok(None),
        Ok(None) => Err(OpenError::Ended(queue.to_owned())),
        Ok(Some(Err(error))) => Err(refused(queue, error)),
        Ok(Some(Ok(delivery))) => {
            let acknowledged = delivery.ack(BasicAckOptions::default()).await;
            acknowledged.map_err(|error| refused(queue, error))?;
            Ok(Some(delivery))
        }
    }
}

async fn open(connection: &Connection, queue: &str) -> Result<Channel, OpenError> {
    let channel = connection.create_channel().await;
    channel.map_err(|error| refused(queue, error))
}

fn refused(queue: &str, error: lapin::Error) -> OpenError {
    OpenError::Consume(format!("queue {queue}"), error)
}

async fn close(channel: &Channel) {
    let closed = channel.close(200, "".into()).await;
    tracing::debug!(?closed, "channel closed");
}
