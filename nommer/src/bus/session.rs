//! One connection to the broker, from its opening to its end.

use std::sync::Arc;

use chrono::{SubsecRound, Utc};
use futures_util::StreamExt;
use futures_util::stream::{BoxStream, SelectAll, once};
use lapin::message::Delivery;
use lapin::options::{
    BasicCancelOptions, BasicConsumeOptions, BasicQosOptions, QueueBindOptions, QueueDeclareOptions,
};
use lapin::types::{FieldTable, ShortString};
use lapin::{Channel, Connection, Consumer};
use metadata::{CurrentRules, Rules};
use service::Stop;
use tokio::sync::mpsc;
use tokio::time::Instant;

use crate::bus::pressure::{Held, Inflow};
use crate::bus::settle::{Lane, Unsettled};
use crate::config::settings::{Binding, Queue};
use crate::delivery::content::Content;
use crate::delivery::received::Received;

/// Why queues are not consumed.
#[derive(Debug, thiserror::Error)]
pub enum OpenError {
    /// The broker refused to declare or bind a queue.
    #[error("{0}: {1}")]
    Declare(String, lapin::Error),
    /// The broker refused to deliver from a queue.
    #[error("{0}: {1}")]
    Consume(String, lapin::Error),
}

/// A delivery on its way to the archive.
pub struct Consumed {
    /// What it is.
    pub content: Content,
    /// Whence it came.
    pub lane: Arc<Lane>,
    /// The broker's number for it.
    pub tag: u64,
    /// When it came, for the age of its batch.
    pub came_at: Instant,
    /// The length of its body, in bytes.
    pub size: usize,
    /// The bytes of its body, which count as held.
    pub held: Held,
}

/// How consuming ended.
pub enum Ended {
    /// As it was asked to; all that came before is on its way.
    Stopped,
    /// Not as it was asked to.
    Lost(String),
    /// Nobody takes the deliveries any more.
    WriterGone,
}

/// Consumes all queues over one connection.
pub struct Session {
    /// How many deliveries are not settled yet.
    pub unsettled: Unsettled,
    lanes: Vec<(Arc<Lane>, ShortString)>,
    events: SelectAll<BoxStream<'static, Event>>,
    inflow: Inflow,
}

enum Event {
    Delivery(Arc<Lane>, Box<Delivery>),
    Failed(lapin::Error),
    Ended(String),
}

impl Session {
    /// Declares the queues, binds them and starts to consume, each over a channel of its own.
    pub async fn open(
        connection: &Connection,
        queues: &[Queue],
        prefetch_count: u16,
        inflow: Inflow,
    ) -> Result<Self, OpenError> {
        let mut session = Self {
            unsettled: Unsettled::default(),
            lanes: Vec::new(),
            events: SelectAll::new(),
            inflow,
        };
        for queue in queues {
            let (lane, consumer) = session.consume(connection, queue, prefetch_count).await?;
            session.lanes.push((lane.clone(), consumer.tag()));
            session.events.push(events(lane, consumer));
        }
        Ok(session)
    }

    async fn consume(
        &self,
        connection: &Connection,
        queue: &Queue,
        prefetch_count: u16,
    ) -> Result<(Arc<Lane>, Consumer), OpenError> {
        let undeclared = |error| OpenError::Declare(title(queue), error);
        let channel = connection.create_channel().await.map_err(undeclared)?;
        let name = declare(&channel, queue).await.map_err(undeclared)?;
        for binding in &queue.bindings {
            bind(&channel, &name, binding).await.map_err(|error| {
                let (key, exchange) = (&binding.routing_key, &binding.exchange);
                let what = format!("{}, binding {key:?} of exchange {exchange:?}", title(queue));
                OpenError::Declare(what, error)
            })?;
        }
        let consumer = subscribe(&channel, &name, prefetch_count)
            .await
            .map_err(|error| OpenError::Consume(title(queue), error))?;
        let lane = Lane {
            queue: name.as_str().to_owned(),
            channel,
            unsettled: self.unsettled.clone(),
        };
        Ok((Arc::new(lane), consumer))
    }

