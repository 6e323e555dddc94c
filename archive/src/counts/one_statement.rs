//! What one statement can tell.

use chrono::TimeDelta;
use diesel::pg::PgConnection;
use diesel::prelude::*;
use diesel::sql_types::BigInt;

use crate::counts::choice;
use crate::query::plan::Plan;
use crate::query::row::Row;

/// A span of time that touches few partitions, whatever lies in it: any year, its end included.
const SHORT_SPAN: TimeDelta = TimeDelta::days(367);

/// The first page and the total, if one statement can tell both.
pub(crate) fn first_page(
    connection: &mut PgConnection,
    plan: &Plan,
    limit: u32,
) -> QueryResult<Option<(Vec<Row>, u64)>> {
    let is_short = plan
        .span
        .length()
        .is_some_and(|length| length <= SHORT_SPAN);
    // What is known is looked up, each message in its partition.
    if !is_short && !plan.asked.is_known() {
        return Ok(None);
    }
    let Some(total) = choice::strategy(&plan.asked).total(plan) else {
        return Ok(None);
    };
    let answer = plan.first_rows(connection, limit, total)?;
    Ok(Some(answer.unwrap_or_default()))
}

/// How many messages match, if one statement can tell.
pub(crate) fn count(connection: &mut PgConnection, plan: &Plan) -> QueryResult<Option<u64>> {
    let Some(total) = choice::strategy(&plan.asked).total(plan) else {
        return Ok(None);
    };
    let count: i64 = total.of::<BigInt>().get_result(connection)?;
    Ok(Some(count.unsigned_abs()))
}
