//! Takes another archive over: who does it, and how many at once.

use std::collections::HashSet;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Mutex, PoisonError, mpsc};
use std::thread;
use std::time::{Duration, Instant};

use chrono::NaiveDateTime;

use crate::adopt::copied::Adopted;
use crate::adopt::incumbent;
use crate::adopt::ledger::{self, Recorded};
use crate::adopt::old_names::OldNames;
use crate::adopt::patience::Patience;
use crate::adopt::plan::{self, Step};
use crate::adopt::take::Taker;
use crate::database::address::{Address, AddressError};
use crate::database::connection::{ConnectionOptions, PgPool};
use crate::database::locks::{self, ADOPTION};
use crate::error::StoreError;
use crate::span::Span;
use crate::store::association::Association;
use crate::upkeep::tasks::Upkeep;

/// Another archive, with the incumbent's tables, and ours that takes it over.
pub struct Adoption {
    pub(super) old: PgPool,
    pub(super) new: PgPool,
    pub(super) options: ConnectionOptions,
    pub(super) jobs: usize,
}

/// What is told while messages are taken over.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Told {
    /// So many messages were read.
    Read(u64),
    /// So many were read by an earlier run.
    Skipped(u64),
}

/// How often a slice is tried again that the database refuses, and after which pause.
const MOST_REFUSALS: u32 = 2;
const PAUSE: Duration = Duration::from_secs(2);

/// How often what was noted is folded into the counters, unless nommer does.
const FOLDING: Duration = Duration::from_secs(10);

impl Adoption {
    /// Does not connect yet. Not more than `jobs` slices are read at once.
    ///
    /// # Errors
    /// When `from`, the URL of the other archive, is not understood.
    pub fn new(from: &str, options: &ConnectionOptions, jobs: usize) -> Result<Self, AddressError> {
        let options = ConnectionOptions {
            application_name: "nommer adopt",
            // One more plans, keeps the lock, or tries what was refused.
            pool_size: 2 * jobs as u32 + 2,
            ..options.clone()
        };
        let address = Address::parse(from)?;
        Ok(Self {
            old: incumbent::pool(&address, &options),
            new: options.pool(),
            options,
            jobs,
        })
    }

    /// Takes over what was sent within a span and is not here yet. Slices that an earlier run has read are
    /// counted, and read again where the other archive has others by now. While a database is away it is
    /// tried again, for minutes. A run that fails leaves no slice half stored; those before it stay. `told`
    /// hears how far it is.
    pub fn run(&self, span: Span, told: &(dyn Fn(Told) + Sync)) -> Result<Adopted, StoreError> {
        let done = Mutex::new(Done::default());
        let mut patience = Patience::new();
        loop {
            let before = lock(&done).known.len();
            let Err(error) = self.attempt(span, &done, told) else {
                return Ok(lock(&done).adopted);
            };
            if lock(&done).known.len() > before {
                patience = Patience::new();
            }
            patience.wait(error)?;
        }
    }

    /// Makes the counters of what a run has stored: meanwhile all can be compared, as totals are right without.
    pub fn count(&self) {
        fold(&Upkeep::new(&self.options));
    }

    fn attempt(
        &self,
        span: Span,
        done: &Mutex<Done>,
        told: &(dyn Fn(Told) + Sync),
    ) -> Result<(), StoreError> {
        let mut alone = self.new.get()?;
        if !locks::try_take(&mut alone.connection, ADOPTION)? {
            tracing::warn!("another program is taking an archive over: waiting for it to end");
            locks::take(&mut alone.connection, ADOPTION)?;
        }
        let upkeep = Upkeep::new(&self.options);
        upkeep.advance_sequences()?;
        let source = ledger::identity(&mut self.old.get()?.connection)?;
        let recorded = ledger::slices(&mut alone.connection, &source)?;
        let taker = Taker {
            old: self.old.clone(),
            new: self.new.clone(),
            source,
            recorded: recorded.clone(),
            alone: locks::session(&mut alone.connection)?,
            users: OldNames::of(&Association::USERS),
            packages: OldNames::of(&Association::PACKAGES),
        };
        let work = Work {
            steps: Mutex::new(None),
            failed: AtomicBool::new(false),
            is_over: AtomicBool::new(false),
            done,
            told,
        };
        let answer = thread::scope(|scope| {
            // Set, too, when somebody panics: who folds would go on for ever.
            let _over = Over(&work.is_over);
            scope.spawn(|| work.fold(&upkeep));
            self.all(&work, &taker, span, &recorded)
        });
        // Where this fails, the session has ended, and its locks with it.
        let given_back = locks::give_back(&mut alone.connection, ADOPTION);
        alone.note(given_back.is_ok(), given_back.is_err());
        answer
    }

