//! Hands batches to the archive, however long that takes, and settles them.

use std::pin::pin;
use std::sync::Arc;
use std::time::Duration;

use archive::{DeadLetter, Identity, NewMessage, Outcome, StoreError};
use chrono::NaiveDateTime;
use futures_util::stream::{self, StreamExt as _, TryStreamExt as _};
use service::error_chain;
use tokio::sync::{Semaphore, mpsc};
use tokio::task::JoinError;
use tokio::time::Instant;

use crate::backoff;
use crate::bus::intake::Intake;
use crate::bus::session::Consumed;
use crate::bus::settle::{Ticket, settle};
use crate::config::settings::BatchLimits;
use crate::delivery::content::Content;
use crate::delivery::named;
use crate::delivery::received::Rest;
use crate::ingest::batch::{self, Item, milliseconds_since};
use crate::ingest::put_aside;
use crate::reminder::{Failures, tell_lasting, with_reminders};
use crate::vitals::{Done, Fate, Stage, Vitals};

impl Item for Consumed {
    fn size(&self) -> usize {
        self.size
    }

    fn came_at(&self) -> Instant {
        self.came_at
    }

    fn is_last(&self, held: usize) -> bool {
        self.source.lane.is_exhausted_by(held as u64)
    }
}

/// What became of deliveries, in numbers.
#[derive(Clone, Copy, Debug, Default)]
pub struct Counts {
    /// Deliveries.
    pub received: u64,
    /// Messages that are new in the archive.
    pub stored: u64,
    /// Messages that the archive had already.
    pub duplicates: u64,
    /// Deliveries among the dead letters.
    pub put_aside: u64,
}

impl Counts {
    fn add(&mut self, other: Self) {
        self.received += other.received;
        self.stored += other.stored;
        self.duplicates += other.duplicates;
        self.put_aside += other.put_aside;
    }
}

/// Writes and settles batches until nothing can come any more. Fails only if the archive panics.
pub async fn run(
    queue: mpsc::UnboundedReceiver<Consumed>,
    limits: BatchLimits,
    archive: Arc<archive::Writer>,
    intake: Intake,
    vitals: Vitals,
) -> Result<Counts, JoinError> {
    let mut total = Counts::default();
    let batches = stream::unfold(queue, |mut queue| async move {
        let deliveries = batch::next(&mut queue, &limits).await?;
        Some(((Batch::new(deliveries), Instant::now()), queue))
    });
    let turns = Arc::new(Semaphore::new(BatchLimits::AT_ONCE));
    let in_turn = batches.then(|(batch, started)| {
        // What comes again may be in a batch before, and is recognised once that is written.
        let wanted = if batch.comes_again() {
            BatchLimits::AT_ONCE as u32
        } else {
            1
        };
        let turn = turns.clone().acquire_many_owned(wanted);
        async move { (batch, started, turn.await) }
    });
    let told = &vitals;
    let written = in_turn.map(|(batch, started, turn)| {
        let (archive, intake) = (archive.clone(), intake.clone());
        async move {
            let written = write(batch, &archive, (&intake, told)).await?;
            drop(turn);
            Ok((written, started))
        }
    });
    // In the order in which they came: an acknowledgement is also for all deliveries before.
    let mut written = pin!(written.buffered(BatchLimits::AT_ONCE));
    while let Some((batch, started)) = written.try_next().await? {
        let weight = batch.weight;
        total.add(finish(batch, started, &vitals).await);
        intake.gave(weight);
    }
    Ok(total)
}

