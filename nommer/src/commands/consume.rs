//! `nommer consume`

use std::sync::Arc;
use std::time::Duration;

use archive::ConnectionOptions;
use metadata::CurrentRules;
use service::{Reload, Stop, tasks};
use tokio::sync::mpsc;

use crate::bus::connection;
use crate::bus::consumer::{self, Unsettled};
use crate::bus::pressure::Gauge;
use crate::config::Config;
use crate::exit::Exit;
use crate::ingest::{batch, writer};
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
    let unsettled = Unsettled::default();
    let deadline = {
        let mut stop = stop.clone();
        async move {
            stop.requested().await;
            tokio::time::sleep(config.shutdown_timeout).await;
        }
    };
    tokio::select! {
        answer = consume(config, &options, &rules, &unsettled, &mut stop) => answer,
        () = deadline => Err(Exit::Deadline(unsettled.count())),
    }
}

async fn consume(
    config: &Config,
    options: &ConnectionOptions,
    rules: &CurrentRules,
    unsettled: &Unsettled,
    stop: &mut Stop,
) -> Result<(), Exit> {
    if !database::wait_for_schema(options, stop).await? {
        return Ok(());
    }
    let archive = Arc::new(archive::Writer::new(options));
    let mut upkeep = tasks::start(upkeep::table(&archive));
    // Whether they could be made or not: there is a partition for strays.
    upkeep.first_run(upkeep::ADD_PARTITIONS).await;

    // Room for all that the broker may send, so that a session ends when its connection does and
    // not when the database takes batches again.
    let most = usize::from(config.prefetch_count) * config.queues.len();
    let (sender, queue) = mpsc::channel(most);
    let writer = tokio::spawn(writer::run(
        queue,
        batch::attainable(config.batch, most),
        archive,
    ));
    // A batch that is written, and one that fills.
    let gauge = Gauge::new(2 * config.batch.bytes);
    tokio::spawn(gauge.clone().make_exceptions());
    let connection = consumer::run(config, rules, sender, (unsettled, &gauge), stop).await?;
    let total = writer
        .await
        .and_then(|total| total)
        .map_err(|error| Exit::Failed(format!("an error of the program: {error}")))?;
    if let Some(connection) = connection {
        let closed =
            tokio::time::timeout(Duration::from_secs(2), connection.close(200, "".into())).await;
        tracing::debug!(?closed, "connection closed");
    }
    tracing::info!(
        received = total.received,
        stored = total.stored,
        duplicates = total.duplicates,
        put_aside = total.put_aside,
        "all settled"
    );
    Ok(())
}
