//! The archive's side of starting up, and its upkeep.

use std::sync::Arc;
use std::time::Duration;

use archive::{ConnectionOptions, StoreError, migration};
use chrono::Utc;

use crate::backoff;
use crate::config::{BatchLimits, Config};
use crate::exit::{Exit, chain};
use crate::shutdown::Stop;

const DAY: Duration = Duration::from_secs(24 * 60 * 60);
/// Searches read every note that is not folded yet, so there should be few.
const BETWEEN_FOLDS: Duration = Duration::from_secs(5);

/// How this program connects: to write, and once more for upkeep. Fails where there is no database
/// in the settings.
pub fn options(config: &Config) -> Result<ConnectionOptions, Exit> {
    let Some(url) = &config.database_url else {
        return Err(Exit::Failed(
            "there is no database: set DATABASE_URL or datanommer_sqlalchemy_url in [consumer_config]".to_owned(),
        ));
    };
    Ok(ConnectionOptions {
        url: url.reveal().to_owned(),
        application_name: "nommer",
        pool_size: BatchLimits::AT_ONCE as u32 + 1,
        checkout_timeout: Duration::from_secs(3),
        statement_timeout: None,
        read_only: false,
    })
}

/// Waits until the database is there, and fails if it has another schema than this program knows.
/// Answers false if it is time to stop before that.
pub async fn wait_for_schema(options: &ConnectionOptions, stop: &mut Stop) -> Result<bool, Exit> {
    let mut backoff = backoff::database();
    loop {
        let options = options.clone();
        let check = tokio::task::spawn_blocking(move || migration::check(&options));
        let answer = tokio::select! {
            answer = check => answer.map_err(|error| Exit::Failed(error.to_string()))?,
            () = stop.requested() => return Ok(false),
        };
        match answer {
            Ok(()) => return Ok(true),
            Err(StoreError::Schema(reason)) => return Err(Exit::Schema(reason)),
            Err(error) => {
                let pause = backoff.pause();
                tracing::warn!(
                    error = chain(&error),
                    retry_ms = pause.as_millis() as u64,
                    "waiting for the database before consuming"
                );
                if stop.sleep(pause).await {
                    return Ok(false);
                }
            }
        }
    }
}

/// Makes partitions ahead, now. A failure is no reason to stop: there is a partition for strays.
pub async fn add_partitions(archive: Arc<archive::Writer>) {
    let answer =
        tokio::task::spawn_blocking(move || archive.add_partitions(Utc::now().naive_utc())).await;
    match answer {
        Ok(Ok(0)) => tracing::debug!("all partitions are there"),
        Ok(Ok(added)) => tracing::info!(added, "partitions added"),
        Ok(Err(error)) => tracing::error!(
            error = chain(&error),
            "no partitions added: will try again tomorrow"
        ),
        Err(error) => tracing::error!(%error, "no partitions added: will try again tomorrow"),
    }
}

/// Makes partitions ahead, once a day from tomorrow on.
pub async fn add_partitions_daily(archive: Arc<archive::Writer>) {
    loop {
        tokio::time::sleep(DAY).await;
        add_partitions(archive.clone()).await;
    }
}

/// Folds into the counters what writers noted, and gives ids to those of past days, from now on.
/// While the database is away this is not missed: the next time takes all.
pub async fn keep_counters(archive: Arc<archive::Writer>) {
    loop {
        tokio::time::sleep(BETWEEN_FOLDS).await;
        let archive = archive.clone();
        let work = move || {
            Ok::<_, StoreError>((
                archive.fold_counters()?,
                archive.index_counters(Utc::now().naive_utc())?,
            ))
        };
        match tokio::task::spawn_blocking(work).await {
            Ok(Ok((notes, indexed))) => tracing::debug!(notes, indexed, "counters folded"),
            Ok(Err(error)) => tracing::debug!(error = chain(&error), "counters not folded"),
            Err(error) => tracing::error!(%error, "counters not folded"),
        }
    }
}