/// Settles a batch that is written, and tells what became of it.
async fn finish(batch: Batch, started: Instant, vitals: &Vitals) -> Counts {
    let counts = batch.counts();
    put_aside::tell(&batch.letters);
    let fates = batch.fates();
    let settling = Instant::now();
    settle(batch.tickets).await;
    vitals.done(&Done {
        fates: &fates,
        newest: batch.newest,
        stages: [
            (Stage::Wait, started - batch.since),
            (Stage::Store, batch.stored - started),
            (Stage::Settle, settling.elapsed()),
        ],
        weight: batch.weight,
    });
    tracing::info!(
        received = counts.received,
        stored = counts.stored,
        duplicates = counts.duplicates,
        put_aside = counts.put_aside,
        ms = milliseconds_since(started),
        "batch"
    );
    counts
}

/// Tries until the archive has taken the batch, and says so while it is late.
async fn write(
    batch: Batch,
    archive: &Arc<archive::Writer>,
    (intake, vitals): (&Intake, &Vitals),
) -> Result<Batch, JoinError> {
    let (held, oldest) = (batch.tickets.len(), batch.oldest());
    let failures = Failures::default();
    let mut late = None;
    let work = insist(batch, archive, vitals, &failures);
    let written = with_reminders(Intake::PATIENCE, work, |waited| {
        late.get_or_insert_with(|| intake.late());
        match failures.last() {
            Some((tries, error)) => tell_held(waited, tries, held, &oldest, &error),
            None => tell_lasting!(
                waited,
                held,
                oldest,
                "the database is late with a batch; it is held"
            ),
        }
    })
    .await?;
    intake.proved();
    Ok(written)
}

fn tell_held(waited: Duration, tries: u64, held: usize, oldest: &str, error: &str) {
    tell_lasting!(
        waited,
        tries,
        held,
        oldest,
        error,
        "the database does not take the batch; it is held"
    );
}

/// Tries until the archive has taken the batch. The first failure is told, and the others are noted: they
/// come every few seconds.
async fn insist(
    mut batch: Batch,
    archive: &Arc<archive::Writer>,
    vitals: &Vitals,
    failures: &Failures,
) -> Result<Batch, JoinError> {
    let started = Instant::now();
    let mut backoff = backoff::database();
    loop {
        let archive = archive.clone();
        let answer;
        (batch, answer) = tokio::task::spawn_blocking(move || {
            let answer = batch.write(&archive);
            (batch, answer)
        })
        .await?;
        vitals.database_said(answer.as_ref().err());
        match (answer, failures.last()) {
            (Ok(()), None) => return Ok(batch.stored_now()),
            (Ok(()), Some((failures, _))) => {
                let tries = failures + 1;
                let seconds = started.elapsed().as_secs();
                tracing::info!(tries, seconds, "the database takes batches again");
                return Ok(batch.stored_now());
            }
            (Err(error), before) => {
                let tries = failures.note(&error);
                if before.is_none() {
                    let held = batch.tickets.len();
                    let error = error_chain(&error);
                    tell_held(started.elapsed(), tries, held, &batch.oldest(), &error);
                }
            }
        }
        tokio::time::sleep(backoff.pause()).await;
    }
}

/// A batch, and how far it has come.
struct Batch {
    /// Those that are not stored yet.
    messages: Vec<NewMessage>,
    /// Where each of the messages comes from, in their order.
    origins: Vec<Origin>,
    letters: Vec<DeadLetter>,
    /// When the newest of the messages was sent.
    newest: Option<NaiveDateTime>,
    /// When the first delivery came, and when all were stored.
    since: Instant,
    stored: Instant,
    /// Of all deliveries, in the order of arrival.
    tickets: Vec<Ticket>,
    /// What all deliveries count for in memory, in bytes.
    weight: usize,
}

/// Where a message comes from.
struct Origin {
    /// Its delivery's place among the tickets.
    ticket: usize,
    /// What else its delivery held.
    rest: Rest,
}

impl Batch {
    fn new(deliveries: Vec<Consumed>) -> Self {
        let mut batch = Self {
            messages: Vec::with_capacity(deliveries.len()),
            origins: Vec::with_capacity(deliveries.len()),
            letters: Vec::new(),
            newest: None,
            since: deliveries.first().map_or_else(Instant::now, Item::came_at),
            stored: Instant::now(),
            tickets: Vec::with_capacity(deliveries.len()),
            weight: 0,
        };
        for delivery in deliveries {
            batch.add(delivery);
        }
        batch
    }

