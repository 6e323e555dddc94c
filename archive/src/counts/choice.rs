//! Which strategy a search takes.
//!
//! | kind of search | strategy | statements |
//! | --- | --- | --- |
//! | everything; one value; any topics and categories | [`Rollups`]: counters are summed | one for a total, a histogram, or the first page of up to a year; else one for the buckets, and one for the page |
//! | several users, packages or agents; two dimensions; all but something | [`Sets`]: set algebra over postings | one for the counts, perhaps one for the months of years, one each for postings that are kept and that are not, one for positions, one for the page |
//! | texts in bodies | [`Bodies`]: row by row, past days once | one for the versions of days, one for the counts, one for the page |
//! | about builds, tasks and the like, all of which is known | [`RowByRow`] | one for the total, or the page with its total |
//! | messages without agent | [`RowByRow`] | one for the total, one for the page |
//!
//! Names of users and packages are resolved by one statement before that, and subjects that are no
//! components by another. Where a search takes
//! several others, these share one snapshot. Where its span does not end with buckets, one more
//! counts the remainders; a far page takes up to three that divide a year, a month and a day.
//! Histograms of all but rollups count row by row, in one statement: charts of combinations are
//! seldom asked for. Where something is hidden, charts of a user, package or agent are combinations, too, and
//! `bars` counts by sets. `archive/tests/statements` has the statements of each kind.

use diesel::pg::PgConnection;
use diesel::prelude::*;

use crate::counts::bodies::Bodies;
use crate::counts::bucket::Unit;
use crate::counts::cover::{Cover, Units};
use crate::counts::found::Found;
use crate::counts::memory::BucketMemory;
use crate::counts::rollups::Rollups;
use crate::counts::sets::Sets;
use crate::counts::strategy::Strategy;
use crate::database::sql::Sql;
use crate::query::asked::Asked;
use crate::query::plan::Plan;

/// The strategy for what is asked.
pub(crate) fn strategy(asked: &Asked) -> Box<dyn Strategy> {
    if asked.without_agent || asked.is_known() {
        Box::new(RowByRow)
    } else if asked.reads_bodies() {
        Box::new(Bodies)
    } else if let Some(rollups) = Rollups::of(asked) {
        Box::new(rollups)
    } else {
        Box::new(Sets::of(asked))
    }
}

/// Whether this is told by sets.
pub(crate) fn are_sets(asked: &Asked) -> bool {
    let others = asked.without_agent || asked.is_known() || asked.reads_bodies();
    !others && Rollups::of(asked).is_none()
}

/// Nothing is known, and each message counted.
struct RowByRow;

impl Strategy for RowByRow {
    fn units(&self) -> Units {
        Units {
            smallest: Unit::Day,
            largest: Unit::Year,
        }
    }

    /// Where all that can match is known, to count it is no more than to look for the page.
    fn total(&self, plan: &Plan) -> Option<Sql> {
        plan.asked.is_known().then(|| plan.counting())
    }

    fn load(
        &self,
        _: &mut PgConnection,
        _: &BucketMemory,
        _: &Plan,
        _: &Cover,
    ) -> QueryResult<Found> {
        Ok(Found::default())
    }
}
