//! Reads a stream up to where it ended when reading began, over as many connections as it takes.
//!
//! What is read stays in the stream, so all that has to be known is the place: after a lost connection it goes on
//! with what was not read yet, as what was is on its way to the archive.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use archive::StreamOffset;
use chrono::NaiveDateTime;
use futures_util::StreamExt as _;
use lapin::message::Delivery;
use lapin::types::FieldTable;
use lapin::{Connection, Consumer};
use metadata::{CurrentRules, Rules};
use service::Stop;
use tokio::sync::mpsc;
use tokio::time::{Instant, Interval, timeout_at};

use crate::bus::beginning::{Beginning, StreamStart, tell_of_gap};
use crate::bus::connection::{close, connect_from};
use crate::bus::consumer::Failure;
use crate::bus::extent::{Extent, NOTHING};
use crate::bus::intake::Intake;
use crate::bus::place::{StreamPlace, parts};
use crate::bus::retries::Retries;
use crate::bus::session::{Consumed, OpenError, consumed, lane};
use crate::bus::settle::{Lane, Source, Unsettled};
use crate::bus::subscription::consume_with;
use crate::config::settings::{Config, Queue};
use crate::delivery::content::Content;
use crate::delivery::headers::{STREAM_OFFSET, stream_offset};
use crate::delivery::weight;
use crate::exit::Exit;
use crate::vitals::Vitals;

/// So much of a stream is under way at most: its consumer cannot be replaced by a narrower one.
const MOST: u16 = 512;
/// How often the place is told.
const PAUSE: Duration = Duration::from_secs(10);

/// What reading a stream takes.
pub struct StreamReader<'a> {
    /// The broker.
    pub config: &'a Config,
    /// The stream.
    pub queue: &'a str,
    /// Where to begin; by default where what is kept ends.
    pub start: Option<StreamStart>,
    /// What is kept of an earlier reading, until it is looked into the stream.
    pub kept: Option<StreamOffset>,
    /// What messages mean.
    pub rules: &'a CurrentRules,
    /// Says whether more is to be taken.
    pub intake: &'a Intake,
    /// Is told how it goes.
    pub vitals: &'a Vitals,
    /// Where deliveries go.
    pub writer: mpsc::UnboundedSender<Consumed>,
    /// Is told how far it is.
    pub place: &'a Mutex<StreamPlace>,
}

/// How reading ended.
pub enum StreamEnd {
    /// All that there was is read.
    Reached(Extent),
    /// There was nothing.
    Empty,
    /// It ends before the offset that was to be the first.
    Short { asked: u64, extent: Extent },
    /// What is kept is of another stream, and nothing else says where to begin.
    Foreign(Option<Extent>),
    /// It was to stop before that.
    Stopped,
}

/// A stream that can be read.
struct Opened {
    lane: Lane,
    extent: Extent,
    start: StreamStart,
}

/// What became of a connection.
enum Tried {
    Ended(StreamEnd),
    Lost(String),
}

