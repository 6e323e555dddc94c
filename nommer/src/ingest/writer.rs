//! Hands batches to the archive, however long that takes, and settles them.

use std::pin::pin;
use std::sync::Arc;

use archive::{DeadLetter, Identity, NewMessage, Outcome, StoreError};
use futures_util::stream::{self, StreamExt as _, TryStreamExt as _};
use service::error_chain;
use tokio::sync::{Semaphore, mpsc};
use tokio::task::JoinError;
use tokio::time::Instant;

use crate::backoff;
use crate::bus::pressure::Held;
use crate::bus::settle::{Lane, Ticket, Verdict, settle};
use crate::config::BatchLimits;
use crate::delivery::decode::Rest;
use crate::ingest::batch::{self, Item, milliseconds_since};

/// A delivery on its way to the archive.
pub struct Received {
    /// What it is.
    pub content: Content,
    /// Whence it came.
    pub lane: Arc<Lane>,
    /// The broker's number for it.
    pub tag: u64,
    /// When it came, for the age of its batch.
    pub came_at: Instant,
    /// The length of its body, in bytes.
    pub size: usize,
    /// The same, counted.
    pub held: Held,
}

/// What a delivery is.
pub enum Content {
    /// A message, and what else there was: the database may yet refuse it.
    Message(Box<(NewMessage, Rest)>),
    /// No message.
    DeadLetter(Box<DeadLetter>),
}

impl Item for Received {
    fn size(&self) -> usize {
        self.size
    }

    fn came_at(&self) -> Instant {
        self.came_at
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
    queue: mpsc::Receiver<Received>,
    limits: BatchLimits,
    archive: Arc<archive::Writer>,
) -> Result<Counts, JoinError> {
    let mut total = Counts::default();
    let batches = stream::unfold(queue, |mut queue| async move {
        let received = batch::next(&mut queue, &limits).await?;
        Some(((Batch::new(received), Instant::now()), queue))
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
    let written = in_turn.map(|(batch, started, turn)| {
        let archive = archive.clone();
        async move {
            let batch = write(batch, &archive).await?;
            drop(turn);
            Ok((batch, started))
        }
    });
    // In the order in which they came: an acknowledgement is also for all deliveries before.
    let mut written = pin!(written.buffered(BatchLimits::AT_ONCE));
    while let Some((batch, started)) = written.try_next().await? {
        let counts = batch.counts();
        if let Some(reason) = batch.letters.first().map(|letter| &letter.reason) {
            tracing::warn!(
                put_aside = counts.put_aside,
                reason,
                "deliveries put aside; this is the first one's reason"
            );
        }
        settle(batch.tickets).await;
        tracing::info!(
            received = counts.received,
            stored = counts.stored,
            duplicates = counts.duplicates,
            put_aside = counts.put_aside,
            ms = milliseconds_since(started),
            "batch"
        );
        total.add(counts);
    }
    Ok(total)
}

/// Tries until the archive has taken the batch.
async fn write(mut batch: Batch, archive: &Arc<archive::Writer>) -> Result<Batch, JoinError> {
    let mut backoff = backoff::database();
    let mut tries = 0_u64;
    loop {
        let archive = archive.clone();
        let answer;
        (batch, answer) = tokio::task::spawn_blocking(move || {
            let answer = batch.write(&archive);
            (batch, answer)
        })
        .await?;
        tries += 1;
        match answer {
            Ok(()) if tries > 1 => {
                tracing::info!(tries, "the database takes batches again");
                return Ok(batch);
            }
            Ok(()) => return Ok(batch),
            Err(error) => {
                let pause = backoff.pause();
                tracing::error!(
                    tries,
                    held = batch.tickets.len(),
                    retry_ms = pause.as_millis() as u64,
                    error = error_chain(&error),
                    "the database does not take the batch; it is held"
                );
                tokio::time::sleep(pause).await;
            }
        }
    }
}

/// A batch, and how far it has come.
struct Batch {
    messages: Vec<NewMessage>,
    /// What else the deliveries of the messages held, until these are stored.
    rests: Vec<Rest>,
    letters: Vec<DeadLetter>,
    /// Whether the messages have had their turn.
    stored: bool,
    duplicates: u64,
    /// In the order of arrival.
    tickets: Vec<Ticket>,
    /// Which of the tickets belong to the messages, in their order.
    places: Vec<usize>,
    /// The bytes of all, until the end.
    held: Vec<Held>,
}

impl Batch {
    fn new(received: Vec<Received>) -> Self {
        let mut batch = Self {
            messages: Vec::with_capacity(received.len()),
            rests: Vec::with_capacity(received.len()),
            letters: Vec::new(),
            stored: false,
            duplicates: 0,
            tickets: Vec::with_capacity(received.len()),
            places: Vec::with_capacity(received.len()),
            held: Vec::with_capacity(received.len()),
        };
        for Received {
            content,
            lane,
            tag,
            held,
            ..
        } in received
        {
            batch.held.push(held);
            let verdict = match content {
                Content::Message(message) => {
                    let (message, rest) = *message;
                    batch.places.push(batch.tickets.len());
                    batch.messages.push(message);
                    batch.rests.push(rest);
                    Verdict::Archived
                }
                Content::DeadLetter(letter) => {
                    batch.letters.push(*letter);
                    Verdict::PutAside
                }
            };
            batch.tickets.push(Ticket { lane, tag, verdict });
        }
        batch
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
        for (message, place) in self.messages.iter_mut().zip(&self.places) {
            if message.identity == Identity::NewContent
                && !self.tickets[*place].lane.channel.status().connected()
            {
                message.identity = Identity::RedeliveredContent;
            }
        }
    }

    /// Blocks. After an error, call it again: it goes on where it was.
    fn write(&mut self, archive: &archive::Writer) -> Result<(), StoreError> {
        if !self.stored && !self.messages.is_empty() {
            self.expect_again();
            let outcomes = archive.store(&mut self.messages)?;
            self.note(outcomes);
        }
        self.stored = true;
        if self.letters.is_empty() {
            Ok(())
        } else {
            archive.put_aside(&self.letters)
        }
    }

    fn note(&mut self, outcomes: Vec<Outcome>) {
        let messages = self.messages.drain(..).zip(self.rests.drain(..));
        for ((outcome, place), (message, rest)) in
            outcomes.into_iter().zip(&self.places).zip(messages)
        {
            match outcome {
                Outcome::Stored => {}
                Outcome::Duplicate => self.duplicates += 1,
                Outcome::Refused(reason) => {
                    self.letters
                        .push(rest.with(&message).into_dead_letter(reason));
                    self.tickets[*place].verdict = Verdict::PutAside;
                }
            }
        }
        self.stored = true;
    }

    fn counts(&self) -> Counts {
        let (received, put_aside) = (self.tickets.len() as u64, self.letters.len() as u64);
        Counts {
            received,
            stored: received - put_aside - self.duplicates,
            duplicates: self.duplicates,
            put_aside,
        }
    }
}
