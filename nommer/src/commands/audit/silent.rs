//! Has a topic or a category fallen silent? By what the operator expects, and else by its own rhythm.

use archive::{ConnectionOptions, Dimension, Reader, Rhythm, StoreError};
use chrono::{NaiveDateTime, Utc};

use super::finding::Finding;
use crate::expected::age::Age;
use crate::expected::{self, Expected};

/// A topic or a category has a rhythm if messages came on so many days of a year.
const FEWEST_DAYS: u32 = 10;
/// It is silent if nothing came for so many times its longest gap.
const LONGER: i64 = 3;

/// What may be silent, and what it is called then.
const DIMENSIONS: [(Dimension, &str); 2] = [
    (Dimension::Categories, "silent category"),
    (Dimension::Topics, "silent topic"),
];

/// Tells which categories and topics have been silent for longer than is expected.
pub fn check_expected(
    options: &ConnectionOptions,
    expected: &Expected,
    tell: &mut dyn FnMut(Finding),
) -> Result<(), StoreError> {
    let reader = Reader::new(options);
    let now = Utc::now().naive_utc();
    for (dimension, check) in DIMENSIONS {
        for (name, age) in expected.of(dimension) {
            if let Some(says) = late(&reader, dimension, name, age, now)? {
                let name = name.clone();
                tell(Finding { check, name, says });
            }
        }
    }
    Ok(())
}

/// Tells which categories and topics, of those of which nothing is expected, are silent against their own rhythm.
pub fn check_rhythms(
    options: &ConnectionOptions,
    expected: &Expected,
    tell: &mut dyn FnMut(Finding),
) -> Result<(), StoreError> {
    let reader = Reader::new(options);
    let now = Utc::now().naive_utc();
    for (dimension, check) in DIMENSIONS {
        for rhythm in reader.rhythms(dimension, now)? {
            if expected.of(dimension).contains_key(&rhythm.name) {
                continue;
            }
            if let Some(says) = silent(&rhythm, now) {
                let name = rhythm.name;
                tell(Finding { check, name, says });
            }
        }
    }
    Ok(())
}

/// What is wrong where an age is expected.
fn late(
    reader: &Reader,
    dimension: Dimension,
    name: &str,
    age: &Age,
    now: NaiveDateTime,
) -> Result<Option<String>, StoreError> {
    let Some(since) = expected::latest(reader, dimension, name, now)? else {
        return Ok(Some("has never been heard of".to_owned()));
    };
    Ok((now - since > age.length).then(|| {
        let since = since.format("%Y-%m-%dT%H:%M:%SZ");
        format!("since {since}, and {} are expected", age.text)
    }))
}

/// What is wrong by its own rhythm.
fn silent(rhythm: &Rhythm, now: NaiveDateTime) -> Option<String> {
    let days = (now.date() - rhythm.last).num_days();
    let gap = i64::from(rhythm.longest_gap.max(1));
    (rhythm.days >= FEWEST_DAYS && days > LONGER * gap).then(|| {
        let (last, heard) = (rhythm.last, rhythm.days);
        format!("since {last}: it was heard of on {heard} days of a year, and never longer than {gap} d apart")
    })
}

#[cfg(test)]
mod tests;
