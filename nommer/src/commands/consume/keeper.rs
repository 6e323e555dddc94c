//! Keeps how far a stream is read in the archive, after what was read is stored.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use archive::{ConnectionOptions, StoreError, StreamOffset, StreamOffsets};
use service::error_chain;

use crate::backoff;
use crate::bus::place::StreamPlace;
use crate::config::settings::Config;
use crate::exit::Exit;
use crate::reminder::{Failures, tell_waiting, with_reminders};
use crate::vitals::Vitals;

/// How much is read again, at most, by who goes on after a sudden end.
const PAUSE: Duration = Duration::from_secs(1);
const FIRST_REMINDER: Duration = Duration::from_secs(3);

/// Whether the archive has what was stored, as far as keeping tells.
pub enum Kept {
    /// It has.
    Well,
    /// It was started again, or is another one: it may lack what was stored since the last time.
    InDoubt,
}

/// Keeps the place of a stream.
pub struct Keeper<'a> {
    offsets: Arc<StreamOffsets>,
    queue: &'a str,
    place: &'a Mutex<StreamPlace>,
    vitals: &'a Vitals,
}

impl<'a> Keeper<'a> {
    /// Of this stream of the broker.
    pub fn new(
        (config, options): (&Config, &ConnectionOptions),
        queue: &'a str,
        (place, vitals): (&'a Mutex<StreamPlace>, &'a Vitals),
    ) -> Self {
        let virtual_host = &config.broker.uri().vhost;
        Self {
            offsets: Arc::new(StreamOffsets::new(options, virtual_host, queue)),
            queue,
            place,
            vitals,
        }
    }

    /// What is kept of earlier readings. Waits for the database.
    pub async fn kept(&self) -> Result<Option<StreamOffset>, Exit> {
        insisting(async || {
            let offsets = self.offsets.clone();
            in_background(move || offsets.kept()).await
        })
        .await
    }

    /// Keeps the place again and again while messages are stored, until there is doubt. What fails is told once, as
    /// it comes again.
    pub async fn run(&self) {
        let mut fails = false;
        loop {
            tokio::time::sleep(PAUSE).await;
            let kept = self.keep().await;
            match &kept {
                Ok(Kept::InDoubt) => return,
                Err(error) if !fails => {
                    let (queue, error) = (self.queue, error_chain(error));
                    tracing::warn!(queue, error, "the offset of the stream is not kept");
                }
                _ => {}
            }
            fails = kept.is_err();
        }
    }

    /// Keeps the last place. Waits for the database.
    pub async fn finish(&self) -> Result<Kept, Exit> {
        insisting(async || self.keep().await).await
    }

    async fn keep(&self) -> Result<Kept, StoreError> {
        let settled = self.vitals.totals();
        let place = self.place().unkept(settled.archived + settled.put_aside);
        let Some(place) = place else {
            return Ok(Kept::Well);
        };
        let (offsets, offset) = (self.offsets.clone(), place.stored_before);
        let is_kept = in_background(move || offsets.keep(&place)).await?;
        let mut place = self.place();
        if is_kept {
            place.kept = Some(offset);
            return Ok(Kept::Well);
        }
        tracing::warn!(
            queue = self.queue,
            kept = place.kept,
            "the database was started again, or is another one: what it may lack is read again"
        );
        Ok(Kept::InDoubt)
    }

    fn place(&self) -> MutexGuard<'_, StreamPlace> {
        self.place.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

async fn in_background<T: Send + 'static>(
    work: impl FnOnce() -> Result<T, StoreError> + Send + 'static,
) -> Result<T, StoreError> {
    let answer = tokio::task::spawn_blocking(work).await;
    answer.unwrap_or_else(|error| Err(StoreError::Refused(Box::new(error))))
}

/// Tries until the database does it, or refuses it.
async fn insisting<T>(ask: impl AsyncFn() -> Result<T, StoreError>) -> Result<T, Exit> {
    let failures = Failures::default();
    let work = async {
        let mut backoff = backoff::database();
        loop {
            match ask().await {
                Err(
                    error @ (StoreError::Unavailable(_)
                    | StoreError::Impaired(_)
                    | StoreError::Full(_)),
                ) => {
                    failures.note(&error);
                    tokio::time::sleep(backoff.pause()).await;
                }
                answer => return answer.map_err(Exit::from),
            }
        }
    };
    with_reminders(FIRST_REMINDER, work, |waited| {
        if let Some((_, error)) = failures.last() {
            tell_waiting(waited, &error);
        }
    })
    .await
}
