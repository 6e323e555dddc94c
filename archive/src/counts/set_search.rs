//! The strategy of sets: reads what the algebra is done with, and remembers what it finds.

use std::collections::BTreeMap;
use std::sync::Arc;

use diesel::pg::PgConnection;
use diesel::prelude::*;

use crate::counts::bucket::{Bucket, Unit};
use crate::counts::cover::{Cover, Units};
use crate::counts::edge::Rounding;
use crate::counts::found::{Found, HitsByBucket};
use crate::counts::memory::{BucketMemory, HitsKey};
use crate::counts::postings;
use crate::counts::set_counts;
use crate::counts::sets::{Postings, Sets, TermCounts};
use crate::counts::strategy::Strategy;
use crate::query::asked::Asked;
use crate::query::plan::Plan;
use crate::span::Span;

/// Looking into so many messages costs no more than sets do.
const FEW_CANDIDATES: i64 = 50;

const MONTHS: Units = Units {
    smallest: Unit::Month,
    largest: Unit::Month,
};

impl Strategy for Sets {
    fn units(&self) -> Units {
        Units {
            smallest: Unit::Day,
            largest: self.largest(),
        }
    }

    /// Nothing keeps the postings of the present day: to look for those that match in all of it
    /// takes longer than to count them in a part.
    fn rounding_of_end(&self) -> Rounding {
        Rounding::Down
    }

    fn load(
        &self,
        connection: &mut PgConnection,
        memory: &BucketMemory,
        plan: &Plan,
        cover: &Cover,
    ) -> QueryResult<Found> {
        let mut counts = set_counts::load(connection, self, cover)?;
        counts.retain(|_, counts| self.may_match(counts));
        let rarest = self.rarest(&counts);
        let lead = rarest.map(|(dimension, _)| dimension);
        if rarest.is_some_and(|(_, count)| count <= FEW_CANDIDATES) {
            let buckets = None;
            return Ok(Found { lead, buckets });
        }
        let mut search = SetSearch {
            sets: self,
            asked: &plan.asked,
            memory,
            found: HitsByBucket::new(),
        };
        search.take_remembered(&mut counts);
        let years = search.divide_years(connection, &mut counts)?;
        search.look(connection, counts)?;
        search.remember_years(years);
        search.found.retain(|_, hits| hits.count > 0);
        let buckets = Some(search.found);
        Ok(Found { lead, buckets })
    }
}

/// A search in progress.
struct SetSearch<'a> {
    sets: &'a Sets,
    asked: &'a Arc<Asked>,
    memory: &'a BucketMemory,
    /// What was found so far.
    found: HitsByBucket,
}

impl SetSearch<'_> {
    /// What a bucket with these counts is remembered by; `None` if it is not.
    fn key(&self, bucket: Bucket, counts: &TermCounts) -> Option<HitsKey> {
        Some(HitsKey {
            asked: Arc::clone(self.asked),
            bucket,
            versions: self.sets.versions(counts)?,
        })
    }

    /// Takes out of `counts` the buckets in which nothing changed since they were looked into.
    fn take_remembered(&mut self, counts: &mut BTreeMap<Bucket, TermCounts>) {
        let remembered = self
            .memory
            .take(counts, |bucket, counts| self.key(bucket, counts));
        self.found.extend(remembered);
    }

    /// Puts into `counts` the months of years that have to be looked into, as no postings are kept
    /// of years, and answers these years.
    fn divide_years(
        &mut self,
        connection: &mut PgConnection,
        counts: &mut BTreeMap<Bucket, TermCounts>,
    ) -> QueryResult<BTreeMap<Bucket, TermCounts>> {
        let is_divided =
            |bucket: &Bucket, counts: &TermCounts| self.sets.is_divided(*bucket, counts);
        let (years, others): (BTreeMap<_, _>, BTreeMap<_, _>) = std::mem::take(counts)
            .into_iter()
            .partition(|(bucket, counts)| is_divided(bucket, counts));
        *counts = others;
        if let (Some((first, _)), Some((last, _))) =
            (years.first_key_value(), years.last_key_value())
        {
            let span = Span {
                from: Some(first.start),
                to: last.end(),
            };
            let cover = Cover::of(MONTHS, span);
            let mut months = set_counts::load(connection, self.sets, &cover)?;
            months.retain(|bucket, counts| {
                years.contains_key(&bucket.year()) && self.sets.may_match(counts)
            });
            self.take_remembered(&mut months);
            counts.append(&mut months);
        }
        Ok(years)
    }

    /// Looks into buckets, and remembers what matches in each.
    fn look(
        &mut self,
        connection: &mut PgConnection,
        counts: BTreeMap<Bucket, TermCounts>,
    ) -> QueryResult<()> {
        let postings = self.postings(connection, &counts)?;
        for (bucket, counts) in counts {
            let hits = self.sets.hits(bucket, &counts, &postings);
            if let Some(key) = self.key(bucket, &counts) {
                self.memory.remember(key, [(bucket, hits.clone())]);
            }
            self.found.insert(bucket, hits);
        }
        Ok(())
    }

    /// The postings that are needed: those of messages that are known, kept ones where these are up to date, else from the indexes.
    fn postings(
        &self,
        connection: &mut PgConnection,
        counts: &BTreeMap<Bucket, TermCounts>,
    ) -> QueryResult<Postings> {
        let mut known = Vec::new();
        let mut kept = Vec::new();
        let mut others = Vec::new();
        for (bucket, counts) in counts {
            for (counter, counted) in self.sets.wanted(*bucket, counts) {
                if let Some(ids) = self.sets.known_ids(&counter) {
                    known.push((counter, Arc::new(ids)));
                } else if counted.has_postings {
                    kept.push((counter, counted.version.clone()));
                } else {
                    others.push(counter);
                }
            }
        }
        let mut found = self.memory.kept(connection, kept)?;
        found.extend(known);
        for (counter, ids) in postings::indexed(connection, &others)? {
            found.insert(counter, Arc::new(ids));
        }
        Ok(found)
    }

    /// Remembers what was found in whole years.
    fn remember_years(&self, years: BTreeMap<Bucket, TermCounts>) {
        for (year, counts) in years {
            if let Some(key) = self.key(year, &counts) {
                let parts = self
                    .found
                    .iter()
                    .filter(|(bucket, _)| bucket.year() == year)
                    .map(|(bucket, hits)| (*bucket, hits.clone()));
                self.memory.remember(key, parts);
            }
        }
    }
}
