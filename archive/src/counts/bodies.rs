//! Searches that look into bodies, row by row. What a past day holds is looked through once: the
//! result is good as long as the counter of all its messages stays the same row, with the same notes.

use std::collections::BTreeMap;
use std::sync::Arc;

use chrono::{NaiveDate, TimeDelta};
use diesel::pg::PgConnection;
use diesel::prelude::*;
use diesel::sql_types::{Date, Text};

use crate::counts::bucket::{Bucket, Unit, midnight};
use crate::counts::cover::{Cover, Units, push_days};
use crate::counts::found::{Found, Hits, HitsByBucket};
use crate::counts::kind::Kind;
use crate::counts::memory::{self, BucketMemory, HitsKey, OF_NOTE};
use crate::counts::strategy::Strategy;
use crate::database::sql::Sql;
use crate::database::version::{self, RowVersion};
use crate::query::plan::Plan;
use crate::span::Span;

/// The strategy of searches that look into bodies.
pub(super) struct Bodies;

impl Strategy for Bodies {
    fn units(&self) -> Units {
        Units {
            smallest: Unit::Hour,
            largest: Unit::Day,
        }
    }

    fn load(
        &self,
        connection: &mut PgConnection,
        memory: &BucketMemory,
        plan: &Plan,
        cover: &Cover,
    ) -> QueryResult<Found> {
        let mut buckets = versions(connection, cover)?;
        let key = |bucket, version: &RowVersion| key(plan, bucket, version);
        let mut found = memory.take(&mut buckets, key);
        let spans: Vec<Span> = buckets.keys().map(|bucket| bucket.span()).collect();
        let counts = plan.counts(connection, &spans)?;
        for ((bucket, version), count) in buckets.iter().zip(counts) {
            let hits = Hits::counted(count);
            if let Some(key) = key(*bucket, version) {
                memory.remember(key, [(*bucket, hits.clone())]);
            }
            found.insert(*bucket, hits);
        }
        found.retain(|_, hits| hits.count > 0);
        Ok(HitsByBucket::into(found))
    }
}

/// What a bucket is remembered by; `None` if it is not: whom messages concern may change without
/// them.
fn key(plan: &Plan, bucket: Bucket, version: &RowVersion) -> Option<HitsKey> {
    let filters = &plan.asked.filters;
    if filters
        .iter()
        .any(|filter| filter.dimension.is_association())
    {
        return None;
    }
    Some(HitsKey {
        asked: Arc::clone(&plan.asked),
        bucket,
        versions: vec![memory::short(version)],
    })
}

/// The buckets in which there are messages, with the versions of their days.
fn versions(
    connection: &mut PgConnection,
    cover: &Cover,
) -> QueryResult<BTreeMap<Bucket, RowVersion>> {
    let days = versions_of_days(connection, cover.days())?;
    let mut buckets = BTreeMap::new();
    for (day, version) in days {
        for hour in 0..24 {
            let at = midnight(day) + TimeDelta::hours(hour);
            if cover.span().holds(at) {
                buckets.insert(cover.bucket(at), version.clone());
            }
        }
    }
    Ok(buckets)
}

fn versions_of_days(
    connection: &mut PgConnection,
    days: Span,
) -> QueryResult<BTreeMap<NaiveDate, RowVersion>> {
    let kind = Kind::All.letter();
    let mut sql = Sql::new(&format!(
        "SELECT start, {} FROM counters WHERE kind = '{kind}' AND name = '' AND span = 'd'",
        version::of("counters")
    ));
    push_days(&mut sql, "start", days);
    sql.push(&format!(
        " UNION ALL SELECT at::date, {OF_NOTE} FROM counter_notes WHERE kind = '{kind}'"
    ));
    push_days(&mut sql, "at", days);
    let rows = sql
        .of::<(Date, Text)>()
        .load::<(NaiveDate, RowVersion)>(connection)?;
    let mut versions = BTreeMap::<NaiveDate, RowVersion>::new();
    for (day, version) in rows {
        let known = versions.entry(day).or_default();
        known.push(' ');
        known.push_str(&version);
    }
    Ok(versions)
}
