//! The strategy of rollups.

use std::collections::BTreeMap;

use chrono::NaiveDateTime;
use diesel::pg::PgConnection;
use diesel::prelude::*;
use diesel::sql_types::{BigInt, Nullable, Text, Timestamp};

use crate::counts::bucket::Bucket;
use crate::counts::cover::{Cover, Units};
use crate::counts::edge::{Remainder, Rounded, Rounding};
use crate::counts::found::{Found, Hits};
use crate::counts::histogram;
use crate::counts::memory::{self, BucketMemory};
use crate::counts::rollups::Rollups;
use crate::counts::strategy::Strategy;
use crate::database::sql::Sql;
use crate::database::version::RowVersion;
use crate::query::plan::Plan;

impl Strategy for Rollups {
    fn units(&self) -> Units {
        Units {
            smallest: self.smallest(),
            largest: self.largest(),
        }
    }

    /// The counters of the cover, with the remainders added or taken away.
    fn total(&self, plan: &Plan) -> Option<Sql> {
        let units = self.units();
        let Some(rounded) = Rounded::of(units.smallest, plan.span, Rounding::Nearest) else {
            return Some(plan.counting());
        };
        let Some(mut parts) = self.select(&[Cover::of(units, rounded.span())]) else {
            return Some(Sql::new("SELECT 0::bigint"));
        };
        for Remainder { span, is_inside } in rounded.remainders() {
            let sign = if is_inside { "" } else { "-" };
            parts.union_all(&format!("SELECT 0, NULL, {sign}count FROM ("));
            parts
                .append(plan.within(span).counting())
                .push(") AS remainder");
        }
        let mut sql = Sql::new("SELECT coalesce(sum(count), 0)::bigint FROM (");
        sql.append(parts).push(") AS parts (number, start, count)");
        Some(sql)
    }

    fn load(
        &self,
        connection: &mut PgConnection,
        _: &BucketMemory,
        _: &Plan,
        cover: &Cover,
    ) -> QueryResult<Found> {
        let mut sums = BTreeMap::<Bucket, Summed>::new();
        if let Some(sql) = self.rows(std::slice::from_ref(cover), true) {
            for (_, start, count, version) in
                sql.of::<AddendColumns>().load::<AddendRow>(connection)?
            {
                // Changes that are not folded yet come by hour or day.
                let sum = sums.entry(cover.bucket(start)).or_default();
                sum.count += count;
                sum.versions.push(version);
            }
        }
        let mut buckets = BTreeMap::new();
        for (bucket, sum) in sums {
            if sum.count > 0 {
                buckets.insert(bucket, sum.hits());
            }
        }
        Ok(buckets.into())
    }

    fn histogram(
        &self,
        connection: &mut PgConnection,
        plan: &Plan,
        edges: &[NaiveDateTime],
    ) -> QueryResult<Vec<u64>> {
        histogram::of_rollups(connection, plan, self, self.units(), edges)
    }
}

/// The number of the cover, the start of a bucket, a count of it, and the version of its counter or
/// note.
type AddendRow = (i64, NaiveDateTime, i64, Option<RowVersion>);
type AddendColumns = (BigInt, Timestamp, BigInt, Nullable<Text>);

/// What counters of a bucket add up to.
#[derive(Default)]
struct Summed {
    count: i64,
    /// The versions of all counters and notes; `None` among them for what has none.
    versions: Vec<Option<RowVersion>>,
}

impl Summed {
    fn hits(mut self) -> Hits {
        self.versions.sort_unstable();
        let versions: Option<Vec<RowVersion>> = self.versions.into_iter().collect();
        Hits {
            version: versions.map(|versions| memory::short(&versions.join(" "))),
            ..Hits::counted(self.count.max(0).unsigned_abs())
        }
    }
}
