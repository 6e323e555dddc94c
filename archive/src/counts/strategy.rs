//! What a way to know how many messages match, without counting each, has to tell.

use chrono::NaiveDateTime;
use diesel::pg::PgConnection;
use diesel::prelude::*;

use crate::counts::cover::{Cover, Units};
use crate::counts::edge::Rounding;
use crate::counts::found::Found;
use crate::counts::memory::BucketMemory;
use crate::database::sql::Sql;
use crate::query::plan::Plan;

/// A way to know how many messages match. What has a default is right for every way, and replaced
/// where a way knows better.
pub(crate) trait Strategy {
    /// The smallest and the largest buckets that the strategy can tell of.
    fn units(&self) -> Units;

    /// How the end of a span is rounded to that of a bucket.
    fn rounding_of_end(&self) -> Rounding {
        Rounding::Nearest
    }

    /// A scalar statement of the total, if one statement can tell it.
    fn total(&self, _plan: &Plan) -> Option<Sql> {
        None
    }

    /// What matches in the buckets of a cover.
    fn load(
        &self,
        connection: &mut PgConnection,
        memory: &BucketMemory,
        plan: &Plan,
        cover: &Cover,
    ) -> QueryResult<Found>;

    /// How many match in each span between two `edges`, which ascend, its end excluded.
    fn histogram(
        &self,
        connection: &mut PgConnection,
        plan: &Plan,
        edges: &[NaiveDateTime],
    ) -> QueryResult<Vec<u64>> {
        plan.histogram(connection, edges)
    }
}
