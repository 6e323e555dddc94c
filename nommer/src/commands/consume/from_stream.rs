//! `nommer consume --from-stream`

use std::sync::{Arc, Mutex, PoisonError};

use archive::{ConnectionOptions, Writer};
use chrono::Utc;
use metadata::CurrentRules;
use service::{Stop, complain, say};
use tokio::sync::mpsc;

use crate::bus::connection;
use crate::bus::extent::Extent;
use crate::bus::intake::Intake;
use crate::bus::stream::{StreamEnd, StreamPlace, StreamReader, StreamStart};
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

/// Reads a stream to its end. A signal ends it once what was read is stored, or has not been for as long as
/// stopping may take.
pub async fn run(
    config: &Config,
    options: ConnectionOptions,
    queue: &str,
    start: StreamStart,
) -> Result<(), Exit> {
    let mut stop =
        Stop::on_signals().map_err(|error| Exit::Failed(format!("no signals: {error}")))?;
    let (place, vitals) = (Mutex::default(), Vitals::new());
    let mut deadline = stop.clone();
    let answer = tokio::select! {
        answer = read(config, &options, (queue, start), (&place, &vitals), &mut stop) => answer,
        () = async {
            deadline.requested().await;
            tokio::time::sleep(config.shutdown_timeout).await;
        } => Err(Exit::Failed("stopped while the database stored what was read".to_owned())),
    };
    if answer.is_err() {
        let settled = vitals.totals();
        let mut place = place.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(offset) = place.after(settled.archived + settled.put_aside) {
            complain(format_args!("to go on from here: --offset {offset}"));
        }
    }
    answer
}

async fn read(
    config: &Config,
    options: &ConnectionOptions,
    (queue, start): (&str, StreamStart),
    (place, vitals): (&Mutex<StreamPlace>, &Vitals),
    stop: &mut Stop,
) -> Result<(), Exit> {
    let stopped = || Err(Exit::Failed("stopped before the end".to_owned()));
    let rules = CurrentRules::load(config.rules_directory.clone())?;
    if !database::wait_for_schema(options, stop).await? {
        return stopped();
    }
    let intake = Intake::new(config.prefetch_bytes);
    let archive = Arc::new(Writer::new(options));
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
        queue,
        start,
        rules: &rules,
        intake: &intake,
        vitals,
        writer: sender,
        place,
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
    tell(queue, &end, total);
    match end {
        StreamEnd::Reached(_) | StreamEnd::Empty => Ok(()),
        StreamEnd::Stopped => stopped(),
    }
}

fn tell(queue: &str, end: &StreamEnd, total: Counts) {
    say(sums(total));
    match end {
        StreamEnd::Reached(Extent { last, .. }) => say(format_args!(
            "stream {queue} is read up to offset {last}, where it ended at the start"
        )),
        StreamEnd::Empty => complain(format_args!(
            "stream {queue} has no message: nothing could be stored from it"
        )),
        StreamEnd::Stopped => {}
    }
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
