//! `nommer consume`

use std::sync::Arc;
use std::time::Duration;

use metadata::Rules;
use tokio::sync::mpsc;

use super::database_url;
use crate::config::Config;
use crate::consumer::{self, Unsettled};
use crate::exit::Exit;
use crate::shutdown::Stop;
use crate::{batch, connection, database, writer};

/// Consumes until a signal.
pub fn run(config: &Config) -> Result<(), Exit> {
    database_url(config)?;
    connection::check_tls(&config.broker).map_err(Exit::Config)?;
    let rules = match &config.rules_directory {
        Some(directory) => Rules::with_directory(directory)
            .map_err(|faults| Exit::Config(format!("consumer_config.rules_directory: {faults}")))?,
        None => Rules::embedded(),
    };
    for ignored in &config.ignored {
        tracing::warn!(setting = ignored, "ignored");
    }
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .worker_threads(2)
        .enable_all()
        .build()
        .map_err(|error| Exit::Failed(format!("no threads: {error}")))?;
    let answer = runtime.block_on(until_deadline(config, &rules));
    // A thread may wait for the database still.
    runtime.shutdown_background();
    answer
}

async fn until_deadline(config: &Config, rules: &Rules) -> Result<(), Exit> {
    let mut stop = Stop::on_signals().map_err(|error| Exit::Failed(format!("no signals: {error}")))?;
    let unsettled = Unsettled::default();
    let deadline = {
        let mut stop = stop.clone();
        async move {
            stop.requested().await;
            tokio::time::sleep(config.shutdown_timeout).await;
        }
    };
    tokio::select! {
        answer = consume(config, rules, &unsettled, &mut stop) => answer,
        () = deadline => Err(Exit::Deadline(unsettled.count())),
    }
}

async fn consume(config: &Config, rules: &Rules, unsettled: &Unsettled, stop: &mut Stop) -> Result<(), Exit> {
    let options = database::options(database_url(config)?);
    if !database::wait_for_schema(&options, stop).await? {
        return Ok(());
    }
    let archive = Arc::new(archive::Writer::new(&options));
    database::add_partitions(archive.clone()).await;
    tokio::spawn(database::add_partitions_daily(archive.clone()));

    // Room for all that the broker may send, so that a session ends when its connection does and
    // not when the database takes batches again.
    let most = usize::from(config.prefetch_count) * config.queues.len();
    let (sender, queue) = mpsc::channel(most);
    let writer = tokio::spawn(writer::run(queue, batch::attainable(config.batch, most), archive));
    let connection = consumer::run(config, rules, sender, unsettled, stop).await?;
    let total = writer
        .await
        .and_then(|total| total)
        .map_err(|error| Exit::Failed(format!("an error of the program: {error}")))?;
    if let Some(connection) = connection {
        let closed = tokio::time::timeout(Duration::from_secs(2), connection.close(200, "".into())).await;
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
