//! Which messages are one though their times differ: where a sender gave no time, each program has stored the
//! one at which it received the message.
//!
//! Two are one if their id, topic and body are equal, neither has a sender's time, and they were received within
//! a [day](APART). What is here stays, with the time that it has here: an archive in use loses nothing, as readers
//! go from page to page by time and key, and what nommer may do with messages is to add some. A message there
//! goes with one message here and the other way round, nearest first, so what was stored there twice is twice here:
//! no column tells whether it was sent again or only delivered again. Those are counted.

use std::collections::{BTreeSet, HashMap, HashSet};

use chrono::{NaiveDateTime, TimeDelta, Utc};
use diesel::pg::PgConnection;
use diesel::prelude::*;
use diesel::sql_types::{Array, BigInt, Text};
use pythonic::json::with_python_numbers;
use sha2::{Digest, Sha256};

use crate::adopt::incumbent::within;
use crate::adopt::old_row::{self, MSG, MSG_ID, OldKey, OldRow, TOPIC};
use crate::adopt::plan;
use crate::body::Body;
use crate::database::locks;
use crate::span::Span;

/// How far apart two programs may receive one message: it waits in the queue of one that is away, and queues
/// have room for half a day.
const APART: TimeDelta = TimeDelta::days(1);

/// So many messages of both archives are compared at once: their bodies are in memory.
const AT_ONCE: usize = 100;

/// So many messages of a slice are held one by one, which others may be storing at this moment: each takes room in
/// the memory that all locks share. Where there are more, all are held.
const MOST_HELD: usize = 250;

/// A condition for messages whose sender gave an id and no time, as [`OldRow::is_untimed`] tells. Such without headers are of the ZeroMQ age,
/// which had times in another place.
const UNTIMED: &str =
    "msg_id IS NOT NULL AND headers IS NOT NULL AND coalesce(headers ->> 'sent-at', '') = ''";

/// The time here of messages there, by their id and their time there.
pub(super) type Pairs = HashMap<(String, NaiveDateTime), NaiveDateTime>;

/// What is equal where two messages are one, but for their times: their id, and a sum of topic and body.
type Sending = (String, [u8; 32]);

/// Which messages that are there at these times are here at others.
pub(super) fn pairs(
    old: &mut PgConnection,
    new: &mut PgConnection,
    span: Span,
    ids: &[String],
) -> QueryResult<Pairs> {
    let mut pairs = Pairs::new();
    for ids in ids.chunks(AT_ONCE) {
        let here = times(new, span, ids)?;
        let there = times(old, span, ids)?;
        for (sending, there) in there {
            let Some(here) = here.get(&sending) else {
                continue;
            };
            let (id, _) = sending;
            let both = nearest(&there, here).into_iter();
            pairs.extend(both.map(|(there, here)| ((id.clone(), there), here)));
        }
    }
    Ok(pairs)
}

/// Which ids are here without a sender's time, in a span or near to it, of some.
pub(super) fn here(new: &mut PgConnection, span: Span, ids: &[&str]) -> QueryResult<Vec<String>> {
    if ids.is_empty() {
        return Ok(Vec::new());
    }
    let near = within(near(span), "\"timestamp\"");
    let sql = format!(
        "SELECT DISTINCT msg_id FROM messages WHERE msg_id = ANY ($1) AND {near} AND {UNTIMED}"
    );
    let found = diesel::sql_query(sql).bind::<Array<Text>, _>(ids);
    Ok(texts(found.load(new)?))
}

/// Which ids are here at any time, of some that are there at none that can be.
pub(super) fn anywhere(new: &mut PgConnection, ids: &[&str]) -> QueryResult<HashSet<String>> {
    if ids.is_empty() {
        return Ok(HashSet::new());
    }
    let sql = "SELECT DISTINCT msg_id FROM messages WHERE msg_id = ANY ($1)";
    let found = diesel::sql_query(sql).bind::<Array<Text>, _>(ids);
    Ok(texts(found.load(new)?).into_iter().collect())
}

