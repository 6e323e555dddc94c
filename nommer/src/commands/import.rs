//! `nommer import`

mod bytes;
mod elements;
mod patient;
mod progress;
mod reading;
mod source;
mod syntax;

use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use archive::{Outcome, StoreError, Writer, migration};
use clap::Args;
use metadata::Rules;
use service::Stop;
use tokio::sync::mpsc::{self, Receiver};

use self::progress::{Progress, Sums};
use self::reading::{Portion, Reading};
use crate::config::settings::Config;
use crate::database;
use crate::exit::Exit;

/// What to import.
#[derive(Debug, Args)]
pub struct ImportOptions {
    /// Files with messages; - is standard input.
    #[arg(value_name = "FILE", default_value = "-")]
    files: Vec<PathBuf>,
    /// Say what would be done, and store nothing. No database is asked.
    #[arg(long)]
    dry_run: bool,
    /// Pass over so many messages, as an earlier run has told it.
    #[arg(long, value_name = "N", default_value_t = 0)]
    skip: u64,
}

/// Stores the messages of files.
///
/// Each portion is committed by itself, and storing again does no harm: after any end, even that of the machine, a
/// run over the same files does the rest.
pub fn run(config: &Config, asked: &ImportOptions) -> Result<(), Exit> {
    let rules = Rules::load(config.rules_directory.as_deref())?;
    let writer = match asked.dry_run {
        true => None,
        false => {
            let options = database::options(config)?;
            migration::check(&options)?;
            Some(Writer::new(&options))
        }
    };
    let mut progress = Progress::new(&asked.files, asked.dry_run);
    let reading = Reading {
        files: asked.files.clone(),
        rules,
        skip: asked.skip,
        limits: config.batch,
        bar: progress.bar.clone(),
    };
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .worker_threads(1)
        .enable_all()
        .build()
        .map_err(|error| Exit::Failed(format!("no threads: {error}")))?;
    // One is read while another is stored.
    let (sender, portions) = mpsc::channel(1);
    // Not waited for: it may be waiting for a pipe.
    std::thread::spawn(move || reading.run(&sender));
    let patience = config.shutdown_timeout;
    let answer = runtime.block_on(store_all(writer, portions, &mut progress, patience));
    // Whatever the database is at: what is not committed is stored by the next run.
    runtime.shutdown_background();
    match answer {
        Ok(()) => progress.end(),
        Err(exit) => {
            progress.interrupted();
            Err(exit)
        }
    }
}

/// Stores portions until there are no more. A signal ends it once the portion that is being stored is committed, or has
/// not been for as long as `patience`.
async fn store_all(
    writer: Option<Writer>,
    mut portions: Receiver<Portion>,
    progress: &mut Progress,
    patience: Duration,
) -> Result<(), Exit> {
    let writer = Arc::new(writer);
    let mut stop =
        Stop::on_signals().map_err(|error| Exit::Failed(format!("no signals: {error}")))?;
    let mut deadline = stop.clone();
    loop {
        let portion = tokio::select! {
            biased;
            () = stop.requested() => return Err(Exit::Failed("stopped before the end".to_owned())),
            portion = portions.recv() => portion,
        };
        let Some(portion) = portion else {
            return Ok(());
        };
        let writer = Arc::clone(&writer);
        let storing = tokio::task::spawn_blocking(move || store(writer.as_ref().as_ref(), portion));
        let stored = tokio::select! {
            stored = storing => stored,
            () = async {
                deadline.requested().await;
                tokio::time::sleep(patience).await;
            } => return Err(Exit::Failed("stopped while the database stored what was read".to_owned())),
        };
        let stored = stored.map_err(|error| Exit::Failed(error.to_string()))?;
        let (portion, sums) = stored?;
        progress.advance(&portion, sums);
    }
}

/// Stores a portion, and puts aside what cannot be stored.
fn store(writer: Option<&Writer>, mut portion: Portion) -> Result<(Portion, Sums), StoreError> {
    let outcomes = match writer {
        Some(writer) => writer.store(&mut portion.messages)?,
        None => vec![Outcome::Stored; portion.messages.len()],
    };
    let mut sums = Sums {
        undated: portion.undated,
        ..Sums::default()
    };
    for (outcome, origin) in outcomes.into_iter().zip(portion.origins.drain(..)) {
        match outcome {
            Outcome::Stored => sums.stored += 1,
            Outcome::Duplicate => sums.duplicates += 1,
            Outcome::Refused(reason) => portion.letters.push(origin.into_dead_letter(reason)),
        }
    }
    if let Some(writer) = writer.filter(|_| !portion.letters.is_empty()) {
        writer.put_aside(&portion.letters)?;
    }
    Ok((portion, sums))
}