    fn add(&mut self, delivery: Consumed) {
        let fate = match delivery.content {
            Content::Message(message) => {
                let (message, rest) = *message;
                self.newest = self.newest.max(Some(message.timestamp));
                let ticket = self.tickets.len();
                self.messages.push(message);
                self.origins.push(Origin { ticket, rest });
                Fate::Stored
            }
            Content::DeadLetter(letter) => {
                self.letters.push(*letter);
                Fate::PutAside
            }
        };
        self.tickets.push(Ticket {
            source: delivery.source,
            tag: delivery.tag,
            fate,
        });
        self.weight += delivery.weight;
    }

    /// The name of the first delivery that is neither stored nor put aside yet.
    fn oldest(&self) -> String {
        match self.messages.first() {
            Some(message) => named(&message.topic, Some(&message.msg_id)),
            None => self
                .letters
                .first()
                .map(put_aside::name)
                .unwrap_or_default(),
        }
    }

    /// Whether only its content tells that one of the messages is no new one.
    fn comes_again(&self) -> bool {
        self.messages
            .iter()
            .any(|message| message.identity == Identity::RedeliveredContent)
    }

    /// What came on a channel that has ended comes again, perhaps to another consumer, who may have
    /// stored it.
    fn expect_again(&mut self) {
        for (message, origin) in self.messages.iter_mut().zip(&self.origins) {
            if message.identity == Identity::NewContent
                && !self.tickets[origin.ticket].source.lane.is_connected()
            {
                message.identity = Identity::RedeliveredContent;
            }
        }
    }

    /// Blocks. After an error, call it again: it goes on where it was.
    fn write(&mut self, archive: &archive::Writer) -> Result<(), StoreError> {
        if !self.messages.is_empty() {
            self.expect_again();
            let outcomes = archive.store(&mut self.messages)?;
            self.note(outcomes);
        }
        if self.letters.is_empty() {
            Ok(())
        } else {
            archive.put_aside(&self.letters)
        }
    }

    /// The messages have had their turn: those that were refused are letters now, and none is left.
    fn note(&mut self, outcomes: Vec<Outcome>) {
        let messages = self.messages.drain(..).zip(self.origins.drain(..));
        for ((message, origin), outcome) in messages.zip(outcomes) {
            match outcome {
                Outcome::Stored => {}
                Outcome::Duplicate => self.tickets[origin.ticket].fate = Fate::Duplicate,
                Outcome::Refused(reason) => {
                    let received = origin.rest.with(&message);
                    self.letters.push(received.into_dead_letter(reason));
                    self.tickets[origin.ticket].fate = Fate::PutAside;
                }
            }
        }
    }

    fn stored_now(self) -> Self {
        Self {
            stored: Instant::now(),
            ..self
        }
    }

    /// How many deliveries of each queue have which fate.
    fn fates(&self) -> Vec<(String, Fate, u64)> {
        let mut fates: Vec<(String, Fate, u64)> = Vec::new();
        for Ticket { source, fate, .. } in &self.tickets {
            let queue = &source.lane.queue;
            let known = fates
                .iter_mut()
                .find(|known| known.0 == *queue && known.1 == *fate);
            match known {
                Some((.., count)) => *count += 1,
                None => fates.push((queue.clone(), *fate, 1)),
            }
        }
        fates
    }

    fn counts(&self) -> Counts {
        let of = |fate| {
            let tickets = self.tickets.iter();
            tickets.filter(|ticket| ticket.fate == fate).count() as u64
        };
        Counts {
            received: self.tickets.len() as u64,
            stored: of(Fate::Stored),
            duplicates: of(Fate::Duplicate),
            put_aside: of(Fate::PutAside),
        }
    }
}
