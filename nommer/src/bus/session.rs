//! One connection to the broker, from its opening to its end.

use std::sync::atomic::AtomicU64;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use chrono::{SubsecRound, Utc};
use futures_util::StreamExt;
use futures_util::stream::SelectAll;
use lapin::Connection;
use lapin::message::Delivery;
use metadata::{CurrentRules, Rules};
use service::Stop;
use tokio::sync::mpsc;
use tokio::time::{Instant, sleep_until, timeout_at};

use crate::bus::intake::{Intake, Watch};
use crate::bus::queue::{declare, has_single_consumer, title};
use crate::bus::returned::Returned;
use crate::bus::settle::{Lane, Source, Unsettled};
use crate::bus::subscription::{Event, Events, Subscription, tells_of_stream};
use crate::bus::window::Window;
use crate::config::settings::{Config, Queue};
use crate::delivery::content::Content;
use crate::delivery::received::Received;
use crate::delivery::{headers, weight};
use crate::vitals::Vitals;

/// How soon it is noticed that a connection ended over which nothing is consumed.
const GLANCE: Duration = Duration::from_secs(1);
/// How long deliveries that came before the end are passed on.
const DRAIN: Duration = Duration::from_secs(5);

/// Why queues are not consumed.
#[derive(Debug, thiserror::Error)]
pub enum OpenError {
    /// The broker refused to declare or bind a queue.
    #[error("{0}: {1}")]
    Declare(String, lapin::Error),
    /// A queue is a stream, where reading has no end and settling is another thing.
    #[error("queue {0} is a stream")]
    Stream(String),
    /// A queue is none, where one was named.
    #[error("queue {0} is no stream")]
    NoStream(String),
    /// The broker ended what it had begun.
    #[error("the broker cancelled the consumer of {0}")]
    Ended(String),
    /// The broker does not deliver what there is.
    #[error("the broker delivers nothing from {0}")]
    Silent(String),
    /// The broker refused to deliver from a queue.
    #[error("{0}: {1}")]
    Consume(String, lapin::Error),
}

/// A delivery on its way to the archive.
pub struct Consumed {
    /// What it is.
    pub content: Content,
    /// Whence it came.
    pub source: Source,
    /// The broker's number for it.
    pub tag: u64,
    /// When it came, for the age of its batch.
    pub came_at: Instant,
    /// The length of its body, in bytes.
    pub size: usize,
    /// What it counts for in memory, in bytes.
    pub weight: usize,
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
pub struct Session<'a> {
    /// How many deliveries are not settled yet.
    pub unsettled: Unsettled,
    connection: &'a Connection,
    subscriptions: Vec<Subscription>,
    events: SelectAll<Events>,
    intake: &'a Intake,
    vitals: &'a Vitals,
    watch: Watch,
    /// Whether it was told that the database takes nothing.
    away: bool,
    lost: Option<String>,
    returned: Returned,
}

impl<'a> Session<'a> {
    /// Declares the queues and binds them, each over a channel of its own. Nothing is consumed yet.
    pub async fn open(
        connection: &'a Connection,
        config: &Config,
        (intake, vitals): (&'a Intake, &'a Vitals),
    ) -> Result<Self, OpenError> {
        let unsettled = Unsettled::default();
        let mut subscriptions = Vec::new();
        for queue in &config.queues {
            let lane = lane(connection, queue, &unsettled).await?;
            let window = Window::new(config.prefetch_count, config.bytes_per_queue());
            let lane = Arc::new(lane);
            subscriptions.push(Subscription::new(lane, window, has_single_consumer(queue)));
        }
        Ok(Self {
            unsettled,
            connection,
            subscriptions,
            events: SelectAll::new(),
            intake,
            vitals,
            watch: intake.watch(),
            away: false,
            lost: None,
            returned: Returned::default(),
        })
    }

    /// Waits until more may be taken, and starts to consume. Answers false if the connection ended
    /// before that.
    pub async fn start(&mut self) -> Result<bool, OpenError> {
        while !self.watch.is_open() {
            tokio::select! {
                () = self.watch.changed() => {}
                () = tokio::time::sleep(GLANCE) => {}
            }
            if !self.connection.status().connected() {
                return Ok(false);
            }
        }
        for subscription in &mut self.subscriptions {
            let events = subscription.adjust(true).await.map_err(|error| {
                let queue = &subscription.lane.queue;
                match tells_of_stream(&error) {
                    true => OpenError::Stream(queue.clone()),
                    false => OpenError::Consume(format!("queue {queue}"), error),
                }
            })?;
            self.events.extend(events);
        }
        Ok(true)
    }

