//! Finds out whether the database takes messages, before any is asked for.

use std::sync::Arc;

use chrono::Utc;
use service::error_chain;
use tokio::task::JoinError;

use crate::backoff;
use crate::bus::intake::Intake;
use crate::ingest::reminder::with_reminders;

/// Proves it whenever there is doubt, however long that takes. Fails only if the archive panics.
pub async fn run(archive: Arc<archive::Writer>, intake: Intake) -> Result<(), JoinError> {
    loop {
        intake.doubted().await;
        with_reminders(Intake::PATIENCE, insist(&archive), |waited| {
            tracing::warn!(
                seconds = waited.as_secs(),
                "the database is late with a probe; nothing is consumed before it"
            );
        })
        .await?;
        intake.proved();
    }
}

async fn insist(archive: &Arc<archive::Writer>) -> Result<(), JoinError> {
    let mut backoff = backoff::database();
    loop {
        let archive = archive.clone();
        let probe = move || archive.probe(Utc::now().naive_utc());
        let Err(error) = tokio::task::spawn_blocking(probe).await? else {
            return Ok(());
        };
        let pause = backoff.pause();
        tracing::warn!(
            error = error_chain(&error),
            retry_ms = pause.as_millis() as u64,
            "waiting for the database before consuming"
        );
        tokio::time::sleep(pause).await;
    }
}
