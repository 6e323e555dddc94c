//! Reads files and decodes what is in them, beside the thread that stores it.

use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use archive::{DeadLetter, Identity, NewMessage};
use chrono::{NaiveDateTime, SubsecRound as _, Utc};
use indicatif::ProgressBar;
use metadata::Rules;
use tokio::sync::mpsc::Sender;

use super::bytes::Place;
use super::elements::{Cut, Element, Elements, LONGEST, Object};
use super::source;
use crate::config::settings::BatchLimits;
use crate::delivery::exported;

/// So many messages are stored at once, at most: each may take a lock of its own.
const MOST: usize = 1000;

/// What is stored at once.
#[derive(Default)]
pub struct Portion {
    /// Messages, and where each comes from.
    pub messages: Vec<NewMessage>,
    /// The messages' origins, in their order.
    pub origins: Vec<Exported>,
    /// What is to be put aside.
    pub letters: Vec<DeadLetter>,
    /// How many texts were read until its end, of all files, those included that were passed over.
    pub read: u64,
    /// How many of the messages do not tell when they were sent.
    pub undated: u64,
    /// What was not read, in a line each.
    pub complaints: Vec<String>,
    bytes: usize,
}

/// A message as it was read.
pub struct Exported {
    /// Its text.
    pub text: Vec<u8>,
    /// The file, and the place in it.
    pub place: String,
}

impl Exported {
    /// The message as it is kept if it cannot be archived.
    pub fn into_dead_letter(self, reason: String) -> DeadLetter {
        exported::dead_letter(self.text, self.place, reason, now())
    }
}

/// What to read, and how.
pub struct Reading {
    pub files: Vec<PathBuf>,
    pub rules: Rules,
    /// So many texts are passed over.
    pub skip: u64,
    pub limits: BatchLimits,
    pub bar: ProgressBar,
}

/// Nobody takes what is read any more.
struct Unwanted;

/// The portion that is being read, and who takes it. Also they have it who notice that nothing more comes for a while.
#[derive(Clone)]
struct Shared {
    portion: Arc<Mutex<Portion>>,
    sender: Sender<Portion>,
}

impl Reading {
    /// Reads the files and sends what they have, until nobody takes it.
    pub fn run(&self, sender: &Sender<Portion>) {
        let shared = Shared {
            portion: Arc::default(),
            sender: sender.clone(),
        };
        for file in &self.files {
            if self.read(file, &shared).is_err() {
                return;
            }
        }
        // Fails if nobody takes it any more.
        let _ = shared.send(&mut shared.portion());
    }

    fn read(&self, file: &Path, shared: &Shared) -> Result<(), Unwanted> {
        let name = source::name(file);
        let waiting = shared.clone();
        let mut elements = match source::open(file, &self.bar, move || waiting.quiet()) {
            Ok(unpacked) => Elements::new(unpacked, LONGEST),
            Err(reason) => {
                let complaint = format!("{name}: {reason}");
                shared.portion().complaints.push(complaint);
                return Ok(());
            }
        };
        loop {
            match elements.next() {
                Ok(None) => return Ok(()),
                Ok(Some(element)) => self.take(element, &name, shared)?,
                Err(Cut { place, reason }) => {
                    let complaint = format!("{name}: {place}: {reason}");
                    shared.portion().complaints.push(complaint);
                    return Ok(());
                }
            }
        }
    }

    fn take(
        &self,
        Element { place, object }: Element,
        file: &str,
        shared: &Shared,
    ) -> Result<(), Unwanted> {
        let portion = &mut *shared.portion();
        let origin = |text| {
            let place = format!("{file}: {place}");
            Exported { text, place }
        };
        match object {
            Object::Whole(text) => {
                for text in exported::messages(text) {
                    if self.is_next(portion) {
                        self.decode(origin(text), portion);
                    }
                    // A page may have more messages than are stored at once.
                    self.pass_on(portion, shared)?;
                }
            }
            Object::Broken(text) => {
                if self.is_next(portion) {
                    portion.put_aside(origin(text), "it is no JSON object".to_owned());
                }
            }
            Object::TooLong => {
                if self.is_next(portion) {
                    portion.complaints.push(too_long(file, place));
                }
            }
        }
        self.pass_on(portion, shared)
    }

    /// Sends a portion that is full.
    fn pass_on(&self, portion: &mut Portion, shared: &Shared) -> Result<(), Unwanted> {
        match portion.is_full(self.limits) {
            true => shared.send(portion),
            false => Ok(()),
        }
    }

    /// Whether the next text is one to import; it counts in any case.
    fn is_next(&self, portion: &mut Portion) -> bool {
        portion.read += 1;
        portion.read > self.skip
    }

    fn decode(&self, origin: Exported, portion: &mut Portion) {
        match exported::decode(&origin.text, now(), &self.rules) {
            Ok(message) => {
                portion.undated += u64::from(message.identity == Identity::Id);
                portion.bytes += origin.text.len();
                portion.messages.push(message);
                portion.origins.push(origin);
            }
            Err(reason) => portion.put_aside(origin, reason),
        }
    }
}

impl Shared {
    fn portion(&self) -> MutexGuard<'_, Portion> {
        // One that was left half done by a panic is never sent, as its thread has ended.
        self.portion.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Sends the portion as it is, and begins the one after it.
    fn send(&self, portion: &mut Portion) -> Result<(), Unwanted> {
        let next = portion.next();
        let done = std::mem::replace(portion, next);
        self.sender.blocking_send(done).map_err(|_| Unwanted)
    }

    /// What was read is not kept waiting for what comes some day.
    fn quiet(&self) {
        let portion = &mut *self.portion();
        if !portion.is_empty() {
            // Where nobody takes it any more, whoever sends the next one hears of it.
            let _ = self.send(portion);
        }
    }
}

impl Portion {
    fn is_empty(&self) -> bool {
        self.messages.is_empty() && self.letters.is_empty() && self.complaints.is_empty()
    }

    fn put_aside(&mut self, origin: Exported, reason: String) {
        self.bytes += origin.text.len();
        self.letters.push(origin.into_dead_letter(reason));
    }

    fn is_full(&self, limits: BatchLimits) -> bool {
        let texts = self.messages.len() + self.letters.len();
        texts >= limits.messages.min(MOST) || self.bytes >= limits.bytes
    }

    /// The one after this.
    fn next(&self) -> Self {
        Self {
            read: self.read,
            ..Self::default()
        }
    }
}

fn too_long(file: &str, place: Place) -> String {
    let most = LONGEST >> 20;
    format!("{file}: {place}: it is longer than {most} MiB, and neither stored nor put aside")
}

/// The database has no finer time.
fn now() -> NaiveDateTime {
    Utc::now().naive_utc().trunc_subsecs(6)
}