    /// Passes deliveries on to `writer` until `stop`, or until the connection or a consumer ends.
    ///
    /// Deliveries that came before the end are passed on too: those of an exclusive queue have no
    /// other copy.
    pub async fn run(
        &mut self,
        rules: &CurrentRules,
        writer: &mpsc::Sender<Consumed>,
        stop: &mut Stop,
    ) -> Ended {
        let mut stopping = false;
        let mut lost = None;
        loop {
            let event = tokio::select! {
                () = stop.requested(), if !stopping => {
                    stopping = true;
                    self.cancel().await;
                    continue;
                }
                event = self.events.next() => event,
            };
            match event {
                Some(Event::Delivery(lane, delivery)) => {
                    self.unsettled.came();
                    let held = self.inflow.take(delivery.data.len());
                    let consumed = consumed(lane, *delivery, held, &rules.get());
                    if writer.send(consumed).await.is_err() {
                        return Ended::WriterGone;
                    }
                }
                Some(Event::Failed(error)) => lost = Some(error.to_string()),
                Some(Event::Ended(_)) if stopping => {}
                Some(Event::Ended(queue)) => {
                    return Ended::Lost(lost.unwrap_or_else(|| {
                        format!("the broker cancelled the consumer of {queue}")
                    }));
                }
                None => return Ended::Stopped,
            }
        }
    }

    async fn cancel(&self) {
        for (lane, tag) in &self.lanes {
            if let Err(error) = lane
                .channel
                .basic_cancel(tag.clone(), BasicCancelOptions::default())
                .await
            {
                tracing::debug!(queue = lane.queue, %error, "not cancelled");
            }
        }
    }
}

/// What a queue is called in errors.
fn title(queue: &Queue) -> String {
    if queue.name.is_empty() {
        "the anonymous queue".to_owned()
    } else {
        format!("queue {}", queue.name)
    }
}

/// Declares a queue; answers its name, which the broker may have made up.
async fn declare(channel: &Channel, queue: &Queue) -> lapin::Result<ShortString> {
    let options = QueueDeclareOptions {
        passive: queue.passive,
        durable: queue.durable,
        exclusive: queue.exclusive,
        auto_delete: queue.auto_delete,
        nowait: false,
    };
    let declared = channel
        .queue_declare(queue.name.as_str().into(), options, queue.arguments.clone())
        .await?;
    Ok(declared.name().clone())
}

async fn bind(channel: &Channel, queue: &ShortString, binding: &Binding) -> lapin::Result<()> {
    channel
        .queue_bind(
            queue.clone(),
            binding.exchange.as_str().into(),
            binding.routing_key.as_str().into(),
            QueueBindOptions::default(),
            FieldTable::default(),
        )
        .await
}

async fn subscribe(
    channel: &Channel,
    queue: &ShortString,
    prefetch_count: u16,
) -> lapin::Result<Consumer> {
    channel
        .basic_qos(prefetch_count, BasicQosOptions::default())
        .await?;
    let tag = uuid::Uuid::new_v4().to_string();
    channel
        .basic_consume(
            queue.clone(),
            tag.as_str().into(),
            BasicConsumeOptions::default(),
            FieldTable::default(),
        )
        .await
}

/// What a consumer has to tell, its end included.
fn events(lane: Arc<Lane>, consumer: Consumer) -> BoxStream<'static, Event> {
    let end = Event::Ended(lane.queue.clone());
    consumer
        .map(move |delivery| match delivery {
            Ok(delivery) => Event::Delivery(lane.clone(), Box::new(delivery)),
            Err(error) => Event::Failed(error),
        })
        .chain(once(std::future::ready(end)))
        .boxed()
}

fn consumed(lane: Arc<Lane>, delivery: Delivery, held: Held, rules: &Rules) -> Consumed {
    let (tag, size) = (delivery.delivery_tag, delivery.data.len());
    let received = Received {
        queue: lane.queue.clone(),
        exchange: delivery.exchange.into(),
        routing_key: delivery.routing_key.into(),
        redelivered: delivery.redelivered,
        properties: delivery.properties,
        body: delivery.data,
        // The database has no finer time.
        received_at: Utc::now().naive_utc().trunc_subsecs(6),
    };
    Consumed {
        content: Content::of(received, rules),
        lane,
        tag,
        came_at: Instant::now(),
        size,
        held,
    }
}
