//! Compares a day of both archives.

use std::collections::{HashMap, HashSet};
use std::fmt::Write as _;

use diesel::pg::PgConnection;
use diesel::prelude::*;
use diesel::sql_types::{BigInt, Binary, Text};

use crate::adopt::incumbent::{AS_BYTES, within};
use crate::adopt::pair::Pair;
use crate::adopt::verified::Verified;
use crate::adopt::{missing, receipts};
use crate::error::StoreError;
use crate::span::Span;
use crate::store::association::Association;

/// What a sum is of: a topic, or an association as a whole.
type SumOf = (String, Vec<u8>);

/// How many rows there are of each, and a sum of what tells each of them from others.
type Sums = HashMap<SumOf, (u64, String)>;

#[derive(QueryableByName)]
struct SumRow {
    #[diesel(sql_type = Text)]
    table: String,
    #[diesel(sql_type = Binary)]
    topic: Vec<u8>,
    #[diesel(sql_type = BigInt)]
    count: i64,
    #[diesel(sql_type = Text)]
    sum: String,
}

/// Compares a day, or what lies beyond all days.
pub(super) fn day(
    pair: &mut Pair<'_>,
    day: Span,
    verified: &mut Verified,
) -> Result<(), StoreError> {
    let there = sums(&mut pair.old.connection, day, &missing::ties_there(day))?;
    let here = sums(&mut pair.new.connection, day, &missing::ties_here(day))?;
    let is_of_messages = |(table, _): &&SumOf| table == MESSAGES;
    verified.days += 1;
    verified.doubled += receipts::doubled(&mut pair.old.connection, day)?;
    // Where there are others here, too, something may be missing all the same.
    let mut unequal = HashSet::new();
    for (summed, sum) in there.iter().filter(|(of, _)| is_of_messages(of)) {
        verified.messages += sum.0;
        if here.get(summed) != Some(sum) {
            unequal.insert(summed.1.clone());
        }
    }
    let mut more_here = 0;
    for (summed, (here, _)) in here.iter().filter(|(of, _)| is_of_messages(of)) {
        let there = there.get(summed).map_or(0, |(count, _)| *count);
        more_here += here.saturating_sub(there);
    }
    if more_here > 0 {
        verified.more_here += more_here.saturating_sub(pair.of_other_days(day)?);
    }
    if !unequal.is_empty() {
        missing::tell(pair, day, &unequal, verified)?;
    }
    for association in [&Association::USERS, &Association::PACKAGES] {
        let of = (association.names.to_owned(), Vec::new());
        if there.contains_key(&of) && there.get(&of) != here.get(&of) {
            missing::tell_ties(pair, association, day, verified)?;
        }
    }
    Ok(())
}

const MESSAGES: &str = "messages";

/// What there is within a day, of whose ties a condition is given.
///
/// Sums are of hashes, which are no promise of PostgreSQL's: where two servers would hash in other ways, all
/// would be compared one by one.
fn sums(connection: &mut PgConnection, day: Span, of_day: &str) -> QueryResult<Sums> {
    let within_day = within(day, "\"timestamp\"");
    let mut sql = format!(
        "SELECT '{MESSAGES}' AS table, convert_to(topic, {AS_BYTES}) AS topic, count, sum FROM (
             SELECT topic::text AS topic, count(*) AS count,
                    sum(hashtextextended(coalesce(msg_id::text, ''), timestamp_hash_extended(\"timestamp\", 0)))::text AS sum
             FROM messages WHERE {within_day} GROUP BY 1) AS topics"
    );
    // What lies beyond all days has none here.
    if day.from.is_some() && day.to.is_some() {
        for Association {
            names,
            ties: table,
            key,
            ..
        } in [&Association::USERS, &Association::PACKAGES]
        {
            // The times of each name, and then the names.
            let _ = write!(
                sql,
                " UNION ALL
                 SELECT '{names}', ''::bytea, coalesce(sum(ties), 0)::bigint, coalesce(sum(hashtextextended(name, times)), 0)::text FROM (
                     SELECT {key} AS key, count(*) AS ties,
                            (sum(timestamp_hash_extended(msg_timestamp, 0)) % {})::bigint AS times
                     FROM {table} AS tie WHERE {of_day} GROUP BY 1) AS tied
                 JOIN {names} ON id = key WHERE name IS NOT NULL",
                i64::MAX
            );
        }
    }
    let rows: Vec<SumRow> = diesel::sql_query(sql).load(connection)?;
    let sums = rows
        .into_iter()
        .map(|row| ((row.table, row.topic), (row.count.cast_unsigned(), row.sum)));
    Ok(sums.collect())
}
