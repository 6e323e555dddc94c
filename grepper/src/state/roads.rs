//! Roads that were folded lately, for as long as no message came that changes them.
//!
//! A road is remembered with what messages have in common that may change it. It is told again if the database that it
//! was read from has been looked at since it was asked for, and nothing of that came.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Instant;

use archive::Origin;
use chrono::NaiveDateTime;
use road::{Road, Subject};

use crate::reply::error::ApiError;
use crate::state::flights::Flights;
use crate::state::interest::Interest;
use crate::state::interested::{InterestPlace, Interested, Purpose};
use crate::state::remembered::Remembered;

/// Bytes of all that is remembered.
const LIMIT: usize = 16 << 20;
/// Bytes of a text, a list or an entry beside what it holds.
const AROUND: usize = 64;
/// Bytes of an interest, and of the place where it is found.
const OF_INTEREST: usize = 128;

/// What roads are asked for.
#[derive(Clone, Debug, Eq, Hash, PartialEq)]
pub struct RoadKey {
    /// What has the roads.
    pub subject: Subject,
    /// The third word of topics.
    pub environment: &'static str,
    /// The moment at which they are looked at; now if it is missing.
    pub as_of: Option<NaiveDateTime>,
}

/// The roads of a subject, as they were read.
pub struct Folded {
    /// The roads, on any branch.
    pub roads: Vec<Road>,
    /// Their cursor: a digest of them.
    pub cursor: String,
    /// Whether everything was read that they are told from.
    pub complete: bool,
    /// What messages have in common that may change them.
    pub interests: Vec<Interest>,
}

/// What roads come to, for all who asked.
pub type Reading = Result<Arc<Folded>, ApiError>;

/// A road that is remembered.
pub struct Known {
    /// What was read.
    pub folded: Arc<Folded>,
    /// The database that it was read from.
    pub origin: Arc<Origin>,
    place: InterestPlace,
}

/// Roads that are remembered, and those that are being read.
pub struct Roads {
    interested: Arc<Interested>,
    known: Mutex<Remembered<RoadKey, Arc<Known>>>,
    /// Roads that are being read, and whether for who waits.
    pub flights: Arc<Flights<(RoadKey, bool), Reading>>,
}

impl Known {
    /// Whether nothing was told of that may change it.
    pub fn is_so(&self) -> bool {
        !self.place.is_told()
    }
}

impl Roads {
    /// Remembers nothing yet.
    pub fn new(interested: Arc<Interested>) -> Self {
        Self {
            interested,
            known: Mutex::new(Remembered::new(LIMIT)),
            flights: Arc::default(),
        }
    }

    /// A time before roads are read; [`Self::remember`] is told it.
    pub fn time(&self) -> u64 {
        self.interested.time()
    }

    /// What is remembered of this and still so, as far as was told.
    pub fn known(&self, key: &RoadKey) -> Option<Arc<Known>> {
        let mut memory = self.lock();
        let known = memory.get(key, Instant::now())?.clone();
        let is_so = known.is_so();
        if !is_so {
            memory.forget(key);
        }
        is_so.then_some(known)
    }

    /// Remembers what was read from a database after this time, unless anything may change it. What is of the past is
    /// not: any message may be of it.
    pub fn remember(&self, key: RoadKey, folded: Arc<Folded>, since: u64, origin: Arc<Origin>) {
        if key.as_of.is_some() {
            return;
        }
        let place = self.interested.enter(Purpose::Remember);
        if place.wants(folded.interests.clone(), since) || place.is_told() {
            return;
        }
        let bytes = folded.bytes() + AROUND + key.subject.parts().1.len();
        let known = Arc::new(Known {
            folded,
            origin,
            place,
        });
        self.lock().insert(key, known, bytes, Instant::now());
    }

    /// Forgets what is too old, and what is not so any more.
    pub fn forget_old(&self) {
        self.lock()
            .forget_old(Instant::now(), |known| known.is_so());
    }

    fn lock(&self) -> MutexGuard<'_, Remembered<RoadKey, Arc<Known>>> {
        self.known.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Folded {
    /// How much memory it takes, about, in bytes.
    fn bytes(&self) -> usize {
        let roads: usize = self.roads.iter().map(of_road).sum();
        size_of::<Known>() + roads + of_text(&self.cursor) + self.interests.len() * OF_INTEREST
    }
}

fn of_text(text: impl AsRef<str>) -> usize {
    AROUND + text.as_ref().len()
}

fn of_road(road: &Road) -> usize {
    let named = [&road.package, &road.branch, &road.update];
    let named = named
        .into_iter()
        .chain([&road.task, &road.built_again_by, &road.replaced_by]);
    let named = named.flatten().map(of_text);
    let tags = road.tags.iter().chain(&road.builds).map(of_text);
    let behind = road.stages.iter().flat_map(|step| &step.messages);
    let texts: usize = named.chain(tags).chain(behind.map(of_text)).sum();
    let stages = road.stages.len() * size_of::<road::Step>();
    AROUND + size_of::<Road>() + road.subject.parts().1.len() + stages + texts
}

#[cfg(test)]
mod tests;