    /// Passes deliveries on to `writer` until `stop`, or until the connection or a consumer ends.
    ///
    /// Deliveries that came before the end are passed on too: those of an exclusive queue have no
    /// other copy.
    pub async fn run(
        &mut self,
        rules: &CurrentRules,
        writer: &mpsc::UnboundedSender<Consumed>,
        stop: &mut Stop,
    ) -> Ended {
        let (mut ending, mut latest) = (None, Instant::now());
        loop {
            let event = tokio::select! {
                () = stop.requested(), if ending.is_none() => {
                    ending = Some(Ended::Stopped);
                    self.cancel().await;
                    continue;
                }
                () = self.watch.changed(), if ending.is_none() => {
                    self.look().await;
                    continue;
                }
                () = sleep_until(latest), if matches!(ending, Some(Ended::Lost(_))) => None,
                event = self.events.next() => event,
            };
            match event {
                Some(Event::Delivery(source, delivery)) => {
                    let consumed = self.take(source, *delivery, &rules.get());
                    if writer.send(consumed).is_err() {
                        return Ended::WriterGone;
                    }
                    if ending.is_none() {
                        self.look().await;
                    }
                }
                Some(Event::Failed(error)) => self.lost = Some(error.to_string()),
                Some(Event::Ended(lane, tag)) => {
                    if ending.is_none() && self.subscriptions.iter().any(|one| one.runs(&tag)) {
                        let cancelled =
                            format!("the broker cancelled the consumer of {}", lane.queue);
                        ending = Some(Ended::Lost(self.lost.take().unwrap_or(cancelled)));
                        latest = Instant::now() + DRAIN;
                        // Whether it could be told or not: what came is passed on.
                        let _ = timeout_at(latest, self.cancel()).await;
                    }
                }
                None => return ending.unwrap_or(Ended::Stopped),
            }
        }
    }

    fn take(&mut self, source: Source, delivery: Delivery, rules: &Rules) -> Consumed {
        let lane = &source.lane;
        self.unsettled.came();
        lane.under_way.came();
        source.under_way.came();
        let before = headers::delivery_count(&delivery.properties);
        self.returned.note(&lane.queue, before);
        let weight = weight::of(&delivery.properties, &delivery.data);
        self.intake.took(weight);
        let size = delivery.data.len();
        self.vitals.came(&lane.queue, size, weight, before);
        if let Some(subscription) = self.subscription(lane) {
            subscription.window.came(weight);
        }
        consumed(source, delivery, weight, rules)
    }

    /// Looks whether as much should come as does.
    async fn look(&mut self) {
        let open = self.watch.is_open();
        self.note(open);
        for subscription in &mut self.subscriptions {
            match subscription.adjust(open).await {
                Ok(events) => self.events.extend(events),
                // The channel is closed, so its consumer ends and tells.
                Err(error) => self.lost = Some(error.to_string()),
            }
        }
    }

    /// Tells of a database that goes or comes back. What has gathered meanwhile may be heavier than
    /// what came last, so windows begin anew.
    fn note(&mut self, open: bool) {
        if self.away && open {
            self.away = false;
            tracing::info!("asking the broker for more again");
            for subscription in &mut self.subscriptions {
                subscription.window.begin_anew();
            }
        } else if !self.away && !open && self.watch.is_database_away() {
            self.away = true;
            tracing::warn!("the database takes nothing: asking the broker for no more");
        }
    }

    async fn cancel(&self) {
        for subscription in &self.subscriptions {
            subscription.end().await;
        }
    }

    fn subscription(&mut self, lane: &Arc<Lane>) -> Option<&mut Subscription> {
        let mut subscriptions = self.subscriptions.iter_mut();
        subscriptions.find(|subscription| Arc::ptr_eq(&subscription.lane, lane))
    }
}

/// Declares a queue and binds it, over a channel of its own.
pub(super) async fn lane(
    connection: &Connection,
    queue: &Queue,
    unsettled: &Unsettled,
) -> Result<Lane, OpenError> {
    let channel = connection
        .create_channel()
        .await
        .map_err(|error| OpenError::Declare(title(queue), error))?;
    let name = declare(&channel, queue)
        .await
        .map_err(|(what, error)| OpenError::Declare(what, error))?;
    Ok(Lane {
        queue: name.as_str().to_owned(),
        channel,
        is_stream: false,
        unsettled: unsettled.clone(),
        under_way: Unsettled::default(),
        asked: AtomicU64::default(),
        settled: Mutex::default(),
        turn: tokio::sync::Mutex::default(),
    })
}

/// What a delivery is, with where it came from.
pub(super) fn consumed(
    source: Source,
    delivery: Delivery,
    weight: usize,
    rules: &Rules,
) -> Consumed {
    let (tag, size) = (delivery.delivery_tag, delivery.data.len());
    let received = Received {
        queue: source.lane.queue.clone(),
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
        source,
        tag,
        came_at: Instant::now(),
        size,
        weight,
    }
}
