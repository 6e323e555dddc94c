//! `nommer consume`

use std::sync::Arc;

use archive::{ConnectionOptions, Upkeep, Writer};
use metadata::CurrentRules;
use service::{Reload, Stop, tasks};
use tokio::sync::{mpsc, watch};
use tokio::task::JoinError;

use crate::bus::connection;
use crate::bus::consumer::Consumer;
use crate::bus::intake::Intake;
use crate::bus::settle::Unsettled;
use crate::config::settings::Config;
use crate::exit::Exit;
use crate::ingest::writer::Counts;
use crate::ingest::{prover, writer};
use crate::{database, upkeep};

/// Consumes until a signal.
pub fn run(config: &Config) -> Result<(), Exit> {
    let options = database::options(config)?;
    connection::check_tls(&config.broker).map_err(Exit::Config)?;
    for ignored in &config.ignored {
        tracing::warn!(setting = ignored, "ignored");
    }
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .worker_threads(2)
        .enable_all()
        .build()
        .map_err(|error| Exit::Failed(format!("no threads: {error}")))?;
    let answer = runtime.block_on(until_deadline(config, options));
    // A thread may wait for the database still.
    runtime.shutdown_background();
    answer
}

async fn until_deadline(config: &Config, options: ConnectionOptions) -> Result<(), Exit> {
    let no_signals = |error| Exit::Failed(format!("no signals: {error}"));
    let mut stop = Stop::on_signals().map_err(no_signals)?;
    // Before the rules are read for the first time: at no moment does this signal end the program.
    let reload = Reload::listen().map_err(no_signals)?;
    let rules = Arc::new(CurrentRules::load(config.rules_directory.clone())?);
    let reread = rules.clone();
    reload.each(move || reread.read_again());
    let (current, unsettled) = watch::channel(Unsettled::default());
    let deadline = {
        let mut stop = stop.clone();
        async move {
            stop.requested().await;
            tokio::time::sleep(config.shutdown_timeout).await;
        }
    };
    tokio::select! {
        answer = consume(config, &options, &rules, current, &mut stop) => answer,
        () = deadline => Err(Exit::Deadline(unsettled.borrow().count())),
    }
}

async fn consume(
    config: &Config,
    options: &ConnectionOptions,
    rules: &CurrentRules,
    unsettled: watch::Sender<Unsettled>,
    stop: &mut Stop,
) -> Result<(), Exit> {
    if !database::wait_for_schema(options, stop).await? {
        return Ok(());
    }
    let archive = Arc::new(Writer::new(options));
    let for_upkeep = Upkeep::new(&ConnectionOptions {
        pool_size: database::UPKEEP,
        ..options.clone()
    });
    let mut upkeep = tasks::start(upkeep::table(&Arc::new(for_upkeep)));
    // Whether they could be made or not: there is a partition for strays.
    upkeep.first_run(upkeep::ADD_PARTITIONS).await;

    let (sender, queue) = mpsc::unbounded_channel();
    let intake = Intake::new(config.prefetch_bytes);
    let writer = tokio::spawn(writer::run(
        queue,
        config.batch,
        archive.clone(),
        intake.clone(),
    ));
    let prover = tokio::spawn(prover::run(archive, intake.clone()));
    let consumer = Consumer {
        config,
        rules,
        intake: &intake,
        writer: sender,
        unsettled,
    };
    let connection = tokio::select! {
        connection = consumer.run(stop) => connection?,
        Ok(Err(error)) = prover => return Err(own(&error)),
    };
    let total = writer.await.and_then(|total| total);
    let total = total.map_err(|error| own(&error))?;
    if let Some(connection) = connection {
        connection::close(&connection).await;
    }
    tell(total);
    Ok(())
}

fn tell(total: Counts) {
    tracing::info!(
        received = total.received,
        stored = total.stored,
        duplicates = total.duplicates,
        put_aside = total.put_aside,
        "all settled"
    );
}

fn own(error: &JoinError) -> Exit {
    Exit::Failed(format!("an error of the program: {error}"))
}
