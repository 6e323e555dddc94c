//! `nommer consume`

mod from_stream;
mod keeper;

use std::sync::Arc;

use archive::{ConnectionOptions, Upkeep, Writer};
use chrono::NaiveDateTime;
use clap::Args;
use metadata::CurrentRules;
use service::tasks::TaskStatuses;
use service::{Reload, Stop, error_chain, tasks};
use tokio::sync::{mpsc, watch};

use crate::bus::beginning::StreamStart;
use crate::bus::consumer::Consumer;
use crate::bus::filling::Filling;
use crate::bus::intake::Intake;
use crate::bus::settle::Unsettled;
use crate::bus::{certificates, connection, tls};
use crate::commands::names::name;
use crate::commands::times;
use crate::config;
use crate::config::settings::Config;
use crate::exit::Exit;
use crate::ingest::writer::Counts;
use crate::ingest::{prover, writer};
use crate::upkeep::{backup, silence};
use crate::vitals::Vitals;
use crate::{database, monitoring, supervised, upkeep};

/// What to consume.
#[derive(Debug, Args)]
pub struct ConsumeOptions {
    /// Read this stream instead of the queues, store what is not in the archive, and end where the stream ended at
    /// the start: for what a restored archive lacks. It begins where the archive says that it was read to.
    #[arg(long, value_name = "QUEUE", value_parser = name)]
    from_stream: Option<String>,
    /// Begin with what came to the stream at this day or time (ISO 8601, UTC) instead.
    #[arg(long, value_name = "TIME", value_parser = times::time, group = "start", requires = "from_stream")]
    since: Option<NaiveDateTime>,
    /// Begin with this message of the stream instead; 0 is all that it has.
    #[arg(long, value_name = "N", group = "start", requires = "from_stream")]
    offset: Option<u64>,
}

impl ConsumeOptions {
    fn start(&self) -> Option<StreamStart> {
        let offset = self.offset.map(StreamStart::Offset);
        self.since.map(StreamStart::Time).or(offset)
    }
}

/// Consumes until a signal, or reads a stream to its end.
pub fn run(config: &Config, asked: &ConsumeOptions) -> Result<(), Exit> {
    let (stream, start) = (asked.from_stream.as_deref(), asked.start());
    if let Some(start) = start {
        from_stream::check(start)?;
    }
    let options = database::options(config)?;
    tls::check(&config.broker).map_err(Exit::Config)?;
    for ignored in &config.ignored {
        tracing::warn!(setting = ignored, "ignored");
    }
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .worker_threads(2)
        .enable_all()
        .build()
        .map_err(|error| Exit::Failed(format!("no threads: {error}")))?;
    let answer = runtime.block_on(async {
        match stream {
            Some(queue) => from_stream::run(config, options, queue, start).await,
            None => until_deadline(config, options).await,
        }
    });
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
    let file = config.file.clone();
    reload.each(move || {
        reread.read_again();
        let levels = config::log_levels(file.as_deref());
        service::log::read_again(levels.map_err(|error| error_chain(&error)));
    });
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
    rules: &Arc<CurrentRules>,
    unsettled: watch::Sender<Unsettled>,
    stop: &mut Stop,
) -> Result<(), Exit> {
    let intake = Intake::new(config.prefetch_bytes);
    let vitals = Vitals::new();
    supervised::start(&vitals, stop);
    if let Some(address) = config.monitoring {
        monitoring::serve(address, &vitals, &intake, rules).await?;
        if let Some(filling) = Filling::of(config, &vitals).map_err(Exit::Config)? {
            tokio::spawn(filling.watch(stop.clone()));
        }
    }
    if !database::wait_for_schema(options, stop).await? {
        return Ok(());
    }
    let archive = Arc::new(Writer::new(options));
    vitals.has_tasks(keep_up(config, options, &vitals).await);
    let (sender, queue) = mpsc::unbounded_channel();
    let writer = tokio::spawn(writer::run(
        queue,
        config.batch,
        archive.clone(),
        intake.clone(),
        vitals.clone(),
    ));
    let prover = tokio::spawn(prover::run(archive, intake.clone(), vitals.clone()));
    let consumer = Consumer {
        config,
        rules,
        intake: &intake,
        vitals: &vitals,
        writer: sender,
        unsettled,
    };
    let connection = tokio::select! {
        connection = consumer.run(stop) => connection?,
        Ok(Err(error)) = prover => return Err(Exit::own(&error)),
    };
    let total = writer.await.and_then(|total| total);
    let total = total.map_err(|error| Exit::own(&error))?;
    if let Some(connection) = connection {
        connection::close(&connection).await;
    }
    tell(total);
    Ok(())
}

/// Starts the recurring tasks, once those that come first have run.
async fn keep_up(config: &Config, options: &ConnectionOptions, vitals: &Vitals) -> TaskStatuses {
    let archive = Upkeep::new(&ConnectionOptions {
        pool_size: database::UPKEEP,
        ..options.clone()
    });
    let mut table = upkeep::table(&Arc::new(archive), vitals, config.standbys);
    table.extend(certificates::task(&config.broker, vitals));
    table.extend(backup::task(config.backup.as_ref(), vitals));
    table.extend(silence::task(&config.expected, options, vitals));
    let mut statuses = tasks::start(table);
    // Whether they could be made or not: there is a partition for strays.
    statuses.first_run(upkeep::ADD_PARTITIONS).await;
    statuses
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
