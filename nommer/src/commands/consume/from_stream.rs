//! `nommer consume --from-stream`

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use archive::{ConnectionOptions, StreamOffset, Writer};
use chrono::Utc;
use metadata::CurrentRules;
use service::{Stop, complain, say};
use tokio::sync::mpsc;

use crate::bus::beginning::StreamStart;
use crate::bus::connection;
use crate::bus::extent::Extent;
use crate::bus::intake::Intake;
use crate::bus::place::{Dropped, StreamPlace};
use crate::bus::stream::{StreamEnd, StreamReader};
use crate::commands::consume::keeper::{Keeper, Kept};
use crate::config::settings::Config;
use crate::database;
use crate::exit::Exit;
use crate::ingest::writer::Counts;
use crate::ingest::{prover, writer};
use crate::vitals::Vitals;
use crate::words::counted;

/// Refuses a time from which no message can be.
pub fn check(start: StreamStart) -> Result<(), Exit> {
    match start {
        StreamStart::Time(time) if time > Utc::now().naive_utc() => Err(Exit::Config(format!(
            "--since {time}: lies in the future; it is the time, in UTC, from which on messages are read"
        ))),
        _ => Ok(()),
    }
}

/// A stream on its way to the archive.
struct StreamReading<'a> {
    config: &'a Config,
    options: &'a ConnectionOptions,
    queue: &'a str,
    /// What the stream had no longer when it was begun before.
    dropped: Option<Dropped>,
    place: Mutex<StreamPlace>,
    vitals: Vitals,
}

/// Reads a stream to its end. A signal ends it once what was read is stored, or has not been for as long as
/// stopping may take.
pub async fn run(
    config: &Config,
    options: ConnectionOptions,
    queue: &str,
    start: Option<StreamStart>,
) -> Result<(), Exit> {
    let mut stop =
        Stop::on_signals().map_err(|error| Exit::Failed(format!("no signals: {error}")))?;
    let mut dropped = None;
    loop {
        let reading = StreamReading {
            config,
            options: &options,
            queue,
            dropped,
            place: Mutex::default(),
            vitals: Vitals::new(),
        };
        let mut deadline = stop.clone();
        let answer = tokio::select! {
            answer = reading.run(start, &mut stop) => answer,
            () = async {
                deadline.requested().await;
                tokio::time::sleep(config.shutdown_timeout).await;
            } => Err(Exit::Failed("stopped while the database stored what was read".to_owned())),
        };
        match answer {
            Ok(Kept::Well) => return Ok(()),
            // What was read may be lost, so it begins as before.
            Ok(Kept::InDoubt) => dropped = dropped.or(reading.place().dropped),
            Err(error) => {
                reading.tell_where_to_go_on();
                return Err(error);
            }
        }
    }
}

