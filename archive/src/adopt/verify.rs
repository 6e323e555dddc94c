//! Whether all that the other archive has is here: every day is counted at both, and rows are compared
//! by sample.

use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Mutex, PoisonError, mpsc};
use std::thread;

use chrono::{NaiveDate, NaiveDateTime, TimeDelta};
use diesel::pg::PgConnection;
use diesel::prelude::*;

use crate::adopt::adoption::Adoption;
use crate::adopt::compare;
use crate::adopt::incumbent::{moment, within};
use crate::adopt::ledger::{self, Recorded};
use crate::adopt::pair::Pair;
use crate::adopt::patience::Patience;
use crate::adopt::verified::Verified;
use crate::adopt::{plan, sample};
use crate::error::StoreError;
use crate::span::Span;

impl Adoption {
    /// Compares what both archives have within a span: messages by day and topic, their users and
    /// packages by day, and as many as `samples` messages column by column. What is here and not there is
    /// no difference. While a database is away it is tried again, for minutes. `told` hears how many
    /// messages were counted.
    pub fn verify(
        &self,
        span: Span,
        samples: u32,
        told: &(dyn Fn(u64) + Sync),
    ) -> Result<Verified, StoreError> {
        let recorded = insist(|| {
            let source = ledger::identity(&mut self.old.get()?.connection)?;
            Ok(ledger::slices(&mut self.new.get()?.connection, &source)?)
        })?;
        let mut verified = self.by_day(span, &recorded, told)?;
        let sampled = self.compared(&recorded, |pair, sampled| {
            sample::compare(pair, span, samples, sampled)
        })?;
        verified.add(sampled);
        verified.differences.sort_unstable();
        Ok(verified)
    }

    /// What a comparison finds, on connections of its own.
    fn compared(
        &self,
        recorded: &[Recorded],
        compare: impl Fn(&mut Pair<'_>, &mut Verified) -> Result<(), StoreError>,
    ) -> Result<Verified, StoreError> {
        insist(|| {
            let mut pair = Pair::connect(self, recorded)?;
            let mut verified = Verified::default();
            let answer = compare(&mut pair, &mut verified);
            pair.note(answer.is_ok());
            answer.map(|()| verified)
        })
    }

    fn by_day(
        &self,
        span: Span,
        recorded: &[Recorded],
        told: &(dyn Fn(u64) + Sync),
    ) -> Result<Verified, StoreError> {
        let (sender, days) = mpsc::sync_channel(2 * self.jobs);
        let days = Mutex::new(days);
        let failed = AtomicBool::new(false);
        let next = || days.lock().unwrap_or_else(PoisonError::into_inner).recv();
        let compare_some = || -> Result<Verified, StoreError> {
            let mut answer = Ok(Verified::default());
            // To the last one, so that nobody waits for room.
            while let Ok(day) = next() {
                let (Ok(sum), false) = (&mut answer, failed.load(Ordering::SeqCst)) else {
                    continue;
                };
                match self.compared(recorded, |pair, found| compare::day(pair, day, found)) {
                    Ok(found) => {
                        told(found.messages);
                        sum.add(found);
                    }
                    Err(error) => {
                        failed.store(true, Ordering::SeqCst);
                        answer = Err(error);
                    }
                }
            }
            answer
        };
        thread::scope(|scope| {
            let workers: Vec<_> = (0..self.jobs).map(|_| scope.spawn(compare_some)).collect();
            let mut send = |day| !failed.load(Ordering::SeqCst) && sender.send(day).is_ok();
            let planned = self.each_day(span, &mut send);
            drop(sender);
            let mut sum = Verified::default();
            for worker in workers {
                match worker.join() {
                    Ok(verified) => sum.add(verified?),
                    Err(panic) => std::panic::resume_unwind(panic),
                }
            }
            planned.map(|()| sum)
        })
    }

    /// Tells the days on which the other archive has messages, as parts of a span, until `told` wants no
    /// more.
    fn each_day(&self, span: Span, told: &mut dyn FnMut(Span) -> bool) -> Result<(), StoreError> {
        let (first, last) = plan::years();
        let mut rest = span.intersection(Span::between(first, last));
        loop {
            let within = within(rest, "\"timestamp\"");
            let sql = format!("SELECT min(\"timestamp\") AS at FROM messages WHERE {within}");
            let Some(at) = self.ask(|old| moment(old, &sql))? else {
                break;
            };
            let end = next_midnight(at);
            let day = Span {
                from: rest.from.max(Some(end - TimeDelta::days(1))),
                to: rest.to.into_iter().chain([end]).min(),
            };
            if !told(day) {
                return Ok(());
            }
            rest.from = Some(end);
        }
        // What cannot be stored lies beyond all days.
        for (beyond, asked) in [
            (Span::before(first), span.from.is_none()),
            (Span::since(last), span.to.is_none()),
        ] {
            if asked && self.ask(|old| plan::count(old, beyond))? > 0 && !told(beyond) {
                break;
            }
        }
        Ok(())
    }

    /// Asks the other archive.
    fn ask<T>(
        &self,
        question: impl Fn(&mut PgConnection) -> QueryResult<T>,
    ) -> Result<T, StoreError> {
        insist(|| {
            let mut old = self.old.get()?;
            let answer = question(&mut old.connection);
            old.note(answer.is_ok(), answer.is_err());
            Ok(answer?)
        })
    }
}

/// Does something, and again while a database is away.
fn insist<T>(mut work: impl FnMut() -> Result<T, StoreError>) -> Result<T, StoreError> {
    let mut patience = Patience::new();
    loop {
        match work() {
            Err(error) => patience.wait(error)?,
            done => return done,
        }
    }
}

fn next_midnight(at: NaiveDateTime) -> NaiveDateTime {
    let next = at.date().succ_opt().unwrap_or(NaiveDate::MAX);
    next.into()
}
