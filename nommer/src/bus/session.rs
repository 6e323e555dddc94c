//! One connection to the broker, from its opening to its end.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use chrono::{SubsecRound, Utc};
use futures_util::StreamExt;
use futures_util::stream::{BoxStream, SelectAll, once};
use lapin::message::Delivery;
use lapin::options::{
    BasicCancelOptions, BasicConsumeOptions, BasicQosOptions, QueueBindOptions, QueueDeclareOptions,
};
use lapin::types::{FieldTable, ShortString};
use lapin::{Connection, Consumer};
use metadata::{CurrentRules, Rules};
use service::Stop;
use tokio::sync::mpsc;
use tokio::time::Instant;

use crate::bus::pressure::{Held, Inflow};
use crate::bus::settle::Lane;
use crate::config::Queue;
use crate::delivery::decode::{self, Raw, Rest};
use crate::ingest::writer::{Content, Received};

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
    pub unsettled: Arc<AtomicU64>,
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
            unsettled: Arc::default(),
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
        let named = |name: &str| {
            if name.is_empty() {
                "the anonymous queue".into()
            } else {
                format!("queue {name}")
            }
        };
        let undeclared = |error| OpenError::Declare(named(&queue.name), error);
        let channel = connection.create_channel().await.map_err(undeclared)?;
        let options = QueueDeclareOptions {
            passive: queue.passive,
            durable: queue.durable,
            exclusive: queue.exclusive,
            auto_delete: queue.auto_delete,
            nowait: false,
        };
        let declared = channel
            .queue_declare(queue.name.as_str().into(), options, queue.arguments.clone())
            .await
            .map_err(undeclared)?;
        let name = declared.name().clone();
        for binding in &queue.bindings {
            let (exchange, key) = (binding.exchange.as_str(), binding.routing_key.as_str());
            channel
                .queue_bind(
                    name.clone(),
                    exchange.into(),
                    key.into(),
                    QueueBindOptions::default(),
                    FieldTable::default(),
                )
                .await
                .map_err(|error| {
                    OpenError::Declare(
                        format!(
                            "{}, binding {key:?} of exchange {exchange:?}",
                            named(&queue.name)
                        ),
                        error,
                    )
                })?;
        }
        let undelivered = |error| OpenError::Consume(named(&queue.name), error);
        channel
            .basic_qos(prefetch_count, BasicQosOptions::default())
            .await
            .map_err(undelivered)?;
        let tag = uuid::Uuid::new_v4().to_string();
        let consumer = channel
            .basic_consume(
                name.clone(),
                tag.as_str().into(),
                BasicConsumeOptions::default(),
                FieldTable::default(),
            )
            .await
            .map_err(undelivered)?;
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
        writer: &mpsc::Sender<Received>,
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
                    self.unsettled.fetch_add(1, Ordering::Relaxed);
                    let held = self.inflow.take(delivery.data.len());
                    if writer
                        .send(receive(lane, *delivery, held, &rules.get()))
                        .await
                        .is_err()
                    {
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

fn receive(lane: Arc<Lane>, delivery: Delivery, held: Held, rules: &Rules) -> Received {
    let (tag, size) = (delivery.delivery_tag, delivery.data.len());
    let raw = Raw {
        queue: lane.queue.clone(),
        exchange: delivery.exchange.into(),
        routing_key: delivery.routing_key.into(),
        redelivered: delivery.redelivered,
        properties: delivery.properties,
        body: delivery.data,
        // The database has no finer time.
        received_at: Utc::now().naive_utc().trunc_subsecs(6),
    };
    let content = match decode::decode(&raw, rules) {
        Ok(message) => {
            if let Some(sent_at) = decode::unreadable_sent_at(&message) {
                let sent_at = sent_at.chars().take(50).collect::<String>();
                tracing::warn!(
                    topic = message.topic,
                    sent_at,
                    "sent-at is not readable: stored at the time of receipt"
                );
            }
            let rest = Rest::beside(&message, raw);
            Content::Message(Box::new((message, rest)))
        }
        Err(reason) => Content::DeadLetter(Box::new(raw.into_dead_letter(reason))),
    };
    Received {
        content,
        lane,
        tag,
        came_at: Instant::now(),
        size,
        held,
    }
}