/// How many messages of a span are there once more, equal but for the time of receipt.
pub(super) fn doubled(old: &mut PgConnection, span: Span) -> QueryResult<u64> {
    #[derive(QueryableByName)]
    struct Doubled {
        #[diesel(sql_type = BigInt)]
        more: i64,
    }
    let within = within(span, "\"timestamp\"");
    let sql = format!(
        "SELECT coalesce(sum(number - 1), 0)::bigint AS more FROM (
             SELECT count(*) AS number FROM messages WHERE {within} AND {UNTIMED}
             GROUP BY msg_id, topic, md5(msg::text), headers::text) AS sendings"
    );
    let Doubled { more } = diesel::sql_query(sql).get_result(old)?;
    Ok(more.cast_unsigned())
}

/// Which of these messages, all of which cannot be stored, are here all the same: dead letters of them were stored
/// after all. Where one has no time that can be, that one is here at which it was put aside.
pub(super) fn retried<'a>(
    new: &mut PgConnection,
    rows: impl Iterator<Item = &'a OldRow>,
) -> QueryResult<HashSet<OldKey>> {
    let found = rows.filter_map(|row| Some((sending(row)?, row.timestamp(), row.key())));
    let found: Vec<(Sending, Option<NaiveDateTime>, OldKey)> = found.collect();
    let mut retried = HashSet::new();
    for found in found.chunks(AT_ONCE) {
        let ids = quoted(found.iter().map(|((id, _), ..)| id.as_str()));
        let mut here: HashSet<(Sending, Option<NaiveDateTime>)> = HashSet::new();
        let those = format!("messages WHERE msg_id IN ({ids})");
        old_row::each(new, &old_row::those(&those), |row| {
            if let Some(sending) = sending(row) {
                here.insert((sending.clone(), row.timestamp()));
                here.insert((sending, None));
            }
            Ok::<(), diesel::result::Error>(())
        })?;
        let found = found
            .iter()
            .filter(|(sending, at, _)| here.contains(&(sending.clone(), *at)));
        retried.extend(found.map(|(.., key)| *key));
    }
    Ok(retried)
}

/// Texts as constants of SQL.
fn quoted<'a>(texts: impl Iterator<Item = &'a str>) -> String {
    let quoted = texts.map(|text| format!("'{}'", text.replace('\'', "''")));
    quoted.collect::<Vec<_>>().join(", ")
}

/// All ids of messages of a span that are here without a sender's time.
pub(super) fn all_here(new: &mut PgConnection, span: Span) -> QueryResult<Vec<String>> {
    let within = within(span, "\"timestamp\"");
    let sql = format!("SELECT DISTINCT msg_id FROM messages WHERE {within} AND {UNTIMED}");
    let mut ids = texts(diesel::sql_query(sql).load(new)?);
    // The encoding there may have no other letters.
    ids.retain(|id| id.is_ascii());
    Ok(ids)
}

/// Holds up those who store messages of a slice that others may be receiving at this moment, until the end of the
/// transaction: they recognise by what is stored, not by a unique key, as do we. Which of them others are storing
/// cannot be told by time, as one that was away may be behind. Before any row is stored, as locks come before rows.
pub(super) fn hold(old: &mut PgConnection, new: &mut PgConnection, span: Span) -> QueryResult<()> {
    let recent = span.intersection(Span::since(Utc::now().naive_utc() - APART));
    if recent.to.is_some_and(|to| recent.from >= Some(to)) {
        return Ok(());
    }
    let within = within(recent, "\"timestamp\"");
    let most = MOST_HELD + 1;
    let newest =
        format!("messages WHERE {within} AND {UNTIMED} ORDER BY \"timestamp\" DESC LIMIT {most}");
    let mut ids = Vec::new();
    old_row::each(old, &old_row::those(&newest), |row| {
        ids.extend(row.text(MSG_ID).map(str::to_owned));
        Ok::<(), diesel::result::Error>(())
    })?;
    if ids.is_empty() {
        return Ok(());
    }
    if ids.len() > MOST_HELD {
        locks::hold_all_messages(new)?;
        // Previous programs hold messages one by one alone.
        ids.truncate(MOST_HELD);
    }
    locks::hold_messages(new, ids.iter().map(String::as_str))
}

#[derive(QueryableByName)]
struct UntimedId {
    #[diesel(sql_type = Text)]
    msg_id: String,
}