    fn all(
        &self,
        work: &Work<'_>,
        taker: &Taker,
        span: Span,
        recorded: &[Recorded],
    ) -> Result<(), StoreError> {
        let (sender, steps) = mpsc::sync_channel(2 * self.jobs);
        *lock(&work.steps) = Some(steps);
        thread::scope(|scope| {
            let takers: Vec<_> = (0..self.jobs)
                .map(|_| scope.spawn(|| work.take(taker)))
                .collect();
            let plan = || -> Result<(), StoreError> {
                let mut old = self.old.get()?;
                let mut send =
                    |step| !work.failed.load(Ordering::SeqCst) && sender.send(step).is_ok();
                let planned = plan::each_step(&mut old.connection, span, recorded, &mut send);
                old.note(planned.is_ok(), planned.is_err());
                Ok(planned?)
            };
            let mut answer = plan();
            drop(sender);
            for taker in takers {
                match taker.join() {
                    Ok(Ok(())) => {}
                    Ok(Err(error)) => answer = Err(error),
                    Err(panic) => std::panic::resume_unwind(panic),
                }
            }
            answer
        })
    }
}

/// What a run has done, however often it had to begin again.
#[derive(Default)]
struct Done {
    adopted: Adopted,
    /// Where the slices begin that were read or counted.
    known: HashSet<Option<NaiveDateTime>>,
}

/// Says at its end that all is over.
struct Over<'a>(&'a AtomicBool);

impl Drop for Over<'_> {
    fn drop(&mut self) {
        self.0.store(true, Ordering::SeqCst);
    }
}

/// What those who work at a run share.
struct Work<'a> {
    steps: Mutex<Option<mpsc::Receiver<Step>>>,
    /// Whether somebody has failed, so that others need not begin anything.
    failed: AtomicBool,
    is_over: AtomicBool,
    done: &'a Mutex<Done>,
    told: &'a (dyn Fn(Told) + Sync),
}

impl Work<'_> {
    /// Takes slices over while there are any.
    fn take(&self, taker: &Taker) -> Result<(), StoreError> {
        while let Some(step) = self.next() {
            match step {
                Step::Skip(span, messages) => self.note(
                    span,
                    Adopted {
                        skipped: messages,
                        ..Adopted::default()
                    },
                ),
                Step::Read(span) => match self.insist(taker, span) {
                    Ok(some) => self.note(span, some),
                    Err(error) => {
                        self.failed.store(true, Ordering::SeqCst);
                        // Whoever plans may wait for room.
                        drop(lock(&self.steps).take());
                        return Err(error);
                    }
                },
            }
        }
        Ok(())
    }

    /// Notes what became of a slice. One that was read in this run is counted when it begins again.
    fn note(&self, span: Span, some: Adopted) {
        let mut done = lock(self.done);
        let is_new = done.known.insert(span.from);
        if is_new || some.read > 0 {
            done.adopted += some;
        }
        drop(done);
        match (is_new, some.skipped) {
            (true, 0) => (self.told)(Told::Read(some.read)),
            (true, skipped) => (self.told)(Told::Skipped(skipped)),
            (false, _) => {}
        }
    }

    fn next(&self) -> Option<Step> {
        lock(&self.steps).as_ref()?.recv().ok()
    }

    /// Takes a slice over, and again where it may have been chance that it was refused.
    fn insist(&self, taker: &Taker, span: Span) -> Result<Adopted, StoreError> {
        let mut refused = 0;
        loop {
            match taker.take(span) {
                Err(StoreError::Refused(error))
                    if refused < MOST_REFUSALS && !self.failed.load(Ordering::SeqCst) =>
                {
                    refused += 1;
                    tracing::warn!(%error, "a slice is tried again");
                    thread::sleep(PAUSE);
                }
                answer => return answer,
            }
        }
    }

    /// Folds what is noted now and then, until all is over. Totals are right without.
    fn fold(&self, upkeep: &Upkeep) {
        let mut last = Instant::now();
        while !self.is_over.load(Ordering::SeqCst) {
            if last.elapsed() >= FOLDING {
                fold(upkeep);
                last = Instant::now();
            }
            thread::sleep(Duration::from_millis(50));
        }
    }
}

fn fold(upkeep: &Upkeep) {
    if let Err(error) = upkeep.fold_counters() {
        tracing::debug!(%error, "not folded");
    }
}

fn lock<T>(mutex: &Mutex<T>) -> std::sync::MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
