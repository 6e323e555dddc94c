//! Finds out whether the database takes messages, before any is asked for.

use std::sync::Arc;
use std::time::Duration;

use chrono::Utc;
use service::error_chain;
use tokio::task::JoinError;

use crate::backoff;
use crate::bus::intake::Intake;
use crate::reminder::{Failures, tell_lasting, tell_waiting, with_reminders};
use crate::vitals::Vitals;

/// Proves it whenever there is doubt, however long that takes. Fails only if the archive panics.
pub async fn run(
    archive: Arc<archive::Writer>,
    intake: Intake,
    vitals: Vitals,
) -> Result<(), JoinError> {
    loop {
        intake.doubted().await;
        let failures = Failures::default();
        let work = insist(&archive, &vitals, &failures);
        with_reminders(Intake::PATIENCE, work, |waited| match failures.last() {
            Some((_, error)) => tell_waiting(waited, &error),
            None => tell_lasting!(
                waited,
                "the database is late with a probe; nothing is consumed before it"
            ),
        })
        .await?;
        intake.proved();
    }
}

/// Tries until the database takes a probe; the first failure is told, and the others are noted.
async fn insist(
    archive: &Arc<archive::Writer>,
    vitals: &Vitals,
    failures: &Failures,
) -> Result<(), JoinError> {
    let mut backoff = backoff::database();
    loop {
        let archive = archive.clone();
        let probe = move || archive.probe(Utc::now().naive_utc());
        let answer = tokio::task::spawn_blocking(probe).await?;
        vitals.database_said(answer.as_ref().err());
        let Err(error) = answer else {
            return Ok(());
        };
        if failures.note(&error) == 1 {
            tell_waiting(Duration::ZERO, &error_chain(&error));
        }
        tokio::time::sleep(backoff.pause()).await;
    }
}