fn texts(rows: Vec<UntimedId>) -> Vec<String> {
    rows.into_iter().map(|row| row.msg_id).collect()
}

/// The times of messages near to a span.
fn times(
    connection: &mut PgConnection,
    span: Span,
    ids: &[String],
) -> QueryResult<HashMap<Sending, BTreeSet<NaiveDateTime>>> {
    let quoted = quoted(ids.iter().map(String::as_str));
    let near = within(near(span), "\"timestamp\"");
    let those = format!("messages WHERE msg_id IN ({quoted}) AND {near} AND {UNTIMED}");
    let mut times: HashMap<Sending, BTreeSet<NaiveDateTime>> = HashMap::new();
    old_row::each(connection, &old_row::those(&those), |row| {
        if let (Some(sending), Some(at)) = (sending(row), row.timestamp()) {
            times.entry(sending).or_default().insert(at);
        }
        Ok::<(), diesel::result::Error>(())
    })?;
    Ok(times)
}

/// A span, and around it what may be one with a message in it, or with one that is one with such a message.
fn near(span: Span) -> Span {
    let (first, last) = plan::years();
    let around = APART * 2;
    let wide = Span {
        from: span.from.and_then(|at| at.checked_sub_signed(around)),
        to: span.to.and_then(|at| at.checked_add_signed(around)),
    };
    wide.intersection(Span::between(first, last))
}

fn sending(row: &OldRow) -> Option<Sending> {
    let body = Body::parse(row.text(MSG)?).ok()?;
    // Python writes numbers in its own way, and nommer as they came.
    let body = with_python_numbers(body.as_str());
    let topic = row.text(TOPIC)?;
    let sum = Sha256::new()
        .chain_update((topic.len() as u64).to_be_bytes())
        .chain_update(topic)
        .chain_update(body);
    Some((row.text(MSG_ID)?.to_owned(), sum.finalize().into()))
}

/// Each time there with one here, nearest first, but for those that both have.
fn nearest(
    there: &BTreeSet<NaiveDateTime>,
    here: &BTreeSet<NaiveDateTime>,
) -> Vec<(NaiveDateTime, NaiveDateTime)> {
    let mut near: Vec<(TimeDelta, NaiveDateTime, NaiveDateTime)> = Vec::new();
    for one in there.difference(here) {
        let others = here.difference(there);
        near.extend(others.map(|other| ((*one - *other).abs(), *one, *other)));
    }
    near.retain(|(apart, ..)| *apart <= APART);
    near.sort_unstable();
    let (mut met_there, mut met_here) = (HashSet::new(), HashSet::new());
    let mut pairs = Vec::new();
    for (_, there, here) in near {
        if !met_there.contains(&there) && !met_here.contains(&here) {
            met_there.insert(there);
            met_here.insert(here);
            pairs.push((there, here));
        }
    }
    pairs
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(minutes: i64) -> NaiveDateTime {
        let day = chrono::NaiveDate::from_ymd_opt(2024, 5, 1).expect("a day");
        NaiveDateTime::from(day) + TimeDelta::minutes(minutes)
    }

    #[test]
    fn each_goes_with_the_nearest_that_is_free_within_a_day() {
        const DAY: i64 = 24 * 60;
        let check = |there: &[i64], here: &[i64], expected: &[(i64, i64)]| {
            let times = |minutes: &[i64]| minutes.iter().map(|n| at(*n)).collect();
            let pairs = expected.iter().map(|(there, here)| (at(*there), at(*here)));
            let pairs: Vec<_> = pairs.collect();
            assert_eq!(nearest(&times(there), &times(here)), pairs);
        };
        check(&[0], &[1], &[(0, 1)]);
        check(&[0], &[0], &[]);
        check(&[0], &[DAY], &[(0, DAY)]);
        check(&[0], &[DAY + 1], &[]);
        // What was sent again there is there twice, and so is it here.
        check(&[0, 60], &[61], &[(60, 61)]);
        check(&[0, 60], &[1, 0], &[(60, 1)]);
        check(&[0, 60], &[1, 59], &[(0, 1), (60, 59)]);
    }
}
