//! Is the archive as it should be? What nobody sees who only asks it questions.

use archive::{
    ConnectionOptions, DeadLetters, LetterFilter, Reader, Search, Span, StoreError, Upkeep,
};
use chrono::{Days, NaiveDate, NaiveDateTime, NaiveTime, Utc};
use metadata::Rules;
use service::error_chain;

use super::about;
use super::finding::Finding;
use crate::commands::counters;
use crate::words::counted;

/// So many days are counted if not all are to be.
const SAMPLED: u64 = 12;
/// So many wrong counters are told.
const MOST_WRONG: u32 = 100;

/// Which part could not be looked at, and why.
#[derive(Debug, thiserror::Error)]
#[error("{part}: {}", error_chain(.error))]
pub struct PartFault {
    part: &'static str,
    /// Why.
    pub error: StoreError,
}

impl PartFault {
    /// Says that it was this part.
    pub fn of(part: &'static str) -> impl Fn(StoreError) -> Self {
        move |error| Self { part, error }
    }
}

/// Looks at sequences, partitions, dead letters, counters, subjects by these rules, and ties; for the last three it
/// connects with `to_count`.
pub fn check(
    options: &ConnectionOptions,
    to_count: &ConnectionOptions,
    rules: &Rules,
    full: bool,
    tell: &mut dyn FnMut(Finding),
) -> Result<(), PartFault> {
    let now = Utc::now().naive_utc();
    let upkeep = Upkeep::new(options);
    check_sequences(&upkeep, tell).map_err(PartFault::of("sequences"))?;
    check_partitions(&upkeep, now, tell).map_err(PartFault::of("partitions"))?;
    check_letters(&DeadLetters::new(options), tell).map_err(PartFault::of("dead letters"))?;
    let counts = Upkeep::new(to_count);
    let of_counters = PartFault::of("counters");
    let days = match full {
        true => None,
        false => Some(sample(&Reader::new(options), now).map_err(&of_counters)?),
    };
    check_counters(&counts, days.as_deref(), tell).map_err(of_counters)?;
    about::check(&Reader::new(to_count), rules, days.as_deref(), tell)
        .map_err(PartFault::of("subjects"))?;
    if full {
        check_ties(&counts, tell).map_err(PartFault::of("ties"))?;
    }
    Ok(())
}

fn check_sequences(upkeep: &Upkeep, tell: &mut dyn FnMut(Finding)) -> Result<(), StoreError> {
    for sequence in upkeep.sequences_behind()? {
        let (from, to) = (sequence.from, sequence.to);
        tell(Finding {
            check: "sequence",
            name: sequence.name,
            says: format!(
                "is behind its table, at {from} of {to}: `nommer migrate` advances it, beside a nommer that runs"
            ),
        });
    }
    Ok(())
}

fn check_partitions(
    upkeep: &Upkeep,
    now: NaiveDateTime,
    tell: &mut dyn FnMut(Finding),
) -> Result<(), StoreError> {
    let faults = upkeep.partition_faults(now)?;
    for year in faults.missing {
        tell(Finding {
            check: "partition",
            name: year.to_string(),
            says: "has none: `nommer consume` makes it".to_owned(),
        });
    }
    if faults.strays > 0 {
        tell(Finding {
            check: "partition",
            name: "messages_default".to_owned(),
            says: format!(
                "has {} of years that come between others",
                counted(faults.strays, "message")
            ),
        });
    }
    Ok(())
}

fn check_letters(letters: &DeadLetters, tell: &mut dyn FnMut(Finding)) -> Result<(), StoreError> {
    if let Some((number, oldest)) = letters.extent(&LetterFilter::default())? {
        tell(Finding {
            check: "dead letters",
            name: number.to_string(),
            says: format!(
                "kept, the oldest of {}: see `nommer dead-letters list`",
                oldest.format("%Y-%m-%dT%H:%M:%SZ")
            ),
        });
    }
    Ok(())
}

fn check_counters(
    upkeep: &Upkeep,
    sampled: Option<&[NaiveDate]>,
    tell: &mut dyn FnMut(Finding),
) -> Result<(), StoreError> {
    let wrong = match sampled {
        Some(days) => upkeep.verify_days(days, MOST_WRONG)?,
        None => upkeep.verify_counters(MOST_WRONG)?,
    };
    for counter in wrong {
        tell(Finding {
            check: "counter",
            name: counters::described(&counter),
            says: String::new(),
        });
    }
    Ok(())
}

fn check_ties(upkeep: &Upkeep, tell: &mut dyn FnMut(Finding)) -> Result<(), StoreError> {
    let lost = upkeep.lost_ties()?;
    if lost > 0 {
        tell(Finding {
            check: "ties",
            name: lost.to_string(),
            says:
                "users, packages or subjects have no message: `nommer counters rebuild` mends them"
                    .to_owned(),
        });
    }
    Ok(())
}

/// Some days that are over, from the first message to the last one.
fn sample(reader: &Reader, now: NaiveDateTime) -> Result<Vec<NaiveDate>, StoreError> {
    let until = now.date().and_time(NaiveTime::MIN);
    let search = |order| Search {
        time: Span::before(until),
        order,
        ..Search::default()
    };
    let mut ends = Vec::new();
    for order in [archive::Order::Ascending, archive::Order::Descending] {
        let found = reader.walk(&search(order), None).leaving_out().step(1)?;
        ends.extend(found.first().map(|message| message.timestamp.date()));
    }
    let [first, last] = ends[..] else {
        return Ok(Vec::new());
    };
    let days = (last - first).num_days().unsigned_abs();
    let mut sampled = vec![first, last];
    for n in 0..SAMPLED {
        // Others at each run.
        let chance = uuid::Uuid::new_v4().as_u64_pair().0;
        let part = days / SAMPLED + 1;
        sampled.extend(first.checked_add_days(Days::new(n * part + chance % part)));
    }
    sampled.retain(|day| *day <= last);
    sampled.sort_unstable();
    sampled.dedup();
    Ok(sampled)
}