impl StreamReader<'_> {
    /// Reads until the end or `stop`. Answers also the connection over which the last deliveries are to be settled.
    pub async fn run(mut self, stop: &mut Stop) -> Result<(StreamEnd, Option<Connection>), Exit> {
        let config = self.config;
        let mut retries = Retries::at(&config.broker);
        let (mut first, mut server) = (true, 0);
        loop {
            let connected = tokio::select! {
                connected = connect_from(&self.config.broker, &mut server) => connected.map_err(Failure::Connect),
                () = stop.requested() => return Ok((StreamEnd::Stopped, None)),
            };
            let began = Instant::now();
            let tried = match connected {
                Err(failure) => Err(failure),
                Ok(connection) => match self.read(&connection, &mut first, stop).await {
                    Ok(Tried::Ended(end)) => return Ok((end, Some(connection))),
                    tried => {
                        close(&connection).await;
                        tried.map_err(Failure::Open)
                    }
                },
            };
            let reason = match tried {
                Err(failure) => failure.judge(first)?,
                Ok(Tried::Lost(reason)) => reason,
                Ok(Tried::Ended(_)) => continue,
            };
            if retries.wait(Some(began), &reason, stop).await {
                return Ok((StreamEnd::Stopped, None));
            }
        }
    }

    /// Reads over a connection; `first` ends when the broker has begun to deliver.
    async fn read(
        &mut self,
        connection: &Connection,
        first: &mut bool,
        stop: &mut Stop,
    ) -> Result<Tried, OpenError> {
        let opened = tokio::select! {
            opened = self.open(connection) => opened?,
            () = stop.requested() => Err(StreamEnd::Stopped),
        };
        let Opened {
            lane,
            extent,
            start,
        } = match opened {
            Ok(opened) => opened,
            Err(end) => return Ok(Tried::Ended(end)),
        };
        match start {
            StreamStart::Offset(asked) if asked > extent.last.saturating_add(1) => {
                return Ok(Tried::Ended(StreamEnd::Short { asked, extent }));
            }
            StreamStart::Offset(offset) if offset > extent.last => {
                return Ok(Tried::Ended(StreamEnd::Reached(extent)));
            }
            _ => {}
        }
        let prefetch = MOST.min(self.config.most_under_way());
        lane.asked
            .store(prefetch.into(), std::sync::atomic::Ordering::Relaxed);
        let from = (STREAM_OFFSET, start.argument());
        let consumer = consume_with(&lane.channel, self.queue, prefetch, from).await;
        let consumer =
            consumer.map_err(|error| OpenError::Consume(format!("queue {}", self.queue), error))?;
        let (queue, broker) = (self.queue, self.config.broker.name());
        let Extent {
            first: begins,
            last,
        } = extent;
        tracing::info!(broker, queue, prefetch, begins, last, "reading the stream");
        let source = Source {
            lane: Arc::new(lane),
            under_way: Unsettled::default(),
        };
        let tried = self.follow(consumer, source, extent, stop).await;
        *first = false;
        Ok(tried)
    }

    /// Looks what there is and where to begin, and waits until more may be taken.
    async fn open(
        &mut self,
        connection: &Connection,
    ) -> Result<Result<Opened, StreamEnd>, OpenError> {
        let lane = self.lane(connection).await?;
        let known = self.place().extent;
        let extent = match known {
            Some(extent) => Some(extent),
            None => Extent::of(connection, self.queue).await?,
        };
        let Some(extent) = extent else {
            return Ok(Err(match self.start {
                Some(_) => StreamEnd::Empty,
                None => StreamEnd::Foreign(None),
            }));
        };
        if known.is_none() {
            self.begin(connection, extent).await?;
        }
        let Some(start) = self.start else {
            return Ok(Err(StreamEnd::Foreign(Some(extent))));
        };
        // The database may have gone meanwhile.
        self.intake.doubt();
        let mut watch = self.intake.watch();
        while !watch.is_open() {
            watch.changed().await;
        }
        Ok(Ok(Opened {
            lane,
            extent,
            start,
        }))
    }

    async fn begin(&mut self, connection: &Connection, extent: Extent) -> Result<(), OpenError> {
        let stream = (connection, self.queue);
        let beginning = Beginning::find(self.start, self.kept.as_ref(), stream, extent).await?;
        self.start = beginning.start;
        let mut place = self.place();
        place.extent = Some(extent);
        place.kept = beginning.kept;
        place.dropped = beginning.dropped;
        place.is_whole = beginning.is_whole;
        Ok(())
    }

    async fn lane(&self, connection: &Connection) -> Result<Lane, OpenError> {
        let queue = Queue {
            name: self.queue.to_owned(),
            durable: true,
            auto_delete: false,
            exclusive: false,
            passive: true,
            arguments: FieldTable::default(),
            bindings: Vec::new(),
        };
        let lane = lane(connection, &queue, &Unsettled::default()).await?;
        Ok(Lane {
            is_stream: true,
            ..lane
        })
    }

    /// Passes on what the consumer brings.
    async fn follow(
        &mut self,
        mut consumer: Consumer,
        source: Source,
        extent: Extent,
        stop: &mut Stop,
    ) -> Tried {
        let nothing = Instant::now() + NOTHING;
        let (mut came, mut tell) = (false, ticks());
        loop {
            let next = tokio::select! {
                () = stop.requested() => return Tried::Ended(StreamEnd::Stopped),
                _ = tell.tick() => {
                    self.tell(extent);
                    continue;
                }
                next = async {
                    match came {
                        true => Ok(consumer.next().await),
                        false => timeout_at(nothing, consumer.next()).await,
                    }
                } => next,
            };
            let delivery = match next {
                // It begins beyond the last message.
                Err(_) => {
                    self.tell_of_first(extent.last + 1, extent);
                    return Tried::Ended(StreamEnd::Reached(extent));
                }
                Ok(None) => return Tried::Lost("the broker cancelled the consumer".to_owned()),
                Ok(Some(Err(error))) => return Tried::Lost(error.to_string()),
                Ok(Some(Ok(delivery))) => delivery,
            };
            let Some(offset) = stream_offset(&delivery.properties) else {
                return Tried::Lost("a delivery without an offset".to_owned());
            };
            if !came {
                self.tell_of_first(offset, extent);
                came = true;
            }
            if offset <= extent.last {
                self.take(&source, delivery, offset);
            }
            if offset >= extent.last {
                return Tried::Ended(StreamEnd::Reached(extent));
            }
        }
    }

    fn take(&mut self, source: &Source, delivery: Delivery, offset: u64) {
        self.start = Some(StreamStart::Offset(offset + 1));
        let lane = &source.lane;
        lane.unsettled.came();
        lane.under_way.came();
        source.under_way.came();
        let weight = weight::of(&delivery.properties, &delivery.data);
        self.intake.took(weight);
        self.vitals
            .came(self.queue, delivery.data.len(), weight, None);
        let mut after = StreamOffset::after(offset, &parts(&delivery), NaiveDateTime::default());
        let consumed = read_again(source.clone(), delivery, weight, &self.rules.get());
        after.sent_at = sent_at(&consumed.content);
        self.place().took(after);
        // Nobody takes it where the writer has ended, and that is told elsewhere.
        let _ = self.writer.send(consumed);
    }

    fn tell_of_first(&self, offset: u64, extent: Extent) {
        if !matches!(self.start, Some(StreamStart::Time(_))) {
            return;
        }
        let queue = self.queue;
        let mut place = self.place();
        if let Some(kept) = place.kept.filter(|kept| *kept < offset) {
            place.is_whole = false;
            tell_of_gap(queue, kept, offset);
        } else if offset == extent.first && offset > 0 {
            tracing::warn!(
                queue,
                offset,
                "the stream has dropped older messages: what was sent between that time and its first message is not in it"
            );
        }
    }

    fn tell(&self, extent: Extent) {
        let settled = self.vitals.totals();
        let mut place = self.place();
        let offset = place.after(settled.archived + settled.put_aside);
        let (queue, kept, last) = (self.queue, place.kept, extent.last);
        tracing::info!(queue, offset, kept, last, "so far");
    }

    fn place(&self) -> MutexGuard<'_, StreamPlace> {
        self.place.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

fn ticks() -> Interval {
    tokio::time::interval_at(Instant::now() + PAUSE, PAUSE)
}

fn sent_at(content: &Content) -> NaiveDateTime {
    match content {
        Content::Message(message) => message.0.timestamp,
        Content::DeadLetter(letter) => letter.received_at,
    }
}

/// What may be archived already, so that one without an id is recognised by its content.
fn read_again(source: Source, delivery: Delivery, weight: usize, rules: &Rules) -> Consumed {
    let again = Delivery {
        redelivered: true,
        ..delivery
    };
    consumed(source, again, weight, rules)
}
