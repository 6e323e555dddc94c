//! Charts of what sets tell: all bars by a few statements, however many there are.

use chrono::NaiveDateTime;
use diesel::pg::PgConnection;
use diesel::prelude::*;

use crate::counts::choice;
use crate::counts::cover::Cover;
use crate::counts::found::Found;
use crate::counts::histogram::Pieces;
use crate::counts::memory::BucketMemory;
use crate::query::plan::Plan;

/// How many match in each span between two `edges`, which ascend, its end excluded: by what is known of the days
/// between them, and row by row beside the edges. To be used in one snapshot.
pub(crate) fn bars(
    connection: &mut PgConnection,
    memory: &BucketMemory,
    plan: &Plan,
    edges: &[NaiveDateTime],
) -> QueryResult<Vec<u64>> {
    let strategy = choice::strategy(&plan.asked);
    let pieces = Pieces::by_days(edges);
    let days = pieces.bars().filter(|bar| bar.from < bar.to);
    let covers = days.map(|bar| Cover::of(strategy.units(), bar));
    let Some(cover) = Cover::joined(covers).filter(|_| pieces.are_less_than(edges)) else {
        return plan.histogram(connection, edges);
    };
    let Found { lead, buckets } = strategy.load(connection, memory, plan, &cover)?;
    let plan = match lead {
        Some(lead) => plan.led_by(lead),
        None => plan.clone(),
    };
    let Some(buckets) = buckets else {
        return plan.histogram(connection, edges);
    };
    let days = buckets.into_iter();
    let days = days.map(|(bucket, hits)| (bucket.start, hits.count));
    let rows = plan.counts(connection, &pieces.rows())?;
    Ok(pieces.settled(days, rows))
}