impl StreamReading<'_> {
    async fn run(&self, start: Option<StreamStart>, stop: &mut Stop) -> Result<Kept, Exit> {
        let rules = CurrentRules::load(self.config.rules_directory.clone())?;
        if !database::wait_for_schema(self.options, stop).await? {
            return stopped();
        }
        let (config, queue) = ((self.config, self.options), self.queue);
        let keeper = Keeper::new(config, queue, (&self.place, &self.vitals));
        let kept = keeper.kept().await?;
        if start.is_none() && kept.is_none() {
            return Err(Exit::Config(format!(
                "--from-stream {queue}: no offset of this stream is kept in the archive, so say where to begin: \
                 --since TIME or --offset N, where 0 is all that it has"
            )));
        }
        let (end, total) = tokio::select! {
            read = self.store(start, kept, &rules, stop) => read?,
            () = keeper.run() => return Ok(Kept::InDoubt),
        };
        if let Kept::InDoubt = keeper.finish().await? {
            return Ok(Kept::InDoubt);
        }
        say(sums(total));
        self.judge(&end).map(|()| Kept::Well)
    }

    /// Stores what the stream has, up to where it ended when reading began.
    async fn store(
        &self,
        start: Option<StreamStart>,
        kept: Option<StreamOffset>,
        rules: &CurrentRules,
        stop: &mut Stop,
    ) -> Result<(StreamEnd, Counts), Exit> {
        let Self { config, vitals, .. } = self;
        let intake = Intake::new(config.prefetch_bytes);
        let archive = Arc::new(Writer::new(self.options));
        let (sender, deliveries) = mpsc::unbounded_channel();
        let writer = tokio::spawn(writer::run(
            deliveries,
            config.batch,
            archive.clone(),
            intake.clone(),
            vitals.clone(),
        ));
        let prover = tokio::spawn(prover::run(archive, intake.clone(), vitals.clone()));
        let reader = StreamReader {
            config,
            queue: self.queue,
            start,
            kept,
            rules,
            intake: &intake,
            vitals,
            writer: sender,
            place: &self.place,
        };
        let (end, connection) = tokio::select! {
            read = reader.run(stop) => read?,
            Ok(Err(error)) = prover => return Err(Exit::own(&error)),
        };
        let total = writer.await.and_then(|total| total);
        let total = total.map_err(|error| Exit::own(&error))?;
        if let Some(connection) = connection {
            connection::close(&connection).await;
        }
        Ok((end, total))
    }

    /// Says how it ended, and whether something is missing.
    fn judge(&self, end: &StreamEnd) -> Result<(), Exit> {
        let queue = self.queue;
        let dropped = self.dropped.or(self.place().dropped);
        let dropped = dropped.map(|dropped| missing(queue, dropped));
        match end {
            StreamEnd::Stopped => {
                if let Some(dropped) = dropped {
                    complain(dropped);
                }
                return stopped();
            }
            StreamEnd::Foreign(extent) => return Err(Exit::Failed(foreign(queue, *extent))),
            StreamEnd::Empty => complain(format_args!(
                "stream {queue} has no message: nothing could be stored from it"
            )),
            StreamEnd::Short { asked, extent } => complain(format_args!(
                "stream {queue} ends at offset {}, before the offset {asked}: nothing is read from it",
                extent.last
            )),
            StreamEnd::Reached(Extent { last, .. }) => say(format_args!(
                "stream {queue} is read up to offset {last}, where it ended at the start"
            )),
        }
        self.place().is_read = true;
        dropped.map_or(Ok(()), |dropped| Err(Exit::Failed(dropped)))
    }

    fn tell_where_to_go_on(&self) {
        let settled = self.vitals.totals();
        let mut place = self.place();
        if place.is_read {
            return;
        }
        let before = place.after(settled.archived + settled.put_aside);
        match (before, place.kept) {
            (Some(_), Some(kept)) if place.is_whole => complain(format_args!(
                "offset {kept} is kept: to go on from there, leave out --since and --offset"
            )),
            (Some(before), _) => complain(format_args!("to go on from here: --offset {before}")),
            (None, _) => {}
        }
    }

    fn place(&self) -> MutexGuard<'_, StreamPlace> {
        self.place.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

fn stopped<T>() -> Result<T, Exit> {
    Err(Exit::Failed("stopped before the end".to_owned()))
}

fn foreign(queue: &str, extent: Option<Extent>) -> String {
    let there = match extent {
        None => "it has no message".to_owned(),
        Some(Extent { first, last }) => format!("it has the offsets {first} to {last}"),
    };
    format!(
        "stream {queue} is not the one whose offset is kept, but was made anew, or is that of another broker; {there}: \
         say where to begin, --since TIME or --offset N, where 0 is all that it has"
    )
}

fn missing(queue: &str, Dropped { first, last }: Dropped) -> String {
    format!(
        "stream {queue} had no longer what follows the offset that was kept, {first} to {last}: what of that is not in \
         the archive may be in another one, or in a newer backup"
    )
}

fn sums(total: Counts) -> String {
    let read = counted(total.received, "message");
    let Counts {
        stored,
        duplicates,
        put_aside,
        ..
    } = total;
    format!(
        "{read} read: {stored} stored, {duplicates} here already, {put_aside} kept as dead letters"
    )
}
